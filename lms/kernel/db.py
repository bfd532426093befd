"""The database: one declarative base, portable column types, and what SQLite needs to behave."""

from __future__ import annotations

import datetime as dt
import enum
import sqlite3
import uuid
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    Uuid,
    event,
)
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment. Takes aware datetimes only, stores UTC, gives aware UTC back on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Sequence64 = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit number the database counts up itself."""


class Base(DeclarativeBase):
    """Every table of the core and of plugins."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        dt.datetime: UtcDateTime(),
        dt.date: Date(),
        uuid.UUID: Uuid(),
        str: Text(),
        bytes: LargeBinary(),
        dict[str, str]: JSON(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        list[int]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


APPEND_ONLY = {"info": {"append_only": True}}
"""`__table_args__` entry of a table whose rows are never updated nor deleted; migrations add the triggers."""


def choice(kind: type[enum.StrEnum]) -> Enum:
    """A column that holds one of `kind`'s values as short text, checked by the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"},
)


def engine_options(url: str, pool_size: int) -> dict[str, Any]:
    """How SQLAlchemy should hold connections to `url`."""
    quiet = {"hide_parameters": True}  # an error's text goes to logs and job pages: no values of people in it
    if make_url(url).get_backend_name() == "sqlite":
        return quiet | {"connect_args": {"timeout": 30, "check_same_thread": False}}
    return quiet | {"pool_size": pool_size, "max_overflow": pool_size, "pool_pre_ping": True}


def sqlalchemy_url(url: str) -> URL:
    """Accept the usual `postgresql://` and choose the driver we ship."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


class database_now(FunctionElement[dt.datetime]):  # noqa: N801 - reads like the SQL function it is
    """The database's own clock at this very moment: what decides about deadlines."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_now, "postgresql")
def _postgres_now(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "clock_timestamp()"


@compiles(database_now, "sqlite")
def _sqlite_now(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


WRITE = {"lms_write": True}
"""Execution options of a connection that is going to write: on SQLite it takes the write lock at once."""


@event.listens_for(Engine, "connect")
def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    if isinstance(dbapi_connection, sqlite3.Connection):
        dbapi_connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        cursor = dbapi_connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """A writer that starts as a reader can fail half-way with a stale snapshot; it must take the lock first."""
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("lms_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
