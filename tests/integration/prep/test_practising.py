"""Practice papers: by the blueprint, never with secret items, the first answer counts, and what is forecast from them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from lms.access.actors import actor_for
from lms.exams.models import Exam, KeyRelease, Result, Sitting
from lms.exams.rules import GRACE
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.uow import unit_of_work
from lms.prep import readiness
from lms.prep.models import PrepAnswer, PrepPaper
from lms.prep.queries import papers, ready
from lms.prep.service import practising, subjects
from lms.questions import service as bank_service
from lms.questions.dto import UseRecord
from lms.questions.models import Item
from lms.testing.factories.access import make_officer
from lms.testing.factories.courses import import_files, package_files
from lms.testing.factories.exams import make_bank, make_exam, make_plan
from lms.testing.factories.people import make_person
from lms.testing.factories.prep import make_subject, plan
from lms.testing.queries import count_queries

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def subject(city):
    return make_subject(city.city)


@pytest.fixture
def me(city):
    return actor_for(make_person("苏雨桐", city.community_a))


def paper_of(paper_id):
    return db.session.get_one(PrepPaper, paper_id, populate_existing=True)


def right_of(paper_id, position):
    """The shown numbers of the right options: in the sample bank A, or A and C."""
    row = paper_of(paper_id).rows[position]
    key = (0, 2) if row["half_points"] == 4 else (0,)
    return frozenset(place for place, index in enumerate(row["order"]) if index in key)


def answer_all(me, paper_id, wrong=()):
    for position in range(len(paper_of(paper_id).rows)):
        key = right_of(paper_id, position)
        other = frozenset(place for place in range(4) if place not in key)
        practising.answer(me, paper_id, position, frozenset(list(other)[:1]) if position in wrong else key)


def test_a_paper_has_the_blueprints_parts_and_is_made_once(subject, me):
    paper_id = practising.start(me, subject.slug, key="k")
    assert practising.start(me, subject.slug, key="k") == paper_id
    paper = paper_of(paper_id)
    assert [row["half_points"] for row in paper.rows] == [2] * 6 + [4] * 3
    assert paper.total_half_points == 24
    assert len({row["version"] for row in paper.rows}) == 9
    assert paper.deadline_at is None


def test_the_first_answer_counts_and_its_explanation_comes_at_once(subject, me):
    paper_id = practising.start(me, subject.slug, key="k")
    before = papers.shown(paper_of(paper_id), 0)
    assert (before.key, before.explanation) == (frozenset(), "")
    with pytest.raises(Invalid):
        practising.answer(me, paper_id, 0, frozenset())
    with pytest.raises(Invalid):
        practising.answer(me, paper_id, 0, frozenset({0, 1}))
    with pytest.raises(Invalid):
        practising.answer(me, paper_id, 0, frozenset({9}))
    wrong = frozenset({min(set(range(4)) - right_of(paper_id, 0))})
    assert practising.answer(me, paper_id, 0, wrong) == 0
    assert practising.answer(me, paper_id, 0, right_of(paper_id, 0)) == 0
    after = papers.shown(paper_of(paper_id), 0)
    assert after.key == right_of(paper_id, 0)
    assert after.explanation
    half = frozenset(list(right_of(paper_id, 6))[:1])
    assert practising.answer(me, paper_id, 6, half) == 1


def test_all_answered_or_given_up_is_over(subject, me):
    paper_id = practising.start(me, subject.slug, key="k")
    answer_all(me, paper_id)
    view = papers.view(paper_of(paper_id))
    assert (view.half_points, view.next_position) == (24, None)
    assert practising.is_over(view.paper)
    second = practising.start(me, subject.slug, key="l")
    practising.finish(me, second)
    practising.finish(me, second)
    with pytest.raises(Conflict):
        practising.answer(me, second, 0, frozenset({0}))


def test_time_is_the_servers(subject, me):
    paper_id = practising.start(me, subject.slug, key="k", timed=True)
    ends = paper_of(paper_id).deadline_at
    assert ends == clock.now() + dt.timedelta(minutes=30)
    with clock.frozen(ends + GRACE):
        practising.answer(me, paper_id, 0, frozenset({0}))
    with clock.frozen(ends + GRACE + dt.timedelta(seconds=1)), pytest.raises(Conflict):
        practising.answer(me, paper_id, 1, frozenset({0}))


def test_others_papers_are_not_there(subject, me, city):
    paper_id = practising.start(me, subject.slug, key="k")
    other = actor_for(make_person(org_id=city.community_a))
    with pytest.raises(NotFound):
        practising.answer(other, paper_id, 0, frozenset({0}))
    with pytest.raises(NotFound):
        practising.start(me, "nothing", key="x")


def test_what_was_not_met_yet_comes_first_and_a_point_makes_a_short_paper(subject, me):
    first = paper_of(practising.start(me, subject.slug, key="1"))
    answer_all(me, first.id)
    second = paper_of(practising.start(me, subject.slug, key="2"))
    seen, again = ({row["version"] for row in paper.rows} for paper in (first, second))
    assert len(again - seen) == 6  # all that is left of 15
    short = paper_of(practising.start(me, subject.slug, key="3", point="1", timed=True))
    assert {row["point"] for row in short.rows} <= {"1.1", "1.2"}
    assert 0 < len(short.rows) <= practising.AT_A_POINT
    assert short.deadline_at is None
    with pytest.raises(Conflict):
        practising.start(me, subject.slug, key="4", point="9.9")
    with pytest.raises(NotFound):
        practising.start(me, subject.slug, key="5", point="x")


def test_a_bank_whose_key_stays_secret_is_never_practised(city, me):
    bank_id = make_bank(city.city)
    subject = make_subject(city.city, bank_id)
    exam = make_exam(city.city, make_plan(key_release=KeyRelease.NEVER))
    with unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Exam, exam.exam_id).bank_id = bank_id
    with pytest.raises(Conflict) as refusal:
        practising.start(me, subject.slug, key="k")
    assert refusal.value.code == "bank_is_secret"
    with pytest.raises(Conflict):
        subjects.edit_subject(SYSTEM, subject.slug, plan())


def test_a_subject_needs_a_bank_that_can_fill_it_and_the_right(city):
    bank_id = make_bank(city.city)
    with pytest.raises(Invalid):
        subjects.create_subject(
            SYSTEM, slug="Bad Slug", org_id=city.city, bank_id=bank_id, plan=plan(pass_half_points=99)
        )
    with pytest.raises(Invalid) as refusal:
        subjects.create_subject(SYSTEM, slug="a", org_id=city.city, bank_id=bank_id, plan=plan(pass_half_points=99))
    assert "pass_marks" in refusal.value.fields
    other = actor_for(make_officer("trainer", city.county_b))
    with pytest.raises(NotFound):
        subjects.create_subject(other, slug="a", org_id=city.county_a, bank_id=bank_id, plan=plan())


def test_practice_leaves_no_trace_among_official_sittings(subject, me):
    answer_all(me, practising.start(me, subject.slug, key="k"))
    assert db.session.query(Sitting).count() == db.session.query(Result).count() == 0


def test_the_database_keeps_answers_as_they_were_given(subject, me):
    answer_all(me, practising.start(me, subject.slug, key="k"))
    for statement in (delete(PrepAnswer), text("UPDATE prep_answer SET half_points = 4")):
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(statement)


def test_the_forecast_follows_the_answers_and_costs_the_same_however_many(subject, me):
    person = me.person_id
    assert not ready.ready(person, subject).forecast.enough
    answer_all(me, practising.start(me, subject.slug, key="1"))
    with count_queries() as few:
        ready.ready(person, subject)
    answer_all(me, practising.start(me, subject.slug, key="2"))
    for number in range(3, 6):
        answer_all(me, practising.start(me, subject.slug, key=str(number)))
    with count_queries() as many:
        found = ready.ready(person, subject)
    assert many.count == few.count
    seen = ready.answers(person, subject.id)
    assert len(seen) == 15  # of an item the newest answer stands
    assert sum(one.repeat for one in seen) == 15
    assert found.forecast.percent > 70
    assert found.titles["1.1"] == {"zh_CN": "核心价值", "en": "Core values"}
    with clock.frozen(clock.now() + dt.timedelta(days=400)):
        assert ready.ready(person, subject).forecast.percent < found.forecast.percent


def test_all_wrong_shows_the_weakest_points_to_the_learner_and_to_trainers(subject, me, city):
    paper_id = practising.start(me, subject.slug, key="1")
    answer_all(me, paper_id, wrong=range(6))
    friend = actor_for(make_person(org_id=city.community_a))
    answer_all(friend, practising.start(friend, subject.slug, key="2"))
    points = ready.weakest(subject)
    assert [one.percent for one in points] == sorted(one.percent for one in points)
    assert sum(one.answers for one in points) == 18
    assert {one.learners for one in points} == {2}
    assert ready.ready(me.person_id, subject).forecast.percent < ready.ready(friend.person_id, subject).forecast.percent


def test_item_statistics_of_official_sittings_are_borrowed_a_little(subject):
    item = db.session.query(Item).filter_by(bank_id=subject.bank_id, ref="s-000").one()
    with unit_of_work(SYSTEM) as uow:
        bank_service.record_uses(
            uow,
            "session",
            [
                UseRecord(
                    version_id=item.current_version_id, worth=2, candidates=100, answered=100, half_points=180,
                    choices={}, discrimination=None,
                )
            ],
        )  # fmt: skip
    found = ready.priors(subject.bank_id)
    assert set(found) == {"1.1"}
    assert found["1.1"].mean == pytest.approx(readiness.prior(100, 0.9).mean)


def test_a_weak_point_leads_to_its_lesson(city, me):
    files = package_files("junior", minimum_minutes=0, open_to_public=True)
    import_files(files, city.city)
    subject = make_subject(city.city, course_slug="junior")
    links = ready.lessons(me.person_id, subject.course_slug)
    assert links
    assert all(link.enrolment_id is None and link.lesson_slug for link in links.values())
    assert ready.lessons(uuid.uuid4(), "nothing") == {}
