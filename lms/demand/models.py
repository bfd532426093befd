"""Tables of wishes and of what people say after a class."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class WishState(enum.StrEnum):
    """Open for votes, planned as a course or class, done, or hidden because it does not belong here."""

    OPEN = "open"
    PLANNED = "planned"
    DONE = "done"
    HIDDEN = "hidden"


class Wish(Base):
    """A topic somebody wants to learn. `plain` is its title without blanks and case: the same wish is one row."""

    __tablename__ = "course_wish"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(40))
    plain: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[WishState] = mapped_column(choice(WishState))
    answer: Mapped[str] = mapped_column(String(200), default="")
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[dt.datetime]


class WishVote(Base):
    """A person's vote for a wish; one at most."""

    __tablename__ = "course_wish_vote"

    wish_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_wish.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    voted_at: Mapped[dt.datetime]


class ClassSurvey(Base):
    """What a member says after a class, once: 1 (poor) to 5 (very good)."""

    __tablename__ = "class_survey"
    __table_args__ = (
        UniqueConstraint("group_id", "person_id"),
        CheckConstraint("content BETWEEN 1 AND 5 AND teaching BETWEEN 1 AND 5 AND use BETWEEN 1 AND 5", name="scale"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("class_group.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    content: Mapped[int] = mapped_column(SmallInteger)
    teaching: Mapped[int] = mapped_column(SmallInteger)
    use: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str]
    sent_at: Mapped[dt.datetime]
