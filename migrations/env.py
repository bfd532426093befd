"""The one Alembic environment, for the core and every plugin; the caller passes connection and version table."""

from __future__ import annotations

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    version_table=config.attributes["version_table"],
    target_metadata=config.attributes.get("target_metadata"),
)
with context.begin_transaction():
    context.run_migrations()
