"""Seats: signing up, waiting, moving up, districts, lists."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.classes import lists
from lms.classes.dto import NewGroup, NewRule
from lms.classes.models import Audience, ClassMember, CreditMode, GroupState, MemberState
from lms.classes.queries import groups, members
from lms.classes.service import enrolling, listing
from lms.classes.service import groups as service
from lms.classes.service.common import members_of
from lms.classes.service.settings import save_rule
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import in_locale
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.classes import HOUR, list_workbook, own_id
from lms.testing.factories.people import make_id_number, make_person
from lms.testing.queries import count_queries


def states(group_id):
    rows = db.session.scalars(select(ClassMember).where(ClassMember.group_id == group_id).order_by(ClassMember.ticket))
    return [(row.state.value, row.seat) for row in rows]


def kinds_of(actor):
    return list(
        db.session.scalars(select(Message.kind).where(Message.person_id == actor.person_id).order_by(Message.id))
    )


def test_members_come_in_the_order_in_which_persons_are_locked(school):
    group_id, people = school.group(places=3), [school.worker() for _number in range(3)]
    for one in sorted(people, key=own_id, reverse=True):
        school.seat(group_id, one)
    assert members_of(group_id) == sorted(map(own_id, people))


def test_who_gives_a_seat_up_makes_room_for_the_first_in_the_queue(school):
    group_id = school.group(places=1)
    first, second, third = school.worker(), school.worker(), school.worker()
    assert enrolling.sign_up(first, group_id).state is MemberState.ENROLLED
    assert enrolling.sign_up(first, group_id).state is MemberState.ENROLLED  # a second click
    assert enrolling.sign_up(second, group_id).position == 1
    assert enrolling.sign_up(third, group_id).position == 2
    enrolling.leave(first, group_id)
    assert states(group_id) == [("left", None), ("enrolled", 1), ("waiting", None)]
    assert kinds_of(second) == ["classes.promoted"]
    assert kinds_of(third) == []
    assert enrolling.sign_up(first, group_id).position == 2  # back at the end of the queue


def test_a_districts_places_are_for_its_people_and_the_rest_for_everybody(school, city):
    group_id = school.group(places=2, quotas={city.county_b: 1})
    at_home = [school.worker() for _number in range(2)]
    guest = school.worker(unit=city.community_b)
    placed = [enrolling.sign_up(one, group_id) for one in at_home]
    assert [one.position for one in placed] == [0, 1]
    assert enrolling.sign_up(guest, group_id).position == 0
    enrolling.leave(guest, group_id)
    assert members.taken_by_pool(group_id) == {"": 1}  # the seat kept for B waits for somebody of B


def test_more_places_let_the_queue_move_up_and_fewer_than_taken_are_refused(school):
    group_id = school.group(places=1)
    for _number in range(2):
        enrolling.sign_up(school.worker(), group_id)
    group = school.now(group_id)
    names = [
        "org_id",
        "category",
        "title",
        "about",
        "audience",
        "waitlist",
        "enrol_from",
        "enrol_until",
        "starts_on",
        "ends_on",
    ]
    values = {name: getattr(group, name) for name in names}
    service.change_group(school.officer, group_id, NewGroup(**values, places=2))
    assert states(group_id) == [("enrolled", 1), ("enrolled", 2)]
    with pytest.raises(Invalid) as refusal:
        service.change_group(school.officer, group_id, NewGroup(**values, places=1))
    assert "1 人" in str(refusal.value.fields["places"])
    [first, _second] = members.lines(group_id)
    enrolling.remove(school.officer, group_id, first.member.id, reason="调离")
    service.change_group(school.officer, group_id, NewGroup(**values, places=1, quotas={school.city.county_a: 1}))
    assert states(group_id) == [("removed", None), ("enrolled", 1)]  # two seats, one taken: it is counted, not numbered
    assert members.taken_by_pool(group_id) == {school.city.county_a.hex: 1}


def test_the_window_and_the_audience_are_decided_by_the_server(school, city):
    later = school.group(enrol_from=clock.now() + HOUR)
    over = school.group(enrol_from=clock.now() - HOUR, enrol_until=clock.now())
    unit_only = school.group(audience=Audience.UNIT)
    draft = school.group(opened=False)
    stranger = school.worker(unit=city.community_b)
    for group_id, refusal in ((later, Conflict), (over, Conflict), (unit_only, NotFound), (draft, NotFound)):
        with pytest.raises(refusal):
            enrolling.sign_up(stranger, group_id)
    assert enrolling.sign_up(school.worker(), unit_only).state is MemberState.ENROLLED
    assert {one.id for one in groups.offered(own_id(stranger))} == {later}


def test_a_full_class_without_a_queue_takes_nobody(school):
    group_id = school.group(places=1, waitlist=False)
    enrolling.sign_up(school.worker(), group_id)
    with pytest.raises(Conflict) as refusal:
        enrolling.sign_up(school.worker(), group_id)
    assert refusal.value.code == "class_full"


def test_after_the_start_only_the_officer_takes_somebody_out_and_never_themselves(school):
    group_id, worker = school.group(places=1), school.worker()
    school.plan(group_id)
    school.seat(group_id, worker)
    waiting = school.worker()
    enrolling.sign_up(waiting, group_id)
    school.start(group_id)
    with pytest.raises(Conflict):
        enrolling.leave(worker, group_id)
    member = members.own(group_id, own_id(worker))
    with pytest.raises(Invalid):
        enrolling.remove(school.officer, group_id, member.id, reason=" ")
    enrolling.remove(school.officer, group_id, member.id, reason="调离岗位")
    assert states(group_id) == [("removed", None), ("enrolled", 1)]
    assert kinds_of(worker) == ["classes.enrolled", "classes.removed"]
    with pytest.raises(Conflict, match="移出"):
        enrolling.sign_up(worker, group_id)
    school.seat(own := school.group(), school.officer)
    with pytest.raises(Forbidden):
        enrolling.remove(school.officer, own, members.own(own, own_id(school.officer)).id, reason="自己")


def test_another_units_officer_neither_sees_nor_changes_a_group(school, city):

    group_id = school.group()
    stranger = actor_for(make_officer("hr_officer", city.county_b))
    for call in (service.start_group, service.open_group, service.close_group):
        with pytest.raises(NotFound):
            call(stranger, group_id)
    with pytest.raises(Forbidden):
        service.start_group(school.trainer, school.group())


def test_a_group_goes_one_step_at_a_time_and_is_not_closed_over_an_open_meeting(school):
    group_id = school.group()
    with pytest.raises(Conflict, match="还没有排课"):
        school.start(group_id)
    school.plan(group_id)
    school.start(group_id)
    with pytest.raises(Conflict):
        school.start(group_id)
    with pytest.raises(Conflict, match="没结束的课"):
        service.close_group(school.officer, group_id)
    worker = school.worker()
    school.seat(group_id, worker)
    service.cancel_group(school.officer, group_id, reason="场地停用")
    assert school.now(group_id).state is GroupState.CANCELLED
    assert "classes.cancelled" in kinds_of(worker)


def test_a_list_says_of_every_cell_what_is_wrong_and_brings_nobody_in_by_half(school, city):
    group_id, number = school.group(places=1), iter(range(7001, 7010))
    ids = [make_id_number(next(number)) for _one in range(4)]
    first = make_person("陈思雨", city.community_a, id_number=ids[0])
    make_person("何俊杰", city.community_a, id_number=ids[1])
    make_person("外区人", city.community_b, id_number=ids[2])
    faulty = list_workbook(
        ("陈思雨", ids[0]),
        ("何俊", ids[1]),
        ("外区人", ids[2]),
        ("陈思雨", ids[0].lower()),
        ("无名", ""),
        ("谁", ids[3]),
    )
    file_id = listing.keep_list(school.officer, group_id, faulty)
    checked = listing.check_list(school.officer, group_id, file_id)
    assert [bool(row.name_fault) for row in checked.rows] == [False, True, False, False, False, False]
    assert [bool(row.number_fault) for row in checked.rows] == [False, False, True, True, True, True]
    with pytest.raises(Invalid):
        listing.apply_list(school.officer, group_id, file_id)
    assert states(group_id) == []
    good = listing.keep_list(school.officer, group_id, list_workbook(("陈思雨", ids[0]), ("何俊杰", ids[1])))
    assert listing.apply_list(school.officer, group_id, good) == (1, 1)
    assert listing.apply_list(school.officer, group_id, good) == (0, 0)  # the same file twice changes nothing
    assert members.own(group_id, first).state is MemberState.ENROLLED
    with pytest.raises(NotFound):
        listing.check_list(school.officer, school.group(), good)


def test_a_sheet_without_the_columns_is_no_list(school):
    with pytest.raises(Invalid, match="没有读成"):
        listing.keep_list(school.officer, school.group(), list_workbook(("甲", "乙"), heads=("名字", "号码")))
    with pytest.raises(Invalid) as empty:
        lists.check(school.officer, school.group(), lists.template())
    assert empty.value.fields == {"file": "表头下面没有数据。"}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_marked_file_is_read_back_in_either_language(school, city, locale):
    number = make_id_number(7021)
    make_person("陈思雨", city.community_a, id_number=number)
    group_id = school.group()
    with in_locale(locale):
        checked = lists.check(school.officer, group_id, list_workbook(("陈思", number)).content)
        again = lists.check(school.officer, group_id, lists.marked(checked))
    assert [(row.name, bool(row.name_fault)) for row in again.rows] == [("陈思", True)]


def test_the_members_page_costs_the_same_for_few_and_many(school):
    group_id = school.group(places=30)
    school.seat(group_id, school.worker())
    with count_queries() as few:
        members.lines(group_id)
    school.seat(group_id, *(school.worker() for _number in range(6)))
    with count_queries() as many:
        assert len(members.lines(group_id)) == 7
    assert many.count == few.count


def test_the_rule_of_the_first_day_is_fixed_when_a_group_opens(school, city):

    chief = actor_for(make_officer("hr_officer", city.city, "周岚"))
    group_id = school.group()
    before = school.now(group_id).rule_id
    numbers = dict.fromkeys(("late_minutes", "missing_assignments", "warn_days", "repeat_months"), 1)
    new = NewRule(
        category="rotation", valid_from=clock.today() - dt.timedelta(days=1), credit_mode=CreditMode.NONE,
        credit_category="public", warn_percent=5, absent_percent=15, pass_points=60, capstone_gap=5, note="成社工 1 号",
        **numbers,
    )  # fmt: skip
    with pytest.raises(NotFound):
        save_rule(school.officer, new)
    rule_id = save_rule(chief, new)
    assert school.now(group_id).rule_id == before
    assert school.now(school.group()).rule_id == rule_id
