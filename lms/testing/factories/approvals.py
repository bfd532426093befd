"""Kinds of case, cases on their way, and officers who decide them, for tests and plugin authors."""

from __future__ import annotations

import base64
import itertools
import uuid
from collections.abc import Sequence
from typing import Any

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.chain import ChainPlan, ChainStep
from lms.approvals.dto import CaseBrief, Decision, Fact, Missing, NewCase, NewNotice, NoticeBrief, ProofFile
from lms.approvals.kinds import CaseKind, ProofKind
from lms.approvals.models import Level, Outcome
from lms.approvals.queries import case_view
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.i18n import zh
from lms.kernel.ids import new_id
from lms.testing.factories.access import make_officer
from lms.webkit.registry import registry

_numbers = itertools.count(1)

PNG_BYTES = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PDF_BYTES = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

THREE_STEPS = ChainPlan(
    steps=(
        ChainStep(zh("街道初审", "Street review"), Level.STREET, 5),
        ChainStep(zh("区县复审", "County review"), Level.COUNTY, 5, instructions=zh("核对证书和社保。", "Check both.")),
        ChainStep(zh("市级备案", "City filing"), Level.CITY, 3),
    ),
    notice_days=5,
    illustrative=True,
)
PROOFS = (
    ProofKind("certificate", "职业资格证书"),
    ProofKind("insurance", "社保记录", required=False, hint="近 12 个月"),
)
KIND = "test.subsidy"


def put_kind(key: str = KIND, **changes: Any) -> CaseKind:
    """Make a kind known to the current application, in place of one of the same key."""
    values: dict[str, Any] = {"title": "考证补贴", "chain": THREE_STEPS, "proofs": PROOFS} | changes
    kind = CaseKind(key=key, **values)
    offered()[key] = ("test", kind)
    return kind


def offered() -> dict[str, Any]:
    """The kinds of case of the current application with who offers each; a test may take one away."""
    return registry().offers[CaseKind]


def proof(kind: str = "certificate", content: bytes = PNG_BYTES, name: str = "证书.png") -> ProofFile:
    """A proof that is accepted."""
    return ProofFile(kind, name, content)


def facts(**values: str) -> tuple[Fact, ...]:
    """What a claim for a subsidy says: two conditions, one of them public, and a private line."""
    level = values.get("level", "社会工作师")
    return (
        Fact(key="level", label=zh("证书级别", "Level"), value=level, met=True, public=True),
        Fact(key="worked", label=zh("连续工作", "Employed"), value=values.get("worked", "14 个月"), met=True),
        Fact(key="account", label=zh("收款账户", "Account"), value=values.get("account", "**** **** 8907")),
    )


def new_case(applicant_id: uuid.UUID, **changes: Any) -> NewCase:
    """An application for a subsidy of 3,000 元."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "kind": KIND,
        "subject_id": new_id(),
        "key": f"test:{number}",
        "title": zh("社会工作师考证补贴", "Subsidy"),
        "facts": facts(),
        "amount_fen": 300_000,
        "proofs": (proof(),),
    } | changes
    return NewCase(applicant_id=applicant_id, **values)


def make_case(applicant_id: uuid.UUID, actor: Actor | None = None, **changes: Any) -> CaseBrief:
    """Open a case for a person, by themselves unless another actor does it."""
    return service.open_case(actor or actor_for(applicant_id), new_case(applicant_id, **changes))


def make_officers(*org_ids: uuid.UUID, role: str = "hr_officer") -> list[Actor]:
    """An officer on each unit, as an actor."""
    return [actor_for(make_officer(role, org_id)) for org_id in org_ids]


def seal_of(case_id: uuid.UUID) -> str:
    """The seal of what an officer would see of a case now."""
    return case_view(case_id).seal


def approve(case_id: uuid.UUID, *officers: Actor) -> CaseBrief:
    """Let officers approve step after step; where the case stands then."""
    for officer in officers:
        service.decide(officer, case_id, Decision(Outcome.APPROVED), seen=seal_of(case_id))
    return case_view(case_id).brief


def send_back(case_id: uuid.UUID, officer: Actor, *items: str) -> CaseBrief:
    """Let an officer return a case, naming items."""
    missing = tuple(Missing(item, "请补") for item in items or ("proof:insurance",))
    return service.decide(officer, case_id, Decision(Outcome.RETURNED, missing=missing), seen=seal_of(case_id))


def reject(case_id: uuid.UUID, officer: Actor, reason: str = "不符合条件") -> CaseBrief:
    """Let an officer reject a case."""
    return service.decide(officer, case_id, Decision(Outcome.REJECTED, reason), seen=seal_of(case_id))


def publish(case_ids: Sequence[uuid.UUID], org_id: uuid.UUID, actor: Actor = SYSTEM, kind: str = KIND) -> NoticeBrief:
    """Publish cases that wait for it."""
    new = NewNotice(
        kind=kind,
        org_id=org_id,
        title="2026 年第一批考证补贴公示",
        body="经逐级审核，现予公示。\n监督电话：028-00000000。",
        case_ids=tuple(case_ids),
        key=f"test:{next(_numbers)}",
    )
    return service.publish_notice(actor, new)
