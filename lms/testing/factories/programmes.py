"""Rounds of a programme for tests: people who may apply, a panel, and the short way to an appointment."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import service as approvals
from lms.approvals.dto import NewNotice
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.people.models import QualificationKind
from lms.programmes.appointment_models import Appointment
from lms.programmes.cases import RESULT
from lms.programmes.dto import NewApplication, NewAppointment, NewRound, NewVersion
from lms.programmes.models import Application, Round
from lms.programmes.queries import catalogue
from lms.programmes.service import appointing, panel, rounds, selecting
from lms.programmes.service.applying import apply
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import qualify
from lms.testing.factories.orgs import SmallCity
from lms.testing.factories.people import make_person

_numbers = itertools.count(1)
_DAY = dt.timedelta(days=1)


@dataclass
class Call:
    """A round of 督导助理 in a small city, with the officers it passes through and a panel of three."""

    city: SmallCity
    programme: str = "sup_assistant"
    places: int = 2
    places_by: dict[uuid.UUID, int] = field(default_factory=dict)
    officers: dict[uuid.UUID, Actor] = field(init=False)
    round_id: uuid.UUID = field(init=False)
    members: list[Actor] = field(init=False)

    def __post_init__(self) -> None:
        city = self.city
        units = (city.city, city.county_a, city.county_b, city.community_a, city.community_b)
        self.officers = {unit: actor_for(make_officer("hr_officer", unit)) for unit in units}
        self.second = actor_for(make_officer("hr_officer", city.city, "副手"))
        today = clock.today()
        self.round_id = rounds.announce(
            self.boss,
            NewRound(
                programme=self.programme,
                opens_on=today,
                closes_on=today,
                written_since=today,
                places=self.places,
                places_by=self.places_by,
            ),
        )
        self.members = [actor_for(make_person(f"评委{number}")) for number in range(3)]
        for member in self.members:
            assert member.person_id is not None
            rounds.name_member(self.boss, self.round_id, member.person_id)

    @property
    def boss(self) -> Actor:
        """The city's officer who runs the round."""
        return self.officers[self.city.city]

    def worker(self, name: str = "", org_id: uuid.UUID | None = None) -> Actor:
        """Somebody who meets the conditions of the lowest rung."""
        person_id = make_person(name, org_id or self.city.community_a)
        qualify(person_id, QualificationKind.INTERMEDIATE)
        return actor_for(person_id)

    def applied(self, worker: Actor, statement: str = "带教新人三年。") -> uuid.UUID:
        """Let somebody apply; the application's id."""
        return apply(worker, self.round_id, NewApplication(f"form-{next(_numbers)}", statement))

    def eligible(self, name: str = "", org_id: uuid.UUID | None = None) -> uuid.UUID:
        """Somebody whose application has passed employer and county."""
        unit = org_id or self.city.community_a
        application_id = self.applied(self.worker(name, unit))
        county = self.city.county_a if unit in {self.city.community_a, self.city.street_a} else self.city.county_b
        self.approve(application_id, self.officers[unit], self.officers[county])
        return application_id

    def approve(self, application_id: uuid.UUID, *officers: Actor) -> None:
        """Let officers decide the steps of the application's review."""
        case_id = self.now(application_id).case_id
        assert case_id is not None
        cases.approve(case_id, *officers)

    def start_scoring(self) -> None:
        """Go on to scores, as on the day after the last one to apply."""
        with clock.frozen(clock.now() + _DAY):
            rounds.begin_scoring(self.boss, self.round_id)

    def score(self, application_id: uuid.UUID, *points: int) -> None:
        """Each member gives so many points of 100, spread over the criteria from the first."""
        for member, given in zip(self.members, points, strict=False):
            panel.score(member, application_id, self.spread(given))

    def spread(self, points: int) -> dict[str, int | None]:
        """Points of 100 as the form takes them."""
        left, found = points, dict[str, int | None]()
        for one in self.version.criteria:
            found[one["key"]] = min(left, int(one["most"]))
            left -= found[one["key"]] or 0
        return found

    @property
    def version(self) -> Any:
        return catalogue.load().version(db.session.get_one(Round, self.round_id).version_id)

    def listed(self, *scores: tuple[uuid.UUID, tuple[int, ...]]) -> None:
        """Score, close, confirm."""
        self.start_scoring()
        for application_id, points in scores:
            self.score(application_id, *points)
        selecting.close_scores(self.boss, self.round_id)
        selecting.confirm(self.boss, self.round_id)

    def appointed(self, application_id: uuid.UUID) -> Appointment:
        """Let the city agree, the notice pass, and give the appointment."""
        self.noticed(application_id)
        return db.session.scalars(select(Appointment).where(Appointment.application_id == application_id)).one()

    def noticed(self, application_id: uuid.UUID) -> None:
        """Let the city agree and the notice pass."""
        case_id = self.now(application_id).result_case_id
        assert case_id is not None
        cases.approve(case_id, self.second)
        notice = approvals.publish_notice(
            self.second,
            NewNotice(
                kind=RESULT.key, org_id=self.city.city, title="公示", body="公示", case_ids=(case_id,),
                key=f"n{next(_numbers)}",
            ),
        )  # fmt: skip
        with clock.frozen(clock.now() + dt.timedelta(days=20)):
            approvals.end_notice(SYSTEM, notice.notice_id)

    def now(self, application_id: uuid.UUID) -> Application:
        """An application as it is stored."""
        return db.session.get_one(Application, application_id, populate_existing=True)


def hold(person_id: uuid.UUID, programme: str, first: dt.date, last: dt.date | None = None) -> uuid.UUID:
    """Record that somebody holds a programme; the appointment's id."""
    new = NewAppointment(programme=programme, person_id=person_id, starts_on=first, ends_on=last, note="测试")
    return appointing.record(SYSTEM, new)


def next_version(programme: str, **changes: Any) -> NewVersion:
    """A programme as it is, with changes, from today."""
    present = catalogue.load().entry(programme).shown
    values = {name: getattr(present, name) for name in NewVersion.__dataclass_fields__}
    return NewVersion(**{**values, "criteria": tuple(present.criteria), "valid_from": clock.today(), **changes})
