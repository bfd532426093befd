"""Payments: asked for once, reserved, given another account, cancelled."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.work import SYSTEM, session, unit_of_work
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries
from lms.testing.records import told
from lms_payouts import api
from lms_payouts.dto import PaymentFilter, PaymentOrder
from lms_payouts.models import Payment
from lms_payouts.queries import payments as queries
from lms_payouts.rules import PaymentState
from lms_payouts.service import payments as service

GOOD = "6217000012345678907"


def test_a_payment_reserves_its_amount_and_shows_its_account_masked(till):
    till.fund(5_000)
    new = till.new(1_500, "陈思雨", bank_account=" 6217 0000 1234 5678 907")
    found = api.payment(api.request_payment(SYSTEM, new))
    assert (found.state, found.amount_fen, found.bank_account) == (PaymentState.WAITING, 150_000, "**** **** 8907")
    assert (found.reference, found.scheme_title["en"], found.key) == (new.reference, "Certificate award", new.key)
    assert till.left() == 3_500
    till.holds()


def test_no_clear_account_is_stored(till):
    till.fund(5_000)
    api.request_payment(SYSTEM, till.new(bank_account=GOOD))
    row = session.scalars(select(Payment)).one()
    assert GOOD.encode() not in row.bank_account_sealed
    assert GOOD not in "".join(str(value) for value in vars(row).values())


def test_the_same_key_again_is_the_same_payment(till):
    till.fund(5_000)
    new = till.new()
    assert api.request_payment(SYSTEM, new) == api.request_payment(SYSTEM, new)
    assert till.left() == 3_500


def test_a_key_used_for_something_else_is_refused(till, in_savepoint):
    till.fund(5_000)
    new = till.new()
    api.request_payment(SYSTEM, new)
    for change in (
        {"amount_fen": 1},
        {"award_key": "certificate:x"},
        {"beneficiary_id": till.new().beneficiary_id},
    ):
        other = dataclasses.replace(new, **change)
        with pytest.raises(Conflict) as refused:
            in_savepoint(lambda other=other: api.request_payment(SYSTEM, other))
        assert refused.value.code == "payouts_key_reused"


def test_an_award_is_paid_once_whatever_the_scheme_year_and_unit(till, in_savepoint):
    till.fund(5_000)
    till.fund(5_000, org_id=till.city.county_b, year=2027)
    new = till.new()
    api.request_payment(SYSTEM, new)
    again = dataclasses.replace(
        new, key="other:1", scheme="tuition.x", org_id=till.city.county_b, year=2027, amount_fen=1
    )
    with pytest.raises(Conflict) as refused:
        in_savepoint(lambda: api.request_payment(SYSTEM, again))
    assert refused.value.code == "payouts_award_taken"
    assert "只能领取一次" in str(refused.value)


def test_the_database_itself_refuses_a_second_payment_of_an_award(till):
    till.fund(5_000)
    one, two = till.ask(), till.ask()
    award = session.get(Payment, one).award_key
    with pytest.raises(IntegrityError):
        session.execute(
            text("UPDATE payouts_payment SET award_key = :award WHERE id = :id"), {"award": award, "id": two.hex}
        )


def test_the_database_itself_refuses_to_cancel_what_was_paid(till):
    till.fund(5_000)
    paid = till.ask()
    till.settle(till.sent([paid]))
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE payouts_payment SET state = 'cancelled'"))


def test_a_payment_is_refused_when_the_budget_does_not_suffice(till, in_savepoint):
    with pytest.raises(Conflict) as refused:
        in_savepoint(lambda: till.ask(1))
    assert refused.value.code == "payouts_no_budget"
    till.fund(2_000)
    till.ask(1_500)
    with pytest.raises(Conflict) as refused:
        in_savepoint(lambda: till.ask(501))
    assert refused.value.code == "payouts_budget_short"
    assert "501.00 元" in str(refused.value)
    assert "500.00 元" in str(refused.value)
    till.ask(500)
    assert till.left() == 0
    till.holds()


def test_a_caller_can_go_on_after_a_refusal(till):
    till.fund(100)
    with unit_of_work(SYSTEM) as uow:
        with pytest.raises(Conflict), uow.savepoint():
            till.ask(101)
        kept = till.ask(100)
    assert till.state(kept) is PaymentState.WAITING
    till.holds()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bank_account": "6217000012345678908"}, "bank_account"),
        ({"bank_account": "6.21700001234568E+18"}, "bank_account"),
        ({"account_name": "别人"}, "account_name"),
        ({"bank_name": " "}, "bank_name"),
        ({"bank_name": "长" * 81}, "bank_name"),
        ({"amount_fen": 0}, "amount_fen"),
        ({"amount_fen": -1}, "amount_fen"),
    ],
)
def test_a_payment_that_cannot_be_right_is_refused_by_field(till, changes, field):
    till.fund(5_000)
    with pytest.raises(Invalid) as refused:
        api.request_payment(SYSTEM, till.new(**changes))
    assert field in refused.value.fields


def test_all_wrong_fields_of_an_account_are_named_at_once(till):
    till.fund(5_000)
    with pytest.raises(Invalid) as refused:
        api.request_payment(SYSTEM, till.new(bank_account="1", account_name="别人", bank_name=""))
    assert set(refused.value.fields) == {"bank_account", "account_name", "bank_name"}


def test_an_unknown_beneficiary_is_not_found(till):
    till.fund(5_000)
    with pytest.raises(NotFound):
        api.request_payment(SYSTEM, till.new(beneficiary_id=uuid.uuid4()))


def test_an_account_is_checked_on_its_own_too(app):
    assert api.check_bank_account("6217 0000 1234 5678 907") == GOOD
    with pytest.raises(Invalid) as refused:
        api.check_bank_account("6217000012345678908")
    assert "校验码不符" in str(refused.value.fields["bank_account"])


def test_the_account_can_be_changed_while_the_payment_waits(till):
    till.fund(5_000)
    payment = till.ask(1_500, "陈思雨")
    api.change_account(SYSTEM, payment, account_name="陈思雨", bank_account=GOOD, bank_name="成都银行")
    found = api.payment(payment)
    assert (found.bank_account, found.bank_name, found.state) == ("**** **** 8907", "成都银行", PaymentState.WAITING)


def test_the_account_is_fixed_once_the_payment_is_in_a_batch(till):
    till.fund(5_000)
    payment = till.ask(1_500, "陈思雨")
    till.gather([payment])
    with pytest.raises(Conflict) as refused:
        api.change_account(SYSTEM, payment, account_name="陈思雨", bank_account=GOOD, bank_name="成都银行")
    assert refused.value.code == "payouts_account_fixed"


def test_a_cancelled_payment_gives_its_money_and_its_award_back(till):
    till.fund(5_000)
    new = till.new()
    payment = api.request_payment(SYSTEM, new)
    api.cancel_payment(SYSTEM, payment, "公示期间有异议")
    api.cancel_payment(SYSTEM, payment, "再来一次")
    assert (till.left(), till.state(payment)) == (5_000, PaymentState.CANCELLED)
    assert api.payment(payment).cancel_reason == "公示期间有异议"
    [event] = told("payouts.payment_cancelled")
    assert (event["payment_id"], event["reason"]) == (payment.hex, "公示期间有异议")
    assert api.request_payment(SYSTEM, new) == payment  # the same key stays the same payment
    assert api.request_payment(SYSTEM, dataclasses.replace(new, key="test:again")) != payment
    till.holds()


def test_a_payment_cannot_be_cancelled_once_its_batch_is_signed_twice(till):
    till.fund(5_000)
    payment = till.ask()
    batch = till.gather([payment])
    for _officer in range(2):
        till.sign(till.payer(), batch)
    with pytest.raises(Conflict) as refused:
        api.cancel_payment(SYSTEM, payment, "太迟")
    assert refused.value.code == "payouts_batch_frozen"


@pytest.mark.parametrize("bounced", [(), {1: "账号不存在"}])
def test_what_the_bank_has_cannot_be_cancelled_but_what_it_bounced_can(till, bounced):
    till.fund(5_000)
    payment = till.ask()
    batch = till.sent([payment])
    with pytest.raises(Conflict):
        api.cancel_payment(SYSTEM, payment, "太迟")
    till.settle(batch, bounced)
    if bounced:
        api.cancel_payment(SYSTEM, payment, "本人放弃")
        assert till.left() == 5_000
    else:
        with pytest.raises(Conflict):
            api.cancel_payment(SYSTEM, payment, "太迟")
    till.holds()


def test_cancelling_needs_a_reason(till):
    till.fund(5_000)
    with pytest.raises(Invalid) as refused:
        api.cancel_payment(SYSTEM, till.ask(), "  ")
    assert "reason" in refused.value.fields


def test_who_may_cancel_on_the_desk(till):
    till.fund(5_000)
    payment = till.ask()
    for actor, refusal in (
        (till.payer(till.city.county_b), NotFound),
        (till.actor("payouts.budgeter"), Forbidden),
        (till.actor("hr_officer"), Forbidden),
    ):
        with pytest.raises(refusal):
            service.cancel_on_desk(actor, payment, "x")
    service.cancel_on_desk(till.payer(), payment, "重复")
    assert till.state(payment) is PaymentState.CANCELLED


def test_payments_are_told_by_id_in_one_query(till):
    till.fund(50_000)
    ids = [till.ask() for _number in range(4)]
    with count_queries() as seen:
        found = api.payments([*ids, uuid.uuid4()])
    assert set(found) == set(ids)
    assert seen.count == 1
    with pytest.raises(NotFound):
        api.payment(uuid.uuid4())


def test_the_list_is_narrowed_sorted_and_shows_only_the_officers_units(till):
    till.fund(50_000)
    till.fund(50_000, org_id=till.city.county_b)
    small, large = till.ask(1, "陈一"), till.ask(3, "陈二_")
    other = till.ask(2, "李三", scheme="tuition.x", scheme_title={"zh_CN": "学费"})
    till.ask(9, "外人", org_id=till.city.county_b)
    batch = till.gather([large])
    actor = till.actor("auditor", till.city.county_a)

    def found(**wanted):
        return [one.id for one in queries.as_infos(session.execute(queries.payments(actor, PaymentFilter(**wanted))))]

    assert found(order=PaymentOrder.OLDEST) == [small, large, other]
    assert found() == [other, large, small]
    assert found(order=PaymentOrder.AMOUNT) == [large, other, small]
    assert found(text="_") == [large]
    assert found(text=api.payment(large).batch_number) == [large]
    assert found(text=api.payment(small).reference) == [small]
    assert found(state=PaymentState.BATCHED) == [large]
    assert found(scheme="tuition.x") == [other]
    assert found(org_id=till.city.county_b) == []
    assert found(year=2027) == []
    assert queries.summed(actor, PaymentFilter(text="陈")).total == 400
    assert queries.by_state(actor)[PaymentState.WAITING].count == 2
    assert [title["zh_CN"] for title, _sum in queries.waiting_by_scheme(actor)] == ["学费", "证书奖励"]
    assert queries.history(large)[0].batch_id == batch


def test_the_list_costs_the_same_however_long_it_is(till):
    till.fund(50_000)
    actor = till.actor("auditor", till.city.city)

    def statements():
        with count_queries() as seen:
            queries.as_infos(session.execute(queries.payments(actor, PaymentFilter())))
        return seen.count

    till.ask()
    before = statements()
    for _number in range(5):
        till.ask()
    assert statements() == before


def test_a_persons_payments_are_those_in_the_officers_units(till):
    till.fund(5_000)
    person = make_person("陈思雨", till.city.community_a)
    payment = till.ask(1_500, "陈思雨", beneficiary_id=person)
    assert [one.id for one in queries.of_person(till.actor("auditor"), person)] == [payment]
    assert queries.of_person(till.actor("auditor", till.city.county_b), person) == []
