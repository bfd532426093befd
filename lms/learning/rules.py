"""The rules of studying: what a claim of time is worth, when a lesson is complete, which way a release goes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

BEAT_CAP = 60
"""Most seconds one claim can be worth: three beats of 20 s; a browser that claims more is not believed."""

IMPORT_JOB = "learning.import"
"""The job that imports an upload."""

IMPORTED, IN_REVIEW, RETURNED, PUBLISHED, WITHDRAWN = "imported", "in_review", "returned", "published", "withdrawn"

STEPS: Mapping[str, frozenset[str]] = {
    IMPORTED: frozenset({IN_REVIEW}),
    IN_REVIEW: frozenset({PUBLISHED, RETURNED}),
    RETURNED: frozenset({IN_REVIEW}),
    PUBLISHED: frozenset({WITHDRAWN}),
    WITHDRAWN: frozenset({IN_REVIEW}),
}
"""Which state of a release may follow which."""

NEEDED: Mapping[str, str] = {
    IN_REVIEW: "course:edit",
    RETURNED: "course:publish",
    PUBLISHED: "course:publish",
    WITHDRAWN: "course:publish",
}
"""The permission that takes a release to a state."""


def makers(imported_by: uuid.UUID | None, steps: Iterable[tuple[str, uuid.UUID | None]]) -> frozenset[uuid.UUID]:
    """Who brought a release in or sent it for review, from its (state, by) steps: they do not publish it."""
    senders = {by for state, by in steps if state == IN_REVIEW}
    return frozenset(person_id for person_id in {imported_by, *senders} if person_id is not None)


def credit(
    claimed: int, *, now: dt.datetime, credited_until: dt.datetime, opened_at: dt.datetime, offline_cap: dt.timedelta
) -> tuple[int, dt.datetime]:
    """What a claim of `claimed` seconds is worth, and up to when the person's time is credited afterwards.

    Credited time is a piece of the real time line that begins where the last one ended, not before the tab was opened
    and not longer ago than `offline_cap`, and ends by `now`. The pieces never overlap, whatever the order of claims, so
    a person is never credited more than real time over all tabs, devices and courses.
    """
    start = max(credited_until, opened_at, now - offline_cap)
    available = int((now - start).total_seconds())
    seconds = max(0, min(claimed, BEAT_CAP, available))
    return seconds, start + dt.timedelta(seconds=seconds) if seconds else credited_until


@dataclass(frozen=True, slots=True)
class LessonNeeds:
    """What completing a lesson takes. `checks` are the ids of questions to be answered right once."""

    minimum_seconds: int
    checks: frozenset[str]

    @classmethod
    def of(
        cls, minimum_minutes: int, checks: Collection[Mapping[str, Any]], completion: Mapping[str, str]
    ) -> LessonNeeds:
        wanted = frozenset(str(check["ref"]) for check in checks) if completion["checks"] == "all" else frozenset()
        return cls(minimum_minutes * 60, wanted)


def lesson_complete(needs: LessonNeeds, *, seconds: int, read_to_end: bool, passed: Collection[str]) -> bool:
    """A lesson takes the minimum time, reading to the end, and every check answered right once."""
    return read_to_end and seconds >= needs.minimum_seconds and needs.checks <= set(passed)


def answer_right(check: Mapping[str, Any], chosen: Collection[int]) -> bool:
    """Whether exactly the right options were chosen."""
    return set(chosen) == set(check["key"])


def next_round(latest: int | None) -> int:
    """The number of a new enrolment after the latest one."""
    return (latest or 0) + 1
