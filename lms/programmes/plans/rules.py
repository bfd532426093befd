"""Steps of a plan, its period and its looks, what may stand in it, and how its measures go. Pure."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lms.kernel import clock

LONGEST = 2000
LINE_LONGEST = 300
MOST_MEASURES = 12
LOOK_AHEAD = dt.timedelta(days=30)
"""How long before a look's day the mentor may write."""
REMIND_AHEAD = dt.timedelta(days=14)
"""How long before a measure is due its owner is reminded."""


class PlanState(enum.StrEnum):
    """`draft` is the talent's to write, `proposed` waits for the mentor, `agreed` for the officer.

    While a change goes through these, the last confirmed text stays in force.
    """

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    IN_FORCE = "in_force"
    ENDED = "ended"


class Step(enum.StrEnum):
    """What somebody does with a plan's text; `adjust` is asked for after a look."""

    WRITE = "write"
    DROP = "drop"
    PROPOSE = "propose"
    AGREE = "agree"
    SEND_BACK = "send_back"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    ADJUST = "adjust"
    NEW_MENTOR = "new_mentor"
    END = "end"


_S = PlanState
_UNDER_WAY = (_S.DRAFT, _S.PROPOSED, _S.AGREED)
_STEPS: Mapping[Step, Mapping[PlanState, PlanState]] = {
    Step.WRITE: {_S.DRAFT: _S.DRAFT, _S.IN_FORCE: _S.DRAFT},
    Step.DROP: {_S.DRAFT: _S.IN_FORCE},
    Step.PROPOSE: {_S.DRAFT: _S.PROPOSED},
    Step.AGREE: {_S.PROPOSED: _S.AGREED},
    Step.SEND_BACK: {_S.PROPOSED: _S.DRAFT},
    Step.CONFIRM: {_S.AGREED: _S.IN_FORCE},
    Step.REFUSE: {_S.AGREED: _S.DRAFT},
    Step.ADJUST: dict.fromkeys((*_UNDER_WAY, _S.IN_FORCE), _S.DRAFT),
    Step.NEW_MENTOR: {_S.DRAFT: _S.DRAFT, _S.PROPOSED: _S.PROPOSED, _S.AGREED: _S.PROPOSED, _S.IN_FORCE: _S.IN_FORCE},
    Step.END: dict.fromkeys((*_UNDER_WAY, _S.IN_FORCE), _S.ENDED),
}


def after(step: Step, state: PlanState, *, may_drop: bool) -> PlanState | None:
    """The state a step leads to; None when it is not possible.

    What was agreed with one mentor waits for the next one to agree. `may_drop`: there is a text in force, and nobody
    asked for the change that is being made.
    """
    if step is Step.DROP and not may_drop:
        return None
    return _STEPS[step].get(state)


def period(first: dt.date, last: dt.date | None, months: int, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """From when to when a plan runs that is opened today: so many months, within the term; None outside the term."""
    if today < first or (last is not None and today > last):
        return None
    full = clock.last_day_of(today, months)
    return today, full if last is None else min(full, last)


def looks(first: dt.date, last: dt.date, months: int) -> list[dt.date]:
    """The days a plan is looked at: after every so many months, and on its last day."""
    days: list[dt.date] = []
    while not days or days[-1] < last:
        days.append(min(last, clock.last_day_of(first, months * (len(days) + 1))))
    return days


class MeasureKind(enum.StrEnum):
    COURSE = "course"
    PROJECT = "project"
    RESEARCH = "research"
    EXCHANGE = "exchange"
    TEACHING = "teaching"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to do: what is to come out of it, and by when. `line` is the same through all revisions."""

    line: uuid.UUID
    kind: MeasureKind
    what: str
    outcome: str
    due_on: dt.date | None


class Fault(enum.StrEnum):
    """What is wrong with a text."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_IN_PERIOD = "not_in_period"
    NO_MEASURE = "no_measure"
    TOO_MANY = "too_many"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Text:
    """What is written: goals, measures, and for a change the reason."""

    goals: str
    measures: tuple[Measure, ...]
    reason: str = ""


def faults(
    text: Text,
    first: dt.date,
    last: dt.date,
    *,
    before: Collection[uuid.UUID],
    reported: Collection[uuid.UUID],
    is_change: bool,
) -> dict[str, Fault]:
    """What is wrong, by field; `measure-<line>-<part>` for parts of a measure.

    A due day is within the period. Of the measures in force (`before`), those reported on have to stay.
    """
    found = {"goals": _wording(text.goals, LONGEST)}
    if is_change:
        found["reason"] = _wording(text.reason, LINE_LONGEST)
    found["measures"] = _together(text, before, reported)
    for one in text.measures:
        at = f"measure-{one.line.hex}"
        found[f"{at}-what"] = _wording(one.what, LINE_LONGEST)
        found[f"{at}-outcome"] = _wording(one.outcome, LINE_LONGEST)
        is_in = one.due_on is not None and first <= one.due_on <= last
        found[f"{at}-due_on"] = None if is_in else Fault.NOT_IN_PERIOD
    return {name: fault for name, fault in found.items() if fault is not None}


def leaves_out(text: Text, before: Iterable[uuid.UUID], reported: Collection[uuid.UUID]) -> bool:
    """Whether a text leaves out a measure of the one in force that has been reported on."""
    kept = {one.line for one in text.measures}
    return any(line in reported and line not in kept for line in before)


def _together(text: Text, before: Iterable[uuid.UUID], reported: Collection[uuid.UUID]) -> Fault | None:
    if leaves_out(text, before, reported):
        return Fault.REPORTED
    if not text.measures:
        return Fault.NO_MEASURE
    return Fault.TOO_MANY if len(text.measures) > MOST_MEASURES else None


def _wording(text: str, longest: int) -> Fault | None:
    if not text.strip():
        return Fault.EMPTY
    return Fault.TOO_LONG if len(text) > longest else None


class ReportState(enum.StrEnum):
    """`sent` waits for the mentor, who has confirmed it or returned it with words."""

    SENT = "sent"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Report:
    """A report on a measure, as its standing sees it; `completes`: nothing more is to come."""

    line: uuid.UUID
    state: ReportState
    completes: bool


class MeasureState(enum.StrEnum):
    """`missed`: the plan was over before it was done."""

    UNDER_WAY = "under_way"
    WAITING = "waiting"
    LATE = "late"
    DONE = "done"
    MISSED = "missed"


def standing(measure: Measure, reports: Iterable[Report], today: dt.date, *, is_over: bool = False) -> MeasureState:
    """How a measure goes. What the mentor still has to answer is not late; `is_over`: the plan has ended."""
    own = [one for one in reports if one.line == measure.line]
    if any(one.state is ReportState.CONFIRMED and one.completes for one in own):
        return MeasureState.DONE
    if any(one.state is ReportState.SENT for one in own):
        return MeasureState.WAITING
    if is_over:
        return MeasureState.MISSED
    return MeasureState.LATE if measure.due_on is not None and measure.due_on < today else MeasureState.UNDER_WAY


class LookState(enum.StrEnum):
    """`open` can be written by the mentor; `written` waits for the officer."""

    AHEAD = "ahead"
    OPEN = "open"
    LATE = "late"
    WRITTEN = "written"
    SETTLED = "settled"
    VOID = "void"


class Outcome(enum.StrEnum):
    """What comes of a look: go on (继续), adjust the plan (调整), end it (结束)."""

    GO_ON = "go_on"
    ADJUST = "adjust"
    END = "end"


def look_state(
    due_on: dt.date, today: dt.date, ended_on: dt.date | None, *, is_written: bool, is_settled: bool
) -> LookState:
    """Where a look stands; one that was due after the plan's end is void."""
    if is_settled:
        return LookState.SETTLED
    if is_written:
        return LookState.WRITTEN
    if ended_on is not None and due_on > ended_on:
        return LookState.VOID
    if today > due_on:
        return LookState.LATE
    return LookState.OPEN if due_on - today <= LOOK_AHEAD else LookState.AHEAD


def outcomes(state: PlanState, *, is_last: bool) -> Sequence[Outcome]:
    """What an officer may record after a look: with the last one, or when the plan is over, only its end."""
    return (Outcome.END,) if is_last or state is PlanState.ENDED else tuple(Outcome)
