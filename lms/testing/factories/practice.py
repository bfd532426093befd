"""Practice for tests: a station with places, a worker placed there, a supervisor who signs."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs.models import OrgKind
from lms.practice.dto import Hours, Wish
from lms.practice.models import Placement, PracticeEntry, PracticeLog
from lms.practice.rules import Span
from lms.practice.service import logging, placing, setting, signing
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import SmallCity, make_unit
from lms.testing.factories.people import make_person

_numbers = itertools.count(1)
REFLECTION = (
    "老人先谈孙女再谈自己，我急着记录。下次先听完，再问两个问题，"
    "把要办的事当面复述一遍，约好下次上门的时间，走之前留下电话。"
)


def hours(day: dt.date | None = None, start: int = 9 * 60, end: int = 12 * 60, **changes: Any) -> Hours:
    """Three hours of a morning, yesterday by default, unlike every other ones."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "key": f"log-{number}",
        "span": Span(day or clock.today() - dt.timedelta(days=1), start, end),
        "activity": f"独居老人探访第 {number} 户",
        "reflection": REFLECTION,
    }
    return Hours(**(values | changes))


@dataclass
class Ground:
    """A small city with a station in county A, its officer, a worker of community A and a supervisor at the station."""

    city: SmallCity
    code: str = "older_people"
    station: uuid.UUID = field(init=False)
    worker: Actor = field(init=False)
    supervisor: Actor = field(init=False)
    officer: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.station = make_unit(self.city.street_a, OrgKind.STATION, "玉林社工站")
        self.worker = actor_for(make_person("陈思雨", self.city.community_a))
        self.supervisor = actor_for(make_person("何俊杰", self.station))
        self.officer = actor_for(make_officer("hr_officer", self.city.county_a, "罗毅"))
        setting.set_places(self.officer, self.station, self.code, 2)

    def wish(self, **changes: Any) -> Wish:
        """A placement of three months around today."""
        today = clock.today()
        values: dict[str, Any] = {
            "key": f"wish-{next(_numbers)}",
            "org_id": self.station,
            "code": self.code,
            "first_day": today,
            "last_day": today + dt.timedelta(days=60),
        }
        return Wish(**(values | changes))

    def placed(self, person: Actor | None = None) -> uuid.UUID:
        """A placement under way since a month ago."""
        began = clock.today() - dt.timedelta(days=30)
        who = (person or self.worker).person_id
        assert who is not None
        assert self.supervisor.person_id is not None
        return placing.assign(self.officer, self.wish(first_day=began), who, self.supervisor.person_id)

    def signed(self, placement_id: uuid.UUID, new: Hours | None = None) -> uuid.UUID:
        """Hours logged and signed off; the entry's id."""
        return signing.sign(self.supervisor, logging.send(self.worker, placement_id, new or hours()), 1)

    def enough(self, placement_id: uuid.UUID) -> None:
        """What the seeded figures ask for: forty hours in five days, each with a reflection."""
        for back in range(1, 6):
            day = clock.today() - dt.timedelta(days=back)
            self.signed(placement_id, hours(day, 8 * 60, 16 * 60))

    @staticmethod
    def placement(placement_id: uuid.UUID) -> Placement:
        """The placement as stored now."""
        return db.session.get_one(Placement, placement_id, populate_existing=True)

    @staticmethod
    def log(log_id: uuid.UUID) -> PracticeLog:
        """The log as stored now."""
        return db.session.get_one(PracticeLog, log_id, populate_existing=True)

    @staticmethod
    def entries() -> list[PracticeEntry]:
        """The whole record."""
        return db.session.query(PracticeEntry).order_by(PracticeEntry.signed_at, PracticeEntry.id).all()
