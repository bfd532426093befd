from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lms.access.actors import actor_for
from lms.classes.events import ClassAttended
from lms.credits import queries, service
from lms.credits.cycles.rules import Status
from lms.credits.dto import HoursFilter
from lms.credits.models import Category, CreditEntry
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, LmsError, NotFound
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.learning.events import CourseCompleted
from lms.people.models import QualificationKind
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with frozen(NOON):
        yield


def entries_of(person_id):
    return list(db.session.scalars(queries.entries(person_id)))


def test_completing_a_course_writes_its_minutes_once_however_often_it_is_told(city):
    person = make_person("陈思雨", city.community_a)
    event = complete(person, 720)
    complete(person, 720, enrolment_id=event.enrolment_id)
    [entry] = entries_of(person)
    assert (entry.minutes, entry.category, entry.source_id) == (720, Category.PROFESSIONAL, event.enrolment_id.hex)
    assert entry.why == {"rule": "course_completed", "course": "chengdu-social-worker", "version": "2026.1"}


def attend(person, minutes, **changes):
    """The time in class of one meeting as it is told, or told anew; what then counts."""
    values = {"category": "professional", "planned": 180, "attended_on": TODAY, "title": {"zh_CN": "轮训班"}} | changes
    with unit_of_work(SYSTEM) as uow:
        uow.emit(ClassAttended(occasion=f"{person.hex}m", person_id=person, minutes=minutes, **values))
    found = entries_of(person)
    undone = {one.reverses_id for one in found}
    return [
        (one.minutes, one.category.value, one.occurred_on)
        for one in found
        if one.id not in undone and one.reverses_id is None
    ]


def test_time_in_class_counts_once_as_it_was_told_last(city):
    person, other_day = make_person("", city.community_a), dt.date(2026, 11, 20)
    for _twice in range(2):
        assert attend(person, 180) == [(180, "professional", TODAY)]
    assert len(entries_of(person)) == 1
    assert attend(person, 90) == [(90, "professional", TODAY)]
    assert attend(person, 90, category="public") == [(90, "public", TODAY)]
    assert attend(person, 90, category="public", attended_on=other_day) == [(90, "public", other_day)]
    assert attend(person, 0) == []
    assert attend(person, 60) == [(60, "professional", TODAY)]
    assert service.check_ledger()[1] == []


@pytest.mark.parametrize("right", [30, 0])
def test_what_an_officer_corrected_stays_whatever_attendance_says_later(city, right):
    person = make_person("", city.community_a)
    officer = actor_for(make_officer("hr_officer", city.county_a))
    attend(person, 180)
    [entry] = entries_of(person)
    service.correct(officer, entry.id, minutes=right, category=Category.PROFESSIONAL, reason="冒名签到")
    stands = [(right, "professional", TODAY)] if right else []
    for minutes in (180, 170, 0):
        assert attend(person, minutes) == stands


def test_a_course_without_hours_leaves_no_entry(city):
    person = make_person()
    complete(person, 0)
    assert entries_of(person) == []


def test_nothing_is_written_when_the_completing_transaction_fails(city):
    person = make_person()
    event = CourseCompleted(
        enrolment_id=uuid.uuid4(), person_id=person, course_slug="x", title={}, version="1", category="public",
        credit_minutes=45, completed_on=TODAY,
    )  # fmt: skip

    def fail_afterwards():
        with unit_of_work(SYSTEM) as uow:
            uow.emit(event)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_afterwards()
    assert entries_of(person) == []


@pytest.mark.parametrize("statement", ["UPDATE credit_entry SET minutes = 1", "DELETE FROM credit_entry"])
def test_the_database_refuses_to_change_the_ledger(city, statement):
    complete(make_person())
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement))


def test_hours_are_shown_simply_without_a_qualification(city):
    person = make_person()
    complete(person, 600)
    complete(person, 90, "public", dt.date(2019, 5, 1))
    summary = queries.summary(person)
    assert summary.status is Status.NO_QUALIFICATION
    assert (summary.professional, summary.public, summary.ever, summary.cycles) == (600, 90, 690, ())


def test_only_hours_inside_the_registration_period_count(city):
    person = make_person()
    qualify(person)
    for day in ("2024-12-31", "2025-01-01", "2026-11-23", "2027-12-31", "2028-01-01"):
        complete(person, 60, day=dt.date.fromisoformat(day))
    period = queries.summary(person).registration
    assert (period.balance.counted, period.balance.required, period.balance.missing) == (120, 72 * 60, 72 * 60 - 120)
    assert (period.status, period.renewable) == (Status.IN_PROGRESS, False)
    assert period.days.window_from == dt.date(2027, 10, 1)
    later = queries.summary(person, dt.date(2027, 12, 31))
    assert (later.registration.balance.counted, later.ever) == (180, 240)
    assert (later.status, later.registration.renewable) == (Status.WINDOW_OPEN, True)
    assert queries.summary(person, dt.date(2028, 1, 1)).status is Status.OVERDUE
    assert queries.summary(person, dt.date(2029, 1, 1)).status is Status.EXPIRED


def test_the_registration_that_ends_last_counts_when_two_levels_are_held(city):
    person = make_person()
    qualify(person, QualificationKind.ASSISTANT, dt.date(2024, 1, 1), dt.date(2026, 12, 31))
    qualify(person, QualificationKind.INTERMEDIATE, dt.date(2026, 6, 1), dt.date(2029, 5, 31))
    assert queries.summary(person).registration.balance.required == 90 * 60
    qualify(person, QualificationKind.SENIOR, None, None)
    assert queries.summary(person).level is QualificationKind.INTERMEDIATE


def test_correcting_reverses_and_enters_anew_on_the_same_day(city):
    officer, person = make_officer("hr_officer", city.county_a), make_person("李明", city.community_a)
    complete(person, 600, day=dt.date(2026, 3, 1))
    [entry] = entries_of(person)
    service.correct(actor_for(officer), entry.id, minutes=450, category=Category.PUBLIC, reason="误登为专业科目")
    summary = queries.summary(person)
    assert (summary.professional, summary.public) == (0, 450)
    assert {line.occurred_on for line in entries_of(person)} == {dt.date(2026, 3, 1)}
    assert sorted(line.minutes for line in entries_of(person)) == [-600, 450, 600]
    assert service.check_ledger() == (3, [])


def test_correcting_to_nothing_leaves_only_the_reversal(city):
    officer, person = make_officer("hr_officer", city.county_a), make_person("", city.community_a)
    complete(person, 600)
    [entry] = entries_of(person)
    service.correct(actor_for(officer), entry.id, minutes=0, category=Category.PROFESSIONAL, reason="重复登记")
    assert queries.summary(person).ever == 0
    assert len(entries_of(person)) == 2


def test_an_entry_is_corrected_only_once_and_a_reversal_never(city):
    officer, person = make_officer("hr_officer", city.county_a), make_person("", city.community_a)
    complete(person, 600)
    [entry] = entries_of(person)
    actor = actor_for(officer)
    reversal = service.correct(actor, entry.id, minutes=450, category=Category.PUBLIC, reason="改")
    for entry_id in (entry.id, reversal):
        with pytest.raises(Conflict):
            service.correct(actor, entry_id, minutes=300, category=Category.PUBLIC, reason="再改")
    assert queries.summary(person).ever == 450


@pytest.mark.parametrize(
    ("minutes", "reason", "field"),
    [(600, "没变", "minutes"), (-1, "负数", "minutes"), (10**9, "太长", "minutes"), (450, "  ", "reason")],
)
def test_a_correction_is_refused_when_it_says_nothing_sensible(city, minutes, reason, field):
    officer, person = make_officer("hr_officer", city.county_a), make_person("", city.community_a)
    complete(person, 600)
    [entry] = entries_of(person)
    with pytest.raises(Invalid) as refused:
        service.correct(actor_for(officer), entry.id, minutes=minutes, category=Category.PROFESSIONAL, reason=reason)
    assert field in refused.value.fields
    assert queries.summary(person).ever == 600


def test_who_may_correct(city):
    person = make_person("", city.community_a)
    complete(person, 600)
    [entry] = entries_of(person)
    for officer, refusal in (
        (make_officer("hr_officer", city.county_b), NotFound),
        (make_officer("auditor", city.county_a), Forbidden),
    ):
        with pytest.raises(refusal):
            service.correct(actor_for(officer), entry.id, minutes=1, category=Category.PUBLIC, reason="x")
    own = make_officer("hr_officer", city.county_a)
    complete(own, 60)
    with pytest.raises(Forbidden):
        service.correct(actor_for(own), entries_of(own)[0].id, minutes=1, category=Category.PUBLIC, reason="x")


def test_the_unit_list_says_the_same_as_each_summary(city):
    officer = make_officer("hr_officer", city.city)
    cases = [(None, 0), (QualificationKind.ASSISTANT, 72 * 60), (QualificationKind.SENIOR, 600)]
    for kind, minutes in cases:
        person = make_person("", city.community_a)
        if kind:
            qualify(person, kind)
        if minutes:
            complete(person, minutes)
    lapsed = make_person("", city.community_b)
    qualify(lapsed, first=dt.date(2022, 1, 1), last=dt.date(2024, 12, 31))
    rows = db.session.execute(queries.unit_hours(actor_for(officer), HoursFilter(), TODAY)).all()
    assert len(rows) == 5
    for row in (queries.person_hours(row) for row in rows):
        summary = queries.summary(row.person_id)
        assert (row.status, row.level) == (summary.status, summary.level or "")
        if period := summary.registration:
            balance = period.balance
            assert (row.required, row.counted, row.missing) == (balance.required, balance.counted, balance.missing)


def test_the_unit_list_is_narrowed_and_never_shows_other_units(city):
    officer = actor_for(make_officer("hr_officer", city.county_a))
    short, met, other = (make_person(name, city.community_a) for name in ("短一", "够二", "短三_"))
    foreign = make_person("外人", city.community_b)
    for person in (short, met, other, foreign):
        qualify(person, last=dt.date(2027, 3, 1) if person == short else dt.date(2027, 12, 31))
    complete(met, 72 * 60)

    def names(**wanted):
        return [row.name for row in db.session.execute(queries.unit_hours(officer, HoursFilter(**wanted), TODAY))]

    assert "外人" not in names()
    assert names(short=True) == ["短一", "短三_"]
    assert names(status=Status.MET) == ["够二"]
    assert names(short=True, due_months=6) == ["短一"]
    assert names(text="_") == ["短三_"]
    assert names(org_id=city.street_b) == []
    assert queries.count_short(officer, TODAY, 6) == 1


def test_the_list_costs_the_same_however_long_it_is(city):
    officer = actor_for(make_officer("hr_officer", city.city))

    def statements():
        with count_queries() as seen:
            db.session.execute(queries.unit_hours(officer, HoursFilter(), TODAY)).all()
        return seen.count

    before = statements()
    for _number in range(5):
        qualify(person := make_person("", city.community_a))
        complete(person)
    assert statements() == before


def test_ends_of_periods_are_counted_by_month_with_those_who_lack_hours(city):
    officer = actor_for(make_officer("hr_officer", city.county_a))
    for last, minutes in (("2026-12-10", 72 * 60), ("2026-12-31", 60), ("2027-10-31", 60), ("2027-11-30", 60)):
        person = make_person("", city.community_a)
        qualify(person, first=dt.date(2024, 1, 1), last=dt.date.fromisoformat(last))
        complete(person, minutes, day=dt.date(2026, 5, 1))
    qualify(make_person("", city.community_b), last=dt.date(2026, 12, 31))  # another county's
    months = queries.expiries(officer, TODAY)
    assert [month for month, _ends, _short in months][:2] == [dt.date(2026, 11, 1), dt.date(2026, 12, 1)]
    assert len(months) == 12
    counted = {month: (ends, short) for month, ends, short in months if ends}
    assert counted == {dt.date(2026, 12, 1): (2, 1), dt.date(2027, 10, 1): (1, 1)}


def test_recompute_finds_an_entry_that_bypassed_the_rules(city):
    person = make_person()
    complete(person, 600)
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            CreditEntry(
                id=new_id(), person_id=person, minutes=-100, category=Category.PROFESSIONAL, source="x", source_id="",
                title={}, key="x", occurred_on=TODAY, why={}, recorded_at=NOON,
            )
        )  # fmt: skip
    entries, [fault] = service.check_ledger()
    assert entries == 2
    assert "without reversing" in fault.reason


def test_two_officers_correcting_at_once_give_one_correction(real_app):
    with real_app.app_context(), frozen(NOON):
        city = make_small_city()
        person = make_person("", city.community_a)
        actors = [actor_for(make_officer("hr_officer", city.county_a)) for _number in range(2)]
        complete(person, 600)
        [entry] = entries_of(person)
    outcomes, together = [], threading.Barrier(2)

    def correct(actor):
        with real_app.app_context(), frozen(NOON):
            together.wait()
            try:
                outcomes.append(
                    service.correct(actor, entry.id, minutes=300, category=Category.PUBLIC, reason="同时更正")
                )
            except LmsError as error:
                outcomes.append(error)

    threads = [threading.Thread(target=correct, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "UUID"]
    with real_app.app_context():
        assert db.session.scalar(select(CreditEntry.minutes).where(CreditEntry.source == "correction")) == 300
        assert service.check_ledger() == (3, [])
