from __future__ import annotations

import pytest

from lms.approvals import service
from lms.approvals.dto import Chosen, Decision
from lms.approvals.models import CaseState, Outcome
from lms.approvals.queries import case_view
from lms.kernel.errors import Invalid
from lms.kernel.ids import new_id
from lms.testing.factories.approvals import approve, make_case, seal_of
from lms.testing.factories.people import make_person


def chosen(*briefs, **changes):
    return [Chosen(brief.case_id, seal_of(brief.case_id), **changes) for brief in briefs]


def people(office, count):
    return [make_case(make_person(f"申请人{number}", office.city.community_a)) for number in range(count)]


def test_many_are_approved_each_with_a_line_of_its_own(office):
    briefs = people(office, 4)
    lines = service.decide_many(office.street, chosen(*briefs))
    assert [(line.number, line.refusal) for line in lines] == [(brief.number, "") for brief in briefs]
    assert {case_view(brief.case_id).brief.step for brief in briefs} == {2}


def test_what_is_refused_stops_none_of_the_others(office):
    good, stale, foreign = people(office, 3)
    own = make_case(office.street.person_id)
    picks = chosen(good, stale, foreign, own)
    approve(stale.case_id, office.mayor)
    other = make_case(make_person("青羊的人", office.city.community_b))
    picks[2] = Chosen(other.case_id, seal_of(other.case_id))
    picks.append(Chosen(new_id(), "x"))
    lines = service.decide_many(office.street, picks)
    refusals = [line.refusal for line in lines]
    assert refusals[0] == ""
    assert "刚被别人办理过" in refusals[1]
    assert "找不到" in refusals[2]
    assert "自己的申请" in refusals[3]
    assert "找不到" in refusals[4]
    assert (lines[0].applicant, lines[4].applicant) == ("申请人0", "")
    assert case_view(good.case_id).brief.step == 2
    assert case_view(own.case_id).decisions == ()


def test_a_seal_of_something_else_decides_nothing(office):
    first, second = people(office, 2)
    [line] = service.decide_many(office.street, [Chosen(first.case_id, seal_of(second.case_id))])
    assert line.refusal
    assert case_view(first.case_id).brief.step == 1


def test_rejecting_needs_a_reason_for_each(office):
    first, second = people(office, 2)
    no = Decision(Outcome.REJECTED)
    picks = [
        Chosen(first.case_id, seal_of(first.case_id), no),
        Chosen(second.case_id, seal_of(second.case_id), Decision(Outcome.REJECTED, "材料不实")),
    ]
    refused, done = service.decide_many(office.street, picks)
    assert refused.refusal
    assert done.refusal == ""
    assert case_view(first.case_id).brief.state is CaseState.OPEN
    assert case_view(second.case_id).brief.state is CaseState.REJECTED


def test_sending_the_same_bulk_twice_changes_nothing_more(office):
    picks = chosen(*people(office, 3))
    assert service.decide_many(office.street, picks) == service.decide_many(office.street, picks)


def test_nothing_and_too_many_are_refused(office):
    with pytest.raises(Invalid):
        service.decide_many(office.street, [])
    with pytest.raises(Invalid):
        service.decide_many(office.street, [Chosen(new_id(), "")] * 201)
