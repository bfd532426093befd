from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest

from lms.access.actors import actor_for
from lms.approvals.dto import CaseBrief
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.testing.factories.approvals import make_case, make_officers, offered, put_kind
from lms.testing.factories.orgs import SmallCity
from lms.testing.factories.people import make_person


@dataclass(frozen=True)
class Office:
    """A worker of community A, and an officer on the street, the county and the city above her."""

    city: SmallCity
    worker: Actor
    street: Actor
    county: Actor
    mayor: Actor

    def case(self, **changes) -> CaseBrief:
        return make_case(self.worker.person_id, **changes)

    @property
    def all(self) -> tuple[Actor, Actor, Actor]:
        return self.street, self.county, self.mayor

    def another(self, unit: uuid.UUID) -> Actor:
        return make_officers(unit)[0]


MONDAY = dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC)
"""Noon in the city, three days before the National Day week."""


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def office(monday, city):
    kinds = dict(offered())
    put_kind()
    worker = actor_for(make_person("陈小雨", city.community_a))
    yield Office(city, worker, *make_officers(city.street_a, city.county_a, city.city))
    offered().clear()
    offered().update(kinds)
