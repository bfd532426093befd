"""A round from the application to the appointment: chain, panel, ranking, notice, reserve."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.approvals import service as approvals
from lms.approvals.dto import Decision
from lms.approvals.models import ApprovalCase, CaseState, Outcome
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.messages.models import Message
from lms.programmes import rules
from lms.programmes.appointment_models import Appointment, AppointmentEnd, EndKind
from lms.programmes.dto import NewApplication, NewRound
from lms.programmes.models import Application, ApplicationState, PanelScore
from lms.programmes.queries import rounds as queries
from lms.programmes.service import panel, placing, rounds, selecting
from lms.programmes.service.applying import apply, nominate
from lms.programmes.service.setting import save_version
from lms.requirements import checking as conditions
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import seal_of
from lms.testing.factories.certificates import SLUG, earn, make_ground
from lms.testing.factories.classes import School
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import Call, hold, next_version


@pytest.fixture
def call(app, city):
    return Call(city)


def met(person_id, key, programme="sup_assistant", **params):
    wanted = [{"type": key, "params": {"programme": programme, **params}}]
    return conditions.checked(wanted, [person_id], clock.today())[person_id][0].met


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_from_the_recommendation_to_the_appointment(call):
    good, better, third = (call.eligible(name) for name in ("甲", "乙", "丙"))
    call.listed((good, (80, 82, 84)), (better, (90, 91, 89)), (third, (70, 70, 70)))
    assert [call.now(one).place for one in (better, good, third)] == [1, 2, 3]
    assert [call.now(one).state.value for one in (better, good, third)] == ["selected", "selected", "reserve"]
    assert count(Appointment) == 0
    appointment = call.appointed(better)
    assert call.now(better).state is ApplicationState.APPOINTED
    assert appointment.ends_on == clock.last_day_of(appointment.starts_on, 24)
    kinds = set(db.session.scalars(select(Message.kind).where(Message.person_id == appointment.person_id)))
    assert {"programmes.selected", "programmes.appointed"} <= kinds


def test_who_lacks_a_condition_reads_which_and_cannot_apply(call):
    person = actor_for(make_person("丁", call.city.community_a))
    with pytest.raises(Conflict, match="没有助理社会工作师或更高的国家职业资格") as refusal:
        call.applied(person)
    assert refusal.value.code == "unmet"
    assert count(Application) == 0


def test_one_application_for_a_person_and_round_unless_taken_back(call):
    worker = call.worker()
    new = NewApplication("same-form", "理由")
    first = apply(worker, call.round_id, new)
    assert apply(worker, call.round_id, new) == first
    with pytest.raises(Conflict, match="已经报过名"):
        apply(worker, call.round_id, NewApplication("other-form", "理由"))
    case_id = call.now(first).case_id
    approvals.withdraw(worker, case_id)
    assert call.now(first).state is ApplicationState.WITHDRAWN
    assert apply(worker, call.round_id, NewApplication("third-form", "理由")) != first


def test_outside_its_days_a_round_takes_nobody(call):
    worker = call.worker()
    with clock.frozen(clock.now() + dt.timedelta(days=1)), pytest.raises(Conflict, match="不在报名时间"):
        call.applied(worker)


def test_a_rejection_ends_the_application_and_scoring_waits_for_every_review(call):
    application = call.applied(call.worker())
    with pytest.raises(Conflict, match="报名还没有截止"):
        rounds.begin_scoring(call.boss, call.round_id)
    with clock.frozen(clock.now() + dt.timedelta(days=1)), pytest.raises(Conflict, match="还有 1 份报名没有审核完"):
        rounds.begin_scoring(call.boss, call.round_id)
    case_id = call.now(application).case_id
    employer = call.officers[call.city.community_a]
    approvals.decide(employer, case_id, Decision(Outcome.REJECTED, "不同意推荐"), seen=seal_of(case_id))
    assert call.now(application).state is ApplicationState.REJECTED
    call.start_scoring()


def test_members_score_alone_within_the_most_and_not_those_they_are_close_to(call):
    mine = call.eligible()
    call.start_scoring()
    member = call.members[0]
    with pytest.raises(Invalid) as refusal:
        panel.score(member, mine, {})
    assert set(refusal.value.fields) == {one["key"] for one in call.version.criteria}
    with pytest.raises(NotFound):
        panel.score(call.boss, mine, call.spread(80))
    colleague = actor_for(make_person("同事", call.city.street_a))
    rounds.name_member(call.boss, call.round_id, colleague.person_id)
    with pytest.raises(Forbidden, match="回避"):
        panel.score(colleague, mine, call.spread(80))
    with pytest.raises(NotFound):
        rounds.name_member(call.boss, call.city.city, colleague.person_id)
    above_all = actor_for(make_person("市级", call.city.city))
    rounds.name_member(call.boss, call.round_id, above_all.person_id)
    panel.score(above_all, mine, call.spread(80))
    panel.score(member, mine, call.spread(80))
    with pytest.raises(Conflict):
        panel.score(member, mine, call.spread(70))
    panel.score(member, mine, call.spread(70), seen=1)
    marks = queries.marks(queries.latest_scores(call.round_id), call.version)[mine]
    assert (marks.average, marks.spread) == (75_00, 10_00)
    assert count(PanelScore) == 3


def test_scores_are_not_closed_before_everybody_has_enough_of_them_and_none_comes_in_afterwards(call):
    first, absent = call.eligible(), call.eligible()
    call.start_scoring()
    call.score(first, 60, 90, 62)
    with pytest.raises(Conflict, match="还有 1 人的评分不够"):
        selecting.close_scores(call.boss, call.round_id)
    selecting.leave_out(call.boss, absent, "没有参加面试")
    selecting.close_scores(call.boss, call.round_id)
    assert call.now(absent).state is ApplicationState.LEFT_OUT
    with pytest.raises(Conflict, match="现在不能评分"):
        panel.score(call.members[0], first, call.spread(99), seen=1)
    with pytest.raises(Conflict):
        selecting.close_scores(call.boss, call.round_id)
    selecting.reopen_scores(call.boss, call.round_id, "漏了一位评委")
    panel.score(call.members[0], first, call.spread(99), seen=1)
    assert call.now(first).place is None


def test_a_tie_and_a_place_kept_for_a_county_are_said_in_words(app, city):
    call = Call(city, places=2, places_by={city.county_b: 1})
    one, two = call.eligible("甲"), call.eligible("乙")
    far = call.eligible("丙", city.community_b)
    call.listed((one, (90, 90, 90)), (two, (90, 90, 90)), (far, (70, 70, 70)))
    assert [call.now(each).state.value for each in (one, two, far)] == ["selected", "reserve", "selected"]
    said = "".join(text["zh_CN"] for text in call.now(two).why)
    assert "与前一名总分相同，报名较晚" in said
    assert "按“青羊区”的名额入选" in "".join(text["zh_CN"] for text in call.now(far).why)


def test_who_is_below_the_least_score_has_no_place(call):
    low = call.eligible()
    call.start_scoring()
    call.score(low, 50, 50, 50)
    selecting.close_scores(call.boss, call.round_id)
    found = call.now(low)
    assert (found.state, found.place, found.interview) == (ApplicationState.NOT_SELECTED, None, 50_00)
    assert "面试低于 60 分" in found.why[0]["zh_CN"]


def test_a_passed_review_and_an_interview_of_a_confirmed_list_are_conditions_met(call):
    one = call.eligible()
    person = call.now(one).person_id
    assert met(person, "nomination")
    call.start_scoring()
    call.score(one, 70, 70, 70)
    selecting.close_scores(call.boss, call.round_id)
    assert not met(person, "interview", least=70)
    selecting.confirm(call.boss, call.round_id)
    assert met(person, "interview", least=70)
    assert not met(person, "interview", least=71)


def test_who_has_come_to_hold_it_meanwhile_is_not_appointed_again_and_reads_why(app, city):
    call = Call(city, places=1)
    one, two = call.eligible("甲"), call.eligible("乙")
    call.listed((one, (90, 90, 90)), (two, (80, 80, 80)))
    hold(call.now(one).person_id, "sup_trainee", clock.today())
    call.noticed(one)
    found = call.now(one)
    assert (found.state, found.reason) == (ApplicationState.LEFT_OUT, "现任“见习督导”，不再办理。")
    assert db.session.scalars(select(Appointment.programme)).all() == ["sup_trainee"]
    assert selecting.call_up(call.boss, call.round_id) == two


def test_a_place_given_up_goes_to_the_first_of_the_reserve(app, city):
    call = Call(city, places=1)
    first, second = call.eligible("甲"), call.eligible("乙")
    call.listed((first, (90, 90, 90)), (second, (80, 80, 80)))
    with pytest.raises(Conflict, match="名额已满"):
        selecting.call_up(call.boss, call.round_id)
    application = call.now(first)
    approvals.withdraw(actor_for(application.person_id), application.result_case_id)
    assert call.now(first).state is ApplicationState.REFUSED
    assert selecting.call_up(call.boss, call.round_id) == second
    assert call.appointed(second).person_id == call.now(second).person_id


def test_the_officer_who_confirms_the_list_does_not_decide_the_result(call):
    one = call.eligible()
    call.listed((one, (90, 90, 90)))
    case_id = call.now(one).result_case_id
    with pytest.raises(Forbidden):
        approvals.decide(call.boss, case_id, Decision(Outcome.APPROVED), seen=seal_of(case_id))


def test_climbing_a_ladder_ends_the_rung_below(app, city):
    call = Call(city, programme="sup_trainee")
    one = call.eligible()
    person = call.now(one).person_id
    below = hold(person, "sup_assistant", clock.today() - dt.timedelta(days=400), dt.date(2099, 1, 1))
    call.listed((one, (90, 90, 90)))
    appointment = call.appointed(one)
    ended = db.session.scalars(select(AppointmentEnd).where(AppointmentEnd.appointment_id == below)).one()
    assert ended.kind is EndKind.PROMOTED
    assert ended.last_day == appointment.starts_on - dt.timedelta(days=1)


def test_talents_are_nominated_by_officers_and_nobody_nominates_themselves(app, city):
    call = Call(city, programme="talent_service")
    worker, officer = call.worker("甲"), call.officers[city.county_a]
    new = NewApplication("n1", "服务成效突出。")
    with pytest.raises(Conflict, match="由人事干部提名报名"):
        apply(worker, call.round_id, new)
    application = nominate(officer, call.round_id, worker.person_id, new)
    assert call.now(application).nominated_by == officer.person_id
    auditor = actor_for(make_officer("auditor", city.county_a))
    with pytest.raises(Forbidden):
        nominate(auditor, call.round_id, call.worker("乙").person_id, new)
    with pytest.raises(Forbidden):
        nominate(officer, call.round_id, officer.person_id, NewApplication("n2", "理由"))
    with pytest.raises(NotFound):
        nominate(call.officers[city.county_b], call.round_id, worker.person_id, NewApplication("n3", "理由"))


def test_a_round_that_is_called_off_says_why_and_only_the_city_runs_rounds(call):
    one, waiting = call.eligible(), call.applied(call.worker())
    with pytest.raises(NotFound):
        rounds.call_off(call.officers[call.city.county_a], call.round_id, "理由")
    rounds.call_off(call.boss, call.round_id, "报名人数不足")
    told = select(Message.person_id, Message.params).where(Message.kind == "programmes.called_off")
    [(person, params)] = db.session.execute(told)
    assert (person, params["reason"]) == (call.now(one).person_id, "报名人数不足")
    open_case = db.session.get_one(ApprovalCase, call.now(waiting).case_id, populate_existing=True)
    assert (open_case.state, "报名人数不足" in open_case.closed_reason) == (CaseState.WITHDRAWN, True)
    assert call.now(waiting).state is ApplicationState.WITHDRAWN


def test_places_for_counties_are_part_of_all_places(call):
    today = clock.today()
    for places_by in ({call.city.county_a: 3}, {call.city.street_a: 1}, {call.city.county_a: 0}):
        with pytest.raises(Invalid) as refusal:
            rounds.announce(
                call.boss,
                NewRound(
                    programme="sup_assistant", opens_on=today, closes_on=today, written_since=today, places=2,
                    places_by=places_by,
                ),
            )  # fmt: skip
        assert set(refusal.value.fields) == {"places_by"}


def test_the_written_examination_counts_with_its_weight_and_only_from_its_day(app, city):
    ground = make_ground(city.city)
    terms = {"written_exam": SLUG, "written_weight": 40, "interview_weight": 60, "written_least": 0}
    save_version(SYSTEM, "sup_assistant", next_version("sup_assistant", **terms))
    call = Call(city)
    one, absent = call.eligible("甲"), call.eligible("乙")
    earn(ground, [call.now(one).person_id])
    call.start_scoring()
    for application in (one, absent):
        call.score(application, 80, 80, 80)
    selecting.close_scores(call.boss, call.round_id)
    found, other = call.now(one), call.now(absent)
    assert found.total == rules.total(found.written, 80_00, rules.Terms(40, 60))
    assert found.written
    assert "笔试" in found.why[0]["zh_CN"]
    assert (other.state, other.why[0]["zh_CN"]) == (ApplicationState.NOT_SELECTED, "没有笔试成绩，不排名次。")
    assert not queries.written_scores(SLUG, clock.today() + dt.timedelta(days=9), [found.person_id])
    assert other.interview == 80_00
    selecting.reopen_scores(call.boss, call.round_id, "漏了一位评委")
    taken_back = call.now(one)
    assert (taken_back.written, taken_back.interview, taken_back.total, taken_back.why) == (None, None, None, [])


def test_who_holds_it_does_not_apply_again_and_conditions_are_kept_in_both_languages(call):
    one = call.eligible("甲")
    assert len(call.now(one).found) == 2
    assert not any(re.search(r"[\u4e00-\u9fff]", text["text"]["en"]) for text in call.now(one).found)
    holder = call.worker("乙")
    hold(holder.person_id, "sup_trainee", clock.today())
    with pytest.raises(Conflict, match="您现任“见习督导”"):
        call.applied(holder)


def test_who_was_admitted_is_put_into_a_class_by_place(app, city):
    call = Call(city, programme="management_class")
    one, two = call.eligible("甲"), call.eligible("乙")
    call.listed((one, (90, 90, 90)), (two, (80, 80, 80)))
    group = School(city).group(places=1, waitlist=True)
    with pytest.raises(Conflict, match="还没有办结的人"):
        placing.place(call.boss, call.round_id, group)
    call.appointed(two)
    call.appointed(one)
    assert placing.place(call.boss, call.round_id, group) == (1, 1)
    assert placing.place(call.boss, call.round_id, group) == (1, 1)
    assert [found.id for found in placing.groups(call.boss)] == [group]
