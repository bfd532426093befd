"""Inserting what somebody else may be inserting at the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

T = TypeVar("T")
_COUNTED = {"preserve_rowcount": True}  # else the count of an INSERT is not kept for psycopg, and reads -1


def insert_new(session: Session, model: type[DeclarativeBase], **values: Any) -> bool:
    """Insert a row unless one of its unique keys is taken. True when this call put it there."""
    statement = _insert(session, model).values(**values).on_conflict_do_nothing()
    return cast("CursorResult[Any]", session.execute(statement, execution_options=_COUNTED)).rowcount == 1


def insert_new_rows(
    session: Session, model: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]], tell: InstrumentedAttribute[T]
) -> set[T]:
    """The same for many rows in a few statements: `tell` of each row that this call put there."""
    if not rows:
        return set()
    statement = _insert(session, model).on_conflict_do_nothing().returning(tell)
    return set(session.scalars(statement, rows))


def _insert(session: Session, model: type[DeclarativeBase]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model.__table__)
