"""When an award may be claimed and how much it is. Pure: facts in, answers out; words are in `explaining`.

What awards there are elsewhere, which conditions they have, how a higher level follows a lower one and that false
declarations are paid back: Ningbo 2024, Shanghai Changning, Tianjin Ninghe 2023, Putian 2021-23. Chengdu has decided
none of it yet, hence all of it is data. Terms of months end as in 民法典 art. 202: where the last month has no such
day, with that month.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms.plugin_api.work import clock
from lms_payouts.api import ClaimState

CERTIFICATE, QUALIFICATION = "certificate", "qualification"
LEVELS = ("assistant", "intermediate", "senior")
"""National levels, the lowest first: 助理社会工作师, 社会工作师, 高级社会工作师."""
MOST_MONTHS = 120
MOST_DAYS = 3660
MOST_FEN = 100_000_000
"""Limits beyond which a scheme is a typing error: ten years, ten years, a million 元."""


class Stacking(enum.StrEnum):
    """What a lower level's award does to this one: nothing, it is taken off, or it rules this one out."""

    FULL = "full"
    DIFFERENCE = "difference"
    NONE = "none"


class ConditionKind(enum.StrEnum):
    EMPLOYED_NOW = "employed_now"
    EMPLOYED_MONTHS = "employed_months"
    REGISTERED = "registered"
    NOT_CIVIL_SERVANT = "not_civil_servant"
    NO_OTHER_REWARD = "no_other_reward"


DECLARED = frozenset({ConditionKind.NOT_CIVIL_SERVANT, ConditionKind.NO_OTHER_REWARD})
"""What no register of the academy knows: the claimant declares it."""


AWARDED = (ClaimState.APPROVED, ClaimState.BOUNCED, ClaimState.PAID)
"""States in which money is promised or paid."""


def ladder_of(basis: str) -> str:
    """Bases among which one award counts against another: the national levels, or a kind of certificate by itself."""
    return QUALIFICATION if basis.startswith(f"{QUALIFICATION}:") else basis


def rank_of(basis: str) -> int:
    """The height of a basis on its ladder, 0 the lowest."""
    kind, _colon, code = basis.partition(":")
    return LEVELS.index(code) if kind == QUALIFICATION else 0


def last_day(obtained_on: dt.date, claim_days: int) -> dt.date:
    """The last day to claim. The day the certificate was obtained does not count (民法典 art. 201)."""
    return obtained_on + dt.timedelta(days=claim_days)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a scheme; `months` belongs to EMPLOYED_MONTHS."""

    kind: ConditionKind
    months: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"kind": self.kind.value} | ({"months": self.months} if self.months else {})

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Condition:
        """Undo `plain`."""
        return cls(ConditionKind(stored["kind"]), int(stored.get("months", 0)))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scheme grants for a basis, as of one of its revisions. Amounts in fen."""

    code: str
    title: Mapping[str, str]
    basis: str
    amount_fen: int
    claim_days: int
    conditions: tuple[Condition, ...] = ()
    stacking: Stacking = Stacking.FULL
    reclaim: bool = False


@dataclass(frozen=True, slots=True)
class Spell:
    """An employment; both days included, `last_day` None while it lasts."""

    unit: str
    first_day: dt.date
    last_day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """The certificate a claim rests on. `valid` is False once it was revoked; registration is a national level's."""

    number: str
    obtained_on: dt.date
    valid: bool = True
    registered_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """Another claim of the same person on the same ladder, as far as it counts."""

    basis: str
    title: Mapping[str, str]
    amount_fen: int
    stacking: Stacking
    state: ClaimState
    on: dt.date


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a claim is judged by. `claimed_on` is the day it is, or was, made; `today` the day of judging."""

    today: dt.date
    claimed_on: dt.date
    holding: Holding
    spells: tuple[Spell, ...] = ()
    others: tuple[Award, ...] = ()
    rejected_on: dt.date | None = None
    declared: frozenset[ConditionKind] = field(default_factory=frozenset)


class Check(enum.StrEnum):
    """Lines that every assessment has, before the scheme's own conditions."""

    BASIS = "basis"
    WINDOW = "window"
    ONCE = "once"
    LEVELS = "levels"


_LASTING = frozenset({Check.BASIS, Check.WINDOW, Check.ONCE})
"""Lines that stay unmet whatever the person does."""
_RULED_OUT = "ruled_out"


class Verdict(enum.StrEnum):
    MET = "met"
    UNMET = "unmet"
    DECLARE = "declare"


@dataclass(frozen=True, slots=True)
class Line:
    """One condition with what became of it. `why` is a code, `data` the facts it rests on, for words."""

    key: str
    verdict: Verdict
    why: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Every condition line by line, what would be paid, and until when a claim may be made."""

    lines: tuple[Line, ...]
    amount_fen: int
    last_day: dt.date

    @property
    def unmet(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.verdict is Verdict.UNMET)

    @property
    def is_over(self) -> bool:
        """Whether nothing the person does could bring the award: void, too late, taken, ruled out by another level."""
        return any(line.key in _LASTING or line.why == _RULED_OUT for line in self.unmet)


def assess(terms: Terms, seen: Situation) -> Assessment:
    """Judge a claim, made or about to be made, by the terms and the facts."""
    until = last_day(seen.holding.obtained_on, terms.claim_days)
    amount, levels = _levels(terms, seen.others)
    lines = (
        _basis(seen.holding),
        _window(until, seen.claimed_on),
        _once(terms, seen),
        *levels,
        *(_condition(condition, seen) for condition in terms.conditions),
    )
    return Assessment(lines, amount, until)


def payable(basis: str, amount_fen: int, stacking: Stacking, others: Iterable[Award]) -> int:
    """What is paid beside earlier awards on the same ladder, in fen; 0 when they rule it out.

    A pair of levels is governed by the higher one's rule, in whichever order they are claimed: with `difference` the
    two together come to the higher amount.
    """
    left = amount_fen
    for other in others:
        is_lower = rank_of(other.basis) < rank_of(basis)
        rule = stacking if is_lower else other.stacking
        if rule is Stacking.FULL:
            continue
        left = left - other.amount_fen if is_lower and rule is Stacking.DIFFERENCE else 0
    return max(0, left)


def employed_since(spells: Sequence[Spell], today: dt.date) -> dt.date | None:
    """Since when somebody has been employed without a break of even a day; None for who is not employed today."""
    since: dt.date | None = None
    reached = today
    for spell in sorted(spells, key=lambda one: one.last_day or dt.date.max, reverse=True):
        if spell.first_day <= today and (spell.last_day or dt.date.max) >= reached:
            since = spell.first_day if since is None else min(since, spell.first_day)
            reached = since - dt.timedelta(days=1)
    return since


def present(spells: Iterable[Spell], today: dt.date) -> Spell | None:
    """The employment that lasts today, the newest where there are several."""
    lasting = [one for one in spells if one.first_day <= today <= (one.last_day or dt.date.max)]
    return max(lasting, key=lambda one: one.first_day, default=None)


def undeclared(terms: Terms, declared: Collection[ConditionKind]) -> tuple[ConditionKind, ...]:
    """What the terms want declared and is not."""
    return tuple(one.kind for one in terms.conditions if one.kind in DECLARED and one.kind not in declared)


def _met(key: str, met: bool, why: str = "", **data: Any) -> Line:  # noqa: FBT001 - it is what the line says
    return Line(key, Verdict.MET if met else Verdict.UNMET, why, data)


def _basis(holding: Holding) -> Line:
    return _met(Check.BASIS, holding.valid, number=holding.number, day=holding.obtained_on)


def _window(until: dt.date, claimed_on: dt.date) -> Line:
    return _met(Check.WINDOW, claimed_on <= until, day=until, left=(until - claimed_on).days)


def _once(terms: Terms, seen: Situation) -> Line:
    same = next((one for one in seen.others if one.basis == terms.basis), None)
    if same is not None:
        return _met(Check.ONCE, False, "claimed", day=same.on)
    if seen.rejected_on is not None and not terms.reclaim:
        return _met(Check.ONCE, False, "rejected", day=seen.rejected_on)
    return _met(Check.ONCE, True)


def _levels(terms: Terms, others: Sequence[Award]) -> tuple[int, tuple[Line, ...]]:
    """What is left to pay beside the other levels, and the line that says so where there is a ladder."""
    others = [one for one in others if one.basis != terms.basis]
    if ladder_of(terms.basis) != QUALIFICATION:
        return terms.amount_fen, ()
    review = next((one for one in others if one.state is ClaimState.IN_REVIEW), None)
    if review is not None:
        return terms.amount_fen, (_met(Check.LEVELS, False, "in_review", title=review.title),)
    amount = payable(terms.basis, terms.amount_fen, terms.stacking, others)
    if not others:
        return amount, (_met(Check.LEVELS, True, "no_other"),)
    data = {"titles": tuple(one.title for one in others), "before": sum(one.amount_fen for one in others)}
    why = "full" if amount == terms.amount_fen else "difference" if amount else _RULED_OUT
    return amount, (_met(Check.LEVELS, amount > 0, why, amount=amount, **data),)


def _condition(condition: Condition, seen: Situation) -> Line:
    kind = condition.kind
    if kind in DECLARED:
        return Line(kind, Verdict.MET if kind in seen.declared else Verdict.DECLARE)
    if kind is ConditionKind.REGISTERED:
        until = seen.holding.registered_until
        if until is None:
            return _met(kind, False, "never")
        return _met(kind, until >= seen.today, "" if until >= seen.today else "lapsed", day=until)
    now = present(seen.spells, seen.today)
    if kind is ConditionKind.EMPLOYED_NOW:
        return _met(kind, False) if now is None else _met(kind, True, unit=now.unit, day=now.first_day)
    since = employed_since(seen.spells, seen.today)
    if since is None:
        return _met(kind, False, "not_employed", months=condition.months)
    full = clock.months_later(since, condition.months)
    why = "" if full <= seen.today else "too_short"
    return _met(kind, not why, why, months=condition.months, since=since, day=full)
