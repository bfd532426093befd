from __future__ import annotations

import datetime as dt

import pytest

from lms.kernel import clock
from lms.testing.factories.practice import Ground


@pytest.fixture
def _stopped_clock():
    with clock.frozen(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def ground(_stopped_clock, city) -> Ground:
    return Ground(city)
