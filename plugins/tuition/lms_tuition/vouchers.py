"""Vouchers: read as people type them, checked by form, and told apart. Pure.

Fiscal e-receipts (财政电子票据) of schools: code of 8 digits, number of 10, check code of 6 characters. E-invoices
(数电发票): a number of 20 digits alone, whose first two are the year. Invoices of the older kind: code of 10 or 12
digits, number of 8, check code of 20 digits on electronic ones, of which people type the last 6. The same voucher typed
with blanks or full-width digits is the same voucher.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lms_payouts.api import same_name


class VoucherKind(enum.StrEnum):
    """Kinds of voucher a school gives."""

    FISCAL = "fiscal"
    EINVOICE = "einvoice"
    INVOICE = "invoice"


CODE, NUMBER, CHECK = "code", "number", "check"
_FORMS = {
    VoucherKind.FISCAL: {CODE: r"\d{8}", NUMBER: r"\d{10}", CHECK: r"[0-9A-Z]{6}"},
    VoucherKind.EINVOICE: {CODE: "", NUMBER: r"\d{20}", CHECK: ""},
    VoucherKind.INVOICE: {CODE: r"\d{10}|\d{12}", NUMBER: r"\d{8}", CHECK: r"|\d{6}|\d{20}"},
}
"""What each field must be; the empty form wants the field empty."""


class Concern(enum.StrEnum):
    """What an officer should look at: it may be right, and a register would not know."""

    PAYER = "payer"
    PART = "part"
    YEAR = "year"
    EARLY = "early"
    LATE = "late"


_MARGIN = dt.timedelta(days=180)
"""A fee may be paid half a year before the term, or after."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A voucher as it is told apart: compact fields, and one key for the kinds together."""

    kind: VoucherKind
    code: str
    number: str
    check: str

    @property
    def key(self) -> str:
        """What is used once for ever. The check code proves a voucher and does not tell it apart."""
        return ":".join(part for part in (self.kind.value, self.code, self.number) if part)


def compact(text: str) -> str:
    """Without blanks and hyphens, full-width made ordinary, letters large: as it is printed."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(char for char in plain if not char.isspace() and char not in "-‐‑‒–—－").upper()


def identify(kind: VoucherKind, code: str, number: str, check: str) -> Identity:
    """The compact identity of what was typed; a field the kind does not have is left out, whatever was typed."""
    typed = {CODE: compact(code), NUMBER: compact(number), CHECK: compact(check)}
    kept = {name: text if _FORMS[kind][name] else "" for name, text in typed.items()}
    return Identity(kind, kept[CODE], kept[NUMBER], kept[CHECK])


def faults(voucher: Identity) -> Iterator[str]:
    """The fields that cannot be right."""
    for name, form in _FORMS[voucher.kind].items():
        text = getattr(voucher, name)
        if not (text.isascii() and re.fullmatch(form, text)):
            yield name


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a voucher an officer is warned about. Amounts in fen."""

    identity: Identity
    issued_on: dt.date
    amount_fen: int
    claimed_fen: int
    payer: str


def concerns(seen: Seen, *, name: str, starts_on: dt.date, ends_on: dt.date) -> tuple[Concern, ...]:
    """What to look at: another payer, a part of the amount, a number of another year, a date far from the study."""
    said = {
        Concern.PAYER: not same_name(seen.payer, name),
        Concern.PART: seen.claimed_fen < seen.amount_fen,
        Concern.YEAR: seen.identity.kind is VoucherKind.EINVOICE and seen.identity.number[:2] != f"{seen.issued_on:%y}",
        Concern.EARLY: seen.issued_on < starts_on - _MARGIN,
        Concern.LATE: seen.issued_on > ends_on + _MARGIN,
    }
    return tuple(concern for concern, holds in said.items() if holds)
