"""Work handed in and marked; warnings, elimination, graduation."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.classes.course_models import ClassWarning, Graduation, Outcome
from lms.classes.models import ClassRule, MemberState
from lms.classes.queries import members, standing, work
from lms.classes.rules.attendance import Says
from lms.classes.rules.grading import Cause, GradeState
from lms.classes.service import attending, graduating, settling
from lms.classes.service import groups as group_service
from lms.classes.service import working as service
from lms.credits.models import CreditEntry
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import PDF_BYTES
from lms.testing.factories.classes import HOUR, own_id
from lms.testing.queries import count_queries
from lms.webkit.uploads import PDF, Upload

FRIDAY = dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def running(school):
    """A senior class under way: (group, first worker, second worker)."""
    group_id, people = school.group(places=10, category="senior"), [school.worker("陈思雨"), school.worker("何俊杰")]
    school.seat(group_id, *people)
    school.plan(group_id)
    school.start(group_id)
    return group_id, *people


def assignment(school, group_id, **changes):
    values = {"title": "项目方案", "brief": "写一份方案。", "due_at": clock.now() + DAY, "capstone": False}
    return service.set_assignment(school.trainer, group_id, **(values | changes))


def grade(group_id, assignment_id, worker):
    [rule] = db.session.scalars(select(ClassRule).where(ClassRule.category == "senior")).all()
    return work.works([work.assignment(assignment_id)], rule.capstone_gap)[assignment_id, own_id(worker)].grade


def kinds_of(actor):
    return list(
        db.session.scalars(select(Message.kind).where(Message.person_id == actor.person_id).order_by(Message.id))
    )


def test_work_is_handed_in_again_until_it_is_marked_and_late_work_is_late(school, running):
    group_id, worker, other = running
    task = assignment(school, group_id)
    with pytest.raises(Invalid):
        service.hand_in(worker, task, text="  ", upload=None, key="a")
    first = service.hand_in(worker, task, text="第一稿", upload=None, key="a")
    assert service.hand_in(worker, task, text="第一稿", upload=None, key="a") == first
    second = service.hand_in(worker, task, text="", upload=Upload("方案.pdf", PDF, PDF_BYTES), key="b")
    with pytest.raises(Conflict, match="重新提交"):
        service.mark(school.trainer, first, points=80, comment="")
    service.mark(school.trainer, second, points=80, comment="思路清楚")
    with pytest.raises(Conflict, match="开始评分"):
        service.hand_in(worker, task, text="第三稿", upload=None, key="c")
    assert grade(group_id, task, worker).points == 80
    service.mark(school.trainer, second, points=85, comment="更正")
    assert grade(group_id, task, worker).points == 85
    with pytest.raises(Conflict, match="另一位教师"):
        service.mark(school.officer, second, points=10, comment="")
    assert kinds_of(worker)[-2:] == ["classes.marked", "classes.marked"]
    with clock.frozen(FRIDAY + 2 * DAY):
        late = work.submission(service.hand_in(other, task, text="迟交", upload=None, key="d"))
    assert late.late
    with pytest.raises(NotFound):
        service.hand_in(school.worker(), task, text="外人", upload=None, key="e")


def test_a_capstone_is_marked_by_two_and_a_third_when_they_differ(school, running, city):
    group_id, worker, _other = running
    task = assignment(school, group_id, capstone=True)
    sent = service.hand_in(worker, task, text="论文", upload=None, key="a")
    third = actor_for(make_officer("hr_officer", city.county_a, "周岚"))
    service.mark(school.trainer, sent, points=90, comment="")
    service.mark(school.trainer, sent, points=88, comment="改")
    assert grade(group_id, task, worker).state is GradeState.SECOND
    service.mark(school.officer, sent, points=60, comment="")
    assert grade(group_id, task, worker).state is GradeState.THIRD
    service.mark(third, sent, points=84, comment="")
    assert grade(group_id, task, worker).points == 86
    fourth = actor_for(make_officer("hr_officer", city.county_a))
    with pytest.raises(Conflict, match="不需要再评"):
        service.mark(fourth, sent, points=84, comment="")
    colleague = actor_for(make_officer("trainer", city.county_a))
    with pytest.raises(Forbidden):
        service.mark(colleague, sent, points=84, comment="")
    school.seat(group_id, school.officer)
    mine = service.hand_in(school.officer, task, text="我的", upload=None, key="b")
    with pytest.raises(Forbidden):
        service.mark(school.officer, mine, points=100, comment="")


def finish(school, group_id, *present):
    """Hold the class's only meeting with some people there, and close the class."""
    [meeting] = standing.timetable.of_group(group_id)
    with clock.frozen(meeting.ends_at):
        people = [own_id(one) for one in present]
        if people:
            attending.attest(
                school.trainer, meeting.id, people, Says.PRESENT, at=meeting.starts_at, reason="点名", key="all"
            )
        settling.close_meeting(school.trainer, meeting.id)


def test_who_misses_too_much_is_warned_first_and_eliminated_days_later(school, running):
    group_id, worker, other = running
    finish(school, group_id, worker)
    with clock.frozen(FRIDAY + HOUR * 5):
        assert graduating.warn_everywhere() == 1
        assert graduating.warn_group(school.officer, group_id) == 0
        assert kinds_of(other)[-1] == "classes.warned"
        member = members.own(group_id, own_id(other))
        with pytest.raises(Conflict, match="还不能淘汰"):
            graduating.eliminate(school.officer, group_id, member.id)
    with clock.frozen(FRIDAY + 3 * DAY):
        with pytest.raises(Conflict):
            graduating.eliminate(school.officer, group_id, members.own(group_id, own_id(worker)).id)
        graduating.eliminate(school.officer, group_id, member.id)
        assert members.own(group_id, own_id(other)).state is MemberState.REMOVED
        assert standing.graduations(group_id)[own_id(other)].outcome is Outcome.ELIMINATED
    assert [row.cause for row in db.session.scalars(select(ClassWarning))] == [Cause.ABSENCE]


def test_the_list_is_computed_confirmed_once_and_counts_the_time_of_who_graduated(school, running):
    group_id, worker, other = running
    task = assignment(school, group_id)
    sent = {one: service.hand_in(one, task, text="稿", upload=None, key=one.name) for one in (worker, other)}
    service.mark(school.trainer, sent[worker], points=60, comment="")
    finish(school, group_id, worker, other)
    group_service.close_group(school.officer, group_id)

    def listed():
        rule = db.session.get_one(ClassRule, school.now(group_id).rule_id)
        return standing.standings(school.now(group_id), rule)

    with pytest.raises(Conflict, match="没评完"):
        graduating.confirm(school.officer, group_id, seen=graduating.seal(listed()))
    before = graduating.seal(listed())
    service.mark(school.trainer, sent[other], points=59, comment="")
    with pytest.raises(Conflict, match="有了变化"):
        graduating.confirm(school.officer, group_id, seen=before)
    assert graduating.confirm(school.officer, group_id, seen=graduating.seal(listed())) == (1, 1)
    assert graduating.confirm(school.officer, group_id, seen=graduating.seal(listed())) == (0, 0)
    entries = db.session.scalars(select(CreditEntry)).all()
    assert [(entry.person_id, entry.source, entry.minutes) for entry in entries] == [(worker.person_id, "class", 180)]
    [meeting] = standing.timetable.of_group(group_id)
    left = {"at": meeting.starts_at + HOUR, "reason": "核实", "key": "after"}
    with clock.frozen(FRIDAY + DAY):
        attending.attest(school.officer, meeting.id, [own_id(worker)], Says.LEFT, **left)
    assert sorted(entry.minutes for entry in db.session.scalars(select(CreditEntry))) == [-180, 60, 180]
    rows = db.session.execute(standing.alumni(school.officer, category="senior", year=2026)).all()
    assert [name for _one, _group, name in rows] == ["陈思雨"]
    assert db.session.execute(standing.alumni(school.officer, year=2025)).all() == []
    assert {kinds_of(worker)[-1], kinds_of(other)[-1]} == {"classes.graduated", "classes.not_graduated"}


def facts_of(school, group_id, worker):
    group = school.now(group_id)
    return standing.standing(group, db.session.get_one(ClassRule, group.rule_id), own_id(worker))[0]


def test_who_joins_late_is_not_absent_from_what_was_before(school, running):
    group_id, worker, other = running
    held, second = standing.timetable.of_group(group_id)[0], school.plan(group_id, starts_in=5 * HOUR, hours=2)
    with clock.frozen(held.ends_at):
        in_between, late = school.worker(), school.worker()
        school.seat(group_id, in_between)
        there = {"at": held.starts_at, "reason": "点名", "key": "all"}
        attending.attest(school.trainer, held.id, [own_id(worker)], Says.PRESENT, **there)
        settling.close_meeting(school.trainer, held.id)
        school.seat(group_id, late)
        found = [facts_of(school, group_id, one) for one in (worker, other, in_between, late)]
        assert [(one.planned, one.held, one.absent) for one in found] == [
            (300, 180, 0), (300, 180, 180), (120, 0, 0), (120, 0, 0),
        ]  # fmt: skip
    with clock.frozen(FRIDAY + 8 * HOUR):
        settling.close_meeting(school.trainer, second)
        assert facts_of(school, group_id, late).absent_percent == 100.0


def test_what_is_decided_is_not_marked_or_withdrawn_any_more(school, running):
    group_id, worker, other = running
    task, dropped = assignment(school, group_id), assignment(school, group_id)
    sent = {one: service.hand_in(one, task, text="稿", upload=None, key=one.name) for one in (worker, other)}
    unasked = service.hand_in(worker, dropped, text="稿", upload=None, key="dropped")
    service.withdraw_assignment(school.trainer, dropped)
    with pytest.raises(Conflict, match="已撤回"):
        service.mark(school.trainer, unasked, points=60, comment="")
    finish(school, group_id, worker, other)
    group_service.close_group(school.officer, group_id)
    with pytest.raises(Conflict, match="已经结束"):
        service.withdraw_assignment(school.trainer, task)
    for one in sent.values():
        service.mark(school.trainer, one, points=60, comment="")
    group = school.now(group_id)
    listed = standing.standings(group, db.session.get_one(ClassRule, group.rule_id))
    graduating.confirm(school.officer, group_id, seen=graduating.seal(listed))
    with pytest.raises(Conflict, match="已经确认"):
        service.mark(school.trainer, sent[worker], points=10, comment="")
    called_off = school.group(category="senior")
    school.seat(called_off, worker)
    task = service.set_assignment(
        school.officer, called_off, title="方案", brief="", due_at=clock.now() + DAY, capstone=False
    )
    late = service.hand_in(worker, task, text="稿", upload=None, key="off")
    group_service.cancel_group(school.officer, called_off, reason="停办")
    with pytest.raises(Conflict, match="已取消"):
        service.mark(school.officer, late, points=10, comment="")


def test_nobody_confirms_a_list_they_are_on(school, running, city):
    group_id, worker, _other = running
    school.seat(group_id, school.officer)
    finish(school, group_id, worker)
    group_service.close_group(school.officer, group_id)
    with pytest.raises(Forbidden, match="名单上"):
        graduating.confirm(school.officer, group_id, seen="")
    stranger = actor_for(make_officer("hr_officer", city.county_b))
    with pytest.raises(NotFound):
        graduating.confirm(stranger, group_id, seen="")
    assert db.session.scalars(select(Graduation)).all() == []


def test_withdrawn_work_is_missing_from_nobody_and_the_page_costs_the_same(school, running):
    group_id, worker, other = running
    task = assignment(school, group_id, due_at=clock.now() + HOUR)
    rule = db.session.get_one(ClassRule, school.now(group_id).rule_id)
    with clock.frozen(FRIDAY + 2 * HOUR):
        assert standing.standing(school.now(group_id), rule, own_id(worker))[0].missing == 1
        group = school.now(group_id)
        with count_queries() as few:
            standing.standings(group, rule)
        school.seat(group_id, *(school.worker() for _number in range(5)))
        group, rule = school.now(group_id), db.session.get_one(ClassRule, rule.id, populate_existing=True)
        with count_queries() as many:
            assert len(standing.standings(group, rule)) == 7
        assert many.count == few.count
        service.withdraw_assignment(school.trainer, task)
        with pytest.raises(Conflict):
            service.withdraw_assignment(school.trainer, task)
        assert standing.standing(school.now(group_id), rule, own_id(other))[0].missing == 0
