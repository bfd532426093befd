"""Reading claims: one's own, one for officers, their vouchers, and the officers' list."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import CaseFile, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, clock, session
from lms_payouts.api import LIVE, ClaimState
from lms_tuition import explaining, policy
from lms_tuition.claim_models import Check, Claim, Verdict, Voucher
from lms_tuition.dto import ClaimFilter, ClaimLine, Order, VoucherView
from lms_tuition.models import Study

BATCH = 500
_ORDERS: Mapping[Order, tuple[Any, ...]] = {
    Order.NEWEST: (Claim.claimed_at.desc(), Claim.id.desc()),
    Order.OLDEST: (Claim.claimed_at, Claim.id),
    Order.AMOUNT: (Claim.amount_fen.desc(), Claim.id),
}


def of_officer(actor: Actor, claim_id: uuid.UUID) -> Claim:
    """A claim an officer may see. Raises `NotFound`."""
    query = select(Claim).where(Claim.id == claim_id, policy.visible_claims(actor))
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound(_("找不到这笔报销。"))
    return found


def of_person(actor: Actor, person_id: uuid.UUID) -> Sequence[tuple[Claim, Study]]:
    """A person's claims as far as an officer sees them, the newest first."""
    query = select(Claim, Study).join(Study, Study.id == Claim.study_id)
    query = query.where(Claim.person_id == person_id, policy.visible_claims(actor))
    rows = session.execute(query.order_by(*_ORDERS[Order.NEWEST]))
    return [(row.Claim, row.Study) for row in rows]


def bounced(person_id: uuid.UUID) -> Claim | None:
    """A claim whose money came back and waits for another account."""
    query = select(Claim).where(Claim.person_id == person_id, Claim.state == ClaimState.BOUNCED)
    return session.scalars(query.order_by(Claim.claimed_at).limit(1)).first()


def before(study_id: uuid.UUID, but: uuid.UUID) -> int:
    """What the other claims of a study come to, in fen: the cap is for all of them."""
    others = (Claim.study_id == study_id, Claim.id != but, Claim.state.in_(LIVE))
    return int(session.scalar(select(func.coalesce(func.sum(Claim.amount_fen), 0)).where(*others)) or 0)


def drawn(study_id: uuid.UUID) -> int:
    """What all claims of a study that live come to, in fen."""
    query = select(func.coalesce(func.sum(Claim.amount_fen), 0))
    return int(session.scalar(query.where(Claim.study_id == study_id, Claim.state.in_(LIVE))) or 0)


def vouchers(claim_id: uuid.UUID) -> list[Voucher]:
    """The vouchers of a claim as it stands, in the order of its form."""
    query = select(Voucher).where(Voucher.claim_id == claim_id)
    rows = session.scalars(query.order_by(Voucher.place).execution_options(populate_existing=True)).all()
    latest = max((row.round for row in rows), default=0)
    return [row for row in rows if row.round == latest]


def views(claim: Claim, study: Study, name: str) -> list[VoucherView]:
    """Vouchers beside their files, for officers to compare. A constant number of statements."""
    found = vouchers(claim.id)
    files: Mapping[str, CaseFile] = {}
    if claim.case_id is not None:
        files = {one.sha256: one for one in services().approvals.case(claim.case_id).files}
    checks = latest_checks([one.id for one in found])
    return [_view(one, study, name, files.get(one.sha256), checks.get(one.id)) for one in found]


def latest_checks(voucher_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Check]:
    """The latest check of each voucher."""
    query = select(Check).where(Check.voucher_id.in_(voucher_ids)).order_by(Check.at, Check.id)
    return {check.voucher_id: check for check in session.scalars(query)}


def unsettled(claim_id: uuid.UUID) -> int:
    """How many vouchers of a claim no officer has found right, as of the latest check of each."""
    found = vouchers(claim_id)
    checks = latest_checks([one.id for one in found])
    return sum(one.id not in checks or checks[one.id].verdict is not Verdict.RIGHT for one in found)


def lines(actor: Actor, wanted: ClaimFilter) -> Select[*tuple[Any, ...]]:
    """Claims the actor sees that fit, in a stable order. Columns: those of `as_lines`."""
    query = select(Claim, Study, _unchecked().label("unchecked")).join(Study, Study.id == Claim.study_id)
    return query.where(policy.visible_claims(actor), *_narrowed(wanted)).order_by(*_ORDERS[wanted.order])


def as_lines(rows: Sequence[Any]) -> list[ClaimLine]:
    """Rows of `lines` with names and units: a constant number of queries."""
    names = services().people.names([row.Claim.person_id for row in rows])
    units = services().orgs.paths(list({row.Claim.org_id for row in rows}))
    return [
        ClaimLine(
            claim=row.Claim,
            study=row.Study,
            name=names.get(row.Claim.person_id, ""),
            unit=units[row.Claim.org_id],
            unchecked=row.unchecked if row.Claim.state is ClaimState.IN_REVIEW else 0,
        )
        for row in rows
    ]


def every_line(actor: Actor, wanted: ClaimFilter) -> Iterator[ClaimLine]:
    """The whole list, for a spreadsheet; names and units are looked up in parts."""
    rows = session.execute(lines(actor, wanted)).all()
    for start in range(0, len(rows), BATCH):
        yield from as_lines(rows[start : start + BATCH])


def sums(actor: Actor, wanted: ClaimFilter) -> Mapping[ClaimState, tuple[int, int]]:
    """How many claims fit in each state, and how much they are, whatever state is asked for. One statement."""
    query = select(Claim.state, func.count(Claim.id), func.sum(Claim.amount_fen)).join(
        Study, Study.id == Claim.study_id
    )
    query = query.where(policy.visible_claims(actor), *_narrowed(wanted, state=False))
    rows = session.execute(query.group_by(Claim.state))
    found = {state: (count, int(amount)) for state, count, amount in rows}
    return {state: found.get(state, (0, 0)) for state in ClaimState}


def to_check(actor: Actor) -> int:
    """How many claims under review have vouchers nobody has compared."""
    query = select(func.count(Claim.id)).where(policy.visible_claims(actor), *_to_check())
    return session.scalar(query) or 0


def years(actor: Actor) -> list[int]:
    """The years in which the claims the actor sees were made, the newest first."""
    query = select(func.min(Claim.claimed_at), func.max(Claim.claimed_at)).where(policy.visible_claims(actor))
    first, last = session.execute(query).one()
    return list(range(clock.local_date(last).year, clock.local_date(first).year - 1, -1)) if first else []


def _view(one: Voucher, study: Study, name: str, file: CaseFile | None, check: Check | None) -> VoucherView:
    return VoucherView(
        voucher=one,
        file_name=file.name if file else "",
        media_type=file.media_type if file else "",
        proof_id=file.proof_id if file else None,
        concerns=explaining.concerns_of(one, study, name),
        verdict=check.verdict if check else None,
        checked_note=check.note if check else "",
        checked_by=check.by if check else None,
        checked_at=check.at if check else None,
    )


def _unchecked() -> ColumnElement[int]:
    none = ~exists().where(Check.voucher_id == Voucher.id)
    count = select(func.count(Voucher.id)).where(Voucher.claim_id == Claim.id, Voucher.used, none)
    return count.scalar_subquery()


def _to_check() -> tuple[ColumnElement[bool], ...]:
    return Claim.state == ClaimState.IN_REVIEW, _unchecked() > 0


def _narrowed(wanted: ClaimFilter, *, state: bool = True) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        named = Claim.person_id.in_(services().people.named(wanted.text))
        used = exists().where(Voucher.claim_id == Claim.id, Voucher.number == wanted.text.upper())
        yield or_(named, Claim.case_number == wanted.text.upper(), used)
    if wanted.level:
        yield Study.level == wanted.level
    if state and wanted.state is not None:
        yield Claim.state == wanted.state
    if wanted.year is not None:
        first, after = dt.date(wanted.year, 1, 1), dt.date(wanted.year + 1, 1, 1)
        yield Claim.claimed_at >= clock.start_of_day(first)
        yield Claim.claimed_at < clock.start_of_day(after)
    if wanted.org_id is not None:
        units = services().orgs.within(wanted.org_id)
        yield or_(Claim.person_id.in_(services().people.employed_in(units)), Claim.org_id.in_(units))
    if wanted.unchecked:
        yield from _to_check()
