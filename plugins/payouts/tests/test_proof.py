"""The proof of the books finds every kind of fault."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from lms_payouts.proof import BatchFact, Books, PaymentFact, Posting, batch_fault
from lms_payouts.rules import AccountKind, BatchState, DigestLine, PaymentState, TransactionKind, batch_digest

BUDGET, OTHER, PAYMENT = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
A, B = uuid.UUID(int=11), uuid.UUID(int=12)
K, T = AccountKind, TransactionKind


def move(number, kind, source, target, amount, payment=None, budget=BUDGET):
    transaction = uuid.UUID(int=100 + number)
    return [
        Posting(transaction, kind, payment, (budget, source), -amount),
        Posting(transaction, kind, payment, (budget, target), amount),
    ]


def fund(amount=1000):
    return move(1, T.APPROPRIATE, K.APPROPRIATION, K.AVAILABLE, amount)


def reserve(amount=300):
    return move(2, T.RESERVE, K.AVAILABLE, K.RESERVED, amount, PAYMENT)


def pay(amount=300):
    return move(3, T.PAY, K.RESERVED, K.PAID, amount, PAYMENT)


def fault(postings, accounts, payments=()):
    books = Books()
    for posting in postings:
        found = books.add(posting)
        if found:
            return str(found)
    return str(books.close() or books.balance_fault(accounts) or books.payment_fault(payments) or "")


def accounts(appropriation=-1000, available=700, reserved=300, paid=0):
    return dict(zip([(BUDGET, kind) for kind in K], [appropriation, available, reserved, paid], strict=True))


WAITING = PaymentFact(PAYMENT, PaymentState.WAITING, BUDGET, 300)


def test_sound_books_have_no_fault():
    assert fault([*fund(), *reserve()], accounts(), [WAITING]) == ""
    paid = replace(WAITING, state=PaymentState.PAID, paid_results=1)
    assert fault([*fund(), *reserve(), *pay()], accounts(reserved=0, paid=300), [paid]) == ""
    assert fault([], {}, []) == ""


@pytest.mark.parametrize(
    ("postings", "kept", "payments", "said"),
    [
        ([*fund(), reserve()[0], replace(reserve()[1], amount=301)], accounts(), [WAITING], "add up to 1, not to 0"),
        ([*fund(), reserve()[0]], accounts(), [WAITING], "add up to -300"),
        ([*fund(), Posting(A, T.RESERVE, PAYMENT, None, 0)], accounts(), [WAITING], "does not move one amount"),
        (move(1, T.APPROPRIATE, K.AVAILABLE, K.APPROPRIATION, 5), accounts(), [], "from appropriation to available"),
        (move(1, T.APPROPRIATE, K.APPROPRIATION, K.PAID, 5), accounts(), [], "from appropriation to available"),
        (move(2, T.RESERVE, K.AVAILABLE, K.RESERVED, 5), accounts(), [], "names a payment where it should not"),
        ([*fund(), *reserve()], accounts(available=699), [WAITING], "its balance 699 is not the sum of its postings 700"),
        (fund(), {}, [], "its balance 0 is not the sum"),
        ([], accounts(0, 0, 0, 5), [], "its balance 5 is not the sum of its postings 0"),
        (move(4, T.REDUCE, K.AVAILABLE, K.APPROPRIATION, 5), accounts(5, -5, 0, 0), [], "has the wrong sign"),
        ([*fund(), *reserve()], accounts(), [replace(WAITING, state=PaymentState.PAID)], "it is paid with 300"),
        ([*fund(), *reserve()], accounts(), [replace(WAITING, paid_results=1)], "it is waiting, 1 results say"),
        (
            [*fund(), *reserve(), *pay()], accounts(reserved=0, paid=300), [replace(WAITING, state=PaymentState.PAID)],
            "it is paid, 0 results say",
        ),
        ([*fund(), *reserve()], accounts(), [replace(WAITING, budget_id=OTHER)], f"with 300 of {OTHER}"),
        ([*fund(), *reserve()], accounts(), [replace(WAITING, amount=299)], "it is waiting with 299"),
        ([*fund(), *reserve()], accounts(), [replace(WAITING, state=PaymentState.CANCELLED)], "it is cancelled"),
        ([*fund(), *reserve()], accounts(), [], "the ledger knows it, nobody else does"),
        (fund(), accounts(available=1000, reserved=0), [WAITING], "the ledger holds nothing"),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_named(postings, kept, payments, said):
    assert said in fault(postings, kept, payments)


def test_a_transaction_over_two_budgets_is_a_fault():
    one, two = reserve()
    crossed = [one, replace(two, account=(OTHER, K.RESERVED))]
    assert "of one budget" in fault([*fund(), *crossed], accounts())


def batch(**changes):
    lines = [DigestLine(1, PAYMENT, "陈思雨", b"i", "银行", 300, "SP-1")]
    digest = batch_digest("P2026-0001", lines)
    made = {
        "number": "P2026-0001", "state": BatchState.SENT, "digest": digest, "count": 1, "total": 300, "lines": lines,
        "signers": [A, B], "signed_digests": [digest, digest], "parties": frozenset({PAYMENT}),
        "results": 0,
    }  # fmt: skip
    return BatchFact(**(made | changes))


def test_a_batch_that_is_what_was_signed_has_no_fault():
    assert batch_fault(batch()) is None
    assert batch_fault(batch(state=BatchState.DRAFT, signers=[], signed_digests=[])) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": "0" * 64}, "not those of its digest"),
        ({"lines": []}, "not those of its digest"),
        ({"total": 301}, "count or sum"),
        ({"count": 2}, "count or sum"),
        ({"signers": [A]}, "it is sent with 1 signatures"),
        ({"signers": [A, A]}, "it is sent with 1 signatures"),
        ({"state": BatchState.FIRST}, "it is first with 2 signatures"),
        ({"signed_digests": ["0" * 64]}, "for something else"),
        ({"parties": frozenset({B})}, "somebody signed it who is paid by it, asked for it or approved it"),
        ({"results": 1}, "it is sent with 1 results for 1 lines"),
        ({"state": BatchState.SETTLED}, "it is settled with 0 results for 1 lines"),
    ],
)
def test_a_batch_that_is_not_what_was_signed_is_named(changes, said):
    assert said in str(batch_fault(batch(**changes)))
