"""Applying, accepting, assigning: places hold, nobody decides their own, other units see nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from lms.access.actors import actor_for
from lms.access.service import grant_role
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry
from lms.messages.models import Message
from lms.practice import policy, queries
from lms.practice.dto import PlacementFilter
from lms.practice.rules import PlacementState
from lms.practice.service import placing, setting
from lms.testing.factories.access import make_officer
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries


def accept(ground, placement_id, officer=None, **changes):
    found = ground.placement(placement_id)
    values = {"supervisor_id": ground.supervisor.person_id, "first_day": found.first_day, "last_day": found.last_day}
    placing.accept(officer or ground.officer, placement_id, **(values | changes))


def test_an_application_is_accepted_by_the_stations_officer_and_both_are_told(ground):
    placement_id = placing.apply(ground.worker, ground.wish(note="周三周四可以"))
    assert ground.placement(placement_id).state is PlacementState.APPLIED
    accept(ground, placement_id)
    assert ground.placement(placement_id).state is PlacementState.ACTIVE
    told = {(one.person_id, one.kind) for one in db.session.query(Message)}
    assert told == {(ground.worker.person_id, "practice.active"), (ground.supervisor.person_id, "practice.supervise")}
    with pytest.raises(Conflict):
        accept(ground, placement_id)
    actions = {one.action: one.detail for one in db.session.query(AuditEntry)}
    assert {"practice.apply", "practice.accept", "practice.places.set"} <= set(actions)
    assert actions["practice.accept"] == {
        "supervisor": ground.supervisor.person_id.hex, "first": "2026-11-23", "last": "2027-01-22",
        "was": {"first": "2026-11-23", "last": "2027-01-22"},
    }  # fmt: skip


def test_a_form_sent_twice_is_one_application_and_a_category_has_one_at_a_time(ground):
    wish = ground.wish()
    assert placing.apply(ground.worker, wish) == placing.apply(ground.worker, wish)
    with pytest.raises(Conflict) as refusal:
        placing.apply(ground.worker, ground.wish())
    assert refusal.value.code == "one_at_a_time"
    placing.withdraw(ground.worker, queries.own(ground.worker.person_id)[0].id)
    placing.apply(ground.worker, ground.wish())


def test_places_are_never_overfilled(ground):
    people = [actor_for(make_person(org_id=ground.city.community_a)) for _number in range(3)]
    waiting = [placing.apply(person, ground.wish()) for person in people]
    accept(ground, waiting[0])
    accept(ground, waiting[1])
    with pytest.raises(Conflict) as refusal:
        accept(ground, waiting[2])
    assert refusal.value.code == "full"
    after = ground.placement(waiting[0]).last_day + dt.timedelta(days=1)
    accept(ground, waiting[2], first_day=after, last_day=after + dt.timedelta(days=30))
    [offer] = queries.offers(ground.code, clock.today())
    assert (offer.places, offer.taken, offer.free) == (2, 2, 0)


def test_what_cannot_be_applied_for_is_said_in_words(ground):
    today = clock.today()
    with pytest.raises(Invalid) as refusal:
        placing.apply(
            ground.worker, ground.wish(first_day=today - dt.timedelta(days=1), last_day=today - dt.timedelta(days=2))
        )
    assert set(refusal.value.fields) == {"first_day", "last_day"}
    with pytest.raises(Conflict) as refusal:
        placing.apply(ground.worker, ground.wish(code="children"))
    assert refusal.value.code == "no_places"
    with pytest.raises(NotFound):
        placing.apply(ground.worker, ground.wish(code="nothing"))


def test_nobody_decides_their_own_nor_supervises_themselves(ground):
    both = make_officer("hr_officer", ground.city.county_a, "周岚")
    placement_id = placing.apply(actor_for(both), ground.wish())
    with pytest.raises(Forbidden):
        accept(ground, placement_id, officer=actor_for(both))
    with pytest.raises(Forbidden):
        placing.assign(actor_for(both), ground.wish(), both, ground.supervisor.person_id)
    with pytest.raises(Invalid):
        accept(ground, placement_id, supervisor_id=both)


def test_another_countys_officer_finds_nothing_and_an_auditor_may_not_decide(ground):
    placement_id = ground.placed()
    other = actor_for(make_officer("hr_officer", ground.city.county_b))
    with pytest.raises(NotFound):
        policy.seen(other, placement_id)
    with pytest.raises(NotFound):
        placing.end_early(other, placement_id, "不合适")
    auditor = actor_for(make_officer("auditor", ground.city.county_a))
    assert policy.seen(auditor, placement_id)
    with pytest.raises(Forbidden):
        placing.end_early(auditor, placement_id, "不合适")
    assert db.session.scalars(queries.listed(other, PlacementFilter())).all() == []


def test_the_officer_of_a_persons_own_unit_sees_a_placement_elsewhere_but_does_not_decide(ground):
    person = actor_for(make_person("苏雨桐", ground.city.community_b))
    with pytest.raises(NotFound):
        ground.placed(person)  # nobody is assigned by an officer of units they do not work in
    placement_id = placing.apply(person, ground.wish())
    accept(ground, placement_id)
    home = actor_for(make_officer("hr_officer", ground.city.county_b))
    assert policy.seen(home, placement_id)
    assert not policy.may_edit(home, ground.placement(placement_id))


def test_a_placement_is_handed_over_and_ended_with_a_reason(ground):
    placement_id, second = ground.placed(), make_person("邓芳", ground.station)
    first = ground.supervisor.person_id
    for minute, supervisor in enumerate((second, second, first)):
        with clock.frozen(clock.now() + dt.timedelta(minutes=minute)):
            placing.change_supervisor(ground.officer, placement_id, supervisor)
        assert ground.placement(placement_id).supervisor_id == supervisor
    told = [one.person_id for one in db.session.query(Message).order_by(Message.id) if one.kind == "practice.supervise"]
    assert told == [first, second, first]  # who gets it back hears of it; handed to who has it, nothing changes
    trail = [one.detail for one in db.session.query(AuditEntry).filter_by(action="practice.supervisor")]
    assert [(one["was"], one["supervisor"]) for one in trail] == [(first.hex, second.hex), (second.hex, first.hex)]
    stranger = make_person("外人", ground.city.community_b)
    with pytest.raises(Invalid) as refusal:
        placing.change_supervisor(ground.officer, placement_id, stranger)
    assert "supervisor" in refusal.value.fields
    with pytest.raises(Invalid):
        placing.end_early(ground.officer, placement_id, " ")
    placing.end_early(ground.officer, placement_id, "本人调离")
    found = ground.placement(placement_id)
    assert (found.state, found.reason) == (PlacementState.ENDED, "本人调离")
    with pytest.raises(Conflict):
        placing.change_supervisor(ground.officer, placement_id, second)


def test_only_stations_of_ones_own_get_places(ground):
    with pytest.raises(Invalid):
        setting.set_places(ground.officer, ground.city.street_a, ground.code, 2)
    with pytest.raises(NotFound):
        setting.set_places(actor_for(make_officer("hr_officer", ground.city.county_b)), ground.station, ground.code, 2)
    setting.set_places(ground.officer, ground.station, ground.code, 0)
    assert queries.offers(ground.code, clock.today()) == []


def test_figures_are_set_by_the_city_and_count_from_their_day(ground):
    kind = queries.category(ground.code).rules[0]
    new = {
        name: getattr(kind, name)
        for name in ("code", "title", "hint", "least_minutes", "day_minutes", "reflections", "reflection_chars")
    } | {"counted_percent": 100, "credit_category": "public", "is_open": True, "note": "成社工〔2026〕9 号"}
    from_day = clock.today() + dt.timedelta(days=10)
    figures = setting.NewFigures(valid_from=from_day, **new)
    with pytest.raises(NotFound):
        setting.save_figures(ground.officer, figures)
    city = make_person("周岚", ground.city.city)
    grant_role(SYSTEM, person_id=city, role="hr_officer", org_id=ground.city.city, reason="市级岗位")
    rule_id = setting.save_figures(actor_for(city), figures)
    before = placing.apply(ground.worker, ground.wish())
    assert ground.placement(before).rule_id == kind.id
    placing.withdraw(ground.worker, before)
    assert ground.placement(placing.apply(ground.worker, ground.wish(first_day=from_day))).rule_id == rule_id
    with pytest.raises(Invalid) as refusal:
        setting.save_figures(
            actor_for(city), setting.NewFigures(valid_from=from_day, **(new | {"counted_percent": 101, "note": ""}))
        )
    assert set(refusal.value.fields) == {"counted_percent", "note"}


def test_the_officers_list_costs_the_same_for_one_and_for_many(ground):
    setting.set_places(ground.officer, ground.station, ground.code, 50)
    ground.placed()

    def listed():
        with count_queries() as counted:
            queries.lines(db.session.scalars(queries.listed(ground.officer, PlacementFilter())).all())
        return counted.count

    one = listed()
    for _number in range(4):
        ground.placed(actor_for(make_person(org_id=ground.city.community_a)))
    assert listed() == one
