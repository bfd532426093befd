"""Tables of plugins: one Alembic history and one version table each, through the shared environment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.schema import DropTable

from lms.kernel.migrate import alembic_config
from lms.plugin_host.loading import Plugin


def version_table(name: str) -> str:
    """The table that counts a plugin's history."""
    return f"alembic_version_{name}"


def head_of(plugin: Plugin) -> str:
    """The newest revision a plugin brings; empty for one without tables."""
    return _head(plugin.versions) if plugin.versions else ""


@lru_cache(maxsize=64)
def _head(folder: Path) -> str:
    config = alembic_config(None, folder)
    return ScriptDirectory.from_config(config).get_current_head() or ""


def revision_of(connection: Connection, name: str) -> str:
    """The revision a plugin's tables are at; empty for none."""
    context = MigrationContext.configure(connection, opts={"version_table": version_table(name)})
    return context.get_current_revision() or ""


def upgrade(connection: Connection, plugin: Plugin, revision: str = "head") -> None:
    """Bring a plugin's tables to `revision`, in the caller's transaction: all of it or nothing."""
    if plugin.versions:
        command.upgrade(alembic_config(connection, plugin.versions, version_table(plugin.name)), revision)


def downgrade(connection: Connection, plugin: Plugin, revision: str) -> None:
    """Take a plugin's tables back to `revision`; `base` removes them."""
    if plugin.versions:
        command.downgrade(alembic_config(connection, plugin.versions, version_table(plugin.name)), revision)


def tables_of(connection: Connection, name: str) -> Sequence[str]:
    """The tables in a plugin's namespace as they are in the database, whether its code is here or not."""
    return sorted(table for table in inspect(connection).get_table_names() if table.startswith(f"{name}_"))


def drop_all(connection: Connection, name: str) -> list[str]:
    """Remove every table of a plugin and its version table, also when its code is gone. Returns their names."""
    names = tables_of(connection, name)
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    doomed = [table for table in reversed(metadata.sorted_tables) if table.name in names]
    for table in doomed:
        connection.execute(DropTable(table))
    connection.execute(text(f"DROP TABLE IF EXISTS {version_table(name)}"))
    return [table.name for table in doomed]
