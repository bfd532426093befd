"""Tables of practice: figures that are only added to, places, placements, logs, and the record of what was signed."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.kernel.rulings import Ruling
from lms.practice.rules import DAY, LIVE, STANDING, Figures, LogState, PlacementState, Span


def _one_of(states: tuple[PlacementState, ...] | tuple[LogState, ...]) -> str:
    return f"state IN ({', '.join(repr(state.value) for state in states)})"


_LIVE, _STANDING = text(_one_of(LIVE)), text(_one_of(STANDING))


class PracticeRule(Ruling, Base):
    """What a category of practice asks for from a day on; `is_open` says whether it takes new placements from then.

    `credit_category` is the kind of continuing education its hours count as. `illustrative`: not decided yet (示例).
    """

    __tablename__ = "practice_rule"
    __table_args__ = (
        UniqueConstraint("code", "valid_from", "revision"),
        CheckConstraint("least_minutes > 0 AND day_minutes > 0 AND day_minutes <= 1440", name="some_minutes"),
        CheckConstraint("reflections >= 0 AND reflection_chars >= 0", name="reflections_counted"),
        CheckConstraint("counted_percent BETWEEN 0 AND 100", name="a_share"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[dict[str, str]]
    hint: Mapped[dict[str, str]]
    least_minutes: Mapped[int]
    day_minutes: Mapped[int]
    reflections: Mapped[int]
    reflection_chars: Mapped[int]
    counted_percent: Mapped[int]
    credit_category: Mapped[str] = mapped_column(String(24))
    is_open: Mapped[bool]

    def figures(self) -> Figures:
        """As the rules see it."""
        return Figures(
            least_minutes=self.least_minutes,
            day_minutes=self.day_minutes,
            reflections=self.reflections,
            reflection_chars=self.reflection_chars,
            counted_percent=self.counted_percent,
        )


class PracticePlaces(Base):
    """How many a station takes at once in a category; 0 closes it. Whoever fills a place holds this row first."""

    __tablename__ = "practice_places"
    __table_args__ = (UniqueConstraint("org_id", "code"), CheckConstraint("places >= 0", name="not_negative"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    code: Mapped[str] = mapped_column(String(40), index=True)
    places: Mapped[int]
    set_at: Mapped[dt.datetime]


class Placement(Base):
    """A person in practice at a station, from a day to a day. One live placement per person and category.

    `rule_id` are the figures in force on its first day. A supervisor is named when it becomes active. `minutes` and
    `counted` say what was signed off, and what of it counts, when it was completed.
    """

    __tablename__ = "practice_placement"
    __table_args__ = (
        Index(
            "uq_practice_placement_live",
            "person_id",
            "code",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_practice_placement_station", "org_id", "code", "state"),
        Index("ix_practice_placement_supervisor", "supervisor_id", "state"),
        CheckConstraint("last_day >= first_day", name="ends_after_start"),
        CheckConstraint("supervisor_id <> person_id", name="nobody_supervises_themselves"),
        CheckConstraint("state NOT IN ('active', 'completed') OR supervisor_id IS NOT NULL", name="has_a_supervisor"),
        CheckConstraint("(state = 'completed') = (completed_on IS NOT NULL)", name="completed_once"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    code: Mapped[str] = mapped_column(String(40))
    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practice_rule.id"))
    supervisor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    note: Mapped[str]
    state: Mapped[PlacementState] = mapped_column(choice(PlacementState))
    reason: Mapped[str]
    minutes: Mapped[int]
    counted: Mapped[int]
    applied_at: Mapped[dt.datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
    completed_on: Mapped[dt.date | None]

    @property
    def term(self) -> tuple[dt.date, dt.date]:
        return self.first_day, self.last_day


class PracticeLog(Base):
    """Hours as their writer states them, until they are signed off. `round` grows when they are sent again."""

    __tablename__ = "practice_log"
    __table_args__ = (
        Index(
            "uq_practice_log_time",
            "person_id",
            "day",
            "begins",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_practice_log_placement", "placement_id", "state"),
        CheckConstraint(f"begins >= 0 AND begins < ends AND ends <= {DAY}", name="a_stretch_of_a_day"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practice_placement.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    day: Mapped[dt.date]
    begins: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)
    activity: Mapped[str] = mapped_column(String(120))
    reflection: Mapped[str]
    state: Mapped[LogState] = mapped_column(choice(LogState))
    round: Mapped[int]
    reason: Mapped[str]
    sent_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]

    @property
    def span(self) -> Span:
        return Span(self.day, self.begins, self.ends)


class PracticeEntry(Base):
    """The record of what was signed off, a copy of the log as it was signed. Never changed: a correction undoes it.

    `person_id` is whose it was when it was signed; whose it is now is what the placement says.
    """

    __tablename__ = "practice_entry"
    __table_args__ = (
        Index("ix_practice_entry_person", "person_id", "day"),
        CheckConstraint("minutes <> 0", name="not_nothing"),
        CheckConstraint("(minutes < 0) = (reverses_id IS NOT NULL)", name="takes_away_by_reversing"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    placement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practice_placement.id"), index=True)
    log_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practice_log.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str] = mapped_column(String(40))
    day: Mapped[dt.date]
    begins: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)
    minutes: Mapped[int]
    activity: Mapped[str] = mapped_column(String(120))
    reflection: Mapped[str]
    reflected: Mapped[bool]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practice_entry.id"), unique=True)
    reason: Mapped[str]
    signed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[dt.datetime]
