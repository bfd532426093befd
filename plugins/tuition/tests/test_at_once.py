"""Real connections: the same voucher, the same form, the same study and the same leave at the same moment."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import partial

import pytest
from lms_tuition.claim_models import Check, Claim, Verdict, Voucher
from lms_tuition.dto import Amendment
from lms_tuition.models import Study
from lms_tuition.queries import claims
from lms_tuition.rules import ServiceFrom
from lms_tuition.service import claiming, recalling, schemes, studying
from lms_tuition.service.checking import check_voucher
from lms_tuition.service.paying import settle
from sqlalchemy import func, select

from lms.plugin_api.errors import Conflict, LmsError
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.threads import together
from lms_payouts.api import BankAccount, PaymentState, payment
from lms_payouts.models import Receivable

pytestmark = pytest.mark.slow
DAY = dt.date(2026, 9, 28)


@pytest.fixture
def town(real_app, open_town):
    with real_app.app_context():
        made = open_town(real_app)
        made.fund()
        yield made


def count(model, *where):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model).where(*where))


def refusals(answers):
    return [one for one in answers if isinstance(one, LmsError)]


def test_a_voucher_that_two_people_claim_at_once_is_used_once_by_number_and_by_file(town, make_line):
    people = [town.person(name) for name in ("陈思雨", "李晓萍")]
    found = [town.signed(who) for who in people]
    shared = make_line()
    spaced = dataclasses.replace(shared, number=" ".join(shared.number), file=make_line().file)
    for pair in ((shared, spaced), (make_line(), None)):
        first = pair[0]
        second = pair[1] or dataclasses.replace(make_line(), file=first.file)
        forms = [town.new(study, one) for study, one in zip(found, (first, second), strict=True)]
        session.rollback()
        calls = [partial(claiming.open_claim, who, form) for who, form in zip(people, forms, strict=True)]
        [refused] = refusals(together(town.app, *calls))
        assert refused.code == "voucher_used"
        assert list(refused.fields) == ["line0_number" if pair[1] else "line0_file"]
        town_claims = session.scalars(select(Claim).where(Claim.state == "in_review")).all()
        [made] = town_claims
        owner = next(who for who in people if who.person_id == made.person_id)
        session.rollback()
        services().approvals.withdraw(owner, town.now(made.id).case_id, "")
    assert count(Voucher, Voucher.used) == 0


def test_one_form_sent_three_times_at_once_is_one_claim_and_two_forms_are_not_both_reviewed(town):
    who = town.person()
    study = town.signed(who)
    form = town.new(study)
    session.rollback()
    answers = together(town.app, *(partial(claiming.open_claim, who, one) for one in (form, form, form)))
    assert len(set(answers)) == 1
    other = town.person("李晓萍")
    second = town.signed(other)
    forms = [town.new(second), town.new(second)]
    session.rollback()
    answers = together(town.app, *(partial(claiming.open_claim, other, one) for one in forms))
    assert [one.code for one in refusals(answers)] == ["claim_in_review"]
    assert count(Claim) == 2


def test_two_studies_for_one_level_at_once_are_one(town):
    who = town.person()
    forms = [town.new_study(), town.new_study()]
    session.rollback()
    answers = together(town.app, *(partial(studying.apply, who, form) for form in forms))
    assert [one.code for one in refusals(answers)] == ["second_study"]
    assert count(Study) == 1


def test_a_leave_recorded_twice_at_once_is_one_receivable(town):
    _who, claim = town.paid()
    officers = [town.officer("hr_officer", town.city.county_a, number) for number in (1, 2)]
    day = dt.date(2026, 9, 28)
    session.rollback()
    calls = (partial(recalling.record_leave, officer, claim.study_id, day, "离职") for officer in officers)
    answers = together(town.app, *calls)
    assert len(refusals(answers)) == 1
    assert count(Receivable) == 1


def test_of_two_corrections_at_once_the_second_is_told_so(town, make_line):
    who, claim = town.claimed()
    cases.send_back(claim.case_id, town.chain[0], "fact:voucher-1")
    typed = [make_line(file=None), make_line(file=None)]
    account = BankAccount("", "成都银行")
    answers = [Amendment(seen_round=1, term="秋季", account=account, lines=(one,), note="已改") for one in typed]
    session.rollback()
    refused = refusals(
        together(town.app, *(partial(claiming.correct_claim, who, claim.id, answer) for answer in answers))
    )
    assert [(type(one), one.code) for one in refused] == [(Conflict, "stale_claim")]
    assert town.now(claim.id).round == 2
    assert count(Voucher, Voucher.used) == 1


def test_a_correction_and_a_withdrawal_at_once_do_not_wait_for_each_other_for_ever(town, make_line):
    for name in ("陈思雨", "李晓萍", "王若溪"):
        who, claim = town.claimed(name=name)
        cases.send_back(claim.case_id, town.chain[0], "fact:voucher-1")
        typed = (make_line(file=None),)
        answer = Amendment(seen_round=1, term="秋季", account=BankAccount("", "成都银行"), lines=typed, note="已改")
        session.rollback()
        together(
            town.app,
            partial(claiming.correct_claim, who, claim.id, answer),
            partial(services().approvals.withdraw, who, claim.case_id, ""),
        )
        assert town.now(claim.id).state == town.case(claim).state == "withdrawn"


def test_a_graduation_and_a_payment_at_once_begin_the_service(town):
    [bachelor] = [one for one in schemes.illustrative(clock.today()) if one.level == "bachelor"]
    schemes.save(SYSTEM, dataclasses.replace(bachelor, service_from=ServiceFrom.GRADUATION))
    officer = town.chain[2]
    for name in ("陈思雨", "李晓萍"):
        _who, claim = town.claimed(name=name)
        claim = town.pass_on(claim)
        paid = dataclasses.replace(payment(claim.payment_id), state=PaymentState.PAID)
        session.rollback()

        def pay(claim_id=claim.id, paid=paid):
            with unit_of_work(SYSTEM) as uow:
                settle(uow, uow.session.get_one(Claim, claim_id), paid)

        graduate = partial(studying.record_graduation, officer, claim.study_id, DAY, "106131202905001234")
        assert refusals(together(town.app, pay, graduate)) == []
        assert town.now(claim.id).serves_from == DAY + dt.timedelta(days=1)


def test_a_check_and_its_double_at_once_are_one_line_of_the_story(town):
    _who, claim = town.claimed()
    [voucher] = claims.vouchers(claim.id)
    check = partial(check_voucher, town.chain[1], voucher.id, Verdict.RIGHT, "已查验")
    session.rollback()
    assert together(town.app, check, check) == [claim.id, claim.id]
    assert count(Check) == 1
