"""Supervision: pairs, logs, hours, and who may supervise on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.kernel.db import db
from lms.people.models import Person
from lms.programmes.appointment_models import Appointment, AppointmentEnd
from lms.programmes.models import ProgrammeVersion
from lms.programmes.queries.appointments import held_on
from lms.programmes.supervision_models import LogState, SupervisionEntry, SupervisionLog, SupervisionPair

_supervisor, _person = aliased(Person), aliased(Person)


def may_supervise(person_id: uuid.UUID, day: dt.date) -> bool:
    """Whether somebody held on a day what allows to supervise."""
    query = (
        select(Appointment.id)
        .join(ProgrammeVersion, ProgrammeVersion.id == Appointment.version_id)
        .outerjoin(AppointmentEnd, AppointmentEnd.appointment_id == Appointment.id)
        .where(Appointment.person_id == person_id, ProgrammeVersion.supervises, held_on(day))
    )
    return bool(db.session.scalar(select(exists(query))))


def pairs(person_id: uuid.UUID) -> Sequence[tuple[SupervisionPair, str, str]]:
    """The pairs a person stands in, those going on first, with the names of both: supervisor, supervised."""
    query = _named().where(or_(SupervisionPair.supervisor_id == person_id, SupervisionPair.person_id == person_id))
    ordered = query.order_by(SupervisionPair.ended_on.is_not(None), SupervisionPair.started_on.desc())
    return [(pair, supervisor, person) for pair, supervisor, person in db.session.execute(ordered)]


def pair(pair_id: uuid.UUID) -> tuple[SupervisionPair, str, str] | None:
    """One pair with the names of both."""
    found = db.session.execute(_named().where(SupervisionPair.id == pair_id)).first()
    return (found[0], found[1], found[2]) if found else None


def _named() -> Select[SupervisionPair, str, str]:
    query = select(SupervisionPair, _supervisor.name, _person.name)
    query = query.join(_supervisor, _supervisor.id == SupervisionPair.supervisor_id)
    return query.join(_person, _person.id == SupervisionPair.person_id)


def logs(person_id: uuid.UUID) -> Select[SupervisionLog, SupervisionPair, str, str]:
    """The sessions a person has a hand in, the latest first: drafts of others are not shown."""
    query = select(SupervisionLog, SupervisionPair, _supervisor.name, _person.name)
    query = query.join(SupervisionPair, SupervisionPair.id == SupervisionLog.pair_id)
    query = query.join(_supervisor, _supervisor.id == SupervisionPair.supervisor_id)
    query = query.join(_person, _person.id == SupervisionPair.person_id)
    theirs = (SupervisionPair.person_id == person_id) & SupervisionLog.state.in_((LogState.SIGNED, LogState.COMPLETE))
    query = query.where(
        or_(SupervisionPair.supervisor_id == person_id, theirs), SupervisionLog.state != LogState.DROPPED
    )
    return query.order_by(SupervisionLog.held_on.desc(), SupervisionLog.id.desc())


def minutes(person_id: uuid.UUID) -> tuple[int, int]:
    """Minutes of supervision a person has given and received, signed by both."""
    given = select(func.coalesce(func.sum(SupervisionEntry.minutes), 0))
    return (
        int(db.session.scalar(given.where(SupervisionEntry.supervisor_id == person_id)) or 0),
        int(db.session.scalar(given.where(SupervisionEntry.person_id == person_id)) or 0),
    )


def to_sign(person_id: uuid.UUID) -> SupervisionLog | None:
    """The oldest session that waits for a person's signature."""
    query = select(SupervisionLog).join(SupervisionPair, SupervisionPair.id == SupervisionLog.pair_id)
    query = query.where(SupervisionPair.person_id == person_id, SupervisionLog.state == LogState.SIGNED)
    return db.session.scalars(query.order_by(SupervisionLog.held_on, SupervisionLog.id).limit(1)).first()
