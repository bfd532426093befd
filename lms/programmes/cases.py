"""The kinds of approval case of programmes: an application's review by its intake, and the result with its notice."""

from __future__ import annotations

from collections.abc import Mapping

from lms.approvals.chain import ChainPlan, ChainStep
from lms.approvals.kinds import CaseKind, ProofKind
from lms.approvals.models import Level
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import zh
from lms.programmes.models import Intake

_PROOFS = (
    ProofKind("works", _l("业绩和案例材料"), required=False, hint=_l("案例报告、获奖证明、服务成果等。")),
    ProofKind("opinion", _l("推荐或提名意见"), required=False),
)
_COUNTY = ChainStep(
    zh("区县复核", "County review"),
    Level.COUNTY,
    10,
    instructions=zh("核对条件和材料。", "Check the conditions and the proofs."),
)
_CITY = ChainStep(
    zh("市级审定", "City review"), Level.CITY, 10, instructions=zh("核对名单和材料。", "Check the list and the proofs.")
)
RECOMMENDED = CaseKind(
    key="programmes.recommended",
    title=_l("选拔报名（单位推荐）"),
    chain=ChainPlan(
        steps=(
            ChainStep(
                zh("单位推荐", "Employer's recommendation"),
                Level.EMPLOYER,
                5,
                instructions=zh("写明是否同意推荐。", "Say whether you recommend the applicant."),
            ),
            _COUNTY,
        ),
        illustrative=True,
    ),
    proofs=_PROOFS,
    view_endpoint="programmes.desk_application",
)
SELF = CaseKind(
    key="programmes.self",
    title=_l("选拔报名（个人自荐）"),
    chain=ChainPlan(steps=(_COUNTY,), illustrative=True),
    proofs=_PROOFS,
    view_endpoint="programmes.desk_application",
)
NOMINATED = CaseKind(
    key="programmes.nominated",
    title=_l("人才提名"),
    chain=ChainPlan(steps=(_CITY,), illustrative=True),
    proofs=_PROOFS,
    view_endpoint="programmes.desk_application",
)
RESULT = CaseKind(
    key="programmes.result",
    title=_l("选拔结果"),
    chain=ChainPlan(steps=(_CITY,), notice_days=5, illustrative=True),
    view_endpoint="programmes.desk_application",
)
KINDS = (RECOMMENDED, SELF, NOMINATED, RESULT)
BY_INTAKE: Mapping[Intake, CaseKind] = {
    Intake.RECOMMENDED: RECOMMENDED,
    Intake.SELF: SELF,
    Intake.NOMINATED: NOMINATED,
}
REVIEWS = frozenset(kind.key for kind in BY_INTAKE.values())
"""Kinds that decide whether somebody may take part. Chains are data: officers set them at 审批流程."""
