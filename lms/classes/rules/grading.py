"""Marks and who graduates: pure functions. Points are of 100; a grade is in half points, so that a mean stays exact."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class GradeState(enum.StrEnum):
    """Where the marking of one piece of work stands."""

    UNMARKED = "unmarked"
    SECOND = "second"
    THIRD = "third"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Grade:
    """What the marks come to; `halves` counts once it is final."""

    state: GradeState
    halves: int | None = None

    @property
    def points(self) -> float | None:
        """The grade as people read it."""
        return None if self.halves is None else self.halves / 2

    def passes(self, pass_points: int) -> bool:
        """Whether it is final and enough."""
        return self.halves is not None and self.halves >= 2 * pass_points


def grade(marks: Mapping[int, int], *, capstone: bool, gap: int) -> Grade:
    """The grade of marks by slot (1, 2, 3).

    Ordinary work has one mark. A capstone has two by different people and is their mean; when they are more than `gap`
    apart a third is asked for, and the grade is the mean of it and the nearer of the two, the higher where both are
    as near.
    """
    if 1 not in marks:
        return Grade(GradeState.UNMARKED)
    if not capstone:
        return Grade(GradeState.FINAL, 2 * marks[1])
    if 2 not in marks:
        return Grade(GradeState.SECOND)
    first, second = marks[1], marks[2]
    if abs(first - second) <= gap:
        return Grade(GradeState.FINAL, first + second)
    if 3 not in marks:
        return Grade(GradeState.THIRD)
    third = marks[3]
    nearest = min((first, second), key=lambda points: (abs(points - third), -points))
    return Grade(GradeState.FINAL, nearest + third)


class Cause(enum.StrEnum):
    """Why somebody is warned, may be eliminated or does not graduate."""

    ABSENCE = "absence"
    ASSIGNMENTS = "assignments"
    UNMARKED = "unmarked"
    FAILED = "failed"
    MEETINGS = "meetings"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a class's rule says; see `ClassRule`."""

    warn_percent: int
    absent_percent: int
    missing_assignments: int
    warn_days: int
    pass_points: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a member.

    Minutes: `planned` of the meetings that were or will be theirs, those before they joined left out; `held` of those
    closed so far, `attended` and `excused` of these. Counts:
    `missing` assignments past their due date, `unmarked` and `failed` pieces of work, `open_meetings` neither closed
    nor cancelled. `warned` says how many whole days ago each warning was sent.
    """

    planned: int
    held: int
    attended: int
    excused: int = 0
    missing: int = 0
    unmarked: int = 0
    failed: int = 0
    open_meetings: int = 0
    warned: Mapping[Cause, int] = field(default_factory=dict)

    @property
    def absent(self) -> int:
        """Minutes missed of the meetings held, those excused left out."""
        return max(0, self.held - self.attended - self.excused)

    @property
    def absent_percent(self) -> float:
        """Of what was planned for them, to a tenth."""
        return round(self.absent * 100 / self.planned, 1) if self.planned else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from the facts: causes to warn of, those that allow elimination now, those against graduation."""

    warn: Sequence[Cause]
    eliminate: Sequence[Cause]
    lacking: Sequence[Cause]

    @property
    def graduates(self) -> bool:
        return not self.lacking

    @property
    def decided(self) -> bool:
        """Whether nothing is open any more that could change it."""
        return not {Cause.UNMARKED, Cause.MEETINGS} & set(self.lacking)


def verdict(facts: Facts, limits: Limits) -> Verdict:
    """Judge a member. Elimination is only possible some days after a warning of the same cause.

    Who joined when everything was over was absent from nothing, but does not graduate either.
    """
    over = {
        Cause.ABSENCE: facts.absent * 100 > limits.absent_percent * facts.planned,
        Cause.ASSIGNMENTS: facts.missing > limits.missing_assignments,
    }
    near = {
        Cause.ABSENCE: facts.absent * 100 > limits.warn_percent * facts.planned,
        Cause.ASSIGNMENTS: facts.missing > 0 and facts.missing >= limits.missing_assignments,
    }
    warn = [cause for cause in near if (near[cause] or over[cause]) and cause not in facts.warned]
    eliminate = [cause for cause in over if over[cause] and facts.warned.get(cause, -1) >= limits.warn_days]
    lacking = [cause for cause in over if over[cause]]
    lacking += [] if facts.planned else [Cause.ABSENCE]
    lacking += [Cause.FAILED] if facts.failed else []
    lacking += [Cause.UNMARKED] if facts.unmarked else []
    lacking += [Cause.MEETINGS] if facts.open_meetings else []
    return Verdict(warn, eliminate, lacking)
