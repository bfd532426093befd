"""Class groups for tests, and who runs, teaches and attends them."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from lms.access.actors import actor_for
from lms.classes.dto import NewGroup, NewMeeting
from lms.classes.models import Audience, ClassGroup, ClassMeeting, MemberSource
from lms.classes.service import enrol, settings, timetable
from lms.classes.service import groups as service
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import zh
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import SmallCity
from lms.testing.factories.people import make_person
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook
from lms.webkit.uploads import XLSX, Upload

_numbers = itertools.count(1)
HOUR = dt.timedelta(hours=1)


def own_id(actor: Actor) -> uuid.UUID:
    """The person an actor of a test is."""
    assert actor.person_id is not None
    return actor.person_id


def list_workbook(*rows: tuple[str, str], heads: tuple[str, str] = ("姓名", "证件号码")) -> Upload:
    """A list of people as an officer sends it."""
    content = write_workbook([SheetPlan("名单", [Column(head) for head in heads], rows)])
    return Upload("名单.xlsx", XLSX, content)


@dataclass
class School:
    """A small city whose county A runs classes: its officer, a trainer, and groups made in a few words."""

    city: SmallCity
    officer: Actor = field(init=False)
    trainer: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.officer = actor_for(make_officer("hr_officer", self.city.county_a, "罗毅"))
        self.trainer = actor_for(make_officer("trainer", self.city.county_a, "宋晓"))

    def worker(self, name: str = "", unit: uuid.UUID | None = None) -> Actor:
        """A worker of community A, or of another unit."""
        return actor_for(make_person(name, unit or self.city.community_a))

    def group(self, *, places: int = 2, opened: bool = True, **changes: Any) -> uuid.UUID:
        """A group whose window is open, for everybody, from today for a month."""
        now, today = clock.now(), clock.today()
        values: dict[str, Any] = {
            "org_id": self.city.county_a,
            "category": "rotation",
            "title": zh(f"社区工作者轮训第 {next(_numbers)} 班", "Rotation class"),
            "about": "面向全体社区工作者。",
            "places": places,
            "audience": Audience.ALL,
            "waitlist": True,
            "enrol_from": now - HOUR,
            "enrol_until": now + 48 * HOUR,
            "starts_on": today,
            "ends_on": today + dt.timedelta(days=30),
        }
        group_id = service.create_group(self.officer, NewGroup(**(values | changes)))
        if opened:
            service.open_group(self.officer, group_id)
        return group_id

    def plan(
        self, group_id: uuid.UUID, *, starts_in: dt.timedelta = HOUR, hours: float = 3, **changes: Any
    ) -> uuid.UUID:
        """A meeting that begins in an hour, lasts three, and has the trainer; soft clashes are accepted."""
        starts = clock.now() + starts_in
        values: dict[str, Any] = {
            "title": "入户走访实务",
            "starts_at": starts,
            "ends_at": starts + dt.timedelta(hours=hours),
            "room_id": None,
            "place": "街道会议室",
            "trainers": (own_id(self.trainer),),
        }
        return timetable.plan_meeting(self.officer, group_id, NewMeeting(**(values | changes)), accepting=True)

    def room(self, name: str = "一号教室", places: int = 40) -> uuid.UUID:
        """A room of county A."""
        return settings.save_room(
            self.officer, None, org_id=self.city.county_a, name=name, address="人民南路四段", places=places, active=True
        )

    def seat(self, group_id: uuid.UUID, *people: Actor) -> None:
        """Give people seats, as a list does."""
        with unit_of_work(self.officer) as uow:
            for one in people:
                enrol(uow, group_id, own_id(one), source=MemberSource.LIST)

    def start(self, group_id: uuid.UUID) -> None:
        """Begin the class."""
        service.start_group(self.officer, group_id)

    def now(self, group_id: uuid.UUID) -> ClassGroup:
        """A group as it is stored."""
        return db.session.get_one(ClassGroup, group_id, populate_existing=True)

    def meeting(self, meeting_id: uuid.UUID) -> ClassMeeting:
        """A meeting as it is stored."""
        return db.session.get_one(ClassMeeting, meeting_id, populate_existing=True)
