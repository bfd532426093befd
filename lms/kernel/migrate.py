"""Migrations through Alembic's API: one shared environment, one version table for the core, one for each plugin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from lms.kernel.db import WRITE
from lms.kernel.errors import Conflict

ROOT = Path(__file__).resolve().parents[2] / "migrations"
CORE_TABLE = "alembic_version"
FURTHER = "lms.further_migrations"
"""Extension with calls that upgrade what lies beside the core's tables; each gives its failures by name."""
_MIGRATION_LOCK = 0x4C4D54  # any fixed number: two machines that start together upgrade one after the other


def alembic_config(
    connection: Connection | None, versions: Path | None = None, table: str = CORE_TABLE
) -> AlembicConfig:
    """The configuration for one history: where its versions are and which table counts them."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(ROOT))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(versions or ROOT / "versions"))
    config.attributes.update(connection=connection, version_table=table)
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the core's tables to `revision`, in the caller's transaction: all of it or nothing.

    On SQLite the caller begins it with `kernel.db.WRITE`, so that two upgrades at once wait for each other.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    command.upgrade(alembic_config(connection), revision)


def upgrade_database(engine: Engine) -> tuple[str | None, str | None]:
    """Bring an empty or older database to this release's form; the revisions before and after. Safe to repeat.

    Raises `Conflict` for a database that a newer release made; nothing was changed then.
    """
    with engine.execution_options(**WRITE).begin() as connection:
        before = current(connection)
        if before is not None and not is_known(before):
            raise Conflict(why_not_ready(connection))
        upgrade(connection)
        return before, current(connection)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the core's tables back to `revision`."""
    command.downgrade(alembic_config(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision the database is at, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision this release knows."""
    return _scripts().get_current_head()


def is_known(revision: str) -> bool:
    """Whether this release has the revision; if not, the database belongs to a newer one."""
    try:
        return _scripts().get_revision(revision) is not None
    except CommandError:
        return False


def why_not_ready(connection: Connection) -> str:
    """Why this release cannot work on the database, in words for the operator; empty when it can."""
    at = current(connection)
    if at == head():
        return ""
    if at is not None and not is_known(at):
        return f"the database is at {at}, made by a newer release: install that one, this release has {head()}"
    return f"the database is at {at or 'nothing'}, this release needs {head()}: run `lms db upgrade`"


def _scripts() -> ScriptDirectory:
    config = AlembicConfig()
    config.set_main_option("script_location", str(ROOT))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def allow_null(connection: Connection, table: str, *columns: str) -> None:
    """Let columns be empty that could not be. Adding is all SQLite's ALTER TABLE can do; see `_rewrite`."""
    if connection.dialect.name == "postgresql":
        for column in columns:
            connection.execute(text(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" DROP NOT NULL'))
        return
    _rewrite(connection, table, [(rf"(\b{column} [A-Z]+(?:\(\d+\))?) NOT NULL\b", r"\1") for column in columns])


def forbid_null(connection: Connection, table: str, *columns: str) -> None:
    """The reverse. Raises `Conflict` while a row has nothing there, on both databases."""
    for column in columns:
        if connection.scalar(text(f'SELECT 1 FROM "{table}" WHERE "{column}" IS NULL LIMIT 1')):  # noqa: S608
            raise Conflict(f"{table}.{column} is empty in some rows: they have no place in the older release")
        if connection.dialect.name == "postgresql":
            connection.execute(text(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET NOT NULL'))
    if connection.dialect.name == "sqlite":
        _rewrite(connection, table, [(rf"(\b{column} [A-Z]+(?:\(\d+\))?)(?=,)", r"\1 NOT NULL") for column in columns])


def _rewrite(connection: Connection, table: str, changes: Sequence[tuple[str, str]]) -> None:
    """Change a table's declaration on SQLite where only a constraint changes and no stored row does.

    The way the manual gives for it (lang_altertable, section 7): copying the table would need foreign keys switched
    off, which no transaction can do.
    """
    declared = connection.scalar(
        text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": table}
    )
    changed = str(declared)
    for pattern, replacement in changes:
        changed, found = re.subn(pattern, replacement, changed)
        if found != 1:
            raise ValueError(f"{table} is not declared as expected: {pattern}")
    version = int(connection.scalar(text("PRAGMA schema_version")) or 0)
    connection.execute(text("PRAGMA writable_schema = ON"))
    connection.execute(
        text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": changed, "name": table},
    )
    connection.execute(text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(text("PRAGMA writable_schema = OFF"))


def protect_append_only(connection: Connection, table: str) -> None:
    """Make the database itself refuse UPDATE and DELETE on `table`."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME; END $$"
            )
        )
        connection.execute(
            text(
                f"CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        )
        return
    for verb in ("UPDATE", "DELETE"):
        connection.execute(
            text(
                f"CREATE TRIGGER append_only_{table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
            )
        )
