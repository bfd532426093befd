from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

import lms.app  # noqa: F401 - knows every table
from lms.kernel import migrate
from lms.kernel.db import Base, sqlalchemy_url

CORE = {mapper.local_table.name for mapper in Base.registry.mappers}
"""The tables of the core's models: not those of plugins, nor the full-text tables, which are made by hand."""


@pytest.fixture
def engine(backend, tmp_path):
    url = (
        f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        if backend.name == "sqlite"
        else backend.fresh("round-trip", bare=True)
    )
    engine = create_engine(sqlalchemy_url(url))
    yield engine
    engine.dispose()
    backend.drop(url)


def tables(connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not name.startswith("alembic")}


def test_up_down_up_leaves_nothing_behind_and_nothing_out(engine):
    with engine.begin() as connection:
        migrate.upgrade(connection)
    with engine.begin() as connection:
        first = tables(connection)
        migrate.downgrade(connection, "base")
    with engine.begin() as connection:
        assert tables(connection) == set()
        migrate.upgrade(connection)
    with engine.connect() as connection:
        assert tables(connection) == first
        assert migrate.current(connection) == migrate.head()


def test_the_migrated_tables_are_what_the_models_say(engine):
    with engine.begin() as connection:
        migrate.upgrade(connection)
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda _object, name, kind, *_rest: kind != "table" or name in CORE}
        )
        assert compare_metadata(context, Base.metadata) == []
