"""Budgets and the ledger under them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.work import SYSTEM, session, unit_of_work
from lms.testing.queries import count_queries
from lms.testing.records import recorded
from lms_payouts import api
from lms_payouts.dto import BudgetFilter, Money
from lms_payouts.models import Account, Transaction
from lms_payouts.queries import budgets as queries
from lms_payouts.rules import MOST_FEN, AccountKind, PaymentState
from lms_payouts.service import budgets

SCHEME = "subsidies.test"


def money(budget_id):
    return queries.line(SYSTEM, budget_id).money


def ledger(budget_id):
    return [queries.ledger_line(row) for row in session.execute(queries.ledger(budget_id, newest_first=False))]


def set_up(actor, till, **changes):
    made = {"org_id": till.city.county_a, "year": 2026, "scheme": "", "amount_fen": 100, "reason": "批复", "key": "k"}
    return budgets.set_up(actor, **(made | changes))


def test_a_budget_begins_with_its_first_money_and_a_reason(till):
    budget_id = till.fund(10_000)
    assert money(budget_id) == Money(available=1_000_000)
    [first] = ledger(budget_id)
    assert (first.kind, first.reason, first.balance) == ("appropriate", "测试预算", 1_000_000)
    till.holds()


def test_a_budget_is_raised_and_lowered_with_a_running_balance(till):
    budget_id = till.fund(100)
    assert budgets.adjust(SYSTEM, budget_id, change_fen=5_000, reason="追加", key="a")
    assert budgets.adjust(SYSTEM, budget_id, change_fen=-15_000, reason="收回", key="b")
    assert [line.balance for line in ledger(budget_id)] == [10_000, 15_000, 0]
    assert money(budget_id) == Money()
    till.holds()


def test_a_form_sent_twice_counts_once(till):
    actor = till.actor("payouts.budgeter")
    budget_id = set_up(actor, till, key="same")
    assert set_up(actor, till, key="same") == budget_id
    assert budgets.adjust(actor, budget_id, change_fen=100, reason="追加", key="again")
    assert not budgets.adjust(actor, budget_id, change_fen=100, reason="追加", key="again")
    assert money(budget_id).total == 200


def test_a_second_budget_for_the_same_is_refused(till):
    set_up(SYSTEM, till, key="one")
    with pytest.raises(Conflict) as refused:
        set_up(SYSTEM, till, key="two")
    assert refused.value.code == "payouts_budget_exists"
    assert set_up(SYSTEM, till, year=2027, key="two")


def test_a_budget_never_falls_below_what_is_reserved_and_paid(till, in_savepoint):
    budget_id = till.fund(5_000)
    till.settle(till.sent([till.ask(1_500)]))
    till.ask(2_000)
    assert money(budget_id) == Money(available=150_000, reserved=200_000, paid=150_000)
    with pytest.raises(Conflict) as refused:
        in_savepoint(lambda: budgets.adjust(SYSTEM, budget_id, change_fen=-150_001, reason="收回", key="x"))
    assert "1,500.00 元" in str(refused.value)
    assert budgets.adjust(SYSTEM, budget_id, change_fen=-150_000, reason="收回", key="y")
    assert money(budget_id) == Money(reserved=200_000, paid=150_000)
    till.holds()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_fen": 0}, "amount"), ({"amount_fen": -1}, "amount"), ({"amount_fen": 10**15}, "amount"),
        ({"reason": "  "}, "reason"), ({"year": 1999}, "year"), ({"scheme": "no.such"}, "scheme"),
    ],
)  # fmt: skip
def test_a_budget_that_makes_no_sense_is_refused(till, changes, field):
    with pytest.raises(Invalid) as refused:
        set_up(SYSTEM, till, **changes)
    assert field in refused.value.fields


def test_who_may_set_up_and_adjust(till):
    budget_id = till.fund(100)
    for actor, refusal in (
        (till.actor("payouts.budgeter", till.city.county_b), NotFound),
        (till.actor("payouts.payer"), Forbidden),
        (till.actor("hr_officer"), Forbidden),
        (till.actor("auditor"), Forbidden),
    ):
        with pytest.raises(refusal):
            set_up(actor, till, scheme=SCHEME)
        with pytest.raises(refusal):
            budgets.adjust(actor, budget_id, change_fen=1, reason="x", key="x")


def test_the_budget_of_a_scheme_comes_before_the_one_for_any(till):
    any_scheme, own = till.fund(1_000), till.fund(2_000, scheme=SCHEME)
    assert api.budget_left(till.city.county_a, 2026, SCHEME) == 200_000
    assert api.budget_left(till.city.county_a, 2026, "another") == 100_000
    assert api.budget_left(till.city.county_a, 2027, SCHEME) is None
    assert api.budget_left(till.city.street_a, 2026, SCHEME) is None
    till.ask(1_500)
    assert (money(any_scheme).reserved, money(own).reserved) == (0, 150_000)


def test_a_budget_and_a_batch_are_never_more_than_a_sheet_can_show(till, in_savepoint):
    most = MOST_FEN // 100
    budget_id = till.fund(most)
    till.fund(most, scheme=SCHEME)
    with pytest.raises(Conflict) as refused:
        in_savepoint(lambda: budgets.adjust(SYSTEM, budget_id, change_fen=1, reason="x", key="more"))
    assert refused.value.code == "payouts_budget_too_large"
    assert "1,000,000,000,000.00" in str(refused.value)
    large, small = till.ask(amount_fen=MOST_FEN), till.ask(amount_fen=1, scheme="another")
    with pytest.raises(Invalid) as refused:
        in_savepoint(lambda: till.gather([large, small]))
    assert "一个批次最多 1,000,000,000,000.00" in str(refused.value)
    assert till.state(large) is PaymentState.WAITING
    till.settle(till.sent([large]))
    till.holds()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_transaction SET reason = 'x'", "DELETE FROM payouts_transaction",
        "UPDATE payouts_posting SET amount = 1", "DELETE FROM payouts_posting",
    ],
)  # fmt: skip
def test_the_database_refuses_to_change_the_ledger(till, statement):
    till.fund(100)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))


@pytest.mark.parametrize(("kind", "balance"), [("available", -1), ("reserved", -1), ("paid", -1), ("appropriation", 1)])
def test_the_database_refuses_a_balance_on_the_wrong_side_of_zero(till, kind, balance):
    till.fund(100)
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE payouts_account SET balance = {balance} WHERE kind = '{kind}'"))


def test_the_list_is_narrowed_and_shows_only_the_officers_units(till):
    till.fund(1_000)
    till.fund(2_000, scheme=SCHEME)
    till.fund(3_000, org_id=till.city.street_a, year=2025)
    till.fund(4_000, org_id=till.city.county_b)
    actor = till.actor("auditor", till.city.county_a)

    def totals(**wanted):
        rows = session.execute(queries.budgets(actor, BudgetFilter(**wanted))).all()
        return sorted(line.money.total // 100 for line in queries.lines(rows))

    assert totals() == [1_000, 2_000, 3_000]
    assert totals(year=2026) == [1_000, 2_000]
    assert totals(scheme=SCHEME) == [2_000]
    assert totals(scheme="") == [1_000, 3_000]
    assert totals(org_id=till.city.street_a) == [3_000]
    assert queries.total(actor, BudgetFilter(year=2026)).total == 300_000
    assert queries.years(actor) == [2026, 2025]


def test_the_list_costs_the_same_however_long_it_is(till):
    actor = till.actor("auditor", till.city.city)

    def statements():
        with count_queries() as seen:
            queries.lines(session.execute(queries.budgets(actor, BudgetFilter())).all())
        return seen.count

    till.fund(1)
    before = statements()
    for year in range(2030, 2036):
        till.fund(1, year=year)
    assert statements() == before


def test_moving_money_is_on_record(till):
    budget_id = till.fund(100)
    budgets.adjust(SYSTEM, budget_id, change_fen=-50, reason="收回", key="x")
    [set_up_entry], [adjusted] = recorded("payouts.budget.set_up"), recorded("payouts.budget.adjust")
    assert (set_up_entry.subject_id, set_up_entry.detail["amount_fen"]) == (budget_id.hex, 10_000)
    assert (adjusted.detail["change_fen"], adjusted.detail["reason"]) == (-50, "收回")


def test_a_scheme_is_renamed_without_touching_its_budgets(till):
    budget_id = till.fund(100, scheme=SCHEME)
    api.name_scheme(SYSTEM, SCHEME, {"zh_CN": "新名称", "en": "New"})
    assert queries.line(SYSTEM, budget_id).scheme_title == {"zh_CN": "新名称", "en": "New"}
    assert list(queries.schemes()) == [SCHEME]


def test_nothing_is_booked_when_the_caller_fails_later(till):
    def fail():
        with unit_of_work(SYSTEM):
            till.fund(100)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert session.scalars(select(Transaction)).all() == []
    assert session.scalars(select(Account).where(Account.kind == AccountKind.AVAILABLE)).all() == []
