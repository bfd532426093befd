from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.kernel import clock, workdays, workdays_service
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.models import AuditEntry

NOW = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
FIRST, LAST = dt.date(2026, 10, 12), dt.date(2026, 10, 14)


@pytest.fixture(autouse=True)
def september(app):
    with clock.frozen(NOW):
        yield


def enter(first=FIRST, last=LAST, *, is_working=False):
    return workdays_service.set_working_days(SYSTEM, first, last, is_working=is_working, note="成府办〔2026〕1 号")


def test_entered_days_move_a_deadline():
    assert workdays.add_working_days(dt.date(2026, 10, 10), 1) == FIRST
    assert enter() == 3
    assert workdays.add_working_days(dt.date(2026, 10, 10), 1) == dt.date(2026, 10, 15)
    assert not workdays.is_working(FIRST)


def test_entering_a_day_again_changes_it_and_clearing_brings_the_published_day_back():
    enter()
    enter(FIRST, FIRST, is_working=True)
    assert workdays.calendar().entered == {FIRST: True, FIRST + dt.timedelta(days=1): False, LAST: False}
    workdays_service.clear_working_day(SYSTEM, LAST)
    assert LAST not in workdays.calendar().entered
    assert workdays.is_working(LAST)
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "working_day")).all()
    assert actions == ["calendar.set", "calendar.set", "calendar.clear"]


def test_past_days_long_spans_and_unknown_days_are_refused():
    with pytest.raises(Invalid, match="过去"):
        enter(dt.date(2026, 8, 31), dt.date(2026, 9, 2))
    with pytest.raises(Invalid):
        enter(FIRST, FIRST + dt.timedelta(days=31))
    with pytest.raises(Invalid):
        enter(LAST, FIRST)
    with pytest.raises(NotFound):
        workdays_service.clear_working_day(SYSTEM, FIRST)
    assert workdays.calendar().entered == {}
