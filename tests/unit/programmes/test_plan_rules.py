"""Cultivation plans: which steps lead where, periods and looks, what a text may hold, how measures go."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.programmes.plans import rules
from lms.programmes.plans.rules import (
    Fault,
    LookState,
    Measure,
    MeasureKind,
    MeasureState,
    Outcome,
    PlanState,
    Report,
    ReportState,
    Step,
    Text,
)

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2027, 8, 31)
DAY = dt.timedelta(days=1)
LINE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def measure(line=LINE, **changes):
    values = {"kind": MeasureKind.COURSE, "what": "督导课程", "outcome": "结业", "due_on": dt.date(2026, 12, 31)}
    return Measure(line, **{**values, **changes})


def test_a_text_goes_from_talent_over_mentor_to_officer_and_back():
    way = [Step.WRITE, Step.PROPOSE, Step.SEND_BACK, Step.PROPOSE, Step.AGREE, Step.REFUSE, Step.PROPOSE, Step.AGREE,
           Step.CONFIRM, Step.WRITE]  # fmt: skip
    state, seen = PlanState.DRAFT, []
    for step in way:
        state = rules.after(step, state, may_drop=False)
        seen.append(state.value)
    assert seen == [
        "draft",
        "proposed",
        "draft",
        "proposed",
        "agreed",
        "draft",
        "proposed",
        "agreed",
        "in_force",
        "draft",
    ]
    assert rules.after(Step.DROP, state, may_drop=False) is None
    assert rules.after(Step.DROP, state, may_drop=True) is PlanState.IN_FORCE
    assert rules.after(Step.NEW_MENTOR, PlanState.AGREED, may_drop=False) is PlanState.PROPOSED
    assert {rules.after(Step.ADJUST, one, may_drop=False) for one in PlanState} == {PlanState.DRAFT, None}


@pytest.mark.parametrize("step", Step)
def test_nothing_leads_out_of_the_end_and_nothing_skips_a_side(step):
    assert rules.after(step, PlanState.ENDED, may_drop=True) is None
    if step in {Step.AGREE, Step.SEND_BACK, Step.CONFIRM, Step.REFUSE, Step.PROPOSE}:
        assert sum(rules.after(step, one, may_drop=True) is not None for one in PlanState) == 1


def test_a_plan_runs_from_its_opening_within_the_term():
    assert rules.period(FIRST, None, 18, FIRST) == (FIRST, LAST)
    assert rules.period(FIRST, dt.date(2026, 12, 31), 18, FIRST + DAY) == (FIRST + DAY, dt.date(2026, 12, 31))
    assert rules.period(FIRST, LAST, 18, FIRST - DAY) is None
    assert rules.period(FIRST, LAST, 18, LAST + DAY) is None


def test_a_plan_is_looked_at_yearly_and_on_its_last_day():
    assert rules.looks(FIRST, LAST, 12) == [dt.date(2027, 2, 28), LAST]
    assert rules.looks(FIRST, LAST, 24) == [LAST]


@given(st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)), st.integers(0, 1500), st.integers(1, 40))
def test_looks_go_up_to_the_last_day_and_are_never_further_apart_than_set(first, length, months):
    last = first + dt.timedelta(days=length)
    days = rules.looks(first, last, months)
    assert days[-1] == last
    assert all(a < b for a, b in itertools.pairwise(days))
    assert all((b - a).days <= 31 * months for a, b in zip([first, *days], days, strict=False))


def faults(text, *, before=(), reported=(), is_change=False):
    return rules.faults(text, FIRST, LAST, before=before, reported=reported, is_change=is_change)


def test_a_text_needs_goals_and_measures_with_a_due_day_in_the_period():
    assert faults(Text("目标", (measure(),))) == {}
    at = f"measure-{LINE.hex}"
    wrong = measure(what=" ", outcome="长" * 301, due_on=LAST + DAY)
    assert faults(Text("", (wrong,))) == {
        "goals": Fault.EMPTY, f"{at}-what": Fault.EMPTY, f"{at}-outcome": Fault.TOO_LONG,
        f"{at}-due_on": Fault.NOT_IN_PERIOD,
    }  # fmt: skip
    assert faults(Text("目标", (measure(due_on=None),))) == {f"{at}-due_on": Fault.NOT_IN_PERIOD}
    assert faults(Text("目标", ())) == {"measures": Fault.NO_MEASURE}
    many = tuple(measure(uuid.UUID(int=number)) for number in range(rules.MOST_MEASURES + 1))
    assert faults(Text("目标", many)) == {"measures": Fault.TOO_MANY}


def test_a_change_needs_a_reason_and_keeps_what_was_reported_on():
    text = Text("目标", (measure(OTHER),))
    assert faults(text, before=(LINE,), is_change=True) == {"reason": Fault.EMPTY}
    found = faults(Text("目标", (measure(OTHER),), "调岗"), before=(LINE,), reported={LINE}, is_change=True)
    assert found == {"measures": Fault.REPORTED}


def test_a_measure_is_late_after_its_day_unless_the_mentor_has_to_answer():
    due = measure().due_on
    sent, done = Report(LINE, ReportState.SENT, completes=True), Report(LINE, ReportState.CONFIRMED, completes=True)
    partly, back = (
        Report(LINE, ReportState.CONFIRMED, completes=False),
        Report(LINE, ReportState.RETURNED, completes=True),
    )
    assert rules.standing(measure(), [partly], due) is MeasureState.UNDER_WAY
    assert rules.standing(measure(), [partly, back], due + DAY) is MeasureState.LATE
    assert rules.standing(measure(), [sent, partly], due + DAY) is MeasureState.WAITING
    assert rules.standing(measure(), [done, back], due + DAY) is MeasureState.DONE
    assert rules.standing(measure(OTHER), [done], due + DAY) is MeasureState.LATE
    assert rules.standing(measure(), [], due + DAY, is_over=True) is MeasureState.MISSED


@pytest.mark.parametrize(
    ("days", "written", "settled", "ended", "state"),
    [
        (-31, False, False, None, LookState.AHEAD), (-30, False, False, None, LookState.OPEN),
        (0, False, False, None, LookState.OPEN), (1, False, False, None, LookState.LATE),
        (1, True, False, None, LookState.WRITTEN), (1, True, True, None, LookState.SETTLED),
        (-5, False, False, -6, LookState.VOID), (1, False, False, 0, LookState.LATE),
        (-5, True, False, -6, LookState.WRITTEN),
    ],
)  # fmt: skip
def test_a_look_opens_a_month_ahead_and_is_void_when_the_plan_ended_before_it(days, written, settled, ended, state):
    ended_on = None if ended is None else LAST + ended * DAY
    found = rules.look_state(LAST, LAST + days * DAY, ended_on, is_written=written, is_settled=settled)
    assert found is state


def test_the_last_look_and_a_plan_that_is_over_can_only_end():
    assert set(rules.outcomes(PlanState.IN_FORCE, is_last=False)) == set(Outcome)
    assert rules.outcomes(PlanState.IN_FORCE, is_last=True) == (Outcome.END,)
    assert rules.outcomes(PlanState.ENDED, is_last=False) == (Outcome.END,)
