from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.actor import ANONYMOUS, SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from lms.kernel.models import OutboxEvent
from lms.kernel.settings_service import set_value
from lms.learning import queries, service, tabs
from lms.learning.dto import Beat
from lms.learning.events import CourseCompleted
from lms.learning.models import Enrolment, EnrolmentState, Lesson, LessonProgress, StudyBeat, StudyClock
from lms.messages.models import Message
from lms.testing.factories.courses import import_files, make_course, package_files
from lms.testing.factories.people import make_person

NOON = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)


def at(seconds):
    return clock.frozen(NOON + dt.timedelta(seconds=seconds))


class Reader:
    """A learner with some open tabs."""

    def __init__(self, person_id, slug="small-course"):
        self.actor = actor_for(person_id)
        self.enrolment_id = service.enrol(self.actor, slug)

    def lesson(self, position):
        enrolment = db.session.get_one(Enrolment, self.enrolment_id, populate_existing=True)
        query = select(Lesson).where(Lesson.release_id == enrolment.release_id, Lesson.position == position)
        return db.session.scalars(query).one()

    def open(self, position=1):
        return tabs.open_tab(self.actor.person_id, self.enrolment_id, self.lesson(position).id)

    def claim(self, tab, *beats, end=False):
        return service.beat(self.actor, tab, [Beat(*beat) for beat in beats], read_to_end=end)

    def answer(self, position, chosen=(1,)):
        lesson = self.lesson(position)
        return service.answer(self.actor, self.enrolment_id, lesson.slug, lesson.checks[0]["ref"], list(chosen))

    def finish(self, position, start):
        """Everything a lesson of one minute takes, beginning `start` seconds after noon."""
        with at(start):
            tab = self.open(position)
        with at(start + 60):
            self.claim(tab, (1, 60), end=True)
            return self.answer(position).evidence

    @property
    def state(self):
        return db.session.get_one(Enrolment, self.enrolment_id, populate_existing=True).state


@pytest.fixture
def reader(city):
    make_course(city.county_a)
    return Reader(make_person("", city.community_a))


def completions():
    return db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == CourseCompleted.name)).all()


def test_time_is_credited_beat_by_beat(reader):
    with at(0):
        tab = reader.open()
    with at(20):
        assert reader.claim(tab, (1, 20)).seconds == 20
    with at(41):
        assert reader.claim(tab, (2, 20)).seconds == 40


def test_a_beat_sent_twice_late_or_out_of_order_is_harmless(reader):
    with at(0):
        tab = reader.open()
    with at(60):
        assert reader.claim(tab, (3, 20)).seconds == 20
        assert reader.claim(tab, (1, 20)).seconds == 40
        assert reader.claim(tab, (3, 20)).seconds == 40
        assert reader.claim(tab, (2, 20), (1, 20), (3, 20)).seconds == 60
    with at(600):
        assert reader.claim(tab, (2, 20)).seconds == 60
    assert db.session.scalar(select(func.count()).select_from(StudyBeat)) == 3


def test_two_tabs_two_lessons_and_two_courses_share_one_clock(city, reader):
    make_course(city.county_a, "other-course")
    other = Reader(reader.actor.person_id, "other-course")
    with at(0):
        first, second, third = reader.open(1), reader.open(2), other.open(1)
    with at(60):
        credited = [
            reader.claim(first, (1, 60)).seconds,
            reader.claim(second, (1, 60)).seconds,
            other.claim(third, (1, 60)).seconds,
        ]
    assert credited == [60, 0, 0]


def test_claims_kept_while_offline_are_credited_up_to_the_cap(reader):
    with at(0):
        tab = reader.open()
    beats = [(number, 20) for number in range(1, 301)]
    with at(6000):
        assert reader.claim(tab, *beats).seconds == 3600
    with at(6020):
        assert reader.claim(tab, (301, 20)).seconds == 3620


def test_the_offline_cap_is_a_setting(reader):
    set_value(SYSTEM, "learning.offline_minutes", 5, valid_from=dt.date(2020, 1, 1))
    with at(0):
        tab = reader.open()
    with at(3000):
        assert reader.claim(tab, *[(number, 60) for number in range(1, 51)]).seconds == 300


def test_an_absurd_claim_is_worth_one_beat_at_most(reader):
    with at(0):
        tab = reader.open()
    with at(3000):
        assert reader.claim(tab, (1, 999_999)).seconds == 60
        for beats in ([(0, 5)], [(1, -5)], [(10**9, 5)], [(n, 1) for n in range(1, 502)]):
            with pytest.raises(Invalid):
                reader.claim(tab, *beats)


def test_a_forged_foreign_or_old_tab_is_refused_and_credits_nothing(city, reader):
    with at(0):
        tab = reader.open()
        stranger = Reader(make_person("", city.community_a))
        mixed = tabs.open_tab(stranger.actor.person_id, reader.enrolment_id, reader.lesson(1).id)
    with at(60):
        for forged in (tab[:-2] + "xx", "", "a.b", tab.replace(".", "..")):
            with pytest.raises(Invalid):
                reader.claim(forged, (1, 20))
        with pytest.raises(NotFound):
            stranger.claim(tab, (1, 20))
        with pytest.raises(NotFound):
            stranger.claim(mixed, (1, 20))
    with at(8 * 86400), pytest.raises(Conflict):
        reader.claim(tab, (1, 20))
    assert db.session.scalar(select(func.count()).select_from(StudyBeat)) == 0
    assert db.session.scalar(select(func.count()).select_from(StudyClock)) == 0


def test_a_lesson_is_complete_with_time_reading_and_checks_in_any_order(reader):
    with at(0):
        tab = reader.open()
        assert reader.answer(1).evidence.checks_passed == 1
    with at(30):
        assert reader.claim(tab, (1, 30), end=True).lesson_complete is False
    with at(59):
        assert reader.claim(tab, (2, 60)).lesson_complete is False
    with at(60):
        evidence = reader.claim(tab, (3, 60))
    assert evidence.lesson_complete is True
    assert evidence.course_complete is False


def test_a_wrong_answer_is_explained_and_may_be_tried_again(reader):
    wrong = reader.answer(1, [0])
    assert (wrong.right, wrong.check["explanation"], wrong.evidence.checks_passed) == (
        False,
        "解析：第二个选项符合课文。",
        0,
    )
    assert reader.answer(1, [1]).evidence.checks_passed == 1
    assert reader.answer(1, [1]).evidence.checks_passed == 1
    assert reader.answer(1, [0]).evidence.checks_passed == 1
    for nonsense in ([], [4], [-1]):
        with pytest.raises(Invalid):
            reader.answer(1, nonsense)
    with pytest.raises(NotFound):
        service.answer(reader.actor, reader.enrolment_id, "01-part", "no-such", [1])


def test_the_course_is_completed_once_and_told_once(reader):
    assert reader.finish(1, 0).course_complete is False
    assert reader.finish(2, 60).course_complete is True
    assert reader.state is EnrolmentState.COMPLETED
    with at(200):
        tab = reader.open(2)
    with at(260):
        assert reader.claim(tab, (1, 60), end=True).seconds == 60
        assert reader.answer(2).evidence.course_complete is True
    [told] = completions()
    assert told.payload["course_slug"] == "small-course"
    assert told.payload["credit_minutes"] == 90
    assert told.payload["category"] == "professional"
    assert told.payload["completed_on"] == "2026-11-23"
    assert told.payload["title"]["zh_CN"] == "社区工作小课"
    assert uuid.UUID(told.payload["person_id"]) == reader.actor.person_id
    assert db.session.scalar(select(func.count()).where(Message.kind == "learning.completed")) == 1
    assert queries.completed_enrolment(reader.actor.person_id, "small-course").id == reader.enrolment_id
    assert queries.completed_enrolment(reader.actor.person_id, "other") is None


def test_a_handler_that_fails_undoes_the_completion(reader, monkeypatch):
    def fail(*_args, **_named):
        raise ValueError

    reader.finish(1, 0)
    monkeypatch.setattr("lms.messages.service.send", fail)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it is
        reader.finish(2, 60)
    assert reader.state is EnrolmentState.ACTIVE
    assert completions() == []


def test_enrolling_twice_is_enrolling_once(reader):
    assert service.enrol(reader.actor, "small-course") == reader.enrolment_id
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1


def test_a_second_round_only_when_the_city_allows_it(reader):
    reader.finish(1, 0)
    reader.finish(2, 60)
    with pytest.raises(Conflict):
        service.enrol(reader.actor, "small-course")
    set_value(SYSTEM, "learning.repeat_allowed", value=True, valid_from=dt.date(2020, 1, 1))
    again = service.enrol(reader.actor, "small-course")
    assert again != reader.enrolment_id
    assert service.enrol(reader.actor, "small-course") == again
    assert db.session.get_one(Enrolment, again).round == 2
    assert reader.state is EnrolmentState.COMPLETED


def test_leaving_keeps_what_was_studied(reader):
    reader.finish(1, 0)
    service.withdraw(reader.actor, reader.enrolment_id)
    service.withdraw(reader.actor, reader.enrolment_id)
    assert reader.state is EnrolmentState.WITHDRAWN
    with pytest.raises(NotFound):
        queries.lesson_page(reader.actor, reader.enrolment_id, "01-part")
    assert service.enrol(reader.actor, "small-course") == reader.enrolment_id
    assert reader.state is EnrolmentState.ACTIVE
    assert reader.finish(2, 60).course_complete is True
    with pytest.raises(Conflict):
        service.withdraw(reader.actor, reader.enrolment_id)


def test_nobody_enrols_in_what_is_not_published_or_without_a_name(city):
    import_files(package_files("draft-course"), city.county_a, publish=False)
    actor = actor_for(make_person("", city.community_a))
    for slug in ("draft-course", "no-such-course"):
        with pytest.raises(NotFound):
            service.enrol(actor, slug)
    with pytest.raises(Unauthenticated):
        service.enrol(ANONYMOUS, "draft-course")


def test_another_persons_enrolment_does_not_exist(city, reader):
    stranger = actor_for(make_person("", city.community_a))
    calls = [
        lambda: queries.lesson_page(stranger, reader.enrolment_id, "01-part"),
        lambda: queries.resume(stranger, reader.enrolment_id),
        lambda: queries.move_offer(stranger, reader.enrolment_id),
        lambda: service.withdraw(stranger, reader.enrolment_id),
        lambda: service.move_to_current(stranger, reader.enrolment_id, uuid.uuid4()),
        lambda: service.answer(stranger, reader.enrolment_id, "01-part", "small-course-c01-1", [1]),
        lambda: service.answer(SYSTEM, reader.enrolment_id, "01-part", "small-course-c01-1", [1]),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()


def test_learners_keep_their_release_and_carry_unchanged_lessons_when_they_move(city, reader):
    reader.finish(1, 0)
    reader.finish_time = reader.lesson(1).id
    newer = import_files(package_files(version="2.0", lessons=3, words={2: "第二课改过。"}), city.county_a)
    page = queries.course_page(reader.actor, "small-course")
    assert (page.release.version, page.newer, page.done) == ("1.0", True, 1)
    offer, slug = queries.move_offer(reader.actor, reader.enrolment_id)
    assert (slug, offer.from_version, offer.to_version, offer.to_release_id) == ("small-course", "1.0", "2.0", newer)
    titles = [[title["zh_CN"] for title in part] for part in (offer.kept, offer.anew, offer.gone)]
    assert titles == [["第 1 课"], ["第 2 课", "第 3 课"], []]
    with at(60):
        old_tab = reader.open(2)
    service.move_to_current(reader.actor, reader.enrolment_id, newer)
    service.move_to_current(reader.actor, reader.enrolment_id, newer)
    page = queries.course_page(reader.actor, "small-course")
    assert (page.release.version, page.newer, page.done, page.lessons[0].seconds) == ("2.0", False, 1, 60)
    with at(90), pytest.raises(Conflict) as moved:
        reader.claim(old_tab, (1, 20))
    assert moved.value.code == "moved"
    reader.finish(2, 100)
    assert reader.finish(3, 200).course_complete is True
    assert completions()[0].payload["version"] == "2.0"


def test_moving_completes_when_everything_left_is_complete(city, reader):
    reader.finish(1, 0)
    newer = import_files(package_files(version="2.0", lessons=1), city.county_a)
    service.move_to_current(reader.actor, reader.enrolment_id, newer)
    assert reader.state is EnrolmentState.COMPLETED
    assert len(completions()) == 1


def test_moving_judges_by_the_newer_rules(city, reader):
    reader.finish(1, 0)
    newer = import_files(package_files(version="2.0", lessons=1, minimum_minutes=5), city.county_a)
    service.move_to_current(reader.actor, reader.enrolment_id, newer)
    assert reader.state is EnrolmentState.ACTIVE
    assert queries.course_page(reader.actor, "small-course").lessons[0].state == "started"


def test_moving_to_what_is_not_current_is_refused(city, reader):
    draft = import_files(package_files(version="2.0", lessons=3), city.county_a, publish=False)
    with pytest.raises(Conflict):
        service.move_to_current(reader.actor, reader.enrolment_id, draft)
    with pytest.raises(NotFound):
        queries.move_offer(reader.actor, reader.enrolment_id)


def test_going_shows_the_last_touched_course_first_with_what_is_left(city, reader):
    make_course(city.county_a, "other-course", lessons=3)
    other = Reader(reader.actor.person_id, "other-course")
    other.finish(1, 0)
    with at(100):
        tab = reader.open()
        reader.claim(tab)
    first, second = queries.going(reader.actor.person_id)
    assert (first.slug, first.percent, first.next_lesson.slug, first.minutes_left) == ("small-course", 0, "01-part", 90)
    assert (second.slug, second.percent, second.next_lesson.slug, second.minutes_left) == (
        "other-course", 33, "02-part", 90,
    )  # fmt: skip


moves = st.lists(
    st.tuples(st.sampled_from(["open", "beat"]), st.integers(0, 3), st.integers(0, 90), st.integers(0, 40)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_stored_credit_never_exceeds_real_time_whatever_the_tabs_do(city, course_of_three, story):
    """Tabs of two courses open and claim at random, some claims come twice: credit stays below the time on the wall."""
    readers = [Reader(make_person("", city.community_a), course_of_three[0])]
    readers.append(Reader(readers[0].actor.person_id, course_of_three[1]))
    opened, sequence, now, first = [], 0, 0, None
    for kind, which, claimed, wait in story:
        now += wait
        with at(now):
            if kind == "open" or not opened:
                first = now if first is None else first
                reader = readers[which % 2]
                opened.append((reader, reader.open(1 + which % 3)))
            else:
                reader, tab = opened[which % len(opened)]
                sequence += which % 3
                reader.claim(tab, (max(1, sequence), claimed))
    person = readers[0].actor.person_id
    mine = select(Enrolment.id).where(Enrolment.person_id == person)
    credited = select(func.sum(StudyBeat.credited_seconds)).where(StudyBeat.enrolment_id.in_(mine))
    progress = select(func.sum(LessonProgress.seconds)).where(LessonProgress.enrolment_id.in_(mine))
    assert (db.session.scalar(credited) or 0) == (db.session.scalar(progress) or 0) <= now - (first or 0)


@pytest.fixture
def course_of_three(city):
    return [make_course(city.county_a, slug, lessons=3, minimum_minutes=30) for slug in ("first-three", "second-three")]
