"""A round as officers see it: who was invited, how far each has come, and the sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from lms.plugin_api.services import services
from lms.plugin_api.work import Actor, clock, session
from lms_payouts.api import LIVE, ClaimState
from lms_subsidies import policy
from lms_subsidies.dto import Order, RoundFilter, RoundLine, Stage, Standing
from lms_subsidies.models import Claim, Invitation
from lms_subsidies.queries import schemes
from lms_subsidies.rules import AWARDED

_IS_LATEST = and_(Claim.invitation_id == Invitation.id, Claim.latest)
_TO_RECALL = and_(Claim.recalled_number != "", Claim.recall_settled_at.is_(None))
_BATCH = 500


def lines(actor: Actor, wanted: RoundFilter) -> Select[*tuple[Any, ...]]:
    """Invitations with their latest claim, as far as the actor sees them and they fit, in a stable order."""
    query = select(Invitation, Claim).outerjoin(Claim, _IS_LATEST)
    query = query.where(policy.visible(actor), *_narrowed(wanted))
    if wanted.standing is not None:
        query = query.where(_stands(wanted.standing))
    return query.order_by(*_ordered(wanted.order), Invitation.id)


def as_lines(rows: Sequence[Any]) -> list[RoundLine]:
    """Rows of `lines` with names, units and schemes: a constant number of queries."""
    people = [invitation.person_id for invitation, _claim in rows]
    names, units = services().people.names(people), services().people.employers(people)
    where = {
        invitation.id: claim.org_id if claim else units[invitation.person_id].id
        for invitation, claim in rows
        if claim or invitation.person_id in units
    }
    paths = services().orgs.paths(list(where.values()))
    known = {scheme.code: scheme for scheme in schemes.known()}
    made = schemes.revisions([claim.revision_id for _invitation, claim in rows if claim is not None])
    found = []
    for invitation, claim in rows:
        revision = made[claim.revision_id] if claim else known[invitation.code].on(invitation.obtained_on)
        found.append(
            RoundLine(
                invitation=invitation,
                claim=claim,
                revision=revision,
                name=names.get(invitation.person_id, ""),
                unit=paths[where[invitation.id]] if invitation.id in where else "",
                standing=standing(invitation, claim),
            )
        )
    return found


def every_line(actor: Actor, wanted: RoundFilter) -> Iterator[RoundLine]:
    """The whole list, for a spreadsheet."""
    rows = session.execute(lines(actor, wanted)).all()
    for start in range(0, len(rows), _BATCH):
        yield from as_lines(rows[start : start + _BATCH])


def stages(actor: Actor, wanted: RoundFilter) -> list[Stage]:
    """How many came how far, each stage a part of the one before it. One statement."""
    live, awarded, paid = Claim.state.in_(LIVE), Claim.state.in_(AWARDED), Claim.state == ClaimState.PAID
    columns: list[Any] = [func.count(Invitation.id)]
    for condition in (Claim.id.is_not(None), live, awarded, paid):
        columns += [func.sum(case((condition, 1), else_=0)), func.sum(case((condition, Claim.amount_fen), else_=0))]
    query = select(*columns).select_from(Invitation).outerjoin(Claim, _IS_LATEST)
    query = query.where(policy.visible(actor), *_narrowed(wanted))
    invited, *rest = session.execute(query).one()
    names = ("claimed", "in_review", "approved", "paid")
    counted = [Stage(name, int(rest[at * 2] or 0), int(rest[at * 2 + 1] or 0)) for at, name in enumerate(names)]
    return [Stage("invited", invited), *counted]


def counts(actor: Actor) -> dict[Standing, int]:
    """How many claims the actor sees are under review, came back from the bank, or are to be recalled."""
    kinds = {
        Standing.IN_REVIEW: Claim.state == ClaimState.IN_REVIEW,
        Standing.BOUNCED: Claim.state == ClaimState.BOUNCED,
        Standing.RECALL: _TO_RECALL,
    }
    columns = [func.sum(case((condition, 1), else_=0)) for condition in kinds.values()]
    query = select(*columns).select_from(Invitation).join(Claim, _IS_LATEST).where(policy.visible(actor))
    return {kind: int(count or 0) for kind, count in zip(kinds, session.execute(query).one(), strict=True)}


def years(actor: Actor) -> list[int]:
    """The years in which the certificates of the actor's rounds were obtained, the newest first."""
    query = select(func.min(Invitation.obtained_on), func.max(Invitation.obtained_on))
    first, last = session.execute(
        query.select_from(Invitation).outerjoin(Claim, _IS_LATEST).where(policy.visible(actor))
    ).one()
    return list(range(last.year, first.year - 1, -1)) if first else []


def standing(invitation: Invitation, claim: Claim | None) -> Standing:
    """How an invitation stands; the same as `_stands` says in SQL."""
    if claim is not None:
        return Standing.RECALL if claim.is_to_recall else Standing(claim.state.value)
    if invitation.voided_at is not None:
        return Standing.VOID
    return Standing.OPEN if invitation.last_day >= clock.today() else Standing.MISSED


def _stands(wanted: Standing) -> ColumnElement[bool]:
    unclaimed, today = Claim.id.is_(None), clock.today()
    match wanted:
        case Standing.VOID:
            return and_(unclaimed, Invitation.voided_at.is_not(None))
        case Standing.OPEN:
            return and_(unclaimed, Invitation.voided_at.is_(None), Invitation.last_day >= today)
        case Standing.MISSED:
            return and_(unclaimed, Invitation.voided_at.is_(None), Invitation.last_day < today)
        case Standing.RECALL:
            return _TO_RECALL
        case _:
            return and_(Claim.state == ClaimState(wanted.value), ~_TO_RECALL)


def _narrowed(wanted: RoundFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        named = Invitation.person_id.in_(services().people.named(wanted.text))
        yield or_(named, Claim.case_number == wanted.text.upper())
    if wanted.code:
        yield Invitation.code == wanted.code
    if wanted.year is not None:
        yield Invitation.obtained_on.between(dt.date(wanted.year, 1, 1), dt.date(wanted.year, 12, 31))
    if wanted.org_id is not None:
        units = services().orgs.within(wanted.org_id)
        yield or_(Invitation.person_id.in_(services().people.employed_in(units)), Claim.org_id.in_(units))


def _ordered(order: Order) -> Sequence[Any]:
    if order is Order.LAST_DAY:
        return (Invitation.last_day, Invitation.obtained_on)
    if order is Order.AMOUNT:
        return (func.coalesce(Claim.amount_fen, 0).desc(), Invitation.last_day)
    return (Claim.id.is_(None), Claim.claimed_at.desc(), Invitation.invited_at.desc())
