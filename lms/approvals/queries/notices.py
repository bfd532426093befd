"""Reading notices and objections: for everybody, for officers, and for the job that ends them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from lms.access import policy as access
from lms.approvals import kinds, policy
from lms.approvals.models import ApprovalCase, CaseState
from lms.approvals.notice_models import NoticeEntry, NoticeState, Objection, ObjectionState, PublicNotice
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import Localized
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel

KEPT = "approvals.notice_kept_days"


def row(notice_id: uuid.UUID) -> PublicNotice:
    """The notice. Raises `NotFound`."""
    return _found(db.session.get(PublicNotice, notice_id))


def by_number(number: str) -> PublicNotice:
    """The notice with a number. Raises `NotFound`."""
    return _found(db.session.scalars(select(PublicNotice).where(PublicNotice.number == number)).first())


def published() -> Select[PublicNotice]:
    """What everybody sees: running notices, and ended ones for some time after their last day. The newest first."""
    since = clock.today() - dt.timedelta(days=int(kernel().settings.value(KEPT)))
    shown = (PublicNotice.state != NoticeState.VOIDED) & (PublicNotice.closes_on >= since)
    return select(PublicNotice).where(shown).order_by(PublicNotice.published_at.desc(), PublicNotice.id)


def shows_names(notice: PublicNotice) -> bool:
    """Whether the list of a notice may still be read: it comes down some time after the last day (个人信息最小必要)."""
    kept = dt.timedelta(days=int(kernel().settings.value(KEPT)))
    return notice.state is not NoticeState.VOIDED and clock.today() <= notice.closes_on + kept


def takes_objections(notice: PublicNotice) -> bool:
    """Whether the last day is not over."""
    return notice.state is NoticeState.OPEN and clock.today() <= notice.closes_on


@dataclass(frozen=True, slots=True)
class EntryNow:
    """A line of a notice, and how its case stands now."""

    entry: NoticeEntry
    state: CaseState
    is_here: bool

    def value(self, key: str) -> Localized | str:
        """What a public fact says; empty where this line has none of that key."""
        return next((fact["value"] for fact in self.entry.facts if fact["key"] == key), "")


def entries(notice_id: uuid.UUID) -> list[EntryNow]:
    """The lines of a notice in order. One SELECT."""
    query = (
        select(NoticeEntry, ApprovalCase.state, ApprovalCase.notice_id)
        .join(ApprovalCase, ApprovalCase.id == NoticeEntry.case_id)
        .where(NoticeEntry.notice_id == notice_id)
        .order_by(NoticeEntry.position)
    )
    return [EntryNow(entry, state, at == notice_id) for entry, state, at in db.session.execute(query)]


def public_columns(listed: Sequence[EntryNow]) -> list[tuple[str, Localized]]:
    """Keys and labels of the public facts, in the order they first come up."""
    found: dict[str, Localized] = {}
    for one in listed:
        for fact in one.entry.facts:
            found.setdefault(fact["key"], fact["label"])
    return list(found.items())


def applicant_names(notice_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Names in clear by case, for officers."""
    named = select(ApprovalCase.id, ApprovalCase.applicant_name)
    listed = named.join(NoticeEntry, NoticeEntry.case_id == ApprovalCase.id).where(NoticeEntry.notice_id == notice_id)
    return {found.id: found.applicant_name for found in db.session.execute(listed)}


def objections_of(notice_id: uuid.UUID) -> Sequence[Objection]:
    """Everything said against a notice or its entries, the latest first."""
    query = select(Objection).where(Objection.notice_id == notice_id)
    return db.session.scalars(query.order_by(Objection.raised_at.desc(), Objection.id)).all()


def waiting(actor: Actor, kind: str = "") -> Select[ApprovalCase]:
    """Cases that wait for a notice in the units where the actor publishes, their own left out; the longest first."""
    query = select(ApprovalCase).where(
        ApprovalCase.state == CaseState.AWAITING_NOTICE,
        ApprovalCase.kind.in_(kinds.known()),
        ApprovalCase.org_id.in_(access.visible_orgs(actor, policy.PUBLISH)),
        ApprovalCase.applicant_id != actor.person_id,
        or_(ApprovalCase.opened_by.is_(None), ApprovalCase.opened_by != actor.person_id),
    )
    if kind:
        query = query.where(ApprovalCase.kind == kind)
    return query.order_by(ApprovalCase.applicant_unit, ApprovalCase.number)


def waiting_by_kind(actor: Actor) -> dict[str, int]:
    """How many cases of each kind wait for a notice."""
    listed = waiting(actor).order_by(None).subquery()
    counted = select(listed.c.kind, func.count().label("total")).group_by(listed.c.kind).order_by(listed.c.kind)
    return {found.kind: found.total for found in db.session.execute(counted)}


def desk_list(actor: Actor) -> Select[Any]:
    """Notices of the actor's units as rows (notice, entries, open objections), the newest first."""
    lines = select(func.count()).where(NoticeEntry.notice_id == PublicNotice.id).correlate(PublicNotice)
    open_ones = select(func.count()).where(
        Objection.notice_id == PublicNotice.id, Objection.state == ObjectionState.OPEN
    )
    query: Any = (
        select(
            PublicNotice,
            lines.scalar_subquery().label("entries"),
            open_ones.correlate(PublicNotice).scalar_subquery().label("objecting"),
        )
        .where(PublicNotice.org_id.in_(access.visible_orgs(actor, policy.VIEW)))
        .order_by(PublicNotice.published_at.desc(), PublicNotice.id)
    )
    return cast("Select[Any]", query)


def objections(actor: Actor, state: ObjectionState | None = None) -> Select[Any]:
    """Objections the actor may decide as rows (objection, notice, case or None), open ones first."""
    unit = func.coalesce(ApprovalCase.org_id, PublicNotice.org_id)
    query: Any = (
        select(Objection, PublicNotice, ApprovalCase)
        .join(PublicNotice, PublicNotice.id == Objection.notice_id)
        .outerjoin(ApprovalCase, ApprovalCase.id == Objection.case_id)
        .where(unit.in_(access.visible_orgs(actor, policy.JUDGE)))
        .order_by(Objection.state != ObjectionState.OPEN, Objection.raised_at.desc(), Objection.id)
    )
    if state is not None:
        query = query.where(Objection.state == state)
    return cast("Select[Any]", query)


def objection(objection_id: uuid.UUID) -> tuple[Objection, PublicNotice]:
    """An objection with its notice. Raises `NotFound`."""
    found = db.session.get(Objection, objection_id)
    if found is None:
        raise NotFound(_("找不到这条异议。"))
    return found, row(found.notice_id)


def objection_unit(found: Objection, notice: PublicNotice) -> uuid.UUID:
    """The unit whose officers decide an objection: the applicant's, or the publishing one."""
    org_id = db.session.scalar(select(ApprovalCase.org_id).where(ApprovalCase.id == found.case_id))
    return org_id or notice.org_id


def by_receipt(receipt: str) -> Objection | None:
    """The objection with a receipt, for whoever holds it."""
    return db.session.scalars(select(Objection).where(Objection.receipt == receipt.strip().upper())).first()


def due(today: dt.date) -> Sequence[uuid.UUID]:
    """Notices to end, and ended ones with cases that may be approved by now."""
    left = (PublicNotice.state == NoticeState.ENDED) & exists().where(_releasable(PublicNotice.id))
    query = select(PublicNotice.id).where(or_(over(today), left))
    return db.session.scalars(query.order_by(PublicNotice.closes_on, PublicNotice.id)).all()


def over(today: dt.date) -> ColumnElement[bool]:
    """Open notices whose last day is over, or that were published without a term."""
    ended = or_(PublicNotice.closes_on < today, PublicNotice.days == 0)
    return (PublicNotice.state == NoticeState.OPEN) & ended


def releasable(notice_id: uuid.UUID) -> Select[uuid.UUID]:
    """Cases of an ended notice that no open objection holds."""
    return select(ApprovalCase.id).where(_releasable(notice_id)).order_by(ApprovalCase.id)


def held_count(notice_id: uuid.UUID) -> int:
    """How many cases of a notice an open objection holds."""
    query = select(func.count(ApprovalCase.id)).where(
        ApprovalCase.notice_id == notice_id, ApprovalCase.state == CaseState.IN_NOTICE, _is_held(notice_id)
    )
    return db.session.scalar(query) or 0


def _releasable(notice_id: Any) -> ColumnElement[bool]:
    return and_(
        ApprovalCase.notice_id == notice_id,
        ApprovalCase.state == CaseState.IN_NOTICE,
        ApprovalCase.kind.in_(kinds.known()),
        ~_is_held(notice_id),
    )


def _is_held(notice_id: Any) -> ColumnElement[bool]:
    """An open objection against the case, wherever it was raised, or against the notice as a whole."""
    against = or_(
        Objection.case_id == ApprovalCase.id, (Objection.notice_id == notice_id) & Objection.case_id.is_(None)
    )
    return exists().where(Objection.state == ObjectionState.OPEN, against)


def _found(notice: PublicNotice | None) -> PublicNotice:
    if notice is None:
        raise NotFound(_("找不到这份公示。"))
    return notice
