from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from lms.access.actors import actor_for
from lms.access.models import Grant
from lms.access.service import grant_role, revoke_grant
from lms.approvals import policy, service
from lms.approvals.chain import ChainPlan
from lms.approvals.dto import Decision
from lms.approvals.events import CaseApproved, CaseDecided, CaseRejected
from lms.approvals.models import ApprovalDecision, CaseState, Outcome
from lms.approvals.queries import case_view, timeline
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry, OutboxEvent
from lms.kernel.runtime import kernel
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import THREE_STEPS, approve, make_case, put_kind, reject, seal_of
from lms.testing.factories.people import make_person

YES = Decision(Outcome.APPROVED)


def told(event):
    return db.session.scalar(select(func.count()).where(OutboxEvent.name == event.name))


def test_a_case_goes_from_street_to_county_to_city_and_waits_for_its_notice(office):
    brief = office.case()
    assert approve(brief.case_id, office.street).step == 2
    assert approve(brief.case_id, office.county).step == 3
    done = approve(brief.case_id, office.mayor)
    assert (done.state, done.due_on) == (CaseState.AWAITING_NOTICE, None)
    assert told(CaseDecided) == 3
    assert told(CaseApproved) == 0
    kinds_told = db.session.scalars(select(Message.kind).where(Message.person_id == office.worker.person_id)).all()
    assert sorted(kinds_told) == [
        "approvals.awaiting_notice", "approvals.moved_on", "approvals.moved_on", "approvals.opened",
    ]  # fmt: skip


def test_without_a_notice_the_last_step_ends_the_case_and_says_so_once(office):
    put_kind(chain=ChainPlan(steps=THREE_STEPS.steps, notice_days=None))
    brief = office.case()
    done = approve(brief.case_id, *office.all)
    assert done.state is CaseState.APPROVED
    assert case_view(brief.case_id).closed_at is not None
    assert told(CaseApproved) == 1
    assert timeline(brief.case_id)[0].what.value == "completed"


def test_each_step_gets_a_deadline_of_its_own_in_working_days(office):
    brief = office.case()
    with clock.frozen(dt.datetime(2026, 9, 30, 4, tzinfo=dt.UTC)):
        assert approve(brief.case_id, office.street).due_on == dt.date(2026, 10, 13)


def test_a_rejection_ends_the_case_and_the_applicant_reads_why(office):
    brief = office.case()
    with pytest.raises(Invalid) as refusal:
        reject(brief.case_id, office.street, " ")
    assert "reason" in refusal.value.fields
    assert reject(brief.case_id, office.street, "工作不满一年").state is CaseState.REJECTED
    assert case_view(brief.case_id).closed_reason == "工作不满一年"
    assert told(CaseRejected) == 1
    [line] = [line for line in timeline(brief.case_id) if line.what.value == "rejected"]
    assert (line.unit, line.note) == ("玉林街道", "工作不满一年")
    with pytest.raises(Conflict):
        approve(brief.case_id, office.another(office.city.street_a))


def test_the_same_decision_sent_twice_is_one(office):
    brief, seen = office.case(), seal_of(office.case().case_id)
    seen = seal_of(brief.case_id)
    first = service.decide(office.street, brief.case_id, YES, seen=seen)
    assert service.decide(office.street, brief.case_id, YES, seen=seen) == first
    assert db.session.scalar(select(func.count()).select_from(ApprovalDecision)) == 1


def test_a_stale_page_decides_nothing(office):
    brief = office.case()
    seen = seal_of(brief.case_id)
    approve(brief.case_id, office.street)
    with pytest.raises(Conflict, match="刚被别人办理过"):
        service.decide(office.county, brief.case_id, YES, seen=seen)
    with pytest.raises(Conflict, match="刚被别人办理过"):
        service.decide(office.county, brief.case_id, YES, seen="")
    assert case_view(brief.case_id).brief.step == 2


def test_nobody_decides_their_own_case(office):
    officer = actor_for(make_officer("hr_officer", office.city.street_a))
    own = make_case(officer.person_id)
    with pytest.raises(Forbidden, match="自己的申请"):
        approve(own.case_id, officer)
    by_hand = office.case(actor=officer)
    with pytest.raises(Forbidden, match="自己的申请"):
        approve(by_hand.case_id, officer)


def test_no_one_person_decides_two_steps_of_a_case(office):
    both = actor_for(make_officer("hr_officer", office.city.county_a))
    brief = office.case()
    approve(brief.case_id, both)
    with pytest.raises(Forbidden, match="另一个环节"):
        approve(brief.case_id, both)
    assert not policy.may_decide(both, brief.case_id)
    assert policy.may_decide(office.county, brief.case_id)


def test_a_higher_unit_may_decide_a_lower_step_but_not_the_other_way_round(office):
    brief = office.case()
    approve(brief.case_id, office.mayor)
    with pytest.raises(Forbidden, match="不由您办理"):
        approve(brief.case_id, office.street)


def test_another_unit_sees_no_case(office):
    brief = office.case()
    stranger = office.another(office.city.county_b)
    with pytest.raises(NotFound):
        approve(brief.case_id, stranger)
    with pytest.raises(NotFound):
        policy.require_visible(stranger, brief.case_id)


def test_only_the_steps_own_role_decides(office):
    brief = office.case()
    auditor = actor_for(make_officer("auditor", office.city.city))
    policy.require_visible(auditor, brief.case_id)
    with pytest.raises(Forbidden):
        approve(brief.case_id, auditor)
    operator = actor_for(make_officer("operator", office.city.city))
    with pytest.raises(NotFound):
        approve(brief.case_id, operator)


def test_a_grant_that_was_revoked_or_has_not_begun_decides_nothing(office):
    brief = office.case()
    grant = db.session.scalars(select(Grant.id).where(Grant.person_id == office.street.person_id)).one()
    revoke_grant(SYSTEM, grant, "调离")
    with pytest.raises((Forbidden, NotFound)):
        approve(brief.case_id, office.street)
    later = make_person("明天上任", office.city.street_a)
    grant_role(
        SYSTEM, person_id=later, role="hr_officer", org_id=office.city.street_a, reason="任命",
        valid_from=clock.today() + dt.timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(NotFound):
        approve(brief.case_id, actor_for(later))


def test_an_officer_without_the_second_factor_decides_nothing(office):
    brief = office.case()
    waiting = Actor(office.street.person_id, "街道", needs_second_factor=True)
    with pytest.raises(NotFound):
        service.decide(waiting, brief.case_id, YES, seen=seal_of(brief.case_id))


def test_the_machine_itself_decides_nothing(office):
    brief = office.case()
    with pytest.raises(Forbidden):
        service.decide(SYSTEM, brief.case_id, YES, seen=seal_of(brief.case_id))


def test_a_handler_can_veto_and_nothing_has_happened(office, monkeypatch):
    brief = office.case()

    def veto(_event):
        raise Conflict("预算不足。")

    monkeypatch.setitem(kernel().bus.handlers, CaseDecided, [veto])
    with pytest.raises(Conflict, match="预算不足"):
        approve(brief.case_id, office.street)
    monkeypatch.undo()
    assert case_view(brief.case_id).decisions == ()
    assert approve(brief.case_id, office.street).step == 2


def test_every_decision_is_audited_with_who_and_where(office):
    brief = office.case()
    approve(brief.case_id, office.street)
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "approval.decide")).all()
    assert (entry.actor_id, entry.org_id) == (office.street.person_id, office.city.street_a)
    assert (entry.detail["number"], entry.detail["step"], entry.detail["outcome"]) == (brief.number, 1, "approved")


def test_a_decision_cannot_be_changed_afterwards(office):
    approve(office.case().case_id, office.street)
    with pytest.raises(DatabaseError, match="append-only"), db.session.begin_nested():
        db.session.execute(text("UPDATE approval_decision SET reason = 'x'"))
