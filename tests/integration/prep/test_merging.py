"""What somebody did before the roster knew them follows to the record that is kept, or stops the merging in words."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.classes.course_models import ClassWarning, Outcome
from lms.classes.models import ClassRule, GroupState, MemberState
from lms.classes.queries import members, standing, work
from lms.classes.rules.attendance import Says
from lms.classes.rules.grading import Cause
from lms.classes.service import attending, graduating, rotating, settling, working
from lms.classes.service import groups as class_service
from lms.credits.models import CreditEntry
from lms.credits.service import check_ledger
from lms.demand import queries as demand_queries
from lms.demand import service as demand
from lms.demand.models import ClassSurvey, Wish
from lms.exams.models import PaperForm, Seat, SeatState, Sitting, SittingState
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.people.models import Person, PersonState
from lms.practice import queries as practice_queries
from lms.practice.service import completing, logging, placing, setting, signing
from lms.prep.service import signing_up
from lms.programmes.models import PanelMember, PanelScore
from lms.programmes.service import panel, rounds
from lms.testing.factories.classes import HOUR, School
from lms.testing.factories.exams import make_exam
from lms.testing.factories.people import make_person
from lms.testing.factories.practice import Ground, hours
from lms.testing.factories.prep import sign_up
from lms.testing.factories.programmes import Call

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def pair(city):
    """Somebody who signed up, and their record on the roster: the sign-up, and both as they act."""
    row = sign_up(city.county_a)
    return row, actor_for(row.person_id), actor_for(make_person("苏雨桐", city.community_a))


@pytest.fixture
def school(city):
    return School(city)


def merge(school, row, kept):
    signing_up.merge(school.officer, row.id, kept.person_id)


def refused(school, row, kept, said):
    with pytest.raises(Conflict, match=said):
        merge(school, row, kept)
    assert db.session.get_one(Person, row.person_id, populate_existing=True).state is PersonState.ACTIVE


def minutes_of(person_id):
    return sum(one.minutes for one in db.session.query(CreditEntry).filter_by(person_id=person_id))


def rule_of(school, group_id):
    return db.session.get_one(ClassRule, school.now(group_id).rule_id)


def attended(school, group_id, *people, starts_in=HOUR):
    """A meeting of three hours that people were at; its id."""
    meeting_id = school.plan(group_id, starts_in=starts_in)
    if school.now(group_id).state is GroupState.OPEN:
        school.start(group_id)
    start = school.meeting(meeting_id).starts_at
    with clock.frozen(start + HOUR):
        ids = [one.person_id for one in people]
        attending.attest(school.trainer, meeting_id, ids, Says.PRESENT, at=start, reason="点名", key=meeting_id.hex)
        settling.close_meeting(school.trainer, meeting_id)
    return meeting_id


@pytest.mark.parametrize("category", ["rotation", "senior"])  # counted by meeting, and with graduation
def test_a_seat_attendance_work_and_graduation_follow_and_count_once(school, pair, category):
    row, me, kept = pair
    group_id = school.group(places=9, category=category)
    school.seat(group_id, me)
    meeting_id = attended(school, group_id, me)
    task = school_task(school, group_id)
    sent = working.hand_in(me, task, text="稿", upload=None, key="mine")
    working.mark(school.trainer, sent, points=80, comment="好")
    with clock.frozen(clock.now() + 5 * HOUR):
        class_service.close_group(school.officer, group_id)
        listed = standing.standings(school.now(group_id), rule_of(school, group_id))
        graduating.confirm(school.officer, group_id, seen=graduating.seal(listed))
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            ClassWarning(
                id=new_id(), group_id=group_id, person_id=row.person_id, cause=Cause.ABSENCE, sent_at=clock.now()
            )
        )
    assert minutes_of(row.person_id) == 180
    merge(school, row, kept)
    assert members.own(group_id, row.person_id) is None
    [one] = standing.standings(school.now(group_id), rule_of(school, group_id))
    assert (one.line.member.person_id, one.facts.attended, one.facts.planned) == (kept.person_id, 180, 180)
    assert (one.graduation.outcome, one.facts.missing) == (Outcome.GRADUATED, 0)
    assert Cause.ABSENCE in one.facts.warned
    graded = work.works([work.assignment(task)], 10)[task, kept.person_id]
    assert (graded.submission.text, graded.grade.points) == ("稿", 80)
    assert [name for _one, _group, name in db.session.execute(standing.alumni(school.officer))] == ["苏雨桐"]
    assert (minutes_of(row.person_id), minutes_of(kept.person_id)) == (0, 180)
    start = school.meeting(meeting_id).starts_at
    word = {"at": start + HOUR, "reason": "核实", "key": "after"}
    with clock.frozen(start + 24 * HOUR):
        attending.attest(school.officer, meeting_id, [kept.person_id], Says.LEFT, **word)
    assert (minutes_of(row.person_id), minutes_of(kept.person_id)) == (0, 60)  # a correction finds what was counted
    assert check_ledger()[1] == []


def school_task(school, group_id):
    due = clock.now() + 24 * HOUR
    return working.set_assignment(school.trainer, group_id, title="方案", brief="", due_at=due, capstone=False)


def test_of_two_seats_the_better_is_kept_and_the_other_goes_to_the_queue(school, pair):
    row, me, kept = pair
    both, waiting_here, waiting_there = (school.group(places=2) for _number in range(3))
    third = school.worker()
    for group_id, people in (
        (both, (me, kept, third)),
        (waiting_here, (kept, third, me)),
        (waiting_there, (third, me, kept)),
    ):
        school.seat(group_id, *people)
    wave = rotating.plan_wave(
        school.officer,
        rotating.NewWave(
            school.city.county_a, "rotation", "一批", (), clock.today(), clock.today() + dt.timedelta(days=9)
        ),
    )
    rotating.invite(school.officer, wave)
    rotating.invite_some(wave)
    merge(school, row, kept)
    for group_id in (both, waiting_here, waiting_there):
        standing_now = {line.member.person_id: line.member.state for line in members.lines(group_id)}
        assert standing_now == {kept.person_id: MemberState.ENROLLED, third.person_id: MemberState.ENROLLED}


def test_of_two_seats_in_a_class_what_counts_is_where_the_person_was(school, pair):
    row, me, kept = pair
    groups = {me: school.group(places=9), kept: school.group(places=9)}
    for number, (present, group_id) in enumerate(groups.items()):
        school.seat(group_id, me, kept)
        attended(school, group_id, present, starts_in=HOUR * (1 + 6 * number))
        school.plan(group_id, trainers=(), starts_in=30 * HOUR)
        with clock.frozen(clock.now() + 12 * HOUR):
            assert graduating.warn_group(school.officer, group_id) == 1  # of the meeting that the other record missed
    with clock.frozen(clock.now() + 13 * HOUR):
        merge(school, row, kept)
    for group_id in groups.values():
        [one] = standing.standings(school.now(group_id), rule_of(school, group_id))
        assert (one.line.member.person_id, one.facts.attended, one.facts.absent) == (kept.person_id, 180, 0)
    assert (minutes_of(row.person_id), minutes_of(kept.person_id)) == (0, 360)


def test_two_records_that_were_both_in_one_class_are_not_one_person(school, pair):
    row, me, kept = pair
    group_id = school.group(places=9)
    school.seat(group_id, me, kept)
    attended(school, group_id, me, kept)
    refused(school, row, kept, "社区工作者轮训")


def test_wishes_votes_and_ratings_follow_and_nobody_rates_twice(school, pair):
    row, me, kept = pair
    mine, shared = demand.wish(me, "社区协商"), demand.wish(kept, "老年人服务")
    demand.vote(me, shared, wanted=True)
    group_id = school.group(places=9)
    school.seat(group_id, me)
    attended(school, group_id, me)
    with clock.frozen(clock.now() + 5 * HOUR):
        class_service.close_group(school.officer, group_id)
    demand.rate(me, group_id, content=5, teaching=5, use=5, text="")
    merge(school, row, kept)
    assert {line.wish.id: (line.votes, line.mine) for line in demand_queries.wishes(kept.person_id)} == {
        mine: (1, True), shared: (1, True),
    }  # fmt: skip
    assert db.session.get_one(Wish, mine, populate_existing=True).created_by == kept.person_id
    assert demand_queries.to_rate(kept.person_id) == []
    assert db.session.query(ClassSurvey).count() == 1


@pytest.fixture
def ground(city):
    return Ground(city)


def placed(ground, actor):
    """A placement under way since a month ago, applied for and accepted; its id."""
    placement_id = placing.apply(actor, ground.wish())
    first = clock.today() - dt.timedelta(days=30)
    last = ground.placement(placement_id).last_day
    placing.accept(
        ground.officer, placement_id, supervisor_id=ground.supervisor.person_id, first_day=first, last_day=last
    )
    return placement_id


def test_practice_follows_with_its_logs_and_what_was_signed(school, ground, pair):
    row, me, kept = pair
    placement_id = placed(ground, me)
    signed = signing.sign(ground.supervisor, logging.send(me, placement_id, hours()), 1)
    waiting = logging.send(me, placement_id, hours(start=0, end=60))
    merge(school, row, kept)
    assert ground.placement(placement_id).person_id == kept.person_id
    assert practice_queries.signed_off_minutes([row.person_id, kept.person_id], "", dt.date(2026, 1, 1)) == {
        kept.person_id: 180
    }
    signing.sign(ground.supervisor, waiting, 1)
    undone = signing.reverse(ground.officer, signed, "记错了")
    assert [(one.id == undone, one.minutes) for one in ground.entries()] == [(False, 180), (False, 60), (True, -180)]
    assert practice_queries.signed_off_minutes([kept.person_id], "", dt.date(2026, 1, 1)) == {kept.person_id: 60}
    with pytest.raises(Conflict):
        completing.complete(ground.officer, placement_id)


def test_practice_of_both_records_at_once_stops_the_merging_in_words(school, ground, pair):
    row, me, kept = pair
    placement_id = placed(ground, me)
    placing.apply(kept, ground.wish())
    refused(school, row, kept, "老年人服务")
    placing.withdraw(kept, practice_queries.own(kept.person_id)[0].id)
    setting.set_places(ground.officer, ground.station, "children", 1)
    ground.code = "children"
    other = placed(ground, kept)
    logging.send(me, placement_id, hours())
    logging.send(kept, other, hours(start=11 * 60, end=13 * 60))
    refused(school, row, kept, "同一时间")


def seat(session_id, actor, *, sat=False, state=SeatState.REGISTERED):
    """A seat as an officer's list makes it, and a sitting in it."""
    [form] = db.session.query(PaperForm).filter_by(session_id=session_id).limit(1)
    common = {"session_id": session_id, "person_id": actor.person_id, "form_id": form.id}
    now, seat_id = clock.now(), new_id()
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(Seat(id=seat_id, ticket=seat_id.hex[:20], state=state, registered_at=now, **common))
        uow.session.flush()
        if sat:
            times = {"started_at": now, "deadline_at": now, "submitted_at": now}
            done = {"state": SittingState.SUBMITTED, "items": form.items}
            uow.session.add(Sitting(id=new_id(), seat_id=seat_id, **common, **times, **done))


def test_a_place_in_an_examination_follows_and_an_unused_one_gives_way(school, pair, city):
    row, me, kept = pair
    taken, twice, given_back, sat_twice = (make_exam(city.city).session_id for _number in range(4))
    seat(taken, me, sat=True)
    seat(twice, kept, sat=True)
    seat(twice, me)
    seat(given_back, kept, state=SeatState.CANCELLED)
    seat(given_back, me)
    merge(school, row, kept)
    seats = db.session.scalars(select(Seat).execution_options(populate_existing=True)).all()
    assert {(one.session_id, one.person_id): one.state for one in seats} == {
        (taken, kept.person_id): SeatState.REGISTERED,
        (twice, kept.person_id): SeatState.REGISTERED,
        (twice, me.person_id): SeatState.CANCELLED,
        (given_back, kept.person_id): SeatState.REGISTERED,
        (given_back, me.person_id): SeatState.CANCELLED,
    }
    sittings = db.session.scalars(select(Sitting).execution_options(populate_existing=True))
    assert {one.person_id for one in sittings} == {kept.person_id}
    again = sign_up(city.county_a, name="邓芳")
    for one in (actor_for(again.person_id), kept):
        seat(sat_twice, one, sat=True)
    refused(school, again, kept, "同一期")


def test_a_place_on_a_panel_follows_with_its_scores_unless_both_have_scored(school, pair, city):
    row, me, kept = pair
    call = Call(city)
    for one in (me, kept):
        rounds.name_member(call.boss, call.round_id, one.person_id)
    own = call.eligible("候选人")
    other = sign_up(city.county_a, name="候选人")
    rounds.name_member(call.boss, call.round_id, other.person_id)
    call.start_scoring()
    for one in (me, actor_for(other.person_id)):
        panel.score(one, own, call.spread(80))
    merge(school, row, kept)
    members_now = db.session.scalars(select(PanelMember).execution_options(populate_existing=True)).all()
    assert [one.person_id for one in members_now].count(kept.person_id) == 1
    [mine] = [one.id for one in members_now if one.person_id == kept.person_id]
    assert db.session.query(PanelScore).filter_by(member_id=mine).count() == 1
    candidate = actor_for(call.now(own).person_id)
    refused(school, other, candidate, "督导助理")  # they would have scored themselves
    again = sign_up(city.county_a, name="又一人")
    rounds.name_member(call.boss, call.round_id, again.person_id)
    panel.score(actor_for(again.person_id), own, call.spread(70))
    refused(school, again, kept, "督导助理")
