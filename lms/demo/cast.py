"""Who plays which part: one officer for each role. All are invented."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "Jinli-Lantern-58"  # noqa: S105 - of invented people on a site that only this machine reaches
"""The password of every demonstration account."""


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer's account: `role` is also the username."""

    role: str
    title: str
    name: str
    desk: str
    """The page an officer of this role opens first."""


OFFICERS = (
    Officer("trainer", "trainer", "周明远", "/desk/courses"),
    Officer("hr_officer", "HR officer", "林晓棠", "/desk/people"),
    Officer("exam_officer", "exam officer", "何子安", "/desk/exams"),
    Officer("marker", "marker", "罗静怡", "/desk/banks"),
    Officer("auditor", "auditor", "郑海川", "/admin/audit"),
    Officer("operator", "operator", "唐文博", "/admin/settings"),
)


def learner_username(number: int) -> str:
    """The username of the person who walks the `number`-th walk."""
    return f"learner{number}"


def neighbour_username(number: int) -> str:
    """The username of the `number`-th of the people around the walk."""
    return f"neighbour{number}"
