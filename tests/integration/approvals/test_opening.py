from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.dto import ProofFile
from lms.approvals.events import CaseOpened
from lms.approvals.models import ApprovalCase, CaseState, Level
from lms.approvals.queries import case_view, cases_of, timeline
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.ids import new_id
from lms.kernel.models import OutboxEvent, StoredFile
from lms.messages.models import Message
from lms.orgs.models import OrgKind
from lms.testing.factories.approvals import (
    PNG_BYTES,
    PROOFS,
    facts,
    make_case,
    new_case,
    proof,
    put_kind,
)
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person


def test_a_case_freezes_chain_applicant_and_facts_and_stands_at_its_first_step(office):
    brief = office.case()
    assert (brief.state, brief.step, brief.round) == (CaseState.OPEN, 1, 1)
    assert brief.number == "SQ2026000001"
    assert brief.due_on == dt.date(
        2026, 10, 10
    )  # five working days, the holiday week and a Saturday worked for it between
    view = case_view(brief.case_id)
    assert [step.unit for step in view.steps] == ["玉林街道", "武侯区", "成都市"]
    assert [step.step.level for step in view.steps] == [Level.STREET, Level.COUNTY, Level.CITY]
    assert (view.applicant, view.unit) == ("陈小雨", "武侯区 / 玉林街道 / 玉林东路社区")
    assert view.facts == facts()
    assert [(one.kind, one.name, one.size) for one in view.proofs] == [("certificate", "证书.png", len(PNG_BYTES))]
    assert [line.what.value for line in timeline(brief.case_id)] == ["opened"]


def test_what_happens_to_the_applicant_later_changes_nothing_in_the_case(office):
    brief = office.case()
    office_now = case_view(brief.case_id)
    put_kind(title="另一个名字", chain=office_now.plan.__class__(steps=office_now.plan.steps[:1]))
    view = case_view(brief.case_id)
    assert (view.steps, view.applicant, view.plan) == (office_now.steps, "陈小雨", office_now.plan)


def test_opening_twice_with_one_key_is_one_case(office):
    new = new_case(office.worker.person_id)
    first, second = service.open_case(office.worker, new), service.open_case(office.worker, new)
    assert first == second
    assert db.session.scalar(select(func.count()).select_from(ApprovalCase)) == 1
    assert db.session.scalar(select(func.count()).where(OutboxEvent.name == CaseOpened.name)) == 1
    assert db.session.scalar(select(func.count()).where(Message.person_id == office.worker.person_id)) == 1


def test_a_key_of_another_case_is_refused(office):
    office.case(key="same")
    with pytest.raises(Conflict, match="已用于另一件"):
        office.case(key="same")


def test_every_required_proof_that_is_missing_is_named_at_once(office):
    put_kind(proofs=(*PROOFS, PROOFS[0].__class__("statement", "承诺书")))
    with pytest.raises(Invalid) as refusal:
        office.case(proofs=())
    assert "职业资格证书、承诺书" in str(refusal.value)
    assert set(refusal.value.fields) == {"certificate", "statement"}
    assert db.session.scalar(select(func.count()).select_from(ApprovalCase)) == 0


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (ProofFile("certificate", "a.png", b"<html>"), "扩展名不符"),
        (ProofFile("certificate", "a.exe", PNG_BYTES), "扩展名不符"),
        (ProofFile("certificate", "a.png", PNG_BYTES + bytes(11 << 20)), "超过 10 MB"),
        (ProofFile("unheard-of", "a.png", PNG_BYTES), "不收"),
    ],
)
def test_a_proof_that_is_not_what_it_should_be_opens_nothing(office, file, words):
    with pytest.raises(Exception, match=words):
        office.case(proofs=(proof(), file))
    assert db.session.scalar(select(func.count()).select_from(ApprovalCase)) == 0
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_person_without_employment_cannot_apply(office):
    stranger = make_person("没有单位")
    with pytest.raises(Conflict, match="没有在职单位"):
        make_case(stranger)
    with pytest.raises(NotFound):
        make_case(new_id(), actor=SYSTEM)


def test_a_case_without_anybody_to_decide_is_refused(office):
    only_street = case_view(office.case().case_id).plan.steps[:1]
    put_kind(chain=case_view(office.case().case_id).plan.__class__(steps=only_street))
    with pytest.raises(Conflict, match="没有可以办理的单位"):
        make_case(make_person("市里的人", office.city.city))


def test_an_agency_of_a_county_goes_without_the_street_and_the_case_says_why(office):
    agency = make_unit(office.city.county_a, OrgKind.AGENCY, "社工机构")
    view = case_view(make_case(make_person("机构社工", agency)).case_id)
    assert [step.unit for step in view.steps] == ["武侯区", "成都市"]
    assert [(one.step.level, one.why) for one in view.left_out] == [(Level.STREET, "no_unit")]


def test_the_unit_can_be_chosen_where_a_person_has_several(office):
    person = actor_for(make_person("两份工作", office.city.community_a))
    view = case_view(make_case(person.person_id, org_id=office.city.street_b).case_id)
    assert view.unit == "青羊区 / 少城街道"


def test_cases_are_found_by_their_subjects(office):
    subject, nothing = new_id(), new_id()
    first = office.case(subject_id=subject)
    second = office.case(subject_id=subject)
    assert cases_of([subject, nothing]) == {subject: (first, second), nothing: ()}
