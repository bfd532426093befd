from __future__ import annotations

import pytest

from lms.testing.factories.evidence import Desk


@pytest.fixture
def desk(_stopped_clock, city) -> Desk:
    return Desk(city)
