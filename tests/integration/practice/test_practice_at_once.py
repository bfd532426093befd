"""Real connections at the same moment: a place is filled once, hours never overlap, a signature counts once."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from lms.access.actors import actor_for
from lms.credits.models import CreditEntry
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.practice.models import Placement, PracticeLog
from lms.practice.rules import PlacementState
from lms.practice.service import completing, logging, placing, setting, signing
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.factories.practice import Ground, hours
from lms.testing.threads import together

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def ground(real_app):
    with real_app.app_context(), clock.frozen(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)):
        yield Ground(make_small_city())


def refused(answers):
    return sum(isinstance(answer, LmsError) for answer in answers)


def test_the_last_place_is_filled_once(real_app, ground):
    setting.set_places(ground.officer, ground.station, ground.code, 1)
    people = [make_person(org_id=ground.city.community_a) for _number in range(3)]
    officers = [actor_for(make_officer("hr_officer", ground.city.county_a)) for _number in range(3)]
    boss = ground.supervisor.person_id
    calls = [
        partial(placing.assign, officer, ground.wish(), person, boss)
        for officer, person in zip(officers, people, strict=True)
    ]
    db.session.rollback()
    assert refused(together(real_app, *calls)) == 2
    db.session.rollback()
    assert db.session.query(Placement).filter_by(state=PlacementState.ACTIVE).count() == 1


def test_hours_sent_at_once_never_overlap_and_a_double_click_is_one(real_app, ground):
    placement_id, same = ground.placed(), hours(start=1, end=61)
    overlapping = [hours(start=540 + shift, end=700 + shift) for shift in (0, 10, 20)]
    db.session.rollback()
    calls = [partial(logging.send, ground.worker, placement_id, one) for one in (same, same, *overlapping)]
    assert refused(together(real_app, *calls)) == 2
    db.session.rollback()
    assert db.session.query(PracticeLog).count() == 2


def test_signing_and_sending_back_at_once_leave_one_of_the_two(real_app, ground):
    placement_id = ground.placed()
    log_id = logging.send(ground.worker, placement_id, hours())
    db.session.rollback()
    calls = [partial(signing.sign, ground.supervisor, log_id, 1)] * 2
    answers = together(real_app, *calls, partial(signing.send_back, ground.supervisor, log_id, "不对", 1))
    assert refused(answers) == 2
    db.session.rollback()
    assert len(ground.entries()) <= 1


def test_completed_at_once_is_counted_once(real_app, ground):
    placement_id = ground.placed()
    ground.enough(placement_id)
    second = actor_for(make_officer("hr_officer", ground.city.county_a))
    db.session.rollback()
    calls = [partial(completing.complete, officer, placement_id) for officer in (ground.officer, second)]
    assert refused(together(real_app, *calls)) == 1
    db.session.rollback()
    assert db.session.query(CreditEntry).count() == 1
