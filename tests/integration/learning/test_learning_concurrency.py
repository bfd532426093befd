"""Real commits and several connections at once, on both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.models import OutboxEvent
from lms.learning import service, tabs
from lms.learning.dto import Beat
from lms.learning.events import CourseCompleted
from lms.learning.models import Course, CourseRelease, Enrolment, Lesson, LessonProgress, ReleaseStep, StudyBeat
from lms.testing.factories.access import make_officer
from lms.testing.factories.courses import import_files, make_course, package_files
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person

THREADS = 6


def together(app, calls):
    """Run the calls at the same moment, each in a thread with an app context; their results or errors."""
    gate = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(number):
        with app.app_context():
            gate.wait()
            try:
                results[number] = calls[number]()
            except Exception as error:  # noqa: BLE001 - shown by the assertion
                results[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def academy(real_app):
    with real_app.app_context():
        city = make_small_city()
        make_course(city.county_a, minimum_minutes=0)
        learner = make_person("", city.community_a)
        db.session.remove()
        yield real_app, city, learner
        db.session.remove()


def test_simultaneous_clicks_make_one_enrolment(academy):
    app, _city, learner = academy
    actor = actor_for(learner)
    db.session.remove()
    results = together(app, [lambda: service.enrol(actor, "small-course")] * THREADS)
    assert len(set(results)) == 1, results
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1


def test_simultaneous_claims_never_credit_more_than_real_time_nor_a_beat_twice(academy):
    app, _city, learner = academy
    actor = actor_for(learner)
    enrolment_id = service.enrol(actor, "small-course")
    first, second = db.session.scalars(select(Lesson.id).order_by(Lesson.position)).all()
    began = clock.now()
    opened = [tabs.open_tab(learner, enrolment_id, lesson) for lesson in (first, second, first)]
    db.session.remove()

    def claim(tab):
        return lambda: service.beat(actor, tab, [Beat(1, 60), Beat(2, 60)])

    threading.Event().wait(2.1)
    results = together(app, [claim(tab) for tab in opened * 2])
    elapsed = (clock.now() - began).total_seconds()
    assert not [result for result in results if isinstance(result, Exception)], results
    credited = db.session.scalar(select(func.sum(StudyBeat.credited_seconds)))
    assert 2 <= credited <= elapsed
    assert db.session.scalar(select(func.sum(LessonProgress.seconds))) == credited
    assert db.session.scalar(select(func.count()).select_from(StudyBeat)) == 6


def test_the_last_lessons_finished_at_the_same_moment_complete_the_course_once(academy):
    app, _city, learner = academy
    actor = actor_for(learner)
    enrolment_id = service.enrol(actor, "small-course")
    lessons = db.session.scalars(select(Lesson).order_by(Lesson.position)).all()
    for lesson in lessons:
        service.beat(actor, tabs.open_tab(learner, enrolment_id, lesson.id), [], read_to_end=True)
    answers = [(lesson.slug, lesson.checks[0]["ref"]) for lesson in lessons]
    db.session.remove()

    def answer(slug, ref):
        return lambda: service.answer(actor, enrolment_id, slug, ref, [1])

    results = together(app, [answer(*wanted) for wanted in answers * 3])
    assert not [result for result in results if isinstance(result, Exception)], results
    told = select(func.count()).where(OutboxEvent.name == CourseCompleted.name)
    assert db.session.scalar(told) == 1


def test_two_decisions_at_once_take_one_step(academy):
    app, city, _learner = academy
    release_id = import_files(package_files("fresh-course"), city.county_a, publish=False)
    trainers = [actor_for(make_officer("trainer", city.county_a)) for _ in range(THREADS)]
    db.session.remove()
    results = together(app, [lambda actor=actor: service.send_to(actor, release_id, "in_review") for actor in trainers])
    assert results.count(None) == 1, results
    assert all(isinstance(result, Conflict) for result in results if result is not None)
    assert db.session.scalar(select(func.count()).where(ReleaseStep.release_id == release_id)) == 2


def test_simultaneous_imports_of_one_package_make_one_release(academy):
    app, city, _learner = academy
    results = together(app, [lambda: import_files(package_files("twin-course"), city.county_a)] * 4)
    assert len(set(results)) == 1, results
    course = select(Course.id).where(Course.slug == "twin-course").scalar_subquery()
    assert db.session.scalar(select(func.count()).where(CourseRelease.course_id == course)) == 1
