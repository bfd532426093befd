"""Tables of named requirements: versions that are only added to, and the draft an officer works on."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base
from lms.kernel.ids import new_id
from lms.kernel.rulings import Ruling


class RequirementSet(Ruling, Base):
    """What a name asks for from a day on.

    With `stands_for`, a condition, it is an equivalence: who meets the tree is counted as meeting that condition
    wherever it is asked. `is_open`: an equivalence counts from then, or no longer. `illustrative`: the city
    has not decided it (示例).
    """

    __tablename__ = "requirement_set"
    __table_args__ = (
        UniqueConstraint("code", "valid_from", "revision"),
        CheckConstraint("revision > 0", name="numbered"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60))
    title: Mapped[dict[str, str]]
    tree: Mapped[dict[str, Any]]
    stands_for: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_open: Mapped[bool]


class RequirementDraft(Base):
    """The tree an officer is working on, one for each name. `edit` counts the changes: a page shows one of them."""

    __tablename__ = "requirement_draft"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[dict[str, str]]
    tree: Mapped[dict[str, Any]]
    stands_for: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    edit: Mapped[int]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[dt.datetime]
