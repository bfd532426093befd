"""Supervision: pairs made by officers, sessions written by the supervisor, signed by both, then never changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select, update

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.people.models import Person
from lms.programmes import policy
from lms.programmes.events import SupervisionSigned
from lms.programmes.queries import supervision
from lms.programmes.service.common import overtaken
from lms.programmes.supervision_models import LogState, SupervisionEntry, SupervisionLog, SupervisionPair
from lms.webkit.templating import minutes as minutes_text

MOST_MINUTES = 8 * 60
LONGEST = 4000
_BACK = dt.timedelta(days=90)
"""How long ago a session may have been that is written down now."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its supervisor writes it."""

    held_on: dt.date
    minutes: int
    plan: str
    content: str


def pair(actor: Actor, supervisor_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Put a person of one's units under somebody's supervision from today. Twice is once.

    Raises `Conflict` for who may not supervise, `Invalid` for a person and themselves.
    """
    access.require_person(actor, policy.APPOINT, person_id)
    if supervisor_id == person_id:
        raise Invalid(_("没有安排。"), fields={"person": _("督导和被督导人不能是同一人")})
    with unit_of_work(actor) as uow:
        if not supervision.may_supervise(supervisor_id, clock.today()):
            raise Conflict(_("这个人现在不能开展督导。"), why=_("没有在任的督导聘任。"))
        made = insert_new(
            uow.session, SupervisionPair, id=new_id(), supervisor_id=supervisor_id, person_id=person_id,
            started_on=clock.today(), made_by=actor.person_id, made_at=clock.now(),
        )  # fmt: skip
        if made:
            uow.audit("supervision.pair", "person", person_id, supervisor=supervisor_id.hex)


def part(actor: Actor, pair_id: uuid.UUID) -> None:
    """End a pair today; its log stays."""
    with unit_of_work(actor) as uow:
        found = uow.session.get(SupervisionPair, pair_id)
        if found is None:
            raise NotFound(_("找不到这对督导关系。"))
        access.require_person(actor, policy.APPOINT, found.person_id)
        ending = update(SupervisionPair).where(SupervisionPair.id == pair_id, SupervisionPair.ended_on.is_(None))
        if uow.change(ending.values(ended_on=clock.today())) != 1:
            raise overtaken()
        uow.audit("supervision.part", "person", found.person_id, supervisor=found.supervisor_id.hex)


def write(actor: Actor, pair_id: uuid.UUID, key: str, new: Session) -> uuid.UUID:
    """Begin the log of a session of one's own; its id. The same key again is one log. Raises `Invalid`, `NotFound`."""
    with unit_of_work(actor) as uow:
        earlier = _written(uow, actor, key)
        if earlier is not None:
            return earlier
        found = uow.session.get(SupervisionPair, pair_id)
        if found is None or found.supervisor_id != actor.person_id:
            raise NotFound(_("找不到这对督导关系。"))
        _check(found, new)
        log_id = new_id()
        made = insert_new(
            uow.session, SupervisionLog, id=log_id, key=key, pair_id=pair_id, reflection="", edit=1, returned="",
            state=LogState.DRAFT, changed_at=clock.now(), **_values(new),
        )  # fmt: skip
        if not made:
            earlier = _written(uow, actor, key)
            assert earlier is not None  # noqa: S101 - the key was taken
            return earlier
        uow.audit("supervision.write", "supervision_log", log_id)
        return log_id


def _written(uow: UnitOfWork, actor: Actor, key: str) -> uuid.UUID | None:
    """The log of the actor's own that was begun with a key. Raises `NotFound` for a key of somebody else."""
    found = uow.session.scalars(select(SupervisionLog).where(SupervisionLog.key == key)).first()
    if found is None:
        return None
    _pair_of(uow, actor, found, "supervisor_id")
    return found.id


def rewrite(actor: Actor, log_id: uuid.UUID, seen_edit: int, new: Session) -> None:
    """Change a draft of one's own that is as it was seen. Raises `Conflict`, `Invalid`."""
    with unit_of_work(actor) as uow:
        log = _log(uow, log_id)
        _check(_pair_of(uow, actor, log, "supervisor_id"), new)
        _swap(uow, log_id, seen_edit, LogState.DRAFT, LogState.DRAFT, **_values(new))
        uow.audit("supervision.rewrite", "supervision_log", log_id, edit=seen_edit + 1)


def drop(actor: Actor, log_id: uuid.UUID, seen_edit: int) -> None:
    """Throw away a draft of one's own."""
    with unit_of_work(actor) as uow:
        _pair_of(uow, actor, _log(uow, log_id), "supervisor_id")
        _swap(uow, log_id, seen_edit, LogState.DRAFT, LogState.DROPPED)
        uow.audit("supervision.drop", "supervision_log", log_id)


def sign(actor: Actor, log_id: uuid.UUID, seen_edit: int) -> None:
    """The supervisor signs a session and hands it to the other. Raises `Conflict`, `Forbidden` without appointment."""
    with unit_of_work(actor) as uow:
        log = _log(uow, log_id)
        found = _pair_of(uow, actor, log, "supervisor_id")
        if not supervision.may_supervise(found.supervisor_id, log.held_on):
            raise Forbidden(_("这次督导当天，您没有在任的督导聘任。"))
        day = log.held_on
        _swap(uow, log_id, seen_edit, LogState.DRAFT, LogState.SIGNED, returned="")
        uow.audit("supervision.sign", "supervision_log", log_id, edit=seen_edit)
        name = uow.session.scalar(select(Person.name).where(Person.id == found.supervisor_id))
        _tell(uow, found.person_id, "log_to_sign", log_id, seen_edit, name=name, day=day)


def send_back(actor: Actor, log_id: uuid.UUID, seen_edit: int, reason: str) -> None:
    """The other sends a session back to be put right. Raises `Invalid` without a reason."""
    if not reason.strip():
        raise Invalid(_("没有退回。"), fields={"reason": _("请写明原因")})
    with unit_of_work(actor) as uow:
        log = _log(uow, log_id)
        found = _pair_of(uow, actor, log, "person_id")
        day = log.held_on
        _swap(uow, log_id, seen_edit, LogState.SIGNED, LogState.DRAFT, returned=reason.strip())
        uow.audit("supervision.send_back", "supervision_log", log_id, reason=reason.strip())
        _tell(uow, found.supervisor_id, "log_returned", log_id, seen_edit, reason=reason.strip(), day=day)


def agree(actor: Actor, log_id: uuid.UUID, seen_edit: int, reflection: str) -> None:
    """The other adds a reflection and signs: from then on the session counts and is never changed.

    Raises `Invalid` without a reflection, `Conflict` when it is not as it was seen.
    """
    text = reflection.strip()
    if not text or len(text) > LONGEST:
        problem = _("请写下您的反思") if not text else _("最多 %(max)d 个字", max=LONGEST)
        raise Invalid(_("没有确认。"), fields={"reflection": problem})
    with unit_of_work(actor) as uow:
        log = _log(uow, log_id)
        found = _pair_of(uow, actor, log, "person_id")
        signed_at = log.changed_at
        _swap(uow, log_id, seen_edit, LogState.SIGNED, LogState.COMPLETE, reflection=text)
        entry_id = new_id()
        uow.session.add(
            SupervisionEntry(
                id=entry_id, log_id=log_id, supervisor_id=found.supervisor_id, person_id=found.person_id,
                held_on=log.held_on, minutes=log.minutes, plan=log.plan, content=log.content, reflection=text,
                digest=_digest(log, text), signed_at=signed_at, agreed_at=clock.now(),
            )
        )  # fmt: skip
        uow.session.flush()
        uow.audit("supervision.complete", "supervision_log", log_id, minutes=log.minutes)
        uow.emit(
            SupervisionSigned(
                entry_id=entry_id, supervisor_id=found.supervisor_id, person_id=found.person_id, held_on=log.held_on,
                minutes=log.minutes,
            )
        )  # fmt: skip
        lasted = in_both(minutes_text, log.minutes)
        _tell(uow, found.supervisor_id, "log_complete", log_id, seen_edit, day=log.held_on, minutes=lasted)


def _check(found: SupervisionPair, new: Session) -> None:
    today, fields = clock.today(), dict[str, Any]()
    last = found.ended_on or today
    if not max(found.started_on, today - _BACK) <= new.held_on <= min(today, last):
        fields["held_on"] = _("应在督导关系期间，不晚于今天，不早于 90 天前")
    if not 1 <= new.minutes <= MOST_MINUTES:
        fields["minutes"] = _("应为 1 至 480 分钟")
    for name, text in (("plan", new.plan), ("content", new.content)):
        if not text.strip() or len(text) > LONGEST:
            fields[name] = _("请填写，最多 %(max)d 个字", max=LONGEST)
    if fields:
        raise Invalid(_("督导记录没有保存。"), fields=fields)


def _values(new: Session) -> dict[str, Any]:
    return {
        "held_on": new.held_on,
        "minutes": new.minutes,
        "plan": new.plan.strip(),
        "content": new.content.strip(),
    }


def _log(uow: UnitOfWork, log_id: uuid.UUID) -> SupervisionLog:
    found = uow.session.get(SupervisionLog, log_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这份督导记录。"))
    return found


def _pair_of(uow: UnitOfWork, actor: Actor, log: SupervisionLog, side: str) -> SupervisionPair:
    """The pair of a log in which the actor stands on a side. Raises `NotFound` for anybody else."""
    found = uow.session.get_one(SupervisionPair, log.pair_id)
    if actor.person_id is None or getattr(found, side) != actor.person_id:
        raise NotFound(_("找不到这份督导记录。"))
    return found


def _swap(uow: UnitOfWork, log_id: uuid.UUID, seen_edit: int, source: LogState, state: LogState, **values: Any) -> None:
    written = exists().where(SupervisionEntry.log_id == log_id)
    as_seen = (SupervisionLog.id == log_id, SupervisionLog.edit == seen_edit, SupervisionLog.state == source, ~written)
    row = {"state": state, "edit": seen_edit + 1, "changed_at": clock.now(), **values}
    if uow.change(update(SupervisionLog).where(*as_seen).values(**row)) != 1:
        raise overtaken()


def _digest(log: SupervisionLog, reflection: str) -> str:
    parts = [log.id.hex, log.held_on.isoformat(), log.minutes, log.plan, log.content, reflection]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _tell(uow: UnitOfWork, person_id: uuid.UUID, what: str, log_id: uuid.UUID, edit: int, **params: Any) -> None:
    messages.send(
        uow, person_id=person_id, kind=f"programmes.{what}", params=params, key=f"log:{log_id.hex}:{what}:{edit}",
        link=f"/supervision/{log_id}",
    )  # fmt: skip
