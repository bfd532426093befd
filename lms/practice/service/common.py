"""What the use cases share: holding rows still, moving a state on, saying what is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork
from lms.practice import wording
from lms.practice.models import Placement, PracticeLog, PracticePlaces
from lms.practice.rules import Fault, LogState, PlacementState

LONGEST_REASON = 400


def hold_person(uow: UnitOfWork, person_id: uuid.UUID) -> None:
    """Let nobody else log for this person until the transaction ends, so that overlaps and a day's most stay true.

    Whoever logs holds every placement of the person, in the order of their ids, and reads them anew: what was read
    before may have ended meanwhile. SQLite has one writer anyway.
    """
    query = select(Placement).where(Placement.person_id == person_id).order_by(Placement.id)
    uow.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def hold_places(uow: UnitOfWork, org_id: uuid.UUID, code: str) -> int:
    """Let nobody else fill a station's places of a category until the transaction ends; how many there are."""
    query = select(PracticePlaces.places).where(PracticePlaces.org_id == org_id, PracticePlaces.code == code)
    return uow.session.scalar(query.with_for_update()) or 0


def move(
    uow: UnitOfWork, placement_id: uuid.UUID, source: PlacementState, state: PlacementState, **values: Any
) -> None:
    """Compare and swap: move a placement on. Raises `Conflict` when it is in another state."""
    moving = update(Placement).where(Placement.id == placement_id, Placement.state == source)
    if uow.change(moving.values(state=state, **values)) != 1:
        raise overtaken()


def move_log(
    uow: UnitOfWork, log: PracticeLog, sources: tuple[LogState, ...], state: LogState, seen_round: int, **values: Any
) -> None:
    """The same for a log, as it was seen in a round: what was changed meanwhile is not decided on."""
    moving = update(PracticeLog).where(
        PracticeLog.id == log.id, PracticeLog.state.in_(sources), PracticeLog.round == seen_round
    )
    if uow.change(moving.values(state=state, **values)) != 1:
        raise overtaken()


def trail(uow: UnitOfWork, step: str, log_id: uuid.UUID, placement: Placement, **detail: Any) -> None:
    """Keep on the trail what somebody did with a log."""
    uow.audit(f"practice.log.{step}", "practice_log", log_id, org_id=placement.org_id, **detail)


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这里刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_practice"
    )


def refuse(faults: Iterable[Fault], what: str) -> None:
    """Raise `Invalid` naming every fault, if there is one."""
    fields: dict[str, Any] = {}
    for fault in faults:
        fields.setdefault(fault.field, wording.fault(fault))
    if fields:
        raise Invalid(what, todo=_("请改好标出的地方再提交。"), fields=fields)


def given_reason(reason: str) -> str:
    """A stated reason, plain. Raises `Invalid` without one."""
    text = reason.strip()
    if not text:
        raise Invalid(_("没有办理。"), fields={"reason": _("请写明理由，对方会看到")})
    if len(text) > LONGEST_REASON:
        raise Invalid(_("没有办理。"), fields={"reason": _("最多 %(most)d 个字", most=LONGEST_REASON)})
    return text
