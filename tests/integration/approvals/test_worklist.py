"""The officers' list: what it shows is exactly what may be decided, in a constant number of statements."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.approvals import policy, service
from lms.approvals.dto import Correction, Substitution, WorkFilter
from lms.approvals.models import ApprovalCase, CaseState, Level
from lms.approvals.queries import cases, worklist
from lms.approvals.slots import work_figure
from lms.kernel import clock
from lms.kernel.actor import ANONYMOUS, SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.guard import NoGuard
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.testing.factories.approvals import (
    KIND,
    approve,
    make_case,
    make_officers,
    offered,
    put_kind,
    reject,
    send_back,
)
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries
from lms.webkit.registry import registry

TODAY = dt.date(2026, 9, 28)


def listed(actor, today=TODAY, **wanted):
    return {case.number for case in db.session.scalars(worklist.work(actor, WorkFilter(**wanted), today))}


def test_the_list_has_what_waits_for_the_officer_what_they_see_and_what_they_did(office):
    at_street, at_county = office.case(), office.case()
    approve(at_county.case_id, office.another(office.city.street_a))
    foreign = make_case(make_person("青羊", office.city.community_b))
    assert listed(office.street) == {at_street.number}
    assert listed(office.county) == {at_street.number, at_county.number}
    assert listed(office.county, level=Level.COUNTY) == {at_county.number}
    assert listed(office.street, view="all") == {at_street.number, at_county.number}
    assert listed(office.mayor, view="all") == {at_street.number, at_county.number, foreign.number}
    approve(at_street.case_id, office.street)
    assert listed(office.street) == set()
    assert listed(office.street, view="done") == {at_street.number}
    assert listed(ANONYMOUS, view="all") == set()


def test_filters_narrow(office):
    put_kind("test.other", title="别的")
    first, second = office.case(), make_case(make_person("欧阳明月", office.city.community_a), kind="test.other")
    back = office.case()
    send_back(back.case_id, office.street)
    assert listed(office.county, view="all", text="欧阳") == {second.number}
    assert listed(office.county, view="all", text=first.number.lower()) == {first.number}
    assert listed(office.county, view="all", text="%") == set()
    assert listed(office.county, kind="test.other") == {second.number}
    assert listed(office.county, view="all", state=CaseState.RETURNED) == {back.number}
    assert listed(office.county, due="overdue") == set()
    assert listed(office.county, dt.date(2026, 10, 11), due="overdue") == {first.number, second.number}
    assert listed(office.county, dt.date(2026, 10, 8), due="soon") == {first.number, second.number}


def test_the_most_urgent_comes_first_and_the_figure_counts(app, office):
    early = office.case()
    with clock.frozen(dt.datetime(2026, 9, 30, 4, tzinfo=dt.UTC)):
        office.case()
    assert worklist.next_one(office.street, TODAY).id == early.case_id
    assert worklist.counts(office.street, TODAY) == (2, 0)
    with clock.frozen(dt.datetime(2026, 10, 11, 4, tzinfo=dt.UTC)):
        assert worklist.counts(office.street, clock.today()) == (2, 1)
        with app.test_request_context():
            figure = work_figure(office.street)
        assert (figure.value, figure.note, figure.tone) == ("2", "逾期 1", "rose")


def test_the_list_costs_the_same_however_long_it_is(office):
    def cost():
        with count_queries() as seen:
            rows = db.session.scalars(worklist.work(office.street, WorkFilter(), TODAY).limit(20)).all()
            cases.views(rows)
        return seen.count

    office.case()
    once = cost()
    for _number in range(5):
        office.case()
    assert cost() == once == 4  # whom they stand in for, the list, proofs, decisions


def test_a_kind_that_is_gone_leaves_the_work_list_and_stays_in_sight(office):
    brief = office.case()
    kept = offered().pop(KIND)
    assert listed(office.street) == set()
    assert listed(office.street, view="all") == {brief.number}
    [view] = cases.views([cases.row(brief.case_id)])
    assert (view.kind_title, view.kind_known, view.proofs[0].title) == (KIND, False, "certificate")
    with pytest.raises(LmsError, match="功能已停用"):
        approve(brief.case_id, office.street)
    with pytest.raises(LmsError, match="功能已停用"):
        office.case()
    offered()[KIND] = kept
    assert approve(brief.case_id, office.street).step == 2


class AllOff(NoGuard):
    def is_on(self, owner):  # noqa: ARG002
        return False


def test_a_kind_that_is_switched_off_is_as_good_as_gone(office):
    brief, guard = office.case(), registry().guard
    registry().guard = AllOff()
    assert listed(office.street) == set()
    registry().guard = guard
    assert listed(office.street) == {brief.number}


ACTS = st.lists(
    st.tuples(st.sampled_from(["approve", "return", "reject", "answer", "withdraw", "stand_in"]), st.integers(0, 5)),
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_happened_the_list_shows_exactly_what_can_be_decided(office, acts):
    """Random acts by random officers; then each officer's list is compared with trying every case."""
    city = office.city
    units = (city.street_a, city.street_a, city.county_a, city.city, city.street_b)
    officers = make_officers(*units)
    applicant = officers[0].person_id
    briefs = [make_case(applicant), office.case(), make_case(make_person("", city.community_b))]
    for number, (act, who) in enumerate(acts):
        brief, officer = briefs[number % 3], officers[who % 5]
        try:
            perform(act, brief.case_id, officer, officers[(who + 1) % 5])
        except LmsError:
            continue
    for officer in officers:
        shown = set(db.session.scalars(select(ApprovalCase.id).where(policy.decidable(officer))))
        for brief in briefs:
            assert (brief.case_id in shown) == can_decide(officer, brief.case_id)
            assert policy.may_decide(officer, brief.case_id) == (brief.case_id in shown)


def perform(act, case_id, officer, other):
    row = cases.row(case_id)
    if act == "approve":
        approve(case_id, officer)
    elif act == "return":
        send_back(case_id, officer)
    elif act == "reject":
        reject(case_id, officer)
    elif act == "answer":
        service.resubmit(actor_for(row.applicant_id), case_id, Correction("说明"), seen_round=row.round)
    elif act == "withdraw":
        service.withdraw(actor_for(row.applicant_id), case_id)
    else:
        days = (TODAY, TODAY + dt.timedelta(days=3))
        service.name_substitute(officer, Substitution(officer.person_id, other.person_id, *days, "休假"))


def can_decide(officer, case_id):
    """Try it, and undo it."""
    with unit_of_work(SYSTEM) as uow:
        try:
            with uow.savepoint():
                approve(case_id, officer)
                raise Undone
        except Undone:
            return True
        except LmsError:
            return False


class Undone(Exception):
    """The decision went through and is taken back."""


def test_an_unknown_case_is_nobodys(office):
    assert not policy.may_decide(office.street, new_id())
