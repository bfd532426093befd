"""The life around the walk: other people of the roster who study, some in the middle of a course, some done.

Made with the services, under a stopped clock of past days: only what people would have done is done, so that study
time, completions and hours are real records. Doing it again goes on where it broke off.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.access.actors import actor_for
from lms.access.queries import account_of
from lms.access.service.accounts import create_account
from lms.demo.cast import PASSWORD, neighbour_username
from lms.demo.roster import SEED, Entry
from lms.demo.stage import CITY_COURSE
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import LmsError
from lms.kernel.uow import unit_of_work
from lms.learning import service as learning
from lms.learning import tabs
from lms.learning.dto import Beat
from lms.learning.models import Enrolment, Lesson
from lms.learning.queries import completed_enrolment, own_courses
from lms.learning.rules import BEAT_CAP
from lms.people.service import find_by_number

MOST = 48
"""So many neighbours live in a large roster; in a small one they are its second half."""
_BEGUN_DAYS_AGO = 75
_UNDER_WAY = (CITY_COURSE, CITY_COURSE, "junior-exam-prep", "supervisor-foundation", "senior-management")
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Person ids: who has completed the city's course and sits its exam now, who waits for the next date, the rest."""

    candidates: Sequence[uuid.UUID]
    waiting: Sequence[uuid.UUID]
    studying: Sequence[uuid.UUID]


def settle(roster: Sequence[Entry], note: Note) -> Neighbours:
    """Open the neighbours' accounts and let them have studied. They stand at the roster's end, the walkers in front."""
    ids = [_moved_in(entry, number) for number, entry in enumerate(roster[-share(len(roster)) :], 1)]
    half, eighth = len(ids) // 2, len(ids) // 8
    found = Neighbours(ids[:half], ids[half : half + eighth], ids[half + eighth :])
    chance = random.Random(SEED)  # noqa: S311 - invented lives, not secrets
    for number, person_id in enumerate(ids):
        note(f"{number} of {len(ids)} people")
        if person_id in found.studying:
            if not own_courses(person_id):
                _study(person_id, _UNDER_WAY[number % len(_UNDER_WAY)], chance, lessons=chance.randrange(1, 7))
        elif completed_enrolment(person_id, CITY_COURSE) is None:
            _study(person_id, CITY_COURSE, chance)
    return found


def share(people: int) -> int:
    """How many of a roster are neighbours."""
    return min(MOST, people // 2)


def _moved_in(entry: Entry, number: int) -> uuid.UUID:
    """The person's id; their account is opened where there is none."""
    person_id = find_by_number(SYSTEM, entry.id_number)
    if person_id is None:
        raise LmsError(f"{entry.name} of the roster is not in the database.")
    if account_of(person_id) is None:
        create_account(SYSTEM, person_id, username=neighbour_username(number), password=PASSWORD, must_change=False)
    return person_id


def _study(person_id: uuid.UUID, slug: str, chance: random.Random, lessons: int | None = None) -> None:
    """Let a person have read a course, a lesson every day or two; with `lessons` so many, and begun the next one."""
    actor = actor_for(person_id)
    opened = clock.now() - dt.timedelta(days=_BEGUN_DAYS_AGO, minutes=chance.randrange(600))
    with unit_of_work(actor) as uow:
        with clock.frozen(opened):
            enrolment_id = learning.enrol(actor, slug)
        release_id = uow.session.get_one(Enrolment, enrolment_id).release_id
        query = select(Lesson).where(Lesson.release_id == release_id).order_by(Lesson.position)
        for number, lesson in enumerate(uow.session.scalars(query).all()):
            if number == lessons:
                _read(actor, enrolment_id, lesson, opened, lesson.minimum_minutes // 2)
                break
            _read(actor, enrolment_id, lesson, opened, lesson.minimum_minutes + chance.randrange(6), to_end=True)
            opened += dt.timedelta(days=chance.randrange(1, 3), minutes=chance.randrange(-60, 60))


def _read(
    actor: Actor, enrolment_id: uuid.UUID, lesson: Lesson, opened: dt.datetime, minutes: int, *, to_end: bool = False
) -> None:
    """Read in a lesson for some minutes; whoever reads to the end answers the checks too."""
    with clock.frozen(opened):
        tab = tabs.open_tab(actor.person_id or enrolment_id, enrolment_id, lesson.id)
    beats = [Beat(number, BEAT_CAP) for number in range(1, minutes + 1)]
    with clock.frozen(opened + dt.timedelta(minutes=minutes)):
        learning.beat(actor, tab, beats, read_to_end=to_end)
        for check in lesson.checks if to_end else ():
            learning.answer(actor, enrolment_id, lesson.slug, check["ref"], check["key"])
