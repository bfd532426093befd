"""Approval chains as data: what a step is, how it is stored, and which units it means for one applicant. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.approvals.models import Level
from lms.kernel.i18n import Localized
from lms.orgs.models import COUNTIES, OrgKind

MOST_STEPS = 6
MOST_DAYS = 250
"""How many working days a step, a correction or a notice may last: a year of them."""

KINDS: Mapping[Level, frozenset[OrgKind]] = {
    Level.STREET: frozenset({OrgKind.STREET, OrgKind.TOWN}),
    Level.COUNTY: frozenset(COUNTIES),
    Level.CITY: frozenset({OrgKind.CITY}),
}
"""Which units stand for a level. Functional zones act as counties (高新区、天府新区、东部新区)."""


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A step of a chain: who decides, on which level, within how many working days."""

    title: Localized
    level: Level
    days: int
    role: str = "hr_officer"
    instructions: Localized | None = None

    def plain(self) -> dict[str, Any]:
        """The step as JSON."""
        return {
            "title": self.title,
            "level": self.level.value,
            "days": self.days,
            "role": self.role,
            "instructions": self.instructions or {},
        }

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> ChainStep:
        """Undo `plain`."""
        return cls(stored["title"], Level(stored["level"]), stored["days"], stored["role"], stored["instructions"])


@dataclass(frozen=True, slots=True)
class ChainPlan:
    """A chain as it is configured.

    `notice_days`: working days of the public notice after the last step, 0 to publish the list without waiting for
    objections, None for no notice. `returns`: how often one
    step may return a case (补正一次, 行政许可法 art. 32). `correction_days`: working days to answer a return, None for
    no limit. `illustrative`: the city has not decided it (示例).
    """

    steps: tuple[ChainStep, ...]
    notice_days: int | None = None
    returns: int = 1
    correction_days: int | None = 10
    illustrative: bool = False

    def plain(self) -> dict[str, Any]:
        """The plan as JSON."""
        return {
            "steps": [step.plain() for step in self.steps],
            "notice_days": self.notice_days,
            "returns": self.returns,
            "correction_days": self.correction_days,
            "illustrative": self.illustrative,
        }

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> ChainPlan:
        """Undo `plain`."""
        steps = tuple(ChainStep.parse(step) for step in stored["steps"])
        return cls(**{**stored, "steps": steps})


def faults(plan: ChainPlan, roles: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a plan: (where, code). `where` is `chain`, `step-1`, ..., or the name of a number."""
    if not 1 <= len(plan.steps) <= MOST_STEPS:
        yield "chain", "count"
    for number, step in enumerate(plan.steps, 1):
        where = f"step-{number}"
        if not step.title.get("zh_CN", "").strip():
            yield where, "title"
        if step.role not in roles:
            yield where, "role"
        if not 1 <= step.days <= MOST_DAYS:
            yield where, "days"
    if plan.notice_days is not None and not 0 <= plan.notice_days <= MOST_DAYS:
        yield "notice_days", "days"
    if plan.correction_days is not None and not 1 <= plan.correction_days <= MOST_DAYS:
        yield "correction_days", "days"
    if not 0 <= plan.returns <= 5:
        yield "returns", "returns"


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on the way from the city down to the one that employs the applicant."""

    unit_id: uuid.UUID
    kind: OrgKind
    name: str


@dataclass(frozen=True, slots=True)
class StandingStep:
    """A step of one case: the chain's step with the unit that decides it. `number` counts from 1 within the case."""

    number: int
    step: ChainStep
    unit_id: uuid.UUID
    unit: str

    def plain(self) -> dict[str, Any]:
        """The step as JSON."""
        return self.step.plain() | {"number": self.number, "unit_id": self.unit_id.hex, "unit": self.unit}

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> StandingStep:
        """Undo `plain`."""
        return cls(stored["number"], ChainStep.parse(stored), uuid.UUID(stored["unit_id"]), stored["unit"])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A step that a case goes without. `why`: `no_unit` on that level, or the `same_unit` as another step's."""

    step: ChainStep
    why: str

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"step": self.step.plain(), "why": self.why}

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> LeftOut:
        """Undo `plain`."""
        return cls(ChainStep.parse(stored["step"]), stored["why"])


def resolve(steps: Sequence[ChainStep], path: Sequence[Place]) -> tuple[tuple[StandingStep, ...], tuple[LeftOut, ...]]:
    """The steps one case takes, and those it is spared. `path` leads from the city to the employing unit.

    A level that does not exist above the unit is left out: an agency of a county has no street. The employer's own
    step is left out where the same role of the same unit decides a step anyway.
    """
    placed = [(step, _place(step.level, path)) for step in steps]
    others = {(place.unit_id, step.role) for step, place in placed if place and step.level is not Level.EMPLOYER}
    standing: list[StandingStep] = []
    left_out: list[LeftOut] = []
    for step, place in placed:
        if place is None:
            left_out.append(LeftOut(step, "no_unit"))
        elif step.level is Level.EMPLOYER and (place.unit_id, step.role) in others:
            left_out.append(LeftOut(step, "same_unit"))
        else:
            standing.append(StandingStep(len(standing) + 1, step, place.unit_id, place.name))
    return tuple(standing), tuple(left_out)


def _place(level: Level, path: Sequence[Place]) -> Place | None:
    if level is Level.EMPLOYER:
        return path[-1] if path else None
    return next((place for place in path if place.kind in KINDS[level]), None)
