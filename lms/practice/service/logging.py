"""Logging hours: sent by who was there, amended when sent back, taken back before they are signed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.practice import policy, queries, rules
from lms.practice.dto import Hours
from lms.practice.models import Placement, PracticeLog, PracticeRule
from lms.practice.rules import LogState, PlacementState, Span
from lms.practice.service.common import hold_person, move_log, overtaken, refuse, trail

LONGEST_ACTIVITY = 120
LONGEST_REFLECTION = 4000


def send(actor: Actor, placement_id: uuid.UUID, hours: Hours) -> uuid.UUID:
    """Log hours of one's own; the log's id. The same key again is one log.

    Raises `Invalid` naming every fault, `Conflict` where the placement is not under way.
    """
    with unit_of_work(actor) as uow:
        placement = policy.own(actor, placement_id)
        hold_person(uow, placement.person_id)
        earlier = _by_key(uow, hours.key, placement)
        if earlier is not None:
            return earlier
        _require_active(placement)
        _check(uow, placement, hours)
        log_id = new_id()
        row = {"id": log_id, "key": hours.key, "placement_id": placement.id, "person_id": placement.person_id}
        state = {"state": LogState.SENT, "round": 1, "reason": "", "sent_at": clock.now()}
        if not insert_new(uow.session, PracticeLog, **row, **state, **_columns(hours)):
            raise overtaken()
        _tell_supervisor(uow, placement)
        trail(uow, "send", log_id, placement, round=1, **_times(hours.span))
        return log_id


def amend(actor: Actor, log_id: uuid.UUID, hours: Hours, seen_round: int) -> None:
    """Send a log anew that came back, or that waits still. Raises `Conflict` once it is signed."""
    with unit_of_work(actor) as uow:
        log = policy.own_log(actor, log_id)
        placement = policy.own(actor, log.placement_id)
        hold_person(uow, placement.person_id)
        _require_active(placement)
        _check(uow, placement, hours, but=log.id)
        was = _times(log.span)
        values = _columns(hours) | {"round": seen_round + 1, "reason": "", "sent_at": clock.now()}
        move_log(uow, log, (LogState.SENT, LogState.RETURNED), LogState.SENT, seen_round, **values)
        _tell_supervisor(uow, placement)
        trail(uow, "amend", log.id, placement, was=was, round=seen_round + 1, **_times(hours.span))


def take_back(actor: Actor, log_id: uuid.UUID, seen_round: int) -> None:
    """Take a log back that is not signed off; its time is free again."""
    with unit_of_work(actor) as uow:
        log = policy.own_log(actor, log_id)
        move_log(uow, log, (LogState.SENT, LogState.RETURNED), LogState.TAKEN_BACK, seen_round, decided_at=clock.now())
        trail(uow, "take_back", log.id, policy.own(actor, log.placement_id), round=seen_round)


def _times(span: Span) -> dict[str, Any]:
    """Hours as the trail keeps them: when, not what was done with whom."""
    return {"day": span.day.isoformat(), "begins": span.start, "ends": span.end}


def _columns(hours: Hours) -> dict[str, Any]:
    return {
        "day": hours.span.day,
        "begins": hours.span.start,
        "ends": hours.span.end,
        "activity": hours.activity.strip(),
        "reflection": hours.reflection.strip(),
    }


def _by_key(uow: UnitOfWork, key: str, placement: Placement) -> uuid.UUID | None:
    made = uow.session.execute(select(PracticeLog.id, PracticeLog.placement_id).where(PracticeLog.key == key)).first()
    if made is None:
        return None
    if made.placement_id != placement.id:
        raise overtaken()
    return uuid.UUID(str(made.id))


def _require_active(placement: Placement) -> None:
    if placement.state is not PlacementState.ACTIVE:
        raise Conflict(
            _("这次实训不在进行中，不能记时长。"), why=_("它还没有被接收，或已经结束。"), code="not_under_way"
        )


def _check(uow: UnitOfWork, placement: Placement, hours: Hours, but: uuid.UUID | None = None) -> None:
    """Raise `Invalid` naming what is wrong with the hours, beside what else the person logged that day."""
    figures = uow.session.get_one(PracticeRule, placement.rule_id).figures()
    others = [log.span for log in queries.standing_on(placement.person_id, hours.span.day, but)]
    refuse(rules.span_faults(hours.span, figures, placement.term, _now(), others), _("时长没有记上。"))
    fields: dict[str, Any] = {}
    if not any(char.isalnum() for char in hours.activity):
        fields["activity"] = _("请写明做了什么")
    elif len(hours.activity) > LONGEST_ACTIVITY:
        fields["activity"] = _("最多 %(most)d 个字", most=LONGEST_ACTIVITY)
    if len(hours.reflection) > LONGEST_REFLECTION:
        fields["reflection"] = _("最多 %(most)d 个字", most=LONGEST_REFLECTION)
    if fields:
        raise Invalid(_("时长没有记上。"), todo=_("请改好标出的地方再提交。"), fields=fields)


def _now() -> tuple[dt.date, int]:
    local = clock.now().astimezone(clock.CITY_ZONE)
    return local.date(), local.hour * 60 + local.minute


def _tell_supervisor(uow: UnitOfWork, placement: Placement) -> None:
    """One message a day, however many logs wait."""
    assert placement.supervisor_id is not None  # noqa: S101 - an active placement has one
    messages.send(
        uow,
        person_id=placement.supervisor_id,
        kind="practice.to_sign",
        params={"name": queries.names([placement.person_id])[placement.person_id]},
        key=f"practice.to_sign:{placement.id.hex}:{placement.supervisor_id.hex}:{clock.today().isoformat()}",
        link="/supervise",
    )
