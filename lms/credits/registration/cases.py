"""The kind of approval case that registrations are: county first, then the city, unless the city decides otherwise."""

from __future__ import annotations

from lms.approvals.chain import ChainPlan, ChainStep
from lms.approvals.kinds import CaseKind, ProofKind
from lms.approvals.models import Level
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import zh

KIND = "credits.registration"
CASE_KIND = CaseKind(
    key=KIND,
    title=_l("社会工作者登记"),
    chain=ChainPlan(
        steps=(
            ChainStep(
                zh("初审", "First check"),
                Level.COUNTY,
                10,
                instructions=zh("核对证书、单位和继续教育。", "Check the certificate, the employer and the hours."),
            ),
            ChainStep(
                zh("终审", "Final check"), Level.CITY, 20, instructions=zh("通过后登记即生效。", "Approval registers.")
            ),
        ),
        illustrative=True,
    ),
    proofs=(
        ProofKind("certificate", _l("职业资格证书"), required=False, hint=_l("系统里查得到管理号的，可以不交。")),
        ProofKind("other", _l("其他材料"), required=False),
    ),
    view_endpoint="credits.desk_registration",
)
"""About 30 working days in all, as the national system takes; how they are shared out, Chengdu has not said (示例)."""
