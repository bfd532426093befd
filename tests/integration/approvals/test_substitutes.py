"""Somebody decides while another is away: on their behalf, never further on, and duties stay apart for both."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.access.service import grant_role
from lms.approvals import policy, service
from lms.approvals.dto import Substitution
from lms.approvals.models import ApprovalDecision
from lms.approvals.queries import case_view, timeline
from lms.approvals.queries.substitutes import absentees, arrangements, stand_ins
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import approve, make_case
from lms.testing.factories.people import make_person

FIRST, LAST = dt.date(2026, 9, 28), dt.date(2026, 10, 9)


def stand_in(actor, absent, other, first=FIRST, last=LAST, reason="休假"):
    return service.name_substitute(actor, Substitution(absent.person_id, other.person_id, first, last, reason))


@pytest.fixture
def deputy(office):
    """An officer of another street: without a substitution, nothing of this case is theirs."""
    return office.another(office.city.street_b)


def test_a_substitute_decides_where_the_absent_person_could_and_it_is_said_so(office, deputy):
    brief = office.case()
    with pytest.raises(NotFound):
        approve(brief.case_id, deputy)
    stand_in(office.street, office.street, deputy)
    assert policy.may_decide(deputy, brief.case_id)
    assert approve(brief.case_id, deputy).step == 2
    decision = db.session.scalars(select(ApprovalDecision)).one()
    assert (decision.decided_by, decision.on_behalf_of) == (deputy.person_id, office.street.person_id)
    [line] = [line for line in timeline(brief.case_id) if line.what.value == "approved"]
    assert (line.who, line.absent) == (deputy.name, office.street.name)
    policy.require_visible(deputy, brief.case_id)  # what they decided they may look at
    message = db.session.scalars(select(Message).where(Message.person_id == deputy.person_id)).one()
    assert message.kind == "approvals.stand_in"


def test_a_substitute_decides_only_between_the_two_days(office, deputy):
    brief = office.case()
    stand_in(office.street, office.street, deputy, FIRST + dt.timedelta(days=1), LAST)
    assert not policy.may_decide(deputy, brief.case_id)
    with clock.frozen(dt.datetime(2026, 10, 9, 12, tzinfo=dt.UTC)):
        assert policy.may_decide(deputy, brief.case_id)
    with clock.frozen(dt.datetime(2026, 10, 9, 16, tzinfo=dt.UTC)):
        assert not policy.may_decide(deputy, brief.case_id)


def test_ending_a_substitution_takes_the_right_away_at_once(office, deputy):
    brief = office.case()
    arrangement = stand_in(office.street, office.street, deputy)
    service.end_substitute(office.street, arrangement)
    assert not policy.may_decide(deputy, brief.case_id)
    with pytest.raises(Conflict):
        service.end_substitute(office.street, arrangement)


def test_duties_stay_apart_for_the_absent_person_too(office, deputy):
    own = make_case(office.street.person_id)
    stand_in(office.street, office.street, deputy)
    assert not policy.may_decide(deputy, own.case_id)
    with pytest.raises(NotFound):
        approve(own.case_id, deputy)


def test_a_substitute_who_decided_a_step_themselves_does_not_decide_the_next_for_another(office):
    brief = office.case()
    approve(brief.case_id, office.street)
    stand_in(office.county, office.county, office.street)
    with pytest.raises(Forbidden, match="另一个环节"):
        approve(brief.case_id, office.street)


def test_whoever_was_stood_in_for_does_not_decide_the_next_step(office, deputy):
    both = actor_for(make_officer("hr_officer", office.city.county_a))
    stand_in(both, both, deputy)
    brief = office.case()
    approve(brief.case_id, deputy)
    assert db.session.scalars(select(ApprovalDecision.on_behalf_of)).one() == both.person_id
    assert not policy.may_decide(both, brief.case_id)
    assert not policy.may_decide(deputy, brief.case_id)


def test_ones_own_right_comes_before_anothers(office):
    colleague = office.another(office.city.street_a)
    stand_in(office.street, office.street, colleague)
    brief = office.case()
    approve(brief.case_id, colleague)
    assert db.session.scalars(select(ApprovalDecision.on_behalf_of)).one() is None


def test_substitutes_make_no_chains(office, deputy):
    third = office.another(office.city.street_b)
    stand_in(office.street, office.street, deputy)
    with pytest.raises(Conflict, match="一层转一层"):
        stand_in(deputy, deputy, third)
    with pytest.raises(Conflict, match="一层转一层"):
        stand_in(third, third, office.street)
    after = LAST + dt.timedelta(days=1)
    stand_in(deputy, deputy, third, after, after)


def test_an_absent_persons_right_must_still_hold(office, deputy):
    expired = actor_for(make_person("没有授权", office.city.street_a))
    with pytest.raises((Invalid, Forbidden, NotFound)):
        stand_in(expired, expired, deputy)
    with pytest.raises(Invalid) as refusal:
        stand_in(office.street, office.street, expired)
    assert "stand_in" in refusal.value.fields


def test_a_units_operator_arranges_it_for_others_and_nobody_for_themselves_in_anothers_place(office, deputy):
    operator = actor_for(make_officer("operator", office.city.county_a))
    stand_in(operator, office.street, deputy)
    stranger = actor_for(make_officer("operator", office.city.county_b))
    with pytest.raises(NotFound):
        stand_in(stranger, office.county, deputy)
    with pytest.raises(NotFound):
        stand_in(deputy, office.county, deputy)
    both = make_officer("hr_officer", office.city.county_a)
    grant_role(SYSTEM, person_id=both, role="operator", org_id=office.city.county_a, reason="兼任")
    with pytest.raises(Forbidden, match="不能指定自己"):
        stand_in(actor_for(both), office.county, actor_for(both))


@pytest.mark.parametrize(
    ("first", "last", "reason", "field"),
    [
        (FIRST - dt.timedelta(days=1), LAST, "休假", "valid_from"),
        (LAST, FIRST, "休假", "valid_to"),
        (FIRST, FIRST + dt.timedelta(days=180), "休假", "valid_to"),
        (FIRST, LAST, " ", "reason"),
    ],
)
def test_what_is_wrong_with_a_substitution_is_said_beside_it(office, deputy, first, last, reason, field):
    with pytest.raises(Invalid) as refusal:
        stand_in(office.street, office.street, deputy, first, last, reason)
    assert set(refusal.value.fields) == {field}


def test_the_same_arrangement_twice_is_refused(office, deputy):
    stand_in(office.street, office.street, deputy)
    with pytest.raises(Conflict):
        stand_in(office.street, office.street, deputy)


def test_lists_show_what_is_ones_own_and_who_could_stand_in(office, deputy):
    stand_in(office.street, office.street, deputy)
    rows = db.session.execute(arrangements(office.street)).all()
    assert [(row.absent, row.stand_in) for row in rows] == [(office.street.name, deputy.name)]
    assert [row.id for row in absentees(office.street)] == [office.street.person_id]
    near = {row.id for row in stand_ins(office.street)}
    assert office.county.person_id in near
    assert office.street.person_id not in near
    assert case_view(office.case().case_id).brief.step == 1
