from __future__ import annotations

import datetime as dt

import pytest

from lms.kernel import clock
from lms.testing.factories.classes import School

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)
"""09:00 in the city, a working day."""


@pytest.fixture
def stopped():
    with clock.frozen(FRIDAY):
        yield


@pytest.fixture
def school(stopped, city) -> School:
    return School(city)
