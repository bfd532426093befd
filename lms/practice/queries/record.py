"""Logs, and the record of what was signed off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Select, func, select

from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.people.models import Person
from lms.practice.dto import PlacementFilter
from lms.practice.models import Placement, PracticeEntry, PracticeLog
from lms.practice.queries.placements import listed
from lms.practice.rules import STANDING, LogState, PlacementState


def logs(placement_id: uuid.UUID) -> Select[PracticeLog]:
    """A placement's logs, the latest first."""
    query = select(PracticeLog).where(PracticeLog.placement_id == placement_id)
    return query.order_by(PracticeLog.day.desc(), PracticeLog.begins.desc(), PracticeLog.id.desc())


def last_log(placement_id: uuid.UUID) -> PracticeLog | None:
    """The log sent last: the next one often looks like it."""
    query = select(PracticeLog).where(PracticeLog.placement_id == placement_id)
    return db.session.scalars(query.order_by(PracticeLog.sent_at.desc(), PracticeLog.id.desc()).limit(1)).first()


def standing_on(person_id: uuid.UUID, day: dt.date, but: uuid.UUID | None = None) -> list[PracticeLog]:
    """The logs that take up a person's time on a day, at whatever station."""
    query = select(PracticeLog).where(
        PracticeLog.person_id == person_id, PracticeLog.day == day, PracticeLog.state.in_(STANDING)
    )
    if but is not None:
        query = query.where(PracticeLog.id != but)
    return list(db.session.scalars(query.order_by(PracticeLog.begins)))


def waiting_for(supervisor_id: uuid.UUID) -> Select[Any]:
    """What waits for a supervisor, the oldest first: log, placement, name."""
    query = (
        select(PracticeLog, Placement, Person.name)
        .join(Placement, Placement.id == PracticeLog.placement_id)
        .join(Person, Person.id == PracticeLog.person_id)
        .where(
            Placement.supervisor_id == supervisor_id,
            Placement.state == PlacementState.ACTIVE,
            PracticeLog.state == LogState.SENT,
        )
        .order_by(PracticeLog.day, PracticeLog.begins, PracticeLog.id)
    )
    return cast("Select[Any]", query)


def supervised(supervisor_id: uuid.UUID) -> list[Placement]:
    """The placements a person looks after now."""
    query = select(Placement).where(Placement.supervisor_id == supervisor_id, Placement.state == PlacementState.ACTIVE)
    return list(db.session.scalars(query.order_by(Placement.last_day, Placement.id)))


def entries_of(placement_ids: Sequence[uuid.UUID]) -> list[PracticeEntry]:
    """The record of some placements, in the order of its days."""
    query = select(PracticeEntry).where(PracticeEntry.placement_id.in_(placement_ids))
    return list(
        db.session.scalars(
            query.order_by(PracticeEntry.day, PracticeEntry.begins, PracticeEntry.signed_at, PracticeEntry.id)
        )
    )


def signed_off_minutes(
    person_ids: Sequence[uuid.UUID], category: str, since: dt.date, until: dt.date | None = None
) -> Mapping[uuid.UUID, int]:
    """Minutes signed off for each person from a day on, in a category or ("") in all. One SELECT.

    Whose they are is what the placement says: the record keeps who was meant when it was signed.
    """
    query = (
        select(Placement.person_id, func.sum(PracticeEntry.minutes))
        .join(Placement, Placement.id == PracticeEntry.placement_id)
        .where(Placement.person_id.in_(person_ids), PracticeEntry.day >= since)
    )
    if until is not None:
        query = query.where(PracticeEntry.day <= until)
    if category:
        query = query.where(PracticeEntry.code == category)
    rows = db.session.execute(query.group_by(Placement.person_id))
    return {person_id: int(minutes) for person_id, minutes in rows}


def minutes_by_category(actor: Actor, wanted: PlacementFilter) -> Mapping[str, tuple[int, int]]:
    """What is signed off in the placements an officer's list shows: by category minutes and people. One SELECT."""
    chosen = listed(actor, wanted).order_by(None).with_only_columns(Placement.id)
    people = func.count(Placement.person_id.distinct())
    query = select(PracticeEntry.code, func.sum(PracticeEntry.minutes), people)
    query = query.join(Placement, Placement.id == PracticeEntry.placement_id).where(Placement.id.in_(chosen))
    rows = db.session.execute(query.group_by(PracticeEntry.code))
    return {code: (int(minutes), people) for code, minutes, people in rows}
