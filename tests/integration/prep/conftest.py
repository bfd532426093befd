from __future__ import annotations

import datetime as dt

import pytest

from lms.kernel import clock


@pytest.fixture
def noon():
    with clock.frozen(dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)):
        yield
