"""Real connections at the same moment: a seat is never given twice, and none stays empty while somebody waits."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from sqlalchemy import select

from lms.classes.models import ClassMeeting, ClassMember
from lms.classes.service import enrolling
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.testing.factories.classes import School
from lms.testing.factories.orgs import make_small_city
from lms.testing.threads import together

pytestmark = pytest.mark.slow
FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)


@pytest.fixture
def school(real_app):
    with real_app.app_context(), clock.frozen(FRIDAY):
        yield School(make_small_city())


def test_cancelling_and_signing_up_at_once_leaves_no_seat_empty_and_none_doubled(real_app, school):
    group_id = school.group(places=3)
    seated = [school.worker() for _number in range(3)]
    school.seat(group_id, *seated)
    new = [school.worker() for _number in range(4)]
    calls = [partial(enrolling.leave, one, group_id) for one in seated[:2]]
    calls += [partial(enrolling.sign_up, one, group_id) for one in new]
    db.session.rollback()
    answers = together(real_app, *calls)
    assert not [answer for answer in answers if isinstance(answer, LmsError)]
    db.session.rollback()
    rows = db.session.scalars(select(ClassMember).where(ClassMember.group_id == group_id)).all()
    assert sorted(row.seat for row in rows if row.seat) == [1, 2, 3]
    waiting = [row for row in rows if row.state.value == "waiting"]
    assert len(waiting) == 2
    latest = max(row.ticket for row in rows if row.person_id in {one.person_id for one in new} and row.seat)
    assert all(row.ticket > latest for row in waiting)  # nobody was passed over


def test_a_room_asked_for_at_once_is_given_once(real_app, school):
    room, groups = school.room(), [school.group(), school.group()]
    db.session.rollback()
    answers = together(real_app, *(partial(school.plan, one, room_id=room, trainers=()) for one in groups))
    assert sum(isinstance(answer, LmsError) for answer in answers) == 1
    db.session.rollback()
    assert len(db.session.scalars(select(ClassMeeting)).all()) == 1
