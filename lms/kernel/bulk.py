"""Writing many rows: COPY on PostgreSQL, one prepared INSERT on SQLite. Same rows, same checks, same transaction."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import JSON, Column, Date, DateTime, Dialect, Enum, Integer, LargeBinary, Table, Uuid, insert, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from lms.kernel.db import Base

_COPY_TYPES: tuple[tuple[type[Any], str], ...] = (
    (Uuid, "uuid"),
    (Integer, "int4"),
    (LargeBinary, "bytea"),
    (DateTime, "timestamptz"),
    (Date, "date"),
    (JSON, "json"),
)
# Members of `choice` columns are text already, and bytes need no wrapper: processing them would only cost time.
_AS_THEY_ARE = (Enum, LargeBinary)
_Process = Callable[[Any], Any]


def insert_many(session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows`, each a sequence of values for `columns`, into the table of `model`."""
    table = cast("Table", model.__table__)
    chosen = [table.c[name] for name in columns]
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table, chosen, rows)
        return
    values = [dict(zip(columns, row, strict=True)) for row in rows]
    if values:
        session.execute(insert(table), values)


def _copy(session: Session, table: Table, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]) -> None:
    connection = session.connection()
    preparer = connection.dialect.identifier_preparer
    names = ", ".join(preparer.format_column(column) for column in columns)
    process = _processors(columns, connection.dialect)
    driver = cast("Any", connection.connection.driver_connection)
    statement = f"COPY {preparer.format_table(table)} ({names}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_copy_type(column) for column in columns])
        for row in rows:
            copy.write_row(process(row))


def _processors(columns: Sequence[Column[Any]], dialect: Dialect) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Turn a row into what the driver takes: JSON and moments need it, the rest passes untouched."""
    found: list[tuple[int, _Process]] = []
    for at, column in enumerate(columns):
        bind = column.type.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None and not isinstance(column.type, _AS_THEY_ARE):
            found.append((at, bind))

    def process(row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for at, bind in found:
            values[at] = bind(values[at])
        return values

    return process if found else lambda row: row


def _copy_type(column: Column[Any]) -> str:
    impl = getattr(column.type, "impl", column.type)  # a TypeDecorator says what it is stored as
    return next((name for kind, name in _COPY_TYPES if isinstance(impl, kind)), "text")


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let the garbage collector rest while many small objects without cycles come and go: it would find nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def take_turns(session: Session, key: int) -> None:
    """Let only one transaction at a time go on from here, per `key`; the others wait for its end.

    On SQLite a unit of work has the database to itself already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def refresh_statistics(session: Session, *columns: InstrumentedAttribute[Any]) -> None:
    """Tell the planner how many rows the tables of `columns` have now, one column for each table.

    Until it knows, a table that has just been filled is planned as if it were empty, and a list can take minutes.
    PostgreSQL looks at the named columns only, which is quick; its own housekeeping sees to the others within a minute.
    """
    postgresql = session.get_bind().dialect.name == "postgresql"
    if postgresql:
        session.execute(text("SET LOCAL default_statistics_target = 10"))  # enough to count rows
    for column in columns:
        table = column.class_.__tablename__
        session.execute(text(f"ANALYZE {table} ({column.key})" if postgresql else f"ANALYZE {table}"))
