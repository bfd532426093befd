"""When an award may be claimed and how much it is: dates, levels, conditions. No database."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_payouts.api import ClaimState, in_force
from lms_subsidies import rules
from lms_subsidies.rules import (
    Award,
    Check,
    Condition,
    ConditionKind,
    Holding,
    Situation,
    Spell,
    Stacking,
    Terms,
    Verdict,
)

TODAY = dt.date(2026, 9, 28)
AMOUNTS = {"qualification:assistant": 150_000, "qualification:intermediate": 300_000, "qualification:senior": 500_000}
ALL = tuple(Condition(kind, 12 if kind is ConditionKind.EMPLOYED_MONTHS else 0) for kind in ConditionKind)


def terms(basis="qualification:intermediate", **changes):
    made = {
        "code": "x", "title": {"zh_CN": basis}, "basis": basis, "amount_fen": AMOUNTS.get(basis, 50_000),
        "claim_days": 365, "conditions": ALL, "stacking": Stacking.DIFFERENCE,
    }  # fmt: skip
    return Terms(**(made | changes))


def situation(**changes):
    made = {
        "today": TODAY, "claimed_on": TODAY,
        "holding": Holding("A1", dt.date(2026, 6, 1), registered_until=dt.date(2028, 12, 31)),
        "spells": (Spell("玉林东路社区", dt.date(2020, 1, 1)),),
    }  # fmt: skip
    return Situation(**(made | changes))


def award(basis, stacking=Stacking.DIFFERENCE, state=ClaimState.PAID, amount=None):
    return Award(basis, {"zh_CN": basis}, amount or AMOUNTS[basis], stacking, state, dt.date(2026, 7, 1))


def verdicts(assessment):
    return {line.key: line.verdict for line in assessment.lines}


def line_of(assessment, key):
    return next(line for line in assessment.lines if line.key == key)


@pytest.mark.parametrize(
    ("obtained", "days", "last"),
    [
        (dt.date(2026, 3, 1), 365, dt.date(2027, 3, 1)),
        (dt.date(2024, 2, 29), 365, dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 28), 366, dt.date(2025, 2, 28)),
        (dt.date(2027, 3, 1), 365, dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 31), 1, dt.date(2027, 1, 1)),
    ],
)
def test_the_last_day_counts_from_the_day_after_also_around_29_february(obtained, days, last):
    assert rules.last_day(obtained, days) == last


def test_a_claim_is_in_time_on_the_last_day_and_late_on_the_next():
    held = Holding("A1", TODAY - dt.timedelta(days=365), registered_until=dt.date(2028, 1, 1))
    on_it = rules.assess(terms(), situation(holding=held))
    assert verdicts(on_it)[Check.WINDOW] is Verdict.MET
    assert line_of(on_it, Check.WINDOW).data["left"] == 0
    tomorrow = TODAY + dt.timedelta(days=1)
    late = rules.assess(terms(), situation(holding=held, today=tomorrow, claimed_on=tomorrow))
    assert verdicts(late)[Check.WINDOW] is Verdict.UNMET
    judged_again = rules.assess(terms(), situation(holding=held, today=tomorrow, claimed_on=TODAY))
    assert (
        verdicts(judged_again)[Check.WINDOW] is Verdict.MET
    )  # the day of the claim counts, not that of its correction


class Revision:
    def __init__(self, valid_from, revision=1, valid_to=None):
        self.valid_from, self.revision, self.valid_to = valid_from, revision, valid_to


def test_a_later_begin_takes_over_and_a_correction_replaces_only_its_own_days():
    first, second = Revision(dt.date(2025, 1, 1)), Revision(dt.date(2026, 7, 1))
    corrected = Revision(dt.date(2025, 1, 1), 2)
    known = [first, second, corrected]
    assert in_force(known, dt.date(2024, 12, 31)) is None
    assert in_force(known, dt.date(2026, 6, 30)) is corrected
    assert in_force(known, dt.date(2026, 7, 1)) is second


def test_nothing_counts_after_a_revisions_own_last_day():
    known = [Revision(dt.date(2025, 1, 1)), Revision(dt.date(2026, 1, 1), 1, dt.date(2026, 6, 30))]
    assert in_force(known, dt.date(2026, 6, 30)) is known[1]
    assert in_force(known, dt.date(2026, 7, 1)) is None


@pytest.mark.parametrize(
    ("spells", "since"),
    [
        ([], None),
        ([Spell("a", dt.date(2025, 1, 1))], dt.date(2025, 1, 1)),
        ([Spell("a", dt.date(2026, 10, 1))], None),  # begins later
        ([Spell("a", dt.date(2024, 1, 1), TODAY)], dt.date(2024, 1, 1)),  # the last day is still a day
        ([Spell("a", dt.date(2024, 1, 1), dt.date(2026, 9, 27))], None),
        (
            [Spell("a", dt.date(2024, 1, 1), dt.date(2025, 3, 31)), Spell("b", dt.date(2025, 4, 1))],
            dt.date(2024, 1, 1),
        ),
        (
            [Spell("a", dt.date(2024, 1, 1), dt.date(2025, 3, 30)), Spell("b", dt.date(2025, 4, 1))],
            dt.date(2025, 4, 1),
        ),
        (
            [Spell("a", dt.date(2023, 1, 1), dt.date(2026, 1, 1)), Spell("b", dt.date(2025, 4, 1))],
            dt.date(2023, 1, 1),
        ),
    ],
)
def test_employment_runs_on_through_a_change_of_unit_but_not_through_a_gap(spells, since):
    for order in itertools.permutations(spells):
        assert rules.employed_since(order, TODAY) == since


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 300), st.booleans()), max_size=6))
def test_employed_since_is_what_counting_day_by_day_gives(drawn):
    begin = dt.date(2024, 1, 1)
    spells = [
        Spell("x", begin + dt.timedelta(days=first), None if is_open else begin + dt.timedelta(days=first + length))
        for first, length, is_open in drawn
    ]

    def employed(day):
        return any(one.first_day <= day <= (one.last_day or dt.date.max) for one in spells)

    day = TODAY
    while day >= begin and employed(day):
        day -= dt.timedelta(days=1)
    expected = None if day == TODAY else day + dt.timedelta(days=1)
    assert rules.employed_since(spells, TODAY) == expected


@pytest.mark.parametrize(
    ("since", "today", "met"),
    [
        (dt.date(2025, 9, 28), TODAY, True),
        (dt.date(2025, 9, 29), TODAY, False),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 28), True),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 27), False),
        (dt.date(2025, 8, 31), dt.date(2026, 8, 31), True),
    ],
)
def test_twelve_months_are_full_on_the_same_day_of_the_month_or_its_last(since, today, met):
    only = terms(conditions=(Condition(ConditionKind.EMPLOYED_MONTHS, 12),))
    assessed = rules.assess(only, situation(today=today, claimed_on=today, spells=(Spell("x", since),)))
    assert (verdicts(assessed)[ConditionKind.EMPLOYED_MONTHS] is Verdict.MET) is met


def test_every_condition_has_a_line_and_what_is_unknown_is_to_be_declared():
    assessed = rules.assess(terms(), situation())
    assert [line.key for line in assessed.lines] == [
        "basis", "window", "once", "levels", "employed_now", "employed_months", "registered", "not_civil_servant",
        "no_other_reward",
    ]  # fmt: skip
    assert assessed.unmet == ()
    asked = {line.key for line in assessed.lines if line.verdict is Verdict.DECLARE}
    assert asked == {ConditionKind.NOT_CIVIL_SERVANT, ConditionKind.NO_OTHER_REWARD}
    assert rules.undeclared(terms(), {ConditionKind.NO_OTHER_REWARD}) == (ConditionKind.NOT_CIVIL_SERVANT,)
    declared = rules.assess(terms(), situation(declared=frozenset(rules.DECLARED)))
    assert {line.verdict for line in declared.lines} == {Verdict.MET}


@pytest.mark.parametrize(
    ("changes", "key", "why"),
    [
        ({"holding": Holding("A1", dt.date(2026, 6, 1), valid=False)}, "basis", ""),
        ({"holding": Holding("A1", dt.date(2026, 6, 1))}, "registered", "never"),
        (
            {"holding": Holding("A1", dt.date(2026, 6, 1), registered_until=dt.date(2026, 9, 27))},
            "registered",
            "lapsed",
        ),
        ({"spells": ()}, "employed_now", ""),
        ({"spells": ()}, "employed_months", "not_employed"),
        ({"spells": (Spell("x", dt.date(2026, 1, 1)),)}, "employed_months", "too_short"),
        ({"rejected_on": dt.date(2026, 8, 1)}, "once", "rejected"),
        ({"others": (award("qualification:intermediate"),)}, "once", "claimed"),
        ({"others": (award("qualification:assistant", state=ClaimState.IN_REVIEW),)}, "levels", "in_review"),
    ],
)
def test_what_is_not_met_says_which_and_why(changes, key, why):
    assessed = rules.assess(terms(), situation(**changes))
    line = line_of(assessed, key)
    assert (line.verdict, line.why) == (Verdict.UNMET, why)


@pytest.mark.parametrize(
    ("changes", "over"),
    [
        ({}, False),
        ({"spells": ()}, False),
        ({"others": (award("qualification:assistant", state=ClaimState.IN_REVIEW),)}, False),
        ({"holding": Holding("A1", dt.date(2026, 6, 1), valid=False)}, True),
        ({"claimed_on": dt.date(2027, 6, 2)}, True),
        ({"rejected_on": dt.date(2026, 8, 1)}, True),
        ({"others": (award("qualification:intermediate"),)}, True),
        ({"others": (award("qualification:senior"),)}, True),
    ],
)
def test_an_award_is_over_when_nothing_the_person_does_could_bring_it(changes, over):
    assert rules.assess(terms(), situation(**changes)).is_over is over


def test_a_rejected_claim_may_be_made_again_only_where_the_scheme_says_so():
    rejected = situation(rejected_on=dt.date(2026, 8, 1))
    assert rules.assess(terms(), rejected).unmet
    assert not rules.assess(terms(reclaim=True), rejected).unmet


def test_a_kind_of_certificate_has_no_other_levels():
    assessed = rules.assess(terms("certificate:CDSGY", conditions=()), situation())
    assert [line.key for line in assessed.lines] == ["basis", "window", "once"]
    assert assessed.amount_fen == 50_000


@pytest.mark.parametrize(
    ("basis", "stacking", "others", "amount"),
    [
        ("qualification:intermediate", Stacking.FULL, [award("qualification:assistant")], 300_000),
        ("qualification:intermediate", Stacking.DIFFERENCE, [award("qualification:assistant")], 150_000),
        ("qualification:intermediate", Stacking.NONE, [award("qualification:assistant")], 0),
        ("qualification:assistant", Stacking.FULL, [award("qualification:intermediate")], 0),
        ("qualification:assistant", Stacking.NONE, [award("qualification:intermediate", Stacking.FULL)], 150_000),
        ("qualification:assistant", Stacking.FULL, [award("qualification:intermediate", Stacking.NONE)], 0),
        (
            "qualification:senior",
            Stacking.DIFFERENCE,
            [award("qualification:assistant"), award("qualification:intermediate", amount=150_000)],
            200_000,
        ),
    ],
)
def test_what_other_levels_leave(basis, stacking, others, amount):
    assert rules.payable(basis, AMOUNTS[basis], stacking, others) == amount


@given(st.permutations(list(AMOUNTS)), st.sampled_from([Stacking.DIFFERENCE, Stacking.FULL]))
def test_all_levels_together_come_to_the_same_in_whichever_order_they_are_claimed(order, stacking):
    awarded: list[Award] = []
    for basis in order:
        amount = rules.payable(basis, AMOUNTS[basis], stacking, awarded)
        if amount:
            awarded.append(award(basis, stacking, amount=amount))
    highest, everything = max(AMOUNTS.values()), sum(AMOUNTS.values())
    assert sum(one.amount_fen for one in awarded) == (highest if stacking is Stacking.DIFFERENCE else everything)


@given(st.permutations(list(AMOUNTS)))
def test_with_none_the_first_level_claimed_is_the_only_one(order):
    awarded: list[Award] = []
    for basis in order:
        amount = rules.payable(basis, AMOUNTS[basis], Stacking.NONE, awarded)
        if amount:
            awarded.append(award(basis, Stacking.NONE, amount=amount))
    assert [one.basis for one in awarded] == [order[0]]


def test_a_condition_survives_being_stored():
    for condition in ALL:
        assert Condition.parse(condition.plain()) == condition
