"""Inserting what somebody else may be inserting at the same moment."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.kernel.db import Base

_COUNTED = {"preserve_rowcount": True}  # else the count of an INSERT is not kept for psycopg, and reads -1


def insert_new(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless one of its unique keys is taken. True when this call put it there."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model.__table__).values(**values).on_conflict_do_nothing()
    return cast("CursorResult[Any]", session.execute(statement, execution_options=_COUNTED)).rowcount == 1
