"""The checker of records that do not fit together: what it finds, what it would do, and doing it by right.

Finding changes nothing (the dry run); each fix is one transaction, audited, and does nothing when the fault is gone.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.kernel.uow import unit_of_work
from lms.people.models import Person
from lms.programmes import policy, rules
from lms.programmes.appointment_models import Appointment, EndKind
from lms.programmes.queries import appointments, catalogue
from lms.programmes.queries.catalogue import Catalogue
from lms.programmes.rules import Held
from lms.programmes.service.ending import end
from lms.requirements import checking, kinds
from lms.requirements import queries as requirements
from lms.requirements import rules as trees

_DAY = dt.timedelta(days=1)


class FaultKind(enum.StrEnum):
    """`unmet`: held without what is asked for it; `overlap`: two rungs at once; `open`: the term is over, not ended."""

    UNMET = "unmet"
    OVERLAP = "overlap"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit, about an appointment. `last_day` is what the fix would end it with, if any."""

    kind: FaultKind
    appointment_id: uuid.UUID
    person_id: uuid.UUID
    person: str
    programme: str
    text: str
    fix: str
    last_day: dt.date | None = None


def find(actor: Actor) -> list[Fault]:
    """Every fault among the appointments the actor sees. A constant number of SELECTs for each programme."""
    today, known = clock.today(), catalogue.load()
    seen = set(db.session.scalars(select(Appointment.id).where(policy.visible_appointments(actor))))
    held = [one for one in appointments.all_held() if one.key in seen]
    named = select(Person.id, Person.name).where(Person.id.in_(select(Appointment.person_id)))
    names: dict[uuid.UUID, str] = {row.id: row.name for row in db.session.execute(named)}
    reader, ended = _Reader(names, known), _ended()
    still = [one for one in held if one.key not in ended]
    to_last = [one for one in still if one.last is None or one.last >= today]
    return [
        *_open_terms(still, reader, today),
        *_overlaps(to_last, reader, today),
        *_unmet(to_last, reader, today),
    ]


def repair(actor: Actor, kind: FaultKind, appointment_id: uuid.UUID) -> None:
    """Do what the checker suggests for a fault. Raises `Conflict` when it is not there any more, or has no fix."""
    with unit_of_work(actor) as uow:
        found = policy.seen_appointment(actor, appointment_id)
        policy.require_appointing(actor, found.person_id)
        fault = next((one for one in find(actor) if (one.kind, one.appointment_id) == (kind, appointment_id)), None)
        if fault is None or fault.last_day is None:
            raise Conflict(_("这个问题已经不在了，或没有可以自动办理的办法。"), todo=_("请刷新页面。"))
        ending = EndKind.EXPIRED if kind is FaultKind.OPEN else EndKind.CORRECTED
        end(uow, found, fault.last_day, ending, _("记录检查：%(what)s", what=fault.text))


def _ended() -> set[uuid.UUID]:
    return {one.id for one, ended in db.session.execute(appointments.with_ends()) if ended is not None}


def _open_terms(held: list[Held], reader: _Reader, today: dt.date) -> Iterator[Fault]:
    for one in held:
        if one.last is not None and one.last < today:
            text = _("任期到 %(day)s已满，没有登记结束。", day=_day(one.last))
            yield reader.fault(FaultKind.OPEN, one, text, _("登记为到期"), one.last)


def _overlaps(held: list[Held], reader: _Reader, today: dt.date) -> Iterator[Fault]:
    by_track: dict[str, list[Held]] = {}
    for one in held:
        track = reader.known.entry(one.programme).programme.track
        if reader.known.track(track).is_ladder:
            by_track.setdefault(track, []).append(one)
    for group in by_track.values():
        for lower, other in rules.overlaps(group):
            title = pick(reader.known.title(other.programme))
            last = max(lower.first - _DAY, min(other.first - _DAY, today))
            text = _("与同一序列的“%(title)s”同时在任。", title=title)
            yield reader.fault(FaultKind.OVERLAP, lower, text, _("到 %(day)s为止", day=_day(last)), last)


def _unmet(held: list[Held], reader: _Reader, today: dt.date) -> Iterator[Fault]:
    """Held by people who lack today what a renewal asks for, but for what counts up during a term: to be looked into.

    Nothing is done by itself, an officer decides.
    """
    counted_up = {key for key, kind in kinds.known().items() if kind.builds_up}
    by_programme: dict[str, list[Held]] = {}
    for one in held:
        by_programme.setdefault(one.programme, []).append(one)
    for code, group in by_programme.items():
        version = reader.known.entry(code).in_force(today)
        if version is None or not version.renewal_set:
            continue
        tree = trees.granting(requirements.tree_on(version.renewal_set, today), counted_up)
        found = checking.assess(tree, sorted({one.person for one in group}), today)
        for one in group:
            if not found[one.person].met:
                missing = listed(str(finding.text).rstrip("。.") for _leaf, finding in found[one.person].missing)
                text = _("在任，但现在不满足续聘条件：%(missing)s。", missing=missing)
                yield reader.fault(FaultKind.UNMET, one, text, _("请核实后续办理退出，或补齐记录"))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Names of people and titles of programmes."""

    names: Mapping[uuid.UUID, str]
    known: Catalogue

    def fault(self, kind: FaultKind, one: Held, text: str, fix: str, last_day: dt.date | None = None) -> Fault:
        """A fault about an appointment."""
        title = pick(self.known.title(one.programme))
        return Fault(kind, one.key, one.person, self.names.get(one.person, ""), title, text, fix, last_day)


def _day(value: dt.date) -> str:
    return value.isoformat()
