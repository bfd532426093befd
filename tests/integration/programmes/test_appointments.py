"""Appointments: terms, renewal, ends, the conditions they answer, and the checker."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.messages.models import Message
from lms.people.models import QualificationKind
from lms.programmes import jobs
from lms.programmes.appointment_models import Appointment, AppointmentEnd, EndKind
from lms.programmes.queries import appointments
from lms.programmes.service import appointing, checking, supervising
from lms.programmes.service.checking import FaultKind
from lms.programmes.service.supervising import Session
from lms.requirements import checking as conditions
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import qualify
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import hold
from lms.testing.queries import count_queries

DAY = dt.timedelta(days=1)


@pytest.fixture
def officer(app, city):
    return actor_for(make_officer("hr_officer", city.county_a))


@pytest.fixture
def worker(city):
    person = make_person("陈思雨", city.community_a)
    qualify(person, QualificationKind.INTERMEDIATE)
    return person


def ends():
    return {one.appointment_id: one for one in db.session.scalars(select(AppointmentEnd))}


def find(person_id, key, on=None, **params):
    return conditions.checked([{"type": key, "params": params}], [person_id], on or clock.today())[person_id][0]


def test_a_term_is_renewed_in_its_time_by_who_meets_the_conditions(officer, worker):
    last = clock.today() + 30 * DAY
    first = hold(worker, "sup_assistant", clock.today() - 700 * DAY, last)
    with pytest.raises(Conflict, match="最近 1 次年度考核有 0 次不低于 75 分"):
        appointing.renew(officer, first, "")
    appointing.assess(officer, first, clock.today().year, 70, "")
    appointing.assess(officer, first, clock.today().year, 90, "更正")
    assert [one.score for one in appointments.assessments(first)] == [90]
    second = db.session.get_one(Appointment, appointing.renew(officer, first, "续聘"))
    assert (second.starts_on, second.ends_on) == (last + DAY, clock.last_day_of(last + DAY, 24))
    with pytest.raises(Conflict, match="已经办理过"):
        appointing.renew(officer, first, "")
    with pytest.raises(Conflict, match="不在续聘的时间"):
        appointing.renew(officer, second.id, "")


def test_terms_end_on_their_day_and_people_are_reminded_once(officer, worker):
    today = clock.today()
    over, soon = (
        hold(worker, "sup_assistant", today - 800 * DAY, today - DAY),
        hold(worker, "talent_service", today - 10 * DAY, today + 20 * DAY),
    )
    assert (jobs.end_terms(), jobs.remind()) == (1, 1)
    assert (jobs.end_terms(), jobs.remind()) == (0, 0)
    assert ends()[over].kind is EndKind.EXPIRED
    kinds = [row for row in db.session.scalars(select(Message.kind)) if row.startswith("programmes.e")]
    assert sorted(kinds) == ["programmes.ended", "programmes.expiring"]
    assert soon not in ends()


def test_stepping_down_needs_a_reason_and_ends_once(worker, city):
    held = hold(worker, "sup_assistant", clock.today() - 10 * DAY)
    me = actor_for(worker)
    with pytest.raises(Invalid):
        appointing.step_down(me, held, " ")
    with pytest.raises(NotFound):
        appointing.step_down(actor_for(make_person()), held, "理由")
    appointing.step_down(me, held, "工作变动")
    with pytest.raises(Conflict):
        appointing.step_down(me, held, "工作变动")
    assert (ends()[held].kind, ends()[held].last_day) == (EndKind.STEPPED_DOWN, clock.today())
    assert find(worker, "appointment", programme="sup_assistant").met
    assert not find(worker, "appointment", clock.today() + DAY, programme="sup_assistant").met


def test_nobody_settles_their_own_and_other_counties_see_nothing(officer, worker, city):
    held = hold(worker, "sup_assistant", clock.today() - 10 * DAY)
    own = hold(officer.person_id, "sup_assistant", clock.today() - 10 * DAY)
    with pytest.raises(Forbidden, match="不能办理自己的聘任"):
        appointing.remove(officer, own, clock.today(), EndKind.REMOVED, "理由")
    stranger = actor_for(make_officer("hr_officer", city.county_b))
    with pytest.raises(NotFound):
        appointing.remove(stranger, held, clock.today(), EndKind.REMOVED, "理由")
    appointing.remove(officer, held, clock.today() - DAY, EndKind.REMOVED, "考核不合格")
    assert held in ends()


def test_posts_held_for_so_long_are_counted_with_gaps(worker):
    hold(worker, "sup_junior", dt.date(2020, 1, 1), dt.date(2020, 6, 30))
    hold(worker, "sup_junior", dt.date(2022, 1, 1), dt.date(2022, 6, 30))
    assert find(worker, "appointment", dt.date(2022, 6, 30), programme="sup_junior", months=12).met
    found = find(worker, "appointment", dt.date(2022, 6, 29), programme="sup_junior", months=12)
    assert (found.met, found.progress.have, found.days) == (False, 11, 1)


def test_supervision_counts_for_both_once_both_have_signed(officer, worker, city):
    boss = make_person("罗督导", city.community_a)
    hold(boss, "sup_junior", clock.today() - 100 * DAY)
    with pytest.raises(Conflict, match="现在不能开展督导"):
        supervising.pair(officer, worker, boss)
    supervising.pair(officer, boss, worker)
    supervising.pair(officer, boss, worker)
    from_boss, from_worker = actor_for(boss), actor_for(worker)
    [pair] = [row[0] for row in supervising.supervision.pairs(boss)]
    session = Session(clock.today(), 90, "个案讨论", "建议")
    log = supervising.write(from_boss, pair.id, "form-1", session)
    assert supervising.write(from_boss, pair.id, "form-1", session) == log
    with pytest.raises(NotFound):
        supervising.sign(from_worker, log, 1)
    supervising.sign(from_boss, log, 1)
    with pytest.raises(Conflict):
        supervising.rewrite(from_boss, log, 2, session)
    supervising.send_back(from_worker, log, 2, "时长不对")
    supervising.rewrite(from_boss, log, 3, Session(clock.today(), 120, "个案讨论", "建议"))
    supervising.sign(from_boss, log, 4)
    with pytest.raises(Invalid):
        supervising.agree(from_worker, log, 5, " ")
    assert not find(worker, "supervision", direction="received", minutes=120).met
    supervising.agree(from_worker, log, 5, "学到了提问的方法。")
    with pytest.raises(Conflict):
        supervising.agree(from_worker, log, 6, "再来一次")
    assert find(worker, "supervision", direction="received", minutes=120).met
    assert find(boss, "supervision", direction="given", minutes=120, months=1).met
    assert find(boss, "supervision", direction="given", minutes=180).progress.have == 2
    with pytest.raises(Invalid) as refusal:
        supervising.write(from_boss, pair.id, "form-2", Session(clock.today() + DAY, 0, " ", "建议"))
    assert set(refusal.value.fields) == {"held_on", "minutes", "plan"}


def test_the_checker_finds_what_does_not_fit_and_mends_it_only_when_asked(officer, worker, city):
    today = clock.today()
    lower, upper = hold(worker, "sup_assistant", today - 90 * DAY), hold(worker, "sup_trainee", today - 30 * DAY)
    over = hold(worker, "talent_service", today - 90 * DAY, today - 2 * DAY)
    found = {(one.kind, one.appointment_id): one for one in checking.find(officer)}
    assert set(found) == {(FaultKind.OPEN, over), (FaultKind.OVERLAP, lower)}
    assert found[FaultKind.OVERLAP, lower].last_day == today - 31 * DAY
    assert checking.find(actor_for(make_officer("hr_officer", city.county_b))) == []
    unqualified = make_person("无证", city.community_a)
    unmet = hold(unqualified, "sup_assistant", today - 90 * DAY)
    assert (FaultKind.UNMET, unmet) in {(one.kind, one.appointment_id) for one in checking.find(officer)}
    assert ends() == {}
    checking.repair(officer, FaultKind.OPEN, over)
    checking.repair(officer, FaultKind.OVERLAP, lower)
    with pytest.raises(Conflict):
        checking.repair(officer, FaultKind.OPEN, over)
    with pytest.raises(Conflict):
        checking.repair(officer, FaultKind.UNMET, unmet)
    assert {over: EndKind.EXPIRED, lower: EndKind.CORRECTED} == {key: one.kind for key, one in ends().items()}
    assert [one.kind for one in checking.find(officer)] == [FaultKind.UNMET]
    assert upper not in ends()


def test_a_county_shows_how_many_hold_each_rung(officer, worker, city):
    hold(worker, "sup_assistant", clock.today() - 90 * DAY)
    for _number in range(3):
        make_person(org_id=city.community_a)
    [line] = appointments.by_county(officer, ["sup_assistant", "sup_junior"], clock.today())
    assert (line.org_id, line.workers, dict(line.held)) == (city.county_a, 5, {"sup_assistant": 1})


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("appointment", {"programme": "sup_junior", "months": 12}),
        ("assessment", {"least": 80, "years": 2}),
        ("interview", {"programme": "sup_junior", "least": 60}),
        ("nomination", {"programme": "talent_service"}),
        ("supervision", {"direction": "given", "minutes": 60}),
    ],
)
def test_a_condition_costs_the_same_for_many_people(app, city, key, params):
    people = [make_person(org_id=city.community_a) for _number in range(4)]

    def cost(asked):
        with count_queries() as seen:
            found = conditions.checked([{"type": key, "params": params}], asked, clock.today())
        assert not any(found[person][0].met for person in asked)
        return seen.count

    assert cost(people[:1]) == cost(people) <= 4


def test_the_system_finds_everything(app, city):
    assert checking.find(SYSTEM) == []
