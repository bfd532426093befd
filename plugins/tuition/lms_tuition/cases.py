"""The kinds of approval case that studies and claims are: chains until the city saves its own, the proofs asked for."""

from __future__ import annotations

from lms.plugin_api.registering import CaseKind, ChainPlan, ChainStep, Level, ProofKind
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.texts import zh
from lms_tuition.service.common import CLAIM_KIND, DIPLOMA, STUDY_KIND, VOUCHER

STUDY_CHAIN = ChainPlan(
    steps=(
        ChainStep(
            zh("单位同意", "Employer's agreement"),
            Level.EMPLOYER,
            5,
            instructions=zh("核对专业与工作是否相关、是否影响工作。", "Check that the major fits the work."),
        ),
        ChainStep(zh("街道备案", "Street filing"), Level.STREET, 5),
    ),
    notice_days=None,
    illustrative=True,
)
"""Until the city saves one: the employer agrees, the street files it."""
CLAIM_CHAIN = ChainPlan(
    steps=(
        ChainStep(
            zh("单位审核", "Employer's review"),
            Level.EMPLOYER,
            5,
            instructions=zh("核对学习情况和付款人。", "Check the study and who paid."),
        ),
        ChainStep(
            zh("街道初审", "Street review"),
            Level.STREET,
            5,
            instructions=zh("逐张核对票据与文件，并到官方网站查验。", "Compare each voucher with its file."),
        ),
        ChainStep(zh("区县复审", "County review"), Level.COUNTY, 5),
        ChainStep(zh("市级备案", "City filing"), Level.CITY, 3),
    ),
    notice_days=5,
    illustrative=True,
)
"""Until the city saves one: 单位 > 街镇初审 > 区县复审 > 市级备案, then 5 working days of notice."""
STUDY_CASE = CaseKind(
    key=STUDY_KIND,
    title=_l("学历进修申请"),
    chain=STUDY_CHAIN,
    proofs=(
        ProofKind("enrolment", _l("录取通知书或学籍证明"), hint=_l("学信网的《教育部学籍在线验证报告》最好。")),
        ProofKind("plan", _l("收费标准或学习计划"), required=False),
    ),
    view_endpoint="tuition.desk_study",
    correct_endpoint="tuition.correct_study",
)
CLAIM_CASE = CaseKind(
    key=CLAIM_KIND,
    title=_l("学费报销"),
    chain=CLAIM_CHAIN,
    proofs=(
        ProofKind(VOUCHER, _l("票据文件")),
        ProofKind("payment", _l("付款凭证"), required=False, hint=_l("银行转账记录或支付截图。")),
        ProofKind(
            DIPLOMA,
            _l("毕业证书、学位证书"),
            required=False,
            hint=_l("毕业后报销的要上传，附学信网的电子注册备案表。"),
        ),
    ),
    view_endpoint="tuition.desk_claim",
    correct_endpoint="tuition.correct_claim",
)
CLAIM_EXTRAS = tuple(proof.key for proof in CLAIM_CASE.proofs if proof.key != VOUCHER)
"""The proofs beside the vouchers' own files."""
