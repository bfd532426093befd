"""Tables of programmes: what they are from a day on, their yearly rounds, applications, panels. Appointments apart."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id
from lms.kernel.rulings import Ruling


class Act(enum.StrEnum):
    """What a programme ends with: 聘任, 认可 or 录取. Never a 职业资格: those are the state's alone."""

    APPOINT = "appoint"
    RECOGNISE = "recognise"
    ADMIT = "admit"


class Intake(enum.StrEnum):
    """Who hands an application in: the person, by the employer's recommendation or by themselves, or a nominator."""

    RECOMMENDED = "recommended"
    SELF = "self"
    NOMINATED = "nominated"


class Track(Base):
    """Programmes that belong together: a ladder (督导), or the fields of talents (优秀人才)."""

    __tablename__ = "programme_track"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[dict[str, str]]
    position: Mapped[int]
    is_ladder: Mapped[bool]


class TrackRatio(Ruling, Base):
    """How many of each rung a county should have for so many workers, from a day on: `1 : 2 : 4 : 40`.

    `lines` are `{"codes": [...], "share": 2}`: programmes that count together, and their share.
    """

    __tablename__ = "programme_ratio"
    __table_args__ = (
        UniqueConstraint("track", "valid_from", "revision"),
        CheckConstraint("workers > 0", name="some_workers"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    track: Mapped[str] = mapped_column(ForeignKey("programme_track.code"))
    workers: Mapped[int]
    lines: Mapped[list[dict[str, Any]]]


class Programme(Base):
    """A programme through all its versions. `rung` is its place on a ladder, from the lowest."""

    __tablename__ = "programme"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    track: Mapped[str] = mapped_column(ForeignKey("programme_track.code"), index=True)
    rung: Mapped[int]
    created_at: Mapped[dt.datetime]


class ProgrammeVersion(Ruling, Base):
    """What a programme is from a day on.

    Conditions are named (`lms.requirements`): `entry_set` for applying, `renewal_set` for a further term. Weights are
    per cent; least scores and the `outlier_gap` points of 100. `criteria` are `{"key", "title", "most"}`. `term_months`
    is None for what has no end. Who holds it gets a cultivation plan of `plan_months`, looked at every `look_months`;
    both None where there is none. `supervises`: who holds it may write supervision logs. `notice`: results are shown
    to the public before they count. `illustrative`: the city has not decided it (示例).
    """

    __tablename__ = "programme_version"
    __table_args__ = (
        UniqueConstraint("programme", "valid_from", "revision"),
        CheckConstraint("written_weight >= 0 AND interview_weight >= 0", name="weights"),
        CheckConstraint("written_weight + interview_weight IN (0, 100)", name="weights_fill_up"),
        CheckConstraint("term_months > 0", name="some_term"),
        CheckConstraint("plan_months > 0 AND look_months > 0", name="some_plan"),
        CheckConstraint("(plan_months IS NULL) = (look_months IS NULL)", name="plan_with_looks"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    programme: Mapped[str] = mapped_column(ForeignKey("programme.code"))
    title: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str]]
    act: Mapped[Act] = mapped_column(choice(Act))
    intake: Mapped[Intake] = mapped_column(choice(Intake))
    entry_set: Mapped[str] = mapped_column(String(60))
    renewal_set: Mapped[str] = mapped_column(String(60))
    written_exam: Mapped[str] = mapped_column(String(80))
    written_weight: Mapped[int]
    written_least: Mapped[int]
    interview_weight: Mapped[int]
    interview_least: Mapped[int]
    criteria: Mapped[list[dict[str, Any]]]
    panel_least: Mapped[int]
    outlier_gap: Mapped[int]
    notice: Mapped[bool]
    term_months: Mapped[int | None]
    plan_months: Mapped[int | None]
    look_months: Mapped[int | None]
    supervises: Mapped[bool]
    is_open: Mapped[bool]


class RoundState(enum.StrEnum):
    """`open` takes applications between its days; then scores are given, the ranking is shown, the list confirmed."""

    OPEN = "open"
    SCORING = "scoring"
    RANKED = "ranked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Round(Base):
    """One call of a programme, under the version of the day it was announced.

    `places_by` keeps places for counties: `{"org_id": hex, "places": 2}`, part of `places`. Results of the written
    examination count from sessions on or after `written_since`.
    """

    __tablename__ = "programme_round"
    __table_args__ = (
        UniqueConstraint("programme", "year", "number"),
        CheckConstraint("closes_on >= opens_on", name="closes_after_opening"),
        CheckConstraint("places > 0", name="some_places"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    programme: Mapped[str] = mapped_column(ForeignKey("programme.code"))
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_version.id"))
    year: Mapped[int]
    number: Mapped[int]
    opens_on: Mapped[dt.date]
    closes_on: Mapped[dt.date]
    written_since: Mapped[dt.date]
    places: Mapped[int]
    places_by: Mapped[list[dict[str, Any]]]
    state: Mapped[RoundState] = mapped_column(choice(RoundState), index=True)
    announced_by: Mapped[uuid.UUID | None]
    announced_at: Mapped[dt.datetime]


class ApplicationState(enum.StrEnum):
    IN_REVIEW = "in_review"
    ELIGIBLE = "eligible"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LEFT_OUT = "left_out"
    SELECTED = "selected"
    RESERVE = "reserve"
    NOT_SELECTED = "not_selected"
    REFUSED = "refused"
    APPOINTED = "appointed"


RANKED = (ApplicationState.SELECTED, ApplicationState.RESERVE, ApplicationState.NOT_SELECTED)
"""What a ranking makes of those who were eligible."""
_STANDS = text("state <> 'withdrawn'")


class Application(Base):
    """A person in a round: once, unless taken back.

    `found` are the conditions as they stood on the day of applying, in both languages. Scores are hundredths of a point
    of 100. `why` says in both languages how the place came about. `case_id` is the review of the application,
    `result_case_id` that of the result with its public notice.
    """

    __tablename__ = "programme_application"
    __table_args__ = (
        Index(
            "uq_programme_application_once", "round_id", "person_id", unique=True,
            sqlite_where=_STANDS, postgresql_where=_STANDS,
        ),
        Index("ix_programme_application_round", "round_id", "state", "place"),
        Index("ix_programme_application_person", "person_id"),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_round.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    county_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("org_unit.id"))
    statement: Mapped[str]
    nominated_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    found: Mapped[list[dict[str, Any]]]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    case_number: Mapped[str] = mapped_column(String(24), default="")
    result_case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    state: Mapped[ApplicationState] = mapped_column(choice(ApplicationState))
    reason: Mapped[str] = mapped_column(default="")
    written: Mapped[int | None]
    interview: Mapped[int | None]
    total: Mapped[int | None]
    place: Mapped[int | None]
    why: Mapped[list[dict[str, Any]]]
    applied_at: Mapped[dt.datetime]


class PanelMember(Base):
    """Somebody who scores in a round's interviews."""

    __tablename__ = "programme_panel"
    __table_args__ = (UniqueConstraint("round_id", "person_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_round.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    named_by: Mapped[uuid.UUID | None]
    named_at: Mapped[dt.datetime]


class PanelScore(Base):
    """What a member gave: points by criterion. A change is a further row; the last one counts."""

    __tablename__ = "programme_score"
    __table_args__ = (
        UniqueConstraint("application_id", "member_id", "revision"),
        Index("ix_programme_score_member", "member_id"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_application.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_panel.id"))
    revision: Mapped[int]
    points: Mapped[dict[str, Any]]
    comment: Mapped[str]
    given_at: Mapped[dt.datetime]
