"""What is paid of a tuition fee, until when it may be claimed, and what is owed by who leaves early. Pure.

Rates by degree, what costs count (学费 and 论文答辩费, not books, board or travel), payment after the diploma and one
study for a person: a city's rule for its staff. Service of two to five years and paying back the share that was not
served: usual clauses, within Labour Contract Law art. 22 (no more than the share of the term not served). Chengdu has
decided none of it, hence all of it is data. Terms in months end as in 民法典 art. 201 and 202: the day of the event
does not count, and where the last month has no such day the term ends with that month.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass

from lms.plugin_api.work import clock

MOST_FEN = 100_000_000
MOST_DAYS = 3660
MOST_MONTHS = 120
"""Limits beyond which a scheme is a typing error: a million 元, ten years, ten years."""


class Cost(enum.StrEnum):
    """Kinds of cost that stand on a school's voucher. A scheme says which of them it pays."""

    TUITION = "tuition"
    DEFENCE = "defence"
    EXAM = "exam"
    BOOKS = "books"
    BOARD = "board"
    TRAVEL = "travel"


class Timing(enum.StrEnum):
    """When is claimed: term by term, or once the degree is there."""

    TERM = "term"
    GRADUATION = "graduation"


class ServiceFrom(enum.StrEnum):
    """From when service is owed: from each payment on, or from the graduation on."""

    PAYMENT = "payment"
    GRADUATION = "graduation"


class StudyState(enum.StrEnum):
    """Where a study is; its approval case says more while IN_REVIEW."""

    IN_REVIEW = "in_review"
    AGREED = "agreed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


STANDING = (StudyState.IN_REVIEW, StudyState.AGREED)
"""States in which a study takes the one place for its degree: for ever, once it is agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a scheme pays for a level of degree, as of one of its revisions.

    `rate_percent` of the payable costs, together no more than `cap_fen` for a study. `claim_days` after the voucher's
    date (term by term) or the graduation. `service_months` 0 asks for no service.
    """

    level: str
    title: Mapping[str, str]
    rate_percent: int
    cap_fen: int
    costs: frozenset[Cost]
    timing: Timing
    service_months: int
    service_from: ServiceFrom
    claim_days: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How an amount came about, in fen: the payable costs, the rate's part of them, what the cap leaves, the least."""

    claimed_fen: int
    rated_fen: int
    left_fen: int

    @property
    def amount_fen(self) -> int:
        return min(self.rated_fen, self.left_fen)


def reckoned_then(terms: Terms, claimed_fen: int, left_fen: int) -> Reckoning:
    """How an amount came about, whatever was claimed since: `left_fen` is what the cap left then."""
    return Reckoning(claimed_fen, claimed_fen * terms.rate_percent // 100, left_fen)


def reckon(terms: Terms, claimed_fen: int, before_fen: int) -> Reckoning:
    """What is paid for payable costs beside what the study's other claims came to. Parts of a fen are dropped."""
    return reckoned_then(terms, claimed_fen, max(0, terms.cap_fen - before_fen))


def last_day(terms: Terms, issued_on: dt.date, graduated_on: dt.date | None) -> dt.date | None:
    """The last day to claim a voucher; None while the graduation it waits for has not come."""
    since = issued_on if terms.timing is Timing.TERM else graduated_on
    return None if since is None else since + dt.timedelta(days=terms.claim_days)


@dataclass(frozen=True, slots=True)
class Service:
    """The days of service owed for a payment, both included."""

    first_day: dt.date
    last_day: dt.date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1


def service(terms: Terms, paid_on: dt.date, graduated_on: dt.date | None) -> Service | None:
    """When service for a payment is owed; None where none is, or while it has not begun (`awaits_graduation`)."""
    since = paid_on if terms.service_from is ServiceFrom.PAYMENT else graduated_on
    if not terms.service_months or since is None:
        return None
    return Service(since + dt.timedelta(days=1), clock.months_later(since, terms.service_months))


def awaits_graduation(terms: Terms, graduated_on: dt.date | None) -> bool:
    """Whether service is owed and will only begin with the graduation."""
    return bool(terms.service_months) and terms.service_from is ServiceFrom.GRADUATION and graduated_on is None


@dataclass(frozen=True, slots=True)
class Owed:
    """What is to be paid back of a payment: `left_days` of `days` were not served."""

    paid_fen: int
    days: int
    served_days: int
    fen: int

    @property
    def left_days(self) -> int:
        return self.days - self.served_days


def owed(paid_fen: int, spell: Service, left_on: dt.date) -> Owed:
    """The share of the days not served by who works for the last time on `left_on`. Parts of a fen are dropped."""
    served = min(max((left_on - spell.first_day).days + 1, 0), spell.days)
    return Owed(paid_fen, spell.days, served, paid_fen * (spell.days - served) // spell.days)


def owed_in_full(paid_fen: int) -> Owed:
    """Everything: service that waits for the graduation has not begun."""
    return Owed(paid_fen, 0, 0, paid_fen)
