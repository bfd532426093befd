"""Cultivation plans: written by one, agreed by another, confirmed by a third; reports, looks, and their end."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.messages.models import Message
from lms.programmes.appointment_models import EndKind
from lms.programmes.plans import jobs, queries
from lms.programmes.plans.models import CultivationPlan, CultivationReport, PlanEnd
from lms.programmes.plans.queries import PlanFilter, Status
from lms.programmes.plans.rules import LookState, MeasureState, Outcome, PlanState, ReportState
from lms.programmes.plans.service import looking, opening, reporting, writing
from lms.programmes.plans.service.reporting import NewReport
from lms.programmes.service import ending
from lms.testing.factories.access import make_officer
from lms.testing.factories.cultivation import Cultivation
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.factories.programmes import hold
from lms.testing.queries import count_queries
from lms.testing.threads import together

DAY = dt.timedelta(days=1)


@pytest.fixture
def one(app, city):
    return Cultivation(city)


def told(person):
    kinds = db.session.scalars(select(Message.kind).where(Message.person_id == person.person_id).order_by(Message.id))
    return [kind.removeprefix("programmes.plan_") for kind in kinds if kind.startswith("programmes.plan_")]


def later(days):
    return clock.frozen(clock.now() + dt.timedelta(days=days))


def on_list(actor, **wanted):
    return [row[0].id for row in db.session.execute(queries.listed(actor, PlanFilter(**wanted), clock.today()))]


def test_a_plan_is_opened_once_by_who_may_for_a_term_that_has_one(one, city):
    stranger, mentor = actor_for(make_officer("hr_officer", city.county_b)), one.mentor.person_id
    assert on_list(one.officer, status=Status.NONE) == [one.term]
    assert on_list(stranger) == []
    with pytest.raises(NotFound):
        opening.open_plan(stranger, one.term, mentor)
    with pytest.raises(Forbidden):
        opening.open_plan(actor_for(make_officer("auditor", city.county_a)), one.term, mentor)
    with pytest.raises(Invalid, match="不能做自己的导师"):
        opening.open_plan(one.officer, one.term, one.talent.person_id)
    with pytest.raises(NotFound):
        opening.open_plan(one.officer, one.term, make_person("外区", city.community_b))
    other = hold(one.talent.person_id, "sup_assistant", clock.today())
    with pytest.raises(Conflict, match="没有培养计划"):
        opening.open_plan(one.officer, other, mentor)
    assert one.opened() == one.opened()
    with pytest.raises(Conflict):
        opening.open_plan(one.officer, one.term, stranger.person_id)
    plan = one.now
    assert (plan.first_day, plan.last_day) == (clock.today(), clock.last_day_of(clock.today(), 18))
    assert [look.row.due_on for look in one.shown.looks] == [clock.last_day_of(plan.first_day, 12), plan.last_day]
    assert (told(one.talent), told(one.mentor)) == (["opened"], ["mentor"])
    assert on_list(one.officer, status=Status.NONE) == []
    assert on_list(one.officer, status=Status.WRITING) == [one.term]


def test_a_text_is_written_agreed_and_confirmed_by_three_and_old_pages_are_refused(one):
    one.opened()
    with pytest.raises(Conflict, match="还没有写"):
        writing.propose(one.talent, one.plan_id, one.edit)
    with pytest.raises(Invalid) as refused:
        writing.write(one.talent, one.plan_id, one.edit, one.text())
    assert set(refused.value.fields) == {"measures"}
    with pytest.raises(NotFound):
        writing.write(one.mentor, one.plan_id, one.edit, one.text("课程"))
    writing.write(one.talent, one.plan_id, 1, one.text("课程"))
    with pytest.raises(Conflict):
        writing.write(one.talent, one.plan_id, 1, one.text("旧页面"))
    writing.propose(one.talent, one.plan_id, 2)
    with pytest.raises(Conflict):
        writing.propose(one.talent, one.plan_id, 2)
    with pytest.raises(NotFound):
        writing.agree(one.talent, one.plan_id, 3)
    with pytest.raises(Invalid):
        writing.send_back(one.mentor, one.plan_id, 3, " ")
    writing.send_back(one.mentor, one.plan_id, 3, "目标再具体些")
    assert (one.now.state, one.now.returned) == (PlanState.DRAFT, "目标再具体些")
    writing.propose(one.talent, one.plan_id, 4)
    with pytest.raises(Conflict):
        writing.confirm(one.officer, one.plan_id, 5)
    writing.agree(one.mentor, one.plan_id, 5)
    assert on_list(one.officer, status=Status.DECIDE) == [one.term]
    opening.name_mentor(one.officer, one.plan_id, 6, one.colleague.person_id)
    assert one.now.state is PlanState.PROPOSED
    with pytest.raises(NotFound):
        writing.agree(one.mentor, one.plan_id, 7)
    writing.agree(one.colleague, one.plan_id, 7)
    with pytest.raises(Forbidden, match="您是这份计划的导师"):
        writing.confirm(one.colleague, one.plan_id, 8)
    writing.confirm(one.officer, one.plan_id, 8)
    assert (one.now.state, one.now.revision, one.now.goals) == (PlanState.IN_FORCE, 1, "")
    assert [measure.what for measure in one.shown.measures] == ["课程"]
    assert told(one.colleague) == ["mentor", "to_agree", "confirmed"]
    assert told(one.officer) == ["to_confirm", "to_confirm"]
    done = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("cultivation."))))
    assert done >= {"cultivation.open", "cultivation.mentor", "cultivation.confirm"}


def test_a_change_is_a_new_revision_with_a_reason_and_leaves_the_old_one(one):
    one.confirmed("课程", "项目")
    reporting.answer(one.mentor, one.reported("课程"), ReportState.CONFIRMED, "")
    one.reported("项目", completes=False)
    with pytest.raises(Invalid) as refused:
        writing.write(one.talent, one.plan_id, one.edit, one.text("研究"))
    assert set(refused.value.fields) == {"measures", "reason"}
    writing.write(one.talent, one.plan_id, one.edit, one.text("项目", "研究", reason="增加研究"))
    assert [measure.what for measure in one.shown.measures] == ["课程", "项目"]
    writing.drop(one.talent, one.plan_id, one.edit)
    assert one.now.state is PlanState.IN_FORCE
    writing.write(one.talent, one.plan_id, one.edit, one.text("项目", "研究", reason="增加研究"))
    one.confirm()
    latest, first = one.shown.revisions
    assert (latest[0].reason, [each.what for each in latest[1]]) == ("增加研究", ["课程", "项目", "研究"])
    assert [each.what for each in first[1]] == ["课程", "项目"]
    assert [line.state for line in one.shown.lines] == [MeasureState.DONE, MeasureState.WAITING, MeasureState.UNDER_WAY]


def test_what_is_reported_on_while_a_change_is_discussed_is_not_lost(one):
    one.confirmed("课程", "项目")
    writing.write(one.talent, one.plan_id, one.edit, one.text("课程", reason="项目取消"))
    writing.propose(one.talent, one.plan_id, one.edit)
    one.reported("项目")
    writing.agree(one.mentor, one.plan_id, one.edit)
    with pytest.raises(Conflict, match="又汇报过一项措施"):
        writing.confirm(one.officer, one.plan_id, one.edit)
    writing.refuse(one.officer, one.plan_id, one.edit, "把项目加回来")
    assert one.now.returned == "把项目加回来"


def test_a_report_is_sent_once_and_answered_once(one, city):
    one.confirmed("课程", due=clock.today() + 10 * DAY)
    line = one.shown.measures[0].line
    new = NewReport("form-1", clock.today(), "学完三门", completes=True)
    with pytest.raises(NotFound):
        reporting.report(one.mentor, one.plan_id, line, new)
    with pytest.raises(NotFound):
        reporting.report(one.talent, one.plan_id, uuid.uuid4(), new)
    with pytest.raises(Invalid):
        reporting.report(one.talent, one.plan_id, line, NewReport("form-0", clock.today() + DAY, " ", completes=True))
    with later(11):
        assert one.shown.lines[0].state is MeasureState.LATE
        assert on_list(one.officer, status=Status.LATE) == [one.term]
        first = reporting.report(one.talent, one.plan_id, line, new)
        assert reporting.report(one.talent, one.plan_id, line, new) == first
        with pytest.raises(Conflict, match="还在等导师确认"):
            one.reported("课程")
        assert on_list(one.officer, status=Status.LATE) == []
        with pytest.raises(NotFound):
            reporting.answer(one.talent, first, ReportState.CONFIRMED, "")
        with pytest.raises(Invalid):
            reporting.answer(one.mentor, first, ReportState.RETURNED, "")
        reporting.answer(one.mentor, first, ReportState.RETURNED, "请附证明")
        with pytest.raises(Conflict):
            reporting.answer(one.mentor, first, ReportState.CONFIRMED, "")
        assert (one.shown.lines[0].state, one.shown.late) == (MeasureState.LATE, 1)
        reporting.answer(one.mentor, one.reported("课程"), ReportState.CONFIRMED, "很好")
        assert (one.shown.lines[0].state, one.shown.late) == (MeasureState.DONE, 0)
        with pytest.raises(Conflict, match="已经完成"):
            one.reported("课程")
    assert told(one.talent)[-2:] == ["report_returned", "report_confirmed"]
    assert db.session.scalar(select(func.count()).select_from(CultivationReport)) == 2


def test_a_look_is_written_and_settled_once_and_can_ask_for_a_change(one):
    one.confirmed("课程")
    with pytest.raises(Conflict, match="现在不能写"):
        looking.assess(one.mentor, one.plan_id, 1, "很好")
    with pytest.raises(Conflict, match="导师还没有写"):
        looking.settle(one.officer, one.plan_id, 1, Outcome.GO_ON, "继续")
    with later(350):
        assert jobs.remind(None, {}) == {"reminded": 1}
        assert jobs.remind(None, {}) == {"reminded": 0}
        with pytest.raises(NotFound):
            looking.assess(one.talent, one.plan_id, 1, "很好")
        looking.assess(one.mentor, one.plan_id, 1, "进展慢")
        with pytest.raises(Conflict):
            looking.assess(one.mentor, one.plan_id, 1, "改一改")
        assert on_list(one.officer, status=Status.DECIDE) == [one.term]
        with pytest.raises(Invalid):
            looking.settle(one.officer, one.plan_id, 1, Outcome.ADJUST, " ")
        looking.settle(one.officer, one.plan_id, 1, Outcome.ADJUST, "减少项目")
        with pytest.raises(Conflict):
            looking.settle(one.officer, one.plan_id, 1, Outcome.GO_ON, "继续")
        assert (one.now.state, one.now.returned, one.now.asked) == (PlanState.DRAFT, "减少项目", True)
        with pytest.raises(Conflict):
            writing.drop(one.talent, one.plan_id, one.edit)
        writing.write(one.talent, one.plan_id, one.edit, one.text("课程", reason="按考察意见"))
        one.confirm()
        assert (one.now.revision, one.now.asked) == (2, False)
    with later(540):
        looking.assess(one.mentor, one.plan_id, 2, "达到目标")
        with pytest.raises(Invalid):
            looking.settle(one.officer, one.plan_id, 2, Outcome.GO_ON, "再做一年")
        looking.settle(one.officer, one.plan_id, 2, Outcome.END, "期满")
        assert (one.now.state, one.now.end_kind) == (PlanState.ENDED, PlanEnd.LOOK)
        with pytest.raises(Conflict, match="已经结束"):
            one.reported("课程")
    assert told(one.mentor)[-3:] == ["confirmed", "look_outcome", "ended"]


def test_the_end_of_the_term_ends_the_plan_and_what_was_sent_in_time_is_still_answered(one):
    one.confirmed("课程")
    sent = one.reported("课程")
    ending.remove(one.officer, one.term, clock.today(), EndKind.REMOVED, "离职")
    assert (one.now.state, one.now.end_kind, one.now.ended_on) == (PlanState.ENDED, PlanEnd.TERM, clock.today())
    assert [look.state for look in one.shown.looks] == [LookState.VOID, LookState.VOID]
    reporting.answer(one.mentor, sent, ReportState.CONFIRMED, "")
    assert one.shown.lines[0].state is MeasureState.DONE
    with pytest.raises(Conflict):
        writing.write(one.talent, one.plan_id, one.edit, one.text("课程", reason="还想做"))
    assert told(one.talent).count("ended") == told(one.mentor).count("ended") == 1
    assert on_list(one.officer, status=Status.ENDED) == [one.term]


def test_plans_are_loaded_in_a_constant_number_of_statements(one, city):
    one.confirmed("课程")
    with count_queries() as first:
        queries.load([one.now])
    other = Cultivation(city, programme="talent_research")
    other.confirmed("研究", "课程")
    plans = db.session.scalars(select(CultivationPlan)).all()
    with count_queries() as second:
        assert len(queries.load(plans)) == 2
    assert second.count <= first.count


@pytest.mark.postgres
@pytest.mark.slow
def test_a_plan_that_is_opened_while_its_term_ends_does_not_outlive_it(real_app):
    with real_app.app_context():
        one = Cultivation(make_small_city())
    opened, removed = together(
        real_app,
        one.opened,
        lambda: ending.remove(one.officer, one.term, clock.today() - DAY, EndKind.CORRECTED, "登记有误"),
    )
    assert removed is None
    with real_app.app_context():
        plan = queries.of_term(one.term)
        assert plan.state is PlanState.ENDED if plan else isinstance(opened, Conflict)
