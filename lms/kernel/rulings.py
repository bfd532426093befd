"""Rulings: what the city decides, as rows that count for a name from a day on and are never changed.

A second change of mind for the same day stands beside the first as the next revision. What began under an earlier row
keeps it. A table of them is unique by name, day and revision, and append-only.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork


class Ruling:
    """The columns of such a table. `note` says on what it rests; `illustrative`: nobody has decided it yet (示例)."""

    valid_from: Mapped[dt.date]
    revision: Mapped[int]
    illustrative: Mapped[bool]
    note: Mapped[str]
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]


def next_revision(table: Any, same_name: ColumnElement[bool], valid_from: dt.date) -> int:
    """The number of the next row of a name for a day."""
    last = select(func.max(table.revision)).where(same_name, table.valid_from == valid_from)
    return (db.session.scalar(last) or 0) + 1


def enter(
    uow: UnitOfWork, table: Any, same_name: ColumnElement[bool], *, draft_id: uuid.UUID | None = None, **values: Any
) -> tuple[uuid.UUID, int] | None:
    """Write an officer's ruling; its id and revision. None when somebody wrote one for the same day at this moment.

    A ruling made from a draft bears the draft's id: it is None for one that was made from it before.
    """
    ruling_id, revision = draft_id or new_id(), next_revision(table, same_name, values["valid_from"])
    by = {"illustrative": False, "set_by": uow.actor.person_id, "set_at": clock.now()}
    is_new = insert_new(uow.session, table, id=ruling_id, revision=revision, **by, **values)
    return (ruling_id, revision) if is_new else None
