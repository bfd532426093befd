"""One hand-written statement on a raw connection, committed by itself.

For the few writes that thousands of people do at the same second; everything else goes through the unit of work. A
statement must be safe to run twice: when the connection breaks while it runs, it is sent once more.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import psycopg
from flask import Flask, current_app
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool
from sqlalchemy.engine import make_url

from lms.config import Config

EXTENSION = "lms.fastpath"
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """The same statement in both dialects: `%(name)s` places for PostgreSQL, `:name` places for SQLite."""

    postgresql: str
    sqlite: str


class FastPath(Protocol):
    """Runs statements, each its own transaction."""

    def fetch(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        """Run `statement` and return its rows, durable when this returns."""

    def close(self) -> None:
        """Give the connections back: tests, and commands that end."""


class PostgresPath:
    """A pool per process, opened on first use: a server forks its workers after the application is built."""

    def __init__(self, url: str, pool_size: int) -> None:
        parsed = make_url(url).set(drivername="postgresql")
        self._conninfo = make_conninfo(parsed.render_as_string(hide_password=False))
        self._size = pool_size
        self._lock = threading.Lock()
        self._pool: ConnectionPool[psycopg.Connection[Row]] | None = None

    def fetch(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        pool = self._pool or self._opened()
        try:
            return _run(pool, statement.postgresql, params)
        except psycopg.OperationalError:
            pool.check()
            return _run(pool, statement.postgresql, params)

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def _opened(self) -> ConnectionPool[psycopg.Connection[Row]]:
        with self._lock:
            if self._pool is None:
                settings = {"autocommit": True, "prepare_threshold": 1}
                self._pool = ConnectionPool(
                    self._conninfo, min_size=1, max_size=self._size, kwargs=settings, open=True, timeout=10
                )
            return self._pool


def _run(pool: ConnectionPool[psycopg.Connection[Row]], query: str, params: Mapping[str, Any]) -> list[Row]:
    with pool.connection() as connection:
        return connection.execute(cast("Any", query), params).fetchall()


class SqlitePath:
    """One connection per thread. A single writing statement takes the write lock at once and commits by itself."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.Lock()
        self._opened: list[sqlite3.Connection] = []

    def fetch(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        connection = getattr(self._local, "connection", None) or self._connect()
        return connection.execute(statement.sqlite, params).fetchall()

    def close(self) -> None:
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
            self._local = threading.local()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")
        self._local.connection = connection
        with self._lock:
            self._opened.append(connection)
        return connection


def install(app: Flask, config: Config) -> None:
    """Make the fast path of an application."""
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite":
        app.extensions[EXTENSION] = SqlitePath(str(url.database))
    else:
        app.extensions[EXTENSION] = PostgresPath(config.database_url, config.pool_size)


def fastpath() -> FastPath:
    """The fast path of the current application."""
    return cast("FastPath", current_app.extensions[EXTENSION])
