from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.evidence import Desk


@dataclass
class Pages:
    """A browser at the pages of outside learning, and whom they concern."""

    client: Any
    desk: Desk

    def enter(self, person_id) -> Any:
        sign_in(self.client, person_id)
        return self.client

    @property
    def worker(self) -> Any:
        """The browser, with the worker signed in."""
        return self.enter(self.desk.person_id)

    @property
    def county(self) -> Any:
        """The browser, with the officer of her county signed in."""
        return self.enter(self.desk.officer.person_id)

    def city_officer(self, role="hr_officer") -> Any:
        return self.enter(make_officer(role, self.desk.city.city))


@pytest.fixture
def pages(client, city) -> Pages:
    return Pages(client, Desk(city))


@pytest.fixture
def hidden():
    """The value of a hidden field."""
    return lambda page, name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]
