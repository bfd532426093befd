"""A cultivation plan for tests: a talent, a mentor, two officers, and the short way to a plan in force."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.programmes.plans import queries
from lms.programmes.plans.models import CultivationPlan
from lms.programmes.plans.queries import Shown
from lms.programmes.plans.rules import Measure, MeasureKind, Text
from lms.programmes.plans.service import opening, reporting, writing
from lms.programmes.plans.service.reporting import NewReport
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import SmallCity
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import hold

_numbers = itertools.count(1)


@dataclass
class Cultivation:
    """A talent recognised today for 18 months, with a mentor who works in the same county."""

    city: SmallCity
    programme: str = "talent_service"
    officer: Actor = field(init=False)
    colleague: Actor = field(init=False)
    talent: Actor = field(init=False)
    mentor: Actor = field(init=False)
    term: uuid.UUID = field(init=False)
    plan_id: uuid.UUID = field(init=False)

    def __post_init__(self) -> None:
        city, today = self.city, clock.today()
        self.officer = actor_for(make_officer("hr_officer", city.county_a))
        self.colleague = actor_for(make_officer("hr_officer", city.county_a))
        self.talent = actor_for(make_person("陈思雨", city.community_a))
        self.mentor = actor_for(make_person("罗毅", city.street_a))
        assert self.talent.person_id is not None
        self.term = hold(self.talent.person_id, self.programme, today, clock.last_day_of(today, 18))

    def opened(self) -> uuid.UUID:
        """Let the officer open the plan; its id."""
        assert self.mentor.person_id is not None
        self.plan_id = opening.open_plan(self.officer, self.term, self.mentor.person_id)
        return self.plan_id

    def text(self, *titles: str, due: dt.date | None = None, reason: str = "") -> Text:
        """Goals and a measure for each title, due in half a year."""
        due_on = due or clock.today() + dt.timedelta(days=180)
        measures = (
            Measure(uuid.uuid5(uuid.NAMESPACE_OID, title), MeasureKind.PROJECT, title, f"{title}的报告", due_on)
            for title in titles
        )
        return Text("成为本区的督导骨干", tuple(measures), reason)

    def confirmed(self, *titles: str, due: dt.date | None = None) -> uuid.UUID:
        """A plan in force with measures; its id."""
        self.opened()
        writing.write(self.talent, self.plan_id, self.edit, self.text(*titles, due=due))
        self.confirm()
        return self.plan_id

    def confirm(self) -> None:
        """Bring the draft into force."""
        writing.propose(self.talent, self.plan_id, self.edit)
        writing.agree(self.mentor, self.plan_id, self.edit)
        writing.confirm(self.officer, self.plan_id, self.edit)

    def reported(self, title: str, *, completes: bool = True) -> uuid.UUID:
        """Let the talent report on a measure; the report's id."""
        line = uuid.uuid5(uuid.NAMESPACE_OID, title)
        new = NewReport(f"report-{next(_numbers)}", clock.today(), f"做了{title}", completes)
        return reporting.report(self.talent, self.plan_id, line, new)

    @property
    def now(self) -> CultivationPlan:
        """The plan as it is stored."""
        return db.session.get_one(CultivationPlan, self.plan_id, populate_existing=True)

    @property
    def edit(self) -> int:
        return self.now.edit

    @property
    def shown(self) -> Shown:
        return queries.load_one(self.now)
