"""States, money and bank accounts: what may follow what, how fen are written, when an account number can be right.

Pure functions and enumerations. Money is integer fen everywhere; 元 with two decimals only on pages and in files.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from stdnum import luhn

from lms.plugin_api import texts, work

MOST_FEN = texts.MOST_FEN
"""The most that a payment, a budget or a batch may be."""
YEARS = range(2000, 2101)
"""The years that budgets can be of."""
_HASH = re.compile(r"[0-9a-f]{64}")


class PaymentState(enum.StrEnum):
    """Where a payment is. WAITING > BATCHED > SENT > PAID or BOUNCED; BOUNCED > WAITING with a new account."""

    WAITING = "waiting"
    BATCHED = "batched"
    SENT = "sent"
    PAID = "paid"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class ClaimState(enum.StrEnum):
    """Where a claim of a scheme is. Its approval case says more while IN_REVIEW, its payment from APPROVED on."""

    IN_REVIEW = "in_review"
    APPROVED = "approved"
    BOUNCED = "bounced"
    PAID = "paid"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


LIVE = (ClaimState.IN_REVIEW, ClaimState.APPROVED, ClaimState.BOUNCED, ClaimState.PAID)
"""States in which a claim counts: what it rests on is taken, and its amount promised."""
TO_PAY = (ClaimState.APPROVED, ClaimState.BOUNCED)
"""States in which a payment is still under way."""


class Dated(work.Dated, Protocol):
    """A revision of a scheme: what it says counts from a day to a day."""

    @property
    def valid_to(self) -> dt.date | None: ...


R = TypeVar("R", bound=Dated)


def in_force(revisions: Iterable[R], on: dt.date) -> R | None:
    """What counts on a day: the latest begin up to then, of that the latest revision, unless it has ended.

    A revision rules until the next one's begin or its own last day; an earlier one never comes back to life after it.
    """
    found = work.in_force(revisions, on)
    return found if found is not None and (found.valid_to is None or on <= found.valid_to) else None


class BatchState(enum.StrEnum):
    """Where a batch is: unsigned, signed once, signed twice and frozen, at the bank, its results in; or returned."""

    DRAFT = "draft"
    FIRST = "first"
    SIGNED = "signed"
    SENT = "sent"
    SETTLED = "settled"
    RETURNED = "returned"


UNFROZEN = (BatchState.DRAFT, BatchState.FIRST)
"""A batch that can still be sent back."""


class ResultState(enum.StrEnum):
    """A result file: with faults, ready to apply, being applied, applied."""

    FAULTY = "faulty"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"


class AccountKind(enum.StrEnum):
    """The accounts of a budget. APPROPRIATION is where its money comes from: minus what was appropriated."""

    APPROPRIATION = "appropriation"
    AVAILABLE = "available"
    RESERVED = "reserved"
    PAID = "paid"


class TransactionKind(enum.StrEnum):
    """What moves money."""

    APPROPRIATE = "appropriate"
    REDUCE = "reduce"
    RESERVE = "reserve"
    RELEASE = "release"
    PAY = "pay"


class BudgetLevel(enum.StrEnum):
    """Whose budget pays, seen from the claimant's unit."""

    CITY = "city"
    COUNTY = "county"
    STREET = "street"


class EntryKind(enum.StrEnum):
    """What changes a receivable: it is recorded once, then paid back in parts or waived."""

    RECALL = "recall"
    RETURN = "return"
    WAIVE = "waive"


DEGREES = ("secondary", "college", "bachelor", "master", "doctor")
"""Levels of degree that two schemes may both be about: 中专, 大专, 本科, 硕士, 博士."""


def degree_subject(level: str) -> str:
    """What only one scheme may support for a person, spelt in one place for all of them."""
    if level not in DEGREES:
        raise ValueError(f"{level} is no level of degree")
    return f"degree:{level}"


MOVES = {
    TransactionKind.APPROPRIATE: (AccountKind.APPROPRIATION, AccountKind.AVAILABLE),
    TransactionKind.REDUCE: (AccountKind.AVAILABLE, AccountKind.APPROPRIATION),
    TransactionKind.RESERVE: (AccountKind.AVAILABLE, AccountKind.RESERVED),
    TransactionKind.RELEASE: (AccountKind.RESERVED, AccountKind.AVAILABLE),
    TransactionKind.PAY: (AccountKind.RESERVED, AccountKind.PAID),
}
"""From which account of the budget to which each kind moves its amount."""


class Fault(ValueError):
    """A text that cannot be what it should be; `code` says why, `wording.FAULTS` in words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def compact(text: str) -> str:
    """Without blanks and hyphens, full-width digits made ordinary: numbers are copied from cards and chats."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(char for char in plain if not char.isspace() and char not in "-‐‑‒–—")


def checked_bank_account(text: str) -> str:
    """A bank card number: 16 to 19 digits whose last fits the others (Luhn, ISO/IEC 7812-1). Raises `Fault`."""
    number = compact(text)
    if not (16 <= len(number) <= 19 and number.isascii() and number.isdigit()):
        raise Fault("account_form")
    if not luhn.is_valid(number):
        raise Fault("account_checksum")
    return number


def masked_account(tail: str) -> str:
    """An account as pages show it: the last four digits."""
    return f"**** **** {tail}"


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: blanks, full width and the kind of middle dot do not count."""
    return _plain_name(one) == _plain_name(other)


def _plain_name(text: str) -> str:
    return compact(text).replace("•", "·").replace("‧", "·").replace("・", "·").casefold()


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 in lower-case hexadecimal."""
    return _HASH.fullmatch(text) is not None


def yuan(fen: int) -> str:
    """12345650 fen: 123,456.50."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def sheet_yuan(fen: int) -> float:
    """An amount in 元 as a spreadsheet's number. Exact up to `MOST_FEN`: written with 15 digits it is that amount."""
    return fen / 100


def parse_yuan(text: str) -> int:
    """Fen of an amount written in 元, as the surface reads it. Raises `Fault`; never rounds."""
    try:
        return texts.parse_yuan(text)
    except texts.AmountFault as fault:
        raise Fault(fault.code) from None


@dataclass(frozen=True, slots=True)
class DigestLine:
    """What a batch promises of one line. The account stands as its keyed index: a digest must not help to guess it."""

    serial: int
    payment_id: uuid.UUID
    account_name: str
    account_index: bytes
    bank_name: str
    amount_fen: int
    reference: str


def batch_digest(number: str, lines: Iterable[DigestLine]) -> str:
    """SHA-256 over a batch's number and lines in canonical JSON: what the two officers sign and the file carries."""
    content = {
        "form": "payouts-batch-1",
        "number": number,
        "lines": [
            [
                line.serial,
                line.payment_id.hex,
                line.account_name,
                line.account_index.hex(),
                line.bank_name,
                line.amount_fen,
                line.reference,
            ]
            for line in lines
        ],
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
