from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from lms.kernel import clock
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.approvals import make_case, offered, put_kind, seal_of
from lms.testing.factories.orgs import SmallCity
from lms.testing.factories.people import make_person

MONDAY = dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@dataclass(frozen=True)
class Desk:
    """A browser, a worker with one case, and officers on the street, the county and the city above her."""

    client: Any
    city: SmallCity
    worker: uuid.UUID
    case_id: uuid.UUID
    number: str
    street: uuid.UUID
    county: uuid.UUID
    mayor: uuid.UUID

    def enter(self, person_id):
        sign_in(self.client, person_id)
        return self.client

    def decide(self, person_id, outcome="approved", case_id=None, **data):
        wanted = case_id or self.case_id
        form = {"seen": seal_of(wanted), "outcome": outcome, **data}
        return self.enter(person_id).post(f"/desk/approvals/{wanted}/decide", data=form)

    def approve_all(self, case_id=None):
        for officer in (self.street, self.county, self.mayor):
            assert self.decide(officer, case_id=case_id).status_code == 303


@pytest.fixture
def desk(monday, client, city):
    kinds = dict(offered())
    put_kind()
    worker = make_person("陈小雨", city.community_a)
    brief = make_case(worker)
    officers = [
        make_officer("hr_officer", unit, name)
        for unit, name in ((city.street_a, "唐敏"), (city.county_a, "罗毅"), (city.city, "林若溪"))
    ]
    yield Desk(client, city, worker, brief.case_id, brief.number, *officers)
    offered().clear()
    offered().update(kinds)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]
