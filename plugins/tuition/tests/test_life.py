"""A study agreed, signed for, claimed, checked, published, paid; what stands in the way at each step."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from lms_tuition.claim_models import Verdict
from lms_tuition.dto import Amendment
from lms_tuition.models import Agreement
from lms_tuition.queries import claims, studies
from lms_tuition.rules import Cost, StudyState
from lms_tuition.service import claiming, paying, studying
from lms_tuition.service.checking import check_voucher
from lms_tuition.vouchers import VoucherKind
from sqlalchemy.exc import DBAPIError

from lms.access import service as access
from lms.approvals.jobs import settle
from lms.people.models import Employment
from lms.people.service import end_employment
from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.services import services
from lms.plugin_api.work import SYSTEM, clock, session, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.records import messages_to
from lms_payouts.api import BankAccount, ClaimState, payment
from lms_payouts.service import batches


def attempt(call):
    """What a form does whose refusal must leave nothing behind."""
    with unit_of_work(SYSTEM) as uow, uow.savepoint():
        call()


def story(study, claim=None):
    found = studies.story(study.id, claim.id if claim else None)
    return [line.what.value for line in sorted(found, key=lambda line: line.id)]


def test_a_study_is_agreed_signed_and_paid_from_end_to_end(funded, make_line):
    who = funded.person()
    study = funded.study(who)
    assert (study.state, funded.case(study).kind) == (StudyState.IN_REVIEW, "tuition.study")
    cases.approve(study.case_id, *funded.chain[:2])
    study = funded.study_now(study.id)
    assert study.state is StudyState.AGREED
    with pytest.raises(Conflict) as refused:
        attempt(lambda: claiming.open_claim(who, funded.new(study)))
    assert refused.value.code == "not_signed"
    funded.sign(who, study)
    funded.sign(who, study)
    signed = studies.agreement(study.id)
    assert signed.signed_as == "陈思雨"
    assert "服务满 36 个月" in signed.text
    claim = funded.claim(who, study, make_line(), make_line(1, amount_fen=300_000, claimed_fen=200_000))
    assert (claim.claimed_fen, claim.amount_fen) == (1_000_000, 800_000)
    claim = funded.pass_on(claim)
    assert claim.state is ClaimState.APPROVED
    assert payment(claim.payment_id).amount_fen == 800_000
    assert funded.pay(claim, bounced="账号与户名不符").state is ClaimState.BOUNCED
    paying.correct_account(who, claim.id, BankAccount("6217000012345678907", "成都银行"))
    claim = funded.pay(funded.now(claim.id))
    assert (claim.state, claim.paid_on) == (ClaimState.PAID, dt.date(2026, 9, 28))
    assert (claim.serves_from, claim.serves_until) == (dt.date(2026, 9, 29), dt.date(2029, 9, 28))
    assert story(study) == [
        "applied", "agreed", "signed", "claimed", "checked", "checked", "approved", "bounced", "account", "paid",
    ]  # fmt: skip
    kinds = {kind for kind, _params in messages_to(who.person_id)}
    assert {"tuition.agreed", "tuition.bounced", "tuition.paid"} <= kinds
    funded.holds()


def test_whoever_approved_a_claim_at_any_step_cannot_sign_its_payment(funded):
    _who, claim = funded.claimed()
    claim = funded.pass_on(claim)
    batch_id = funded.gather(claim)
    assert set(funded.case(claim).approvers) == {officer.person_id for officer in funded.chain}
    for officer in (funded.chain[0], funded.chain[-1]):
        county = funded.city.county_a
        access.grant_role(SYSTEM, person_id=officer.person_id, role="payouts.payer", org_id=county, reason="测试")
        signer = services().access.actor_for(officer.person_id)
        with pytest.raises(Forbidden) as refused:
            batches.sign(signer, batch_id, batches.queries.one(batch_id).digest)
        assert refused.value.code == "payouts_own_payment"


def test_the_facts_of_a_case_are_frozen_and_only_scheme_and_amount_are_public(town, make_line):
    _who, claim = town.claimed(make_line(payer="成都某公司"))
    facts = {fact.key: fact for fact in town.case(claim).facts}
    assert [key for key, fact in facts.items() if fact.public] == ["award", "amount"]
    assert facts["amount"].value["zh_CN"] == "6,400.00 元"
    assert "51010126" in facts["voucher-1"].value["zh_CN"]
    assert facts["voucher-1"].met is False
    assert facts["voucher-1"].note["zh_CN"] == "付款人与申请人姓名不一致"
    assert claim.account_tail in facts["account"].value["zh_CN"]


def test_one_study_for_a_level_and_person_for_ever_and_the_same_form_is_one(town):
    who = town.person()
    new = town.new_study()
    first = studying.apply(who, new)
    assert studying.apply(who, new) == first
    with pytest.raises(Conflict) as refused:
        attempt(lambda: studying.apply(who, town.new_study()))
    assert refused.value.code == "second_study"
    assert studying.apply(who, town.new_study("master")) != first
    services().approvals.withdraw(who, town.study_now(first).case_id, "")
    again = town.agreed(who)
    assert again.id != first
    with pytest.raises(Conflict):
        attempt(lambda: studying.apply(who, town.new_study()))


def test_everything_wrong_with_a_claim_is_said_at_once_and_nothing_is_kept(town, make_line):
    who = town.person()
    study = town.signed(who)
    wrong = make_line(
        number="12", issued_on=dt.date(2026, 9, 29), amount_fen=100, claimed_fen=101, payer=" ", file=None,
        cost=Cost.BOOKS,
    )  # fmt: skip
    new = town.new(study, wrong, term=" ", account=BankAccount("12345", ""))
    with pytest.raises(Invalid) as refused:
        attempt(lambda: claiming.open_claim(who, new))
    assert set(refused.value.fields) == {
        "term", "bank_account", "bank_name", "line0_number", "line0_issued_on", "line0_claimed", "line0_payer",
        "line0_file", "line0_cost",
    }  # fmt: skip
    late = make_line(issued_on=dt.date(2025, 9, 27))
    with pytest.raises(Invalid) as refused:
        attempt(lambda: claiming.open_claim(who, town.new(study, late)))
    assert set(refused.value.fields) == {"line0_issued_on"}
    assert studies.standing(study).claims == ()


def test_claims_of_a_study_share_the_cap_and_are_reviewed_one_at_a_time(funded, make_line):
    who, claim = funded.claimed(make_line(amount_fen=2_000_000, claimed_fen=2_000_000))
    study = funded.study_now(claim.study_id)
    assert claim.amount_fen == 1_600_000
    with pytest.raises(Conflict) as refused:
        attempt(lambda: claiming.open_claim(who, funded.new(study)))
    assert refused.value.code == "claim_in_review"
    funded.pass_on(claim)
    second = funded.claim(who, study)
    assert second.amount_fen == 400_000, "what the cap leaves of 6,400 元"
    assert (funded.now(claim.id).left_fen, second.left_fen) == (2_000_000, 400_000)
    funded.pass_on(second)
    with pytest.raises(Conflict) as refused:
        attempt(lambda: claiming.open_claim(who, funded.new(study)))
    assert refused.value.code == "cap_reached"


def test_a_claim_is_not_approved_before_every_voucher_was_found_right_by_somebody_else(funded, make_line):
    who, claim = funded.claimed(make_line(), make_line(1))
    first, second = claims.vouchers(claim.id)
    funded.approve(claim)
    last = funded.publish(claim)
    check_voucher(funded.chain[1], first.id, Verdict.RIGHT, "")
    check_voucher(funded.chain[1], second.id, Verdict.WRONG, "金额不符")
    with funded.after(last):
        cases_end(funded)
        assert funded.now(claim.id).state is ClaimState.IN_REVIEW
        check_voucher(funded.chain[2], second.id, Verdict.RIGHT, "已重新核对")
        cases_end(funded)
        assert funded.now(claim.id).state is ClaimState.APPROVED
    with pytest.raises(NotFound):
        check_voucher(who, first.id, Verdict.RIGHT, "")


def cases_end(town):
    return settle(None, {})


def test_nobody_checks_their_own_voucher_and_a_difference_is_described(funded):
    officer = funded.officer("hr_officer", funded.city.community_a, 1)
    claim = funded.claim(officer, funded.signed(officer))
    [voucher] = claims.vouchers(claim.id)
    with pytest.raises(Forbidden):
        check_voucher(officer, voucher.id, Verdict.RIGHT, "")
    with pytest.raises(Invalid):
        check_voucher(funded.chain[1], voucher.id, Verdict.WRONG, " ")
    stranger = funded.officer("hr_officer", funded.city.county_b)
    with pytest.raises(NotFound):
        check_voucher(stranger, voucher.id, Verdict.RIGHT, "")
    for _click in range(2):
        check_voucher(funded.chain[1], voucher.id, Verdict.RIGHT, "已查验")
    check_voucher(funded.chain[2], voucher.id, Verdict.RIGHT, "已查验")
    assert story(funded.study_now(claim.study_id), claim) == ["claimed", "checked", "checked"]


def test_a_returned_claim_is_corrected_its_files_kept_and_its_old_voucher_free(funded, make_line):
    who, claim = funded.claimed()
    [old], tail = claims.vouchers(claim.id), claim.account_tail
    cases.send_back(claim.case_id, funded.chain[0], "fact:voucher-1")
    typed = make_line(number="0999999999", file=None)
    amendment = Amendment(
        seen_round=1, term="2026 年秋季", account=BankAccount("", "成都银行"), lines=(typed,), note="号码抄错了"
    )
    claiming.correct_claim(who, claim.id, amendment)
    claim = funded.now(claim.id)
    [new] = claims.vouchers(claim.id)
    assert (new.number, new.sha256, new.used, new.round) == ("0999999999", old.sha256, True, 2)
    assert (claim.bank_name, claim.account_tail, claim.term) == ("成都银行", tail, "2026 年秋季")
    facts = {fact.key: fact.value["zh_CN"] for fact in funded.case(claim).facts}
    assert "0999999999" in facts["voucher-1"]
    assert (facts["term"], tail in facts["account"]) == ("2026 年秋季", True)
    with pytest.raises(Conflict):
        attempt(lambda: claiming.correct_claim(who, claim.id, amendment))
    reused = make_line(number=old.number, code=old.code)
    _other, second = funded.claimed(reused, name="李晓萍")
    assert second.state is ClaimState.IN_REVIEW
    funded.check(claim)
    funded.approve(claim)
    assert (funded.case(claim).state, claims.unsettled(claim.id)) == ("awaiting_notice", 0)


def test_a_claim_made_in_time_is_corrected_after_the_claiming_period(town, make_line):
    last = make_line(issued_on=dt.date(2025, 9, 28))
    who, claim = town.claimed(last)
    cases.send_back(claim.case_id, town.chain[0], "fact:voucher-1")
    account = BankAccount("", "成都银行")
    with clock.frozen(dt.datetime(2026, 9, 30, 4, tzinfo=dt.UTC)):
        late = make_line(issued_on=dt.date(2025, 9, 27))
        with pytest.raises(Invalid) as refused:
            attempt(
                lambda: claiming.correct_claim(
                    who, claim.id, Amendment(seen_round=1, term="秋季", account=account, lines=(late,), note="换了")
                )
            )
        assert set(refused.value.fields) == {"line0_issued_on"}
        again = (dataclasses.replace(last, file=None),)
        claiming.correct_claim(
            who, claim.id, Amendment(seen_round=1, term="秋季", account=account, lines=again, note="已改")
        )
    assert (town.now(claim.id).round, town.case(claim).state) == (2, "open")


def test_a_returned_study_is_corrected_once_for_a_round(town):
    who = town.person()
    study = town.study(who)
    cases.send_back(study.case_id, town.chain[0], "fact:major")
    new = town.new_study(major="社会学")
    studying.correct_study(who, study.id, new, answer="专业写错了", seen_round=1)
    assert town.study_now(study.id).major == "社会学"
    with pytest.raises(Conflict):
        attempt(lambda: studying.correct_study(who, study.id, new, answer="", seen_round=1))
    cases.reject(study.case_id, town.chain[0], "专业与工作无关")
    assert town.study_now(study.id).state is StudyState.REJECTED


def test_tuition_after_graduation_wants_the_diploma_and_the_approval_records_it(funded, make_line, diploma):
    who = funded.person()
    study = funded.signed(who, "college", starts_on=dt.date(2023, 9, 1), ends_on=dt.date(2026, 6, 30))
    old = make_line(issued_on=dt.date(2023, 9, 1), kind=VoucherKind.EINVOICE, number="23512000000000000123")
    with pytest.raises(Invalid) as refused:
        attempt(lambda: claiming.open_claim(who, funded.new(study, old)))
    assert set(refused.value.fields) == {"graduated_on", "diploma_number", "diploma"}
    graduation = {"graduated_on": dt.date(2026, 6, 30), "diploma_number": "106131202605001234"}
    claim = funded.claim(who, study, old, proofs=(diploma,), **graduation)
    assert claim.amount_fen == 480_000
    cases.send_back(claim.case_id, funded.chain[0], "fact:term")
    amendment = Amendment(
        seen_round=1, term="全部学期", account=BankAccount("", "成都银行"),
        lines=(dataclasses.replace(old, file=None),), note="已改", **graduation,
    )  # fmt: skip
    claiming.correct_claim(who, claim.id, amendment)
    claim = funded.now(claim.id)
    assert (claim.graduated_on, funded.study_now(study.id).graduated_on) == (dt.date(2026, 6, 30), None)
    claim = funded.pay(funded.pass_on(claim))
    assert funded.study_now(study.id).graduated_on == dt.date(2026, 6, 30)
    assert (claim.serves_from, claim.serves_until) == (dt.date(2026, 7, 1), dt.date(2029, 6, 30))


def test_a_signature_wants_ones_own_name_and_the_text_that_was_seen(town):
    who = town.person()
    study = town.agreed(who)
    with pytest.raises(Invalid):
        attempt(lambda: studying.sign(who, study.id, signed_as="李四", seen="x"))
    with pytest.raises(Conflict):
        attempt(lambda: studying.sign(who, study.id, signed_as="陈思雨", seen="0" * 64))
    town.sign(who, study)
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work(SYSTEM) as uow:
        uow.session.get_one(Agreement, study.id).text = "改了"


def test_who_works_nowhere_cannot_claim_and_others_see_nothing(town, make_line):
    who = town.person()
    study = town.signed(who)
    with pytest.raises(NotFound):
        attempt(lambda: claiming.open_claim(town.person("李晓萍"), town.new(study)))
    [held] = session.query(Employment).filter_by(person_id=who.person_id)
    end_employment(SYSTEM, held.id, clock.today() - dt.timedelta(days=1))
    session.rollback()
    with pytest.raises(Conflict):
        attempt(lambda: claiming.open_claim(who, town.new(study, make_line())))
