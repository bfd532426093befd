from __future__ import annotations

from dataclasses import dataclass

import pytest

from lms.access.actors import actor_for
from lms.kernel.actor import Actor
from lms.testing.factories.access import make_officer
from lms.testing.factories.certificates import Ground, make_ground, make_kind
from lms.testing.factories.orgs import SmallCity


@dataclass(frozen=True)
class Office:
    """The kind 成都社工员 with its course and exam, and an HR officer of county A."""

    city: SmallCity
    ground: Ground
    kind: str
    officer: Actor


@pytest.fixture
def office(city):
    return Office(
        city, make_ground(city.city), make_kind(city.city), actor_for(make_officer("hr_officer", city.county_a))
    )
