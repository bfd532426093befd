"""What rooms do with the rows of a person whose record went into another: move them, or copy what cannot be changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, insert, select, true, update

from lms.kernel.db import Base
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork
from lms.people.events import PersonsMerged


def move(
    uow: UnitOfWork, event: PersonsMerged, model: type[Base], column: str = "person_id", once_per: Sequence[str] = ()
) -> None:
    """Let a table's rows point to the record that is kept.

    `once_per` are the columns with which a person is there once: where the kept record is there already, the other
    row is dropped.
    """
    uow.session.flush()
    table = _table(model)
    gone = table.c[column] == event.gone_id
    if once_per:
        there = table.alias()
        same = and_(*(there.c[name] == table.c[name] for name in once_per), there.c[column] == event.kept_id)
        uow.session.execute(delete(table).where(gone, exists().where(same)))
    uow.session.execute(update(table).where(gone).values({column: event.kept_id}))
    uow.session.expire_all()


def copy(
    uow: UnitOfWork,
    event: PersonsMerged,
    model: type[Base],
    changed: Callable[[Mapping[str, Any], uuid.UUID], Mapping[str, Any]] = lambda _row, _made: {},
    where: ColumnElement[bool] | None = None,
) -> dict[uuid.UUID, uuid.UUID]:
    """Write the rows of a table that is only added to once more, for the record that is kept; new ids by old ones.

    The old rows stay behind as history. `changed` gives what else differs in a copy, from the row and the copy's id;
    `where` narrows which rows.
    """
    theirs = and_(_table(model).c.person_id == event.gone_id, true() if where is None else where)
    return copy_where(uow, model, theirs, lambda row, made: {"person_id": event.kept_id, **changed(row, made)})


def copy_where(
    uow: UnitOfWork,
    model: type[Base],
    where: ColumnElement[bool],
    changed: Callable[[Mapping[str, Any], uuid.UUID], Mapping[str, Any]],
) -> dict[uuid.UUID, uuid.UUID]:
    """The same for the rows of a condition: those that hang on copied ones."""
    table = _table(model)
    rows = [dict(row) for row in uow.session.execute(select(table).where(where).order_by(table.c.id)).mappings()]
    made = {row["id"]: new_id() for row in rows}
    if rows:
        uow.session.execute(
            insert(table), [row | {"id": made[row["id"]]} | dict(changed(row, made[row["id"]])) for row in rows]
        )
    return made


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - each of our models is one
    return table
