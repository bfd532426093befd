"""Who was there for how long, and what looks odd. Moments are aware, lengths whole minutes."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


class Says(enum.StrEnum):
    """What a record says: came at a moment, left at a moment, was not there, was excused."""

    PRESENT = "present"
    LEFT = "left"
    ABSENT = "absent"
    EXCUSED = "excused"


class Means(enum.StrEnum):
    """How a record came about: the code on the screen scanned or typed, or a trainer's word."""

    QR = "qr"
    CODE = "code"
    TRAINER = "trainer"


class Flag(enum.StrEnum):
    """What a trainer should look at; none of them decides anything by itself."""

    SHARED_DEVICE = "shared_device"
    GUESSED = "guessed"
    AFTER_END = "after_end"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Statement:
    """One record, in the order they were written. `device` is empty for a trainer's word."""

    person_id: uuid.UUID
    says: Says
    at: dt.datetime
    means: Means = Means.TRAINER
    device: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """What all records of one person and meeting come to; `says` is None while nothing is known."""

    says: Says | None = None
    arrived: dt.datetime | None = None
    left: dt.datetime | None = None
    late: bool = False
    minutes: int = 0

    @property
    def here(self) -> bool:
        """Whether the person came and has not left."""
        return self.says is Says.PRESENT and self.left is None


def step_of(moment: dt.datetime, seconds: int) -> int:
    """The number of the time step a moment lies in; a code lives in one step."""
    return int(moment.timestamp()) // seconds


def presence(statements: Iterable[Statement], starts: dt.datetime, ends: dt.datetime, late_minutes: int) -> Presence:
    """What the records of one person come to: the latest word on coming counts, and on leaving after it.

    Time counts from the start for who came in time or at most `late_minutes` after it, else from their coming, until
    they left or the end.
    """
    says: Says | None = None
    arrived = left = None
    for one in statements:
        if one.says is Says.LEFT:
            left = one.at if says is Says.PRESENT else left
            continue
        says, left = one.says, None
        arrived = one.at if one.says is Says.PRESENT else None
    if arrived is None:
        return Presence(says)
    late = arrived > starts + dt.timedelta(minutes=late_minutes)
    begin, end = (arrived if late else starts), min(left or ends, ends)
    minutes = max(0, int((end - begin).total_seconds() // 60))
    return Presence(says, arrived, left, late, minutes)


def flags(
    statements: Sequence[Statement],
    tries: Mapping[uuid.UUID, int],
    ends: dt.datetime,
    *,
    most_tries: int,
    elsewhere: Collection[uuid.UUID] = (),
) -> dict[uuid.UUID, list[Flag]]:
    """What looks odd in a meeting, by person.

    A device that checked in several people; as many wrong codes as the limit or more; a check-in after the end;
    somebody who checked in to another meeting at that time (`elsewhere`).
    """
    own = [one for one in statements if one.means is not Means.TRAINER]
    by_device: dict[str, set[uuid.UUID]] = defaultdict(set)
    for one in own:
        if one.device:
            by_device[one.device].add(one.person_id)
    shared = {person for people in by_device.values() if len(people) > 1 for person in people}
    found: dict[uuid.UUID, list[Flag]] = defaultdict(list)
    for flag, people in (
        (Flag.SHARED_DEVICE, shared),
        (Flag.GUESSED, {person for person, count in tries.items() if count >= most_tries}),
        (Flag.AFTER_END, {one.person_id for one in own if one.at > ends}),
        (Flag.ELSEWHERE, {one.person_id for one in own} & set(elsewhere)),
    ):
        for person in people:
            found[person].append(flag)
    return dict(found)
