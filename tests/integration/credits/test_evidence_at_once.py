"""Real connections at the same moment: caps are never exceeded, an activity and a degree are claimed once."""

from __future__ import annotations

import datetime as dt
import time
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.approvals import service as approvals
from lms.approvals.dto import Decision
from lms.approvals.models import ApprovalCase, Outcome
from lms.credits import service
from lms.credits.evidence import rules
from lms.credits.evidence.dto import NewClaim
from lms.credits.evidence.models import EvidenceClaim
from lms.credits.evidence.rules import ClaimState, Unit
from lms.credits.evidence.service import closing
from lms.credits.evidence.service.claiming import submit
from lms.credits.models import Category, CreditEntry
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import seal_of
from lms.testing.factories.evidence import Desk, activity, proofs
from lms.testing.factories.orgs import make_small_city
from lms.testing.threads import together

pytestmark = pytest.mark.slow
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


@pytest.fixture
def desk(real_app):
    with real_app.app_context(), clock.frozen(NOON):
        yield Desk(make_small_city())


def approving(desk, claim, officer):
    seen = seal_of(claim.case_id)
    return partial(approvals.decide, officer, claim.case_id, Decision(Outcome.APPROVED), seen=seen)


def officers(desk, number):
    return [actor_for(make_officer("hr_officer", desk.city.county_a, f"干部{one}")) for one in "甲乙丙丁"[:number]]


@pytest.fixture
def slowly(monkeypatch):
    """Whoever counts waits between reading the ledger and writing it: the others are there meanwhile."""

    def count(*values):
        time.sleep(0.2)
        return rules.count(*values)

    monkeypatch.setattr(closing, "rules", SimpleNamespace(count=count))


def total(model, *where):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def test_claims_approved_at_once_never_exceed_the_cap(real_app, desk, slowly):
    """12 hours a year: of four claims of 4 hours one counts nothing, whoever is the last."""
    claims = [desk.claim(hours=4) for _number in range(4)]
    calls = [approving(desk, *pair) for pair in zip(claims, officers(desk, 4), strict=True)]
    db.session.rollback()
    answers = together(real_app, *calls)
    assert not [answer for answer in answers if isinstance(answer, LmsError)]
    db.session.rollback()
    assert sorted(desk.now(claim.id).counted for claim in claims) == [0, 240, 240, 240]
    assert sum(entry.minutes for entry in desk.entries()) == 720
    assert service.check_ledger() == (3, [])


def test_an_approval_and_a_correction_at_once_stay_within_the_cap(real_app, desk, slowly):
    desk.counted(4)
    desk.counted(4)
    low, waiting = desk.counted(0.5), desk.claim(hours=4)
    [entry] = [entry for entry in desk.entries() if entry.evidence_id == low.id]
    first, second = officers(desk, 2)
    raising = partial(
        service.correct, first, entry.id, minutes=240, category=Category.PROFESSIONAL, reason="原来少记了"
    )
    calls = raising, approving(desk, waiting, second)
    db.session.rollback()
    together(real_app, *calls)
    db.session.rollback()
    assert sum(entry.minutes for entry in desk.entries()) == 720
    assert service.check_ledger()[1] == []


def test_two_officers_approving_at_once_count_once(real_app, desk):
    claim = desk.claim(hours=4)
    calls = [approving(desk, claim, officer) for officer in officers(desk, 2)]
    db.session.rollback()
    answers = together(real_app, *calls)
    assert sum(isinstance(answer, LmsError) for answer in answers) == 1
    assert total(CreditEntry) == 1


def test_one_form_and_one_activity_sent_at_once_are_one_claim(real_app, desk):
    same = activity(title="同一场讲座")
    forms = [NewClaim(key, same, proofs()) for key in ("一", "一", "二", "三")]
    db.session.rollback()
    answers = together(real_app, *(partial(submit, desk.worker, form) for form in forms))
    made = {answer for answer in answers if not isinstance(answer, LmsError)}
    assert len(made) == 1
    assert {answer.code for answer in answers if isinstance(answer, LmsError)} == {"same_activity"}
    assert total(EvidenceClaim) == total(ApprovalCase) == 1


def test_two_degrees_claimed_at_once_are_one(real_app, desk):
    forms = [
        NewClaim(title, activity("degree", 0, unit=Unit.ITEM, title=title), proofs("diploma"))
        for title in ("社会工作本科", "社会工作硕士")
    ]
    db.session.rollback()
    answers = together(real_app, *(partial(submit, desk.worker, form) for form in forms))
    assert [answer.code for answer in answers if isinstance(answer, LmsError)] == ["counts_once"]
    assert total(EvidenceClaim) == 1


def test_approving_and_withdrawing_at_once_leave_claim_and_ledger_agreed(real_app, desk):
    for _again in range(3):
        claim = desk.claim(hours=1)
        calls = approving(desk, claim, desk.officer), partial(approvals.withdraw, desk.worker, claim.case_id)
        db.session.rollback()
        together(real_app, *calls)
        db.session.rollback()
        state = desk.now(claim.id).state
        assert state in {ClaimState.COUNTED, ClaimState.WITHDRAWN}
        assert desk.stands(claim) == (60 if state is ClaimState.COUNTED else 0)
