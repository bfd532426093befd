"""Signing off, sending back, and undoing what was signed. The record is only added to."""

from __future__ import annotations

import uuid

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.practice import policy, rules
from lms.practice.events import PracticeHoursSigned
from lms.practice.models import Placement, PracticeEntry, PracticeLog, PracticeRule
from lms.practice.rules import LogState, PlacementState
from lms.practice.service.common import given_reason, hold_person, move_log, overtaken, trail


def sign(actor: Actor, log_id: uuid.UUID, seen_round: int) -> uuid.UUID:
    """Sign a log off as its supervisor, as it was seen in a round; the id of its entry in the record.

    Raises `Conflict` when it was changed, signed or taken back meanwhile, or the placement has ended.
    """
    with unit_of_work(actor) as uow:
        log, placement = policy.supervised_log(actor, log_id)
        hold_person(uow, placement.person_id)
        _require_open(placement)
        move_log(uow, log, (LogState.SENT,), LogState.SIGNED, seen_round, decided_at=clock.now())
        figures = uow.session.get_one(PracticeRule, placement.rule_id).figures()
        reflected = rules.reflects(log.reflection, figures)
        trail(uow, "sign", log.id, placement, round=seen_round, minutes=log.ends - log.begins)
        return _write(uow, log, placement, minutes=log.ends - log.begins, reflected=reflected, key=f"log:{log.id.hex}")


def send_back(actor: Actor, log_id: uuid.UUID, reason: str, seen_round: int) -> None:
    """Send a log back with a reason its writer reads."""
    text = given_reason(reason)
    with unit_of_work(actor) as uow:
        log, placement = policy.supervised_log(actor, log_id)
        hold_person(uow, placement.person_id)
        _require_open(placement)
        move_log(uow, log, (LogState.SENT,), LogState.RETURNED, seen_round, reason=text, decided_at=clock.now())
        trail(uow, "return", log.id, placement, round=seen_round, reason=text)
        messages.send(
            uow,
            person_id=log.person_id,
            kind="practice.returned",
            params={"day": log.day, "activity": log.activity, "reason": text},
            key=f"practice.returned:{log.id.hex}:{seen_round}",
            link=f"/me/practice/{placement.id}/log/{log.id}",
        )


def reverse(actor: Actor, entry_id: uuid.UUID, reason: str) -> uuid.UUID:
    """Undo signed hours by a line that mirrors them; its id. Their time may be logged anew then.

    By the officer of the station, while the placement is under way. Raises `Conflict` once undone before.
    """
    text = given_reason(reason)
    with unit_of_work(actor) as uow:
        entry = db.session.get(PracticeEntry, entry_id)
        if entry is None:
            raise policy.missing()
        placement = policy.looked_after(actor, entry.placement_id)
        hold_person(uow, placement.person_id)
        _require_open(placement)
        if entry.reverses_id is not None:
            raise Conflict(_("冲销记录本身不能再冲销。"))
        log = uow.session.get_one(PracticeLog, entry.log_id, populate_existing=True)
        move_log(uow, log, (LogState.SIGNED,), LogState.REVERSED, log.round, reason=text, decided_at=clock.now())
        undone = _write(
            uow, log, placement, minutes=-entry.minutes, reflected=entry.reflected, key=f"undo:{entry.id.hex}",
            reverses=entry.id, reason=text,
        )  # fmt: skip
        messages.send(
            uow,
            person_id=placement.person_id,
            kind="practice.reversed",
            params={"day": entry.day, "activity": entry.activity, "reason": text},
            key=f"practice.reversed:{entry.id.hex}",
            link=f"/me/practice/{placement.id}",
        )
        uow.audit(
            "practice.reverse", "practice_entry", entry.id, org_id=placement.org_id, minutes=entry.minutes, reason=text
        )
        return undone


def _require_open(placement: Placement) -> None:
    """Raise unless the placement, held, is under way: a completed one stands as it was confirmed."""
    if placement.state is not PlacementState.ACTIVE:
        raise Conflict(
            _("这次实训已经结束，记录不能再变。"),
            why=_("结业确认时的时长已经记入档案。"),
            todo=_("如有错误，请在继续教育时长里更正。"),
            code="not_under_way",
        )


def _write(
    uow: UnitOfWork,
    log: PracticeLog,
    placement: Placement,
    *,
    minutes: int,
    reflected: bool,
    key: str,
    reverses: uuid.UUID | None = None,
    reason: str = "",
) -> uuid.UUID:
    assert uow.actor.person_id is not None  # noqa: S101 - the policy has found who it is
    entry_id = new_id()
    is_new = insert_new(
        uow.session,
        PracticeEntry,
        id=entry_id,
        placement_id=placement.id,
        log_id=log.id,
        person_id=log.person_id,
        code=placement.code,
        day=log.day,
        begins=log.begins,
        ends=log.ends,
        minutes=minutes,
        activity=log.activity,
        reflection=log.reflection,
        reflected=reflected,
        key=key,
        reverses_id=reverses,
        reason=reason,
        signed_by=uow.actor.person_id,
        signed_at=clock.now(),
    )
    if not is_new:
        raise overtaken()
    uow.emit(
        PracticeHoursSigned(
            entry_id=entry_id,
            placement_id=placement.id,
            person_id=log.person_id,
            code=placement.code,
            minutes=minutes,
            day=log.day,
        )
    )
    return entry_id
