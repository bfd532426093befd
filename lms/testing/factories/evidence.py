"""Claims of outside learning for tests, and the short way through their review."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from lms.access.actors import actor_for
from lms.approvals.dto import ProofFile
from lms.approvals.queries import case_view
from lms.credits import queries as ledger
from lms.credits.evidence import queries
from lms.credits.evidence.dto import Activity, NewClaim, NewRule
from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import Unit
from lms.credits.evidence.service.claiming import submit
from lms.credits.evidence.service.setting import save_rule
from lms.credits.models import Category
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.i18n import zh
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import SmallCity
from lms.testing.factories.people import make_person

_numbers = itertools.count(1)


def activity(code: str = "lecture", hours: float = 4, **changes: Any) -> Activity:
    """An activity of some hours that ended today, unlike every other one."""
    today = clock.today()
    values: dict[str, Any] = {
        "code": code,
        "title": f"社区工作讲座第 {next(_numbers)} 期",
        "organiser": "成都市社会工作者协会",
        "first_day": changes.get("last_day", today),
        "last_day": today,
        "halves": int(hours * 2),
        "unit": Unit.HOURS,
    }
    return Activity(**(values | changes))


def proofs(*keys: str) -> tuple[ProofFile, ...]:
    """Proofs that are accepted: by default those a lecture wants."""
    return tuple(cases.proof(key) for key in keys or ("notice", "attendance"))


def new_rule(code: str = "lecture", **changes: Any) -> NewRule:
    """A rule from the beginning of the year: hours without any cap, no proof wanted."""
    values: dict[str, Any] = {
        "code": code,
        "valid_from": dt.date(clock.today().year, 1, 1),
        "title": zh("讲座", "Lecture"),
        "hint": zh("专题讲座。", "Lectures."),
        "category": Category.PROFESSIONAL,
        "unit": Unit.HOURS,
        "unit_minutes": 60,
        "cap_activity": None,
        "cap_year": None,
        "cap_period": None,
        "once": False,
        "claim_months": 12,
        "proofs": (),
        "is_open": True,
        "note": "测试规定",
    }
    return NewRule(**(values | changes))


@dataclass
class Desk:
    """A small city with a worker of community A and the officer of county A who reviews her claims."""

    city: SmallCity
    worker: Actor = field(init=False)
    officer: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.worker = actor_for(make_person("陈思雨", self.city.community_a))
        self.officer = actor_for(make_officer("hr_officer", self.city.county_a, "罗毅"))

    @property
    def person_id(self) -> uuid.UUID:
        assert self.worker.person_id is not None
        return self.worker.person_id

    def rule(self, code: str = "lecture", **changes: Any) -> uuid.UUID:
        """Save a rule."""
        return save_rule(SYSTEM, new_rule(code, **changes))

    def claim(self, code: str = "lecture", hours: float = 4, *files: ProofFile, **changes: Any) -> EvidenceClaim:
        """Claim an activity with the proofs a lecture wants, or others."""
        new = NewClaim(f"form-{next(_numbers)}", activity(code, hours, **changes), files or proofs())
        return self.now(submit(self.worker, new))

    def approve(self, claim: EvidenceClaim, officer: Actor | None = None) -> EvidenceClaim:
        """Let the county approve."""
        assert claim.case_id is not None
        cases.approve(claim.case_id, officer or self.officer)
        return self.now(claim.id)

    def counted(self, hours: float = 4, **changes: Any) -> EvidenceClaim:
        """A claim that was approved."""
        return self.approve(self.claim("lecture", hours, **changes))

    def now(self, claim_id: uuid.UUID) -> EvidenceClaim:
        """A claim as it is stored."""
        return db.session.get_one(EvidenceClaim, claim_id, populate_existing=True)

    def facts(self, claim: EvidenceClaim) -> dict[str, Any]:
        """The lines of a claim's case, by key."""
        assert claim.case_id is not None
        return {fact.key: fact for fact in case_view(claim.case_id).facts}

    def entries(self) -> list[Any]:
        """The worker's entries in the ledger, newest activity first."""
        return list(db.session.scalars(ledger.entries(self.person_id)))

    def stands(self, claim: EvidenceClaim) -> int:
        """Minutes that stand in the ledger for a claim."""
        return queries.standing_minutes([claim.id])[claim.id]
