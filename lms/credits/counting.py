"""How a completed course counts: the rules that rooms and plugins offer, asked one after the other.

Each rule takes the draft of an entry and gives it on, changed or not; what it changed stands in the entry's `why` with
its reason. An entry is written once: a rule that comes later, or a plugin that is switched off, leaves it alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lms.credits.models import Category
from lms.kernel.actor import Actor
from lms.kernel.i18n import Localized
from lms.kernel.i18n import lazy_gettext as _l
from lms.learning.events import CourseCompleted
from lms.webkit.registry import registry

LONGEST = 60 * 24 * 60
"""Minutes no single activity reaches: 60 days around the clock; more is a mistake."""
COMPLETED = "course_completed"


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """What a completed course is about to count for.

    `taught` are the minutes its release grants; `minutes` and `category` (professional or public) what counts so far.
    Raises `ValueError` for minutes or a category that no entry can have.
    """

    person_id: uuid.UUID
    course_slug: str
    version: str
    title: Localized
    completed_on: dt.date
    taught: int
    category: str
    minutes: int = 0
    steps: tuple[Mapping[str, Any], ...] = ()
    """How it came about, one step for each rule that changed something."""

    def __post_init__(self) -> None:
        if not 0 <= self.minutes <= LONGEST:
            raise ValueError(f"{self.minutes} minutes cannot be entered")
        Category(self.category)

    def counted(self, minutes: int, reason: Localized | None = None, *, category: str = "") -> CreditDraft:
        """The draft with other minutes, and the reason people read for it, in both languages; 0 counts nothing."""
        kept = category or self.category
        step = {"minutes": minutes, "category": kept, **({"reason": dict(reason)} if reason else {})}
        return replace(self, minutes=minutes, category=kept, steps=(*self.steps, step))


@dataclass(frozen=True, slots=True)
class CreditRule:
    """A rule of how completed courses count.

    :param key: kept with the entries it changed.
    :param title: what officers call it, a lazy text.
    :param order: lower ones are asked first; the core's, which counts the minutes taught, has 10.
    :param apply: gives the draft on: as it came where the rule has nothing to say, else through
        `CreditDraft.counted`. It runs inside the transaction that completes the course.
    """

    key: str
    title: Any
    order: int
    apply: Callable[[CreditDraft], CreditDraft]

    def sound(self, _name: str, answer: object) -> bool:
        """Whether an answer of `apply` can be one."""
        return isinstance(answer, CreditDraft)


MINUTES_TAUGHT = CreditRule(COMPLETED, _l("按课程规定的时长"), 10, lambda draft: draft.counted(draft.taught))
"""Training with a proof of completion counts with its actual hours (民发〔2009〕123 号)."""


def counted(event: CourseCompleted) -> CreditDraft:
    """What a completed course counts for by the rules in force where the person works."""
    draft = CreditDraft(
        person_id=event.person_id,
        course_slug=event.course_slug,
        version=event.version,
        title=event.title,
        completed_on=event.completed_on,
        taught=event.credit_minutes,
        category=event.category,
    )
    rules = registry().offered(CreditRule, Actor(event.person_id, ""))
    for rule in sorted(rules.values(), key=lambda rule: (rule.order, rule.key)):
        draft = _asked(rule, draft)
    return draft


def _asked(rule: CreditRule, before: CreditDraft) -> CreditDraft:
    """The draft after one rule; its steps bear the rule's key, and a change without a reason is a step as well."""
    after = rule.apply(before)
    if (after.minutes, after.category) != (before.minutes, before.category) and after.steps == before.steps:
        after = after.counted(after.minutes)
    new = [{"rule": rule.key, **step} for step in after.steps[len(before.steps) :]]
    return replace(before, minutes=after.minutes, category=after.category, steps=(*before.steps, *new))


def why(draft: CreditDraft) -> dict[str, Any]:
    """How an entry came about, as it keeps it: the first step, the course, and what rules changed after it."""
    first, *then = draft.steps
    about = {"course": draft.course_slug, "version": draft.version}
    if not then:
        return {"rule": first["rule"], **about, **({"reason": first["reason"]} if "reason" in first else {})}
    return {**first, **about, "then": then}
