"""Return for correction: everything named at once, once per step, and the case goes on where it stood."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from lms.approvals import service
from lms.approvals.chain import ChainPlan
from lms.approvals.dto import Correction, Decision, Missing
from lms.approvals.events import CaseReturned, CaseWithdrawn
from lms.approvals.jobs import settle
from lms.approvals.models import CaseState, Outcome
from lms.approvals.queries import case_view, own_cases, timeline
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.models import OutboxEvent
from lms.messages.models import Message
from lms.testing.factories.approvals import (
    PDF_BYTES,
    THREE_STEPS,
    approve,
    facts,
    proof,
    put_kind,
    seal_of,
    send_back,
)

INSURANCE = proof("insurance", PDF_BYTES, "社保.pdf")


def answer(office, brief, **changes):
    values = {"note": "已补", "proofs": (INSURANCE,)} | changes
    return service.resubmit(office.worker, brief.case_id, Correction(**values), seen_round=brief.round)


def test_a_returned_case_names_what_is_missing_and_by_when(office):
    brief = office.case()
    missing = (Missing("proof:insurance", "缺近 12 个月记录"), Missing("fact:worked", "与社保不符"))
    decision = Decision(Outcome.RETURNED, "请一并补正", missing)
    back = service.decide(office.street, brief.case_id, decision, seen=seal_of(brief.case_id))
    assert back.state is CaseState.RETURNED
    assert back.due_on == dt.date(2026, 10, 16)  # ten working days
    view = case_view(brief.case_id)
    assert [(one.item, one.label["zh_CN"], one.note) for one in view.last_return.missing] == [
        ("proof:insurance", "社保记录", "缺近 12 个月记录"),
        ("fact:worked", "连续工作", "与社保不符"),
    ]
    event = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == CaseReturned.name)).one()
    assert event.payload["missing"] == ["proof:insurance", "fact:worked"]


def test_a_corrected_case_goes_on_at_the_step_that_returned_it(office):
    brief = office.case()
    approve(brief.case_id, office.street)
    back = send_back(brief.case_id, office.county)
    again = answer(office, back)
    assert (again.state, again.step, again.round) == (CaseState.OPEN, 2, 2)
    view = case_view(brief.case_id)
    assert [(one.kind, one.round) for one in view.proofs] == [("certificate", 1), ("insurance", 2)]
    assert approve(brief.case_id, office.county).step == 3
    story = [line.what.value for line in timeline(brief.case_id)]
    assert sorted(story) == sorted(["approved", "resubmitted", "returned", "approved", "opened"])


def test_answering_twice_is_one_answer(office):
    back = send_back(office.case().case_id, office.street)
    assert answer(office, back) == answer(office, back)
    assert len(case_view(back.case_id).proofs) == 2


def test_a_return_must_name_something(office):
    brief = office.case()
    for missing in ((), (Missing("other", " "),), (Missing("proof:unheard-of", "?"),)):
        with pytest.raises(Invalid):
            service.decide(
                office.street, brief.case_id, Decision(Outcome.RETURNED, missing=missing), seen=seal_of(brief.case_id)
            )
    assert case_view(brief.case_id).decisions == ()


def test_one_step_returns_a_case_once(office):
    back = send_back(office.case().case_id, office.street)
    answer(office, back)
    with pytest.raises(Conflict, match="一次告知"):
        send_back(back.case_id, office.street)
    assert approve(back.case_id, office.street).step == 2


def test_a_chain_may_allow_more_returns(office):
    put_kind(chain=ChainPlan(steps=THREE_STEPS.steps, returns=2))
    back = send_back(office.case().case_id, office.street)
    back = answer(office, back)
    assert send_back(back.case_id, office.street).state is CaseState.RETURNED


def test_a_later_return_names_nothing_that_could_have_been_named_before(office):
    back = send_back(office.case().case_id, office.street, "proof:insurance")
    answer(office, back)
    approve(back.case_id, office.street)
    with pytest.raises(Invalid, match="证书级别") as refusal:
        send_back(back.case_id, office.county, "proof:insurance", "fact:level")
    assert refusal.value.code == "named_too_late"
    with pytest.raises(Invalid):
        send_back(back.case_id, office.county, "other")
    assert send_back(back.case_id, office.county, "proof:insurance").state is CaseState.RETURNED


def test_a_later_return_may_name_what_came_in_with_the_correction(office):
    back = send_back(office.case().case_id, office.street, "proof:insurance")
    answer(office, back, facts=facts(worked="15 个月"), amount_fen=250_000)
    approve(back.case_id, office.street)
    assert send_back(back.case_id, office.county, "fact:worked").state is CaseState.RETURNED


def test_new_facts_replace_the_old_ones_which_are_kept(office):
    back = send_back(office.case().case_id, office.street, "fact:worked")
    service.resubmit(
        office.worker, back.case_id, Correction(facts=facts(worked="15 个月"), amount_fen=200_000), seen_round=1
    )
    view = case_view(back.case_id)
    assert (view.facts, view.amount_fen) == (facts(worked="15 个月"), 200_000)
    kept = db.session.execute(
        select(service.correcting.ApprovalCorrection.facts_before, service.correcting.ApprovalCorrection.amount_before)
    ).one()
    assert kept.facts_before[1]["value"] == "14 个月"
    assert kept.amount_before == 300_000


def test_a_proof_that_was_asked_for_is_brought_or_explained(office):
    back = send_back(office.case().case_id, office.street, "proof:insurance")
    with pytest.raises(Invalid, match="社保记录"):
        answer(office, back, note="", proofs=())
    assert answer(office, back, note="单位刚成立，没有社保记录", proofs=()).state is CaseState.OPEN


def test_only_the_applicant_answers(office):
    back = send_back(office.case().case_id, office.street)
    with pytest.raises(NotFound):
        service.resubmit(office.county, back.case_id, Correction("我来"), seen_round=1)


def test_an_answer_to_a_case_that_was_not_returned_is_refused(office):
    brief = office.case()
    with pytest.raises(Conflict):
        answer(office, brief)


def test_a_return_that_is_not_answered_in_time_lapses(office):
    back = send_back(office.case().case_id, office.street)
    with clock.frozen(dt.datetime(2026, 10, 16, 15, tzinfo=dt.UTC)):
        assert settle(None, {})["lapsed"] == 0  # the last day is still a day
    with clock.frozen(dt.datetime(2026, 10, 16, 16, tzinfo=dt.UTC)):
        assert settle(None, {})["lapsed"] == 1
        assert settle(None, {})["lapsed"] == 0
    view = case_view(back.case_id)
    assert (view.brief.state, view.lapsed) == (CaseState.WITHDRAWN, True)
    event = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == CaseWithdrawn.name)).one()
    assert event.payload["lapsed"] is True
    assert db.session.scalar(select(Message.id).where(Message.kind == "approvals.lapsed")) is not None
    with pytest.raises(Conflict):
        answer(office, back)


@pytest.mark.parametrize("stage", ["open", "returned", "awaiting"])
def test_an_applicant_may_withdraw_while_the_case_runs(office, stage):
    brief = office.case()
    if stage == "returned":
        send_back(brief.case_id, office.street)
    elif stage == "awaiting":
        approve(brief.case_id, *office.all)
    done = service.withdraw(office.worker, brief.case_id, "换了单位")
    assert done.state is CaseState.WITHDRAWN
    assert service.withdraw(office.worker, brief.case_id) == done
    assert timeline(brief.case_id)[0].note == "换了单位"
    with pytest.raises(NotFound):
        service.withdraw(office.street, brief.case_id)


def test_the_applicant_reads_why_when_the_machine_takes_a_case_back(office):
    brief = office.case()
    done = service.withdraw(SYSTEM, brief.case_id, "证书已撤销")
    assert done.state is CaseState.WITHDRAWN
    assert case_view(brief.case_id).closed_reason == "证书已撤销"
    told = db.session.scalars(select(Message).where(Message.person_id == office.worker.person_id)).all()
    assert {one.kind for one in told} == {"approvals.opened", "approvals.taken_back"}
    assert [one.params["reason"] for one in told if one.kind == "approvals.taken_back"] == ["证书已撤销"]


def test_a_case_that_has_ended_is_not_withdrawn(office):
    put_kind(chain=ChainPlan(steps=THREE_STEPS.steps))
    brief = office.case()
    approve(brief.case_id, *office.all)
    with pytest.raises(Conflict, match="已经办结"):
        service.withdraw(office.worker, brief.case_id)


def test_running_applications_come_first_on_ones_own_list(office):
    old, ended = office.case(), office.case()
    service.withdraw(office.worker, ended.case_id)
    new = office.case()
    found = [case.id for case in db.session.scalars(own_cases(office.worker))]
    assert set(found[:2]) == {old.case_id, new.case_id}
    assert found[2] == ended.case_id
