from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from lms.access.actors import actor_for
from lms.credits import queries
from lms.credits.cycles import changing, jobs, opening, standing
from lms.credits.cycles.models import ChangeKind, CreditCycle, CreditStanding, CycleChange
from lms.credits.cycles.rules import Status
from lms.credits.evidence.rules import Unit
from lms.credits.obligations import setting
from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.queries import policies
from lms.credits.obligations.rules import Obligation
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.uow import unit_of_work
from lms.people.events import RosterApplied
from lms.people.models import Person, Qualification, QualificationKind
from lms.people.service.careers import record_qualification
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import complete, put_in_force, qualify
from lms.testing.factories.evidence import Desk, proofs
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs
from lms.testing.queries import count_queries

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
NEW_YEAR = dt.datetime(2027, 1, 1, 4, tzinfo=dt.UTC)
FIRST, LAST = dt.date(2025, 1, 1), dt.date(2027, 12, 31)


@pytest.fixture(autouse=True)
def _stopped_clock():
    with frozen(NOON):
        yield


def cycles_of(person, *, void=False):
    query = select(CreditCycle).where(CreditCycle.person_id == person, CreditCycle.void == void)
    return db.session.scalars(query.order_by(CreditCycle.first_day).execution_options(populate_existing=True)).all()


def register(person, first, last, number="20250612001", kind=QualificationKind.ASSISTANT):
    record_qualification(
        SYSTEM, person, kind=kind, certificate_number=number, obtained_on=dt.date(2024, 6, 1),
        registered_from=first, registered_until=last,
    )  # fmt: skip


def held_number(person):
    return db.session.scalars(select(Qualification.certificate_number).where(Qualification.person_id == person)).one()


def holds(expected=0):
    """The table is what the records say, and so many rows long."""
    assert list(standing.differences()) == []
    if expected:
        assert db.session.scalar(select(func.count()).select_from(CreditStanding)) == expected
    return True


def test_a_registration_opens_one_cycle_and_its_renewal_another(city):
    person = make_person("陈思雨", city.community_a)
    register(person, None, None)
    assert cycles_of(person) == []
    for _twice in range(2):
        register(person, FIRST, LAST)
    [first] = cycles_of(person)
    assert (first.level, first.first_day, first.last_day, first.policy_id is not None) == (
        "assistant", FIRST, LAST, True,
    )  # fmt: skip
    complete(person, 600)
    register(person, dt.date(2028, 1, 1), dt.date(2030, 12, 31))
    assert [one.id == first.id for one in cycles_of(person)] == [True, False]
    assert queries.summary(person).registration.cycle_id == first.id
    later = queries.summary(person, dt.date(2028, 1, 1))
    assert (later.registration.balance.counted, later.past[0].balance.counted) == (0, 600)
    assert holds(1)


def test_a_registration_that_was_recorded_wrongly_is_put_right_or_set_aside_and_its_story_kept(city):
    person = make_person("", city.community_a)
    register(person, FIRST, LAST)
    register(person, FIRST, dt.date(2028, 1, 31))
    [one] = cycles_of(person)
    assert one.last_day == dt.date(2028, 1, 31)
    register(person, dt.date(2025, 2, 1), dt.date(2028, 1, 31))
    assert [cycle.first_day for cycle in cycles_of(person)] == [dt.date(2025, 2, 1)]
    assert [cycle.first_day for cycle in cycles_of(person, void=True)] == [FIRST]
    register(person, FIRST, LAST)
    assert [cycle.first_day for cycle in cycles_of(person)] == [FIRST]
    kinds = db.session.scalars(
        select(CycleChange.kind).where(CycleChange.cycle_id == one.id).order_by(CycleChange.changed_at, CycleChange.id)
    ).all()
    assert kinds == [ChangeKind.OPENED, ChangeKind.PUT_RIGHT, ChangeKind.SET_ASIDE, ChangeKind.PUT_RIGHT]
    assert holds(1)
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("DELETE FROM credit_cycle_change"))


def test_the_job_follows_a_roster_and_does_nothing_the_second_time(app, city):
    person = make_person("", city.community_a)
    with unit_of_work(SYSTEM) as uow:
        for number, (kind, last) in enumerate(
            [(QualificationKind.ASSISTANT, LAST), (QualificationKind.SENIOR, dt.date(2028, 5, 31))]
        ):
            uow.session.add(
                Qualification(
                    person_id=person, kind=kind, certificate_number=str(number), obtained_on=dt.date(2024, 6, 1),
                    registered_from=FIRST, registered_until=last, recorded_at=NOON,
                )
            )  # fmt: skip
        uow.emit(RosterApplied(import_id=person, org_id=city.city, created=1, changed=0))
    assert opening.unfollowed() == [person]
    run_jobs(app)
    assert opening.unfollowed() == []
    [one] = cycles_of(person)
    assert (one.level, one.last_day) == ("senior", dt.date(2028, 5, 31))
    assert jobs.follow() == {"opened": 0, "unknown": 0, "refreshed": 0}
    assert holds(1)


def test_a_year_is_opened_for_those_under_it_once_the_policy_is_on(city):
    held, late, without = (make_person("", city.community_a) for _number in range(3))
    put_in_force(Obligation.YEAR, dt.date(2026, 12, 1), is_on=True, asked={"assistant": 90, "uncertified": 30})
    for person in (held, late):
        qualify(person, first=None)
    late_held = db.session.scalars(select(Qualification).where(Qualification.person_id == late)).one()
    with unit_of_work(SYSTEM):
        late_held.obtained_on = dt.date(2027, 1, 2)
    assert jobs.follow()["opened"] == 0
    with frozen(NEW_YEAR):
        jobs.follow()
        assert jobs.follow()["opened"] == 0
        years = {one.person_id: one.level for one in db.session.scalars(select(CreditCycle))}
        assert years == {held: "assistant", late: "uncertified", without: "uncertified"}
        [year] = queries.summary(held).cycles
        assert (year.balance.required, year.first_day, year.last_day) == (
            90 * 45,
            dt.date(2027, 1, 1),
            dt.date(2027, 12, 31),
        )
        complete(held, 2000, "public")
        [year] = queries.summary(held).cycles
        assert (year.balance.public, year.balance.counted) == (1350, 1350)
        assert holds()


def test_a_new_policy_leaves_cycles_under_way_alone_unless_it_says_otherwise(city):
    old, new = make_person("", city.community_a), make_person("", city.community_a)
    put_in_force(Obligation.REGISTRATION, dt.date(2026, 6, 1), asked={"assistant": 80})
    qualify(old)
    qualify(new, first=dt.date(2026, 6, 1), last=dt.date(2029, 5, 31))
    required = [queries.summary(person).registration.balance.required for person in (old, new)]
    assert required == [72 * 60, 80 * 60]
    put_in_force(Obligation.REGISTRATION, dt.date(2026, 11, 24), asked={"assistant": 100}, running=True)
    assert holds(2)
    with frozen(NOON + dt.timedelta(days=1)):
        assert {row.required for row in db.session.scalars(select(CreditStanding))} == {72 * 60, 80 * 60}
        assert jobs.follow()["refreshed"] == 2
        assert holds(2)
        assert {queries.summary(person).registration.balance.required for person in (old, new)} == {100 * 60}
        assert queries.summary(old, TODAY).registration.balance.required == 72 * 60
        assert jobs.follow()["refreshed"] == 0


def test_a_policy_in_force_is_never_edited(city):
    terms = policies()[Obligation.REGISTRATION][0].terms
    for day in (TODAY, dt.date(2020, 1, 1)):
        with pytest.raises(Invalid) as refused:
            setting.save_policy(SYSTEM, NewPolicy(Obligation.REGISTRATION, day, terms, "依据"))
        assert set(refused.value.fields) == {"valid_from"}
    county = actor_for(make_officer("hr_officer", city.county_a))
    with pytest.raises((Forbidden, NotFound)):
        setting.save_policy(county, NewPolicy(Obligation.REGISTRATION, dt.date(2027, 1, 1), terms, "依据"))
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE obligation_policy SET assistant = 1"))


def test_what_was_not_needed_is_carried_over_once_and_expires(city):
    person = make_person("", city.community_a)
    put_in_force(Obligation.REGISTRATION, dt.date(2020, 1, 1), carry_most=10, carry_months=12)
    qualify(person, first=dt.date(2022, 1, 1), last=dt.date(2024, 12, 31))
    complete(person, 90 * 60, day=dt.date(2023, 1, 1))
    register(person, FIRST, LAST, number=db.session.scalars(select(Qualification.certificate_number)).one())
    now = queries.summary(person, dt.date(2025, 12, 31)).registration
    assert (now.balance.carried, now.days.carry_until) == (600, dt.date(2025, 12, 31))
    assert queries.summary(person).registration.balance.carried == 0
    before = queries.summary(person, dt.date(2024, 6, 1)).registration.balance
    assert before.counted - before.required == 18 * 60
    assert holds(1)


def test_a_degree_counts_ninety_hours_once_and_inside_its_cycle(city):
    desk = Desk(city)
    qualify(desk.person_id)
    day = dt.date(2026, 7, 1)
    desk.approve(desk.claim("degree", 1, *proofs("diploma"), unit=Unit.ITEM, first_day=day, last_day=day))
    period = queries.summary(desk.person_id).registration
    assert (period.balance.professional, period.status, period.balance.required) == (5400, Status.MET, 72 * 60)
    with pytest.raises(Conflict):
        desk.claim("degree", 1, *proofs("diploma"), unit=Unit.ITEM, first_day=TODAY, last_day=TODAY)
    assert holds(1)


def test_an_officer_extends_a_cycle_and_frees_from_it_with_a_reason(city):
    person = make_person("李明", city.community_a)
    qualify(person)
    officer = actor_for(make_officer("hr_officer", city.county_a))
    [cycle] = cycles_of(person)
    later = dt.date(2028, 6, 30)
    changing.extend(officer, cycle.id, last_day=later, reason="产假", seen=LAST)
    view = queries.summary(person).registration
    assert (view.last_day, view.registered_until, view.is_extended) == (later, LAST, True)
    with pytest.raises(Conflict):
        changing.extend(officer, cycle.id, last_day=dt.date(2028, 7, 31), reason="再延", seen=LAST)
    for day, reason, field in (
        (LAST, "早了", "last_day"),
        (dt.date(2032, 1, 1), "太久", "last_day"),
        (later, " ", "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            changing.extend(officer, cycle.id, last_day=day, reason=reason, seen=later)
        assert set(refused.value.fields) == {field}
    changing.free(officer, cycle.id, freed=True, reason="长期病假", seen=later)
    assert queries.summary(person).status is Status.FREED
    with pytest.raises(Conflict):
        changing.free(officer, cycle.id, freed=True, reason="再一次", seen=later)
    changing.free(officer, cycle.id, freed=False, reason="已返岗", seen=later)
    assert queries.summary(person).status is Status.ASSIGNED
    assert holds(1)


def test_no_extension_reaches_into_the_cycle_that_follows(city):
    person = make_person("", city.community_a)
    officer = actor_for(make_officer("hr_officer", city.county_a))
    put_in_force(Obligation.YEAR, dt.date(2025, 12, 1), is_on=True)
    qualify(person)
    register(person, dt.date(2028, 3, 1), dt.date(2031, 2, 28), number=held_number(person))
    first, year = (queries.summary(person).registration, queries.summary(person).cycles[1])
    for cycle, day, said in ((first, dt.date(2028, 3, 1), "2028 年 3 月 1 日"), (year, dt.date(2027, 1, 31), "豁免")):
        with pytest.raises(Invalid) as refused:
            changing.extend(officer, cycle.cycle_id, last_day=day, reason="产假", seen=cycle.last_day)
        assert said in str(refused.value.fields["last_day"])
    changing.extend(officer, first.cycle_id, last_day=dt.date(2028, 2, 29), reason="产假", seen=LAST)
    assert queries.summary(person).registration.followed_until == dt.date(2031, 2, 28)
    assert holds(2)


def test_who_may_extend(city):
    person = make_person("", city.community_a)
    own = make_officer("hr_officer", city.county_a)
    for one in (person, own):
        qualify(one)
    for actor, cycle, refusal in (
        (make_officer("hr_officer", city.county_b), cycles_of(person)[0], NotFound),
        (make_officer("auditor", city.county_a), cycles_of(person)[0], Forbidden),
        (own, cycles_of(own)[0], Forbidden),
    ):
        with pytest.raises(refusal):
            changing.extend(actor_for(actor), cycle.id, last_day=dt.date(2028, 6, 30), reason="x", seen=LAST)


def test_a_past_day_is_told_as_it_was_known_then_and_as_it_is_known_now(city):
    person, day = make_person("", city.community_a), dt.date(2026, 5, 3)
    with frozen(dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)):
        qualify(person)
        complete(person, 600, day=dt.date(2026, 1, 9))
    complete(person, 72 * 60, day=dt.date(2026, 4, 1))
    end = clock.start_of_day(day + dt.timedelta(days=1))
    then, now = queries.summary(person, day, end), queries.summary(person, day)
    assert (then.status, then.registration.balance.counted) == (Status.IN_PROGRESS, 600)
    assert (now.status, now.registration.balance.counted) == (Status.MET, 600 + 72 * 60)
    before = queries.summary(person, dt.date(2025, 6, 1), clock.start_of_day(dt.date(2025, 6, 2)))
    assert before.cycles == ()


def test_the_calendar_moves_the_standing_and_nothing_else_is_touched(city):
    soon, far = make_person("", city.community_a), make_person("", city.community_a)
    qualify(soon, last=dt.date(2026, 12, 31))
    qualify(far, last=dt.date(2028, 12, 31))
    row = db.session.get_one(CreditStanding, (soon, Obligation.REGISTRATION))
    assert (row.status, row.next_change_on) == (Status.WINDOW_OPEN, dt.date(2027, 1, 1))
    with frozen(NEW_YEAR):
        assert standing.due() == [soon]
        assert jobs.follow()["refreshed"] == 1
        db.session.expire_all()
        assert db.session.get_one(CreditStanding, (soon, Obligation.REGISTRATION)).status is Status.OVERDUE
        assert holds(2)


def test_the_rebuilt_table_is_the_kept_one_and_the_command_finds_what_is_not(app, city):
    for number in range(4):
        qualify(person := make_person("", city.community_a), first=FIRST if number else None)
        complete(person, 60 * (number + 1))
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE credit_standing SET professional = 1 WHERE status = 'in_progress'"))
    assert len(list(standing.differences())) == 3
    assert app.test_cli_runner().invoke(args=["credits", "check"]).exit_code == 1
    assert standing.rebuild() == 4
    assert holds(4)
    checked = app.test_cli_runner().invoke(args=["credits", "check"])
    assert (checked.exit_code, checked.output) == (0, "0 differences, 0 registrations without cycle\n")


def test_certificates_that_a_roster_brings_are_followed_whatever_rows_there_are(city):
    """Somebody of the year who now holds one, somebody who now holds a higher one, neither of them registered."""
    fresh, higher = make_person("", city.community_a), make_person("", city.community_a)
    put_in_force(Obligation.YEAR, dt.date(2025, 12, 1), is_on=True, asked={"assistant": 90, "uncertified": 30})
    qualify(higher, first=None)
    jobs.follow()
    with unit_of_work(SYSTEM) as uow:
        for person, kind in ((fresh, QualificationKind.ASSISTANT), (higher, QualificationKind.SENIOR)):
            uow.session.add(
                Qualification(
                    person_id=person, kind=kind, certificate_number=kind.value, obtained_on=TODAY, recorded_at=NOON
                )
            )
    assert jobs.follow()["unknown"] == 2
    assert jobs.follow()["unknown"] == 0
    for person, level in ((fresh, "assistant"), (higher, "senior")):
        row = db.session.get_one(CreditStanding, (person, Obligation.REGISTRATION), populate_existing=True)
        assert (row.status, row.level) == (Status.UNREGISTERED, level)
    assert holds(4)


def test_a_persons_page_costs_the_same_whatever_the_history(city):
    person = make_person("", city.community_a)
    qualify(person)

    def statements():
        db.session.expire_all()
        with count_queries() as seen:
            queries.summary(person)
        return seen.count

    before = statements()
    for year in (2016, 2019, 2022):
        register(person, dt.date(year, 1, 1), dt.date(year + 2, 12, 31), number=f"{year}0612001")
        for month in range(1, 9):
            complete(person, 60, day=dt.date(year, month, 1))
    assert len(queries.summary(person).past) == 3
    assert statements() == before == 4


@pytest.mark.postgres
def test_entries_written_at_the_same_moment_are_all_in_the_standing(real_app):
    with real_app.app_context(), frozen(NOON):
        person = make_person("", make_small_city().community_a)
        qualify(person)
    together = threading.Barrier(4)

    def learn():
        with real_app.app_context(), frozen(NOON):
            together.wait()
            complete(person, 60)

    threads = [threading.Thread(target=learn) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with real_app.app_context(), frozen(NOON):
        assert db.session.get_one(CreditStanding, (person, Obligation.REGISTRATION)).professional == 240
        assert holds(1)


@pytest.mark.postgres
def test_while_the_table_is_made_anew_nobody_writes_for_the_same_persons(real_app, monkeypatch):
    with real_app.app_context(), frozen(NOON):
        qualify(person := make_person("", make_small_city().community_a))
        held, writes = [], standing.insert_many

        def looked_at(*given):
            free = select(Person.id).where(Person.id == person).with_for_update(key_share=True, skip_locked=True)
            with db.engine.connect() as other:
                held.append(other.scalar(free) is None)
            writes(*given)

        monkeypatch.setattr(standing, "insert_many", looked_at)
        standing.rebuild()
        assert held == [True]
        assert holds()
