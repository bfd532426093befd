"""What a policy asks for, and which of its versions rules a cycle. Pure: whole minutes and days.

Two obligations are known. The registration period: 72 小时 for 助理社会工作师, 90 小时 for 社会工作师 and
高级社会工作师 in three years (民发〔2009〕123 号, 民发〔2009〕44 号). The calendar year: 90 学时 of 专业技术人员, at
least two thirds of them professional (人社部令第25号). Each counts in its own unit; minutes are kept and compared.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lms.kernel.dated import Dated

MOST_UNITS = 1000
MOST_MONTHS = 36
HOUR = 60
UNCERTIFIED = "uncertified"
"""The place of a level for people who work without a national certificate."""


class Obligation(enum.StrEnum):
    """登记周期 and 公历年度."""

    REGISTRATION = "registration"
    YEAR = "year"


class TimeUnit(enum.StrEnum):
    """小时 are 60 minutes; 学时 as many as the policy says."""

    HOURS = "hours"
    CLASS_HOURS = "class_hours"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says. Amounts are in its own unit, caps None for none; `carry_most` 0 carries nothing over.

    `asked` maps a level (assistant, intermediate, senior, uncertified) to what it owes; a level it leaves out does not
    fall under the policy. At least `parts` of `whole` of what is owed must be professional. What is carried over counts
    for `carry_months` from the cycle's first day, None for the whole cycle. `running`: counts from its day on for
    cycles under way too, not only for those that begin later.
    """

    is_on: bool
    unit: TimeUnit
    unit_minutes: int
    asked: Mapping[str, int]
    parts: int = 0
    whole: int = 1
    cap_professional: int | None = None
    cap_public: int | None = None
    carry_most: int = 0
    carry_months: int | None = None
    window_months: int = 3
    late_months: int = 0
    running: bool = False

    def owes(self, level: str) -> bool:
        """Whether a level falls under the policy."""
        return self.is_on and level in self.asked

    def required(self, level: str) -> int:
        """Minutes that a level owes in a cycle; 0 for one that owes nothing."""
        return self.asked[level] * self.unit_minutes if self.owes(level) else 0

    def most_professional(self) -> int | None:
        """Minutes of professional subjects that count at most."""
        return None if self.cap_professional is None else self.cap_professional * self.unit_minutes

    def most_public(self, required: int) -> int | None:
        """Minutes of public subjects that count at most: the cap, and what the professional share leaves."""
        limits = [] if self.cap_public is None else [self.cap_public * self.unit_minutes]
        if self.parts:
            limits.append(required * (self.whole - self.parts) // self.whole)
        return min(limits, default=None)


class Version(Dated, Protocol):
    """A policy with the day it begins; a later revision for the same day takes the place of the earlier one."""

    @property
    def running(self) -> bool: ...


V = TypeVar("V", bound=Version)


def in_order(versions: Iterable[V]) -> list[V]:
    """The versions that count, the latest first: of each day the last one saved."""
    last: dict[dt.date, V] = {}
    for version in versions:
        held = last.get(version.valid_from)
        if held is None or held.revision < version.revision:
            last[version.valid_from] = version
    return [last[day] for day in sorted(last, reverse=True)]


def ruling(ordered: Sequence[V], first_day: dt.date, last_day: dt.date, on: dt.date) -> V:
    """The version that rules a cycle on a day, of versions `in_order`.

    The latest that had begun on the cycle's first day, or that reaches into cycles under way and has begun before both
    the day and the cycle's end. The earliest rules what began before it.
    """
    for version in ordered:
        begun_with = version.valid_from <= first_day
        if begun_with or (version.running and version.valid_from <= min(on, last_day)):
            return version
    return ordered[-1]


def late_ruling(ordered: Sequence[V], first_day: dt.date, on: dt.date) -> V:
    """The version that says on a day how long a registration can still be renewed late.

    One for cycles under way reaches those that are over, too; what is owed in them it leaves alone.
    """
    for version in ordered:
        if version.valid_from <= first_day or (version.running and version.valid_from <= on):
            return version
    return ordered[-1]


def faults(obligation: Obligation, terms: Terms) -> Iterator[tuple[str, str]]:
    """What is wrong with terms: (field, code). Nobody may be asked for what the caps do not let count."""
    if not 1 <= terms.unit_minutes <= HOUR or (terms.unit is TimeUnit.HOURS and terms.unit_minutes != HOUR):
        yield "unit_minutes", "unit_minutes"
    if not terms.asked:
        yield "assistant", "nobody"
    if obligation is Obligation.REGISTRATION and UNCERTIFIED in terms.asked:
        yield UNCERTIFIED, "not_registered"
    if not 0 <= terms.parts <= terms.whole or not 1 <= terms.whole <= 100:
        yield "parts", "share"
    yield from _out_of_measure(terms)
    yield from _out_of_reach(terms)


def _out_of_measure(terms: Terms) -> Iterator[tuple[str, str]]:
    """Amounts and months that nobody means."""
    amounts = [(level, amount, 1) for level, amount in terms.asked.items()]
    amounts.append(("carry_most", terms.carry_most, 0))
    caps = ("cap_professional", terms.cap_professional), ("cap_public", terms.cap_public)
    amounts.extend((name, cap, 0) for name, cap in caps if cap is not None)
    yield from ((name, "amount") for name, amount, least in amounts if not least <= amount <= MOST_UNITS)
    months = [("window_months", terms.window_months, 1), ("late_months", terms.late_months, 0)]
    if terms.carry_months is not None:
        months.append(("carry_months", terms.carry_months, 1))
    yield from ((name, "months") for name, number, least in months if not least <= number <= MOST_MONTHS)


def _out_of_reach(terms: Terms) -> Iterator[tuple[str, str]]:
    """A level that could not fulfil what it owes, whatever it learns."""
    if terms.cap_professional is None or not 0 <= terms.parts <= terms.whole or terms.whole < 1:
        return
    for amount in terms.asked.values():
        required = amount * terms.unit_minutes
        public = terms.most_public(required)
        if public is not None and terms.cap_professional * terms.unit_minutes + public < required:
            yield "cap_professional", "out_of_reach"
            return
