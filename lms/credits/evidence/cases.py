"""The kind of approval case that claims are: reviewed by the county unless the city decides otherwise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from lms.approvals.chain import ChainPlan, ChainStep
from lms.approvals.kinds import CaseKind, ProofKind
from lms.approvals.models import Level
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import zh

KIND = "credits.evidence"
PROOFS = (
    ProofKind("certificate", _l("合格证明"), required=False, hint=_l("结业证书或培训合格证明，写明时长。")),
    ProofKind("notice", _l("通知或议程"), required=False),
    ProofKind("attendance", _l("参加证明"), required=False, hint=_l("签到表、参会证明等。")),
    ProofKind("diploma", _l("学历或学位证书"), required=False),
    ProofKind("transcript", _l("成绩单"), required=False, hint=_l("写明课程、学时和成绩。")),
    ProofKind("record", _l("实践指导记录"), required=False, hint=_l("由单位盖章，写明日期和时长。")),
)
CASE_KIND = CaseKind(
    key=KIND,
    title=_l("校外学习申报"),
    chain=ChainPlan(
        steps=(
            ChainStep(
                zh("区县审核", "County review"),
                Level.COUNTY,
                10,
                instructions=zh("核对证明材料与所填时长。", "Check the proofs against the stated amount."),
            ),
        ),
        illustrative=True,
    ),
    proofs=PROOFS,
    view_endpoint="credits.desk_claim",
    correct_endpoint="credits.correct_claim",
)
"""Evidence from outside is reviewed by the county; within how many days, Chengdu has not said (示例)."""


def asking_for(proofs: Collection[str]) -> CaseKind:
    """The kind as one rule wants it: its proofs first and required, the others as they come."""
    wanted = [replace(proof, required=True) for proof in PROOFS if proof.key in proofs]
    return replace(CASE_KIND, proofs=(*wanted, *(proof for proof in PROOFS if proof.key not in proofs)))
