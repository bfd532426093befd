"""Appointments: terms, renewal, ends, the conditions they answer, and the checker."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.people.models import QualificationKind
from lms.programmes import jobs
from lms.programmes.appointment_models import Appointment, AppointmentEnd, EndKind
from lms.programmes.queries import appointments, catalogue
from lms.programmes.service import appointing, checking, ending, supervising
from lms.programmes.service.checking import FaultKind
from lms.programmes.service.supervising import Session
from lms.requirements import checking as conditions
from lms.requirements import kinds
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
    return qualified(city)


def qualified(city):
    person = make_person("陈思雨", city.community_a)
    qualify(person, QualificationKind.INTERMEDIATE)
    return person


def ends():
    return {one.appointment_id: one for one in db.session.scalars(select(AppointmentEnd))}


def told(kind):
    return db.session.scalar(select(func.count()).select_from(Message).where(Message.kind == kind))


def audited(log_id):
    actions = select(AuditEntry.action).where(AuditEntry.subject_id == log_id.hex).order_by(AuditEntry.seq)
    return [action.removeprefix("supervision.") for action in db.session.scalars(actions)]


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


def renewed_early(officer, worker, last):
    """An appointment that ends on a day, and the further term that is to begin on the next."""
    first = hold(worker, "sup_assistant", clock.today() - 700 * DAY, last)
    appointing.assess(officer, first, clock.today().year, 90, "")
    return first, appointing.renew(officer, first, "续聘")


def step_down(officer, worker, held):
    ending.step_down(actor_for(worker), held, "工作变动")


def remove(officer, worker, held):
    ending.remove(officer, held, clock.today(), EndKind.REMOVED, "考核不合格")


def climb(officer, worker, held):
    with unit_of_work(SYSTEM) as uow:
        version = catalogue.load().entry("sup_trainee").shown
        appointing._end_lower(uow, worker, version, clock.today())


@pytest.mark.parametrize("leave", [step_down, remove, climb])
def test_a_renewal_that_has_not_begun_goes_with_what_it_renews(officer, worker, leave):
    last = clock.today() + 30 * DAY
    first, second = renewed_early(officer, worker, last)
    leave(officer, worker, first)
    assert ends()[first].last_day <= clock.today()
    assert (ends()[second].last_day, ends()[second].kind) == (last, ends()[first].kind)
    assert not find(worker, "appointment", last + DAY, programme="sup_assistant").met
    assert told("programmes.ended") == 1


def test_a_renewal_can_be_given_up_before_it_begins_and_not_undercut_afterwards(officer, worker, city):
    last = clock.today() + 30 * DAY
    first, second = renewed_early(officer, worker, last)
    remove(officer, worker, second)
    assert ends()[second].last_day == last
    assert first not in ends()
    third, _fourth = renewed_early(officer, qualified(city), last)
    with clock.frozen(clock.now() + 31 * DAY), pytest.raises(Conflict, match="续聘的任期已经开始"):
        ending.remove(officer, third, clock.today() - DAY, EndKind.REMOVED, "考核不合格")


def test_whose_term_was_renewed_is_not_told_that_it_ends(officer, worker):
    first, second = renewed_early(officer, worker, clock.today() + 30 * DAY)
    with clock.frozen(clock.now() + 31 * DAY):
        assert jobs.end_terms() == 1
    assert ends()[first].kind is EndKind.EXPIRED
    assert second not in ends()
    assert told("programmes.ended") == 0


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
        ending.step_down(me, held, " ")
    with pytest.raises(NotFound):
        ending.step_down(actor_for(make_person()), held, "理由")
    ending.step_down(me, held, "工作变动")
    with pytest.raises(Conflict):
        ending.step_down(me, held, "工作变动")
    assert (ends()[held].kind, ends()[held].last_day) == (EndKind.STEPPED_DOWN, clock.today())
    assert find(worker, "appointment", programme="sup_assistant").met
    assert not find(worker, "appointment", clock.today() + DAY, programme="sup_assistant").met


def test_nobody_settles_their_own_and_other_counties_see_nothing(officer, worker, city):
    held = hold(worker, "sup_assistant", clock.today() - 10 * DAY)
    own = hold(officer.person_id, "sup_assistant", clock.today() - 10 * DAY)
    with pytest.raises(Forbidden, match="不能办理自己的聘任"):
        ending.remove(officer, own, clock.today(), EndKind.REMOVED, "理由")
    stranger = actor_for(make_officer("hr_officer", city.county_b))
    with pytest.raises(NotFound):
        ending.remove(stranger, held, clock.today(), EndKind.REMOVED, "理由")
    ending.remove(officer, held, clock.today() - DAY, EndKind.REMOVED, "考核不合格")
    assert held in ends()


def test_posts_held_for_so_long_are_counted_with_gaps(worker):
    hold(worker, "sup_junior", dt.date(2020, 1, 1), dt.date(2020, 6, 30))
    hold(worker, "sup_junior", dt.date(2022, 1, 1), dt.date(2022, 6, 30))
    assert find(worker, "appointment", dt.date(2022, 6, 30), programme="sup_junior", months=12).met
    found = find(worker, "appointment", dt.date(2022, 6, 29), programme="sup_junior", months=12)
    assert (found.met, found.progress.have, found.days) == (False, 11, 1)


def test_a_years_assessment_is_that_of_the_post_held_last(officer, worker):
    today = clock.today()
    before = hold(worker, "sup_assistant", today - 200 * DAY, today - DAY)
    now = hold(worker, "sup_trainee", today)
    for held, score in ((before, 60), (now, 90), (before, 65)):
        appointing.assess(officer, held, today.year, score, "")
    assert find(worker, "assessment", least=90).met
    found = find(worker, "assessment", least=90, years=2)
    assert (found.met, found.progress.have) == (False, 1)


def test_what_was_recorded_wrongly_is_corrected_and_recorded_again(officer, worker):
    first = clock.today() - 90 * DAY
    for last in (first + 20 * DAY, first + 10 * DAY):
        wrong = hold(worker, "sup_assistant", first, last)
        with pytest.raises(Conflict, match="已经办理过"):
            hold(worker, "sup_assistant", first, last)
        ending.remove(officer, wrong, first - DAY, EndKind.CORRECTED, "任期录错了")
    right = hold(worker, "sup_assistant", first)
    assert [one.id for one, _last in appointments.held_by(worker, clock.today())] == [right]


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
    dropped = supervising.write(from_boss, pair.id, "form-0", session)
    supervising.drop(from_boss, dropped, 1)
    assert audited(log) == ["write", "sign", "send_back", "rewrite", "sign", "complete"]
    assert audited(dropped) == ["write", "drop"]
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


def test_the_command_goes_on_after_what_it_cannot_mend_and_names_it(app, city, worker):
    today = clock.today()
    lowest, middle = hold(worker, "sup_assistant", today - 90 * DAY), hold(worker, "sup_trainee", today - 60 * DAY)
    highest = hold(worker, "sup_junior", today - 30 * DAY)
    said = app.test_cli_runner().invoke(args=["programmes", "check", "--fix"]).output
    assert set(ends()) == {lowest, middle}
    assert said.count("not mended") == 1
    assert "这个问题已经不在了" in said
    assert said.splitlines()[-1] == "3 found, 2 mended"
    ending.step_down(actor_for(worker), highest, "工作变动")
    hold(worker, "sup_middle", today)
    assert FaultKind.OVERLAP not in {one.kind for one in checking.find(SYSTEM)}


def test_the_titles_of_programmes_are_read_at_once(app):
    with count_queries() as seen:
        titles = dict(kinds.known()["appointment"].choices["programme"]())
    assert titles["sup_junior"] == "初级督导"
    assert seen.count <= 3


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
