from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from lms.kernel import migrate
from lms.kernel.db import WRITE, sqlalchemy_url

BROKEN = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "{name}", None, None, None
def upgrade():
    op.execute("CREATE TABLE half_done (id INTEGER)")
    op.execute("INSERT INTO nowhere VALUES (1)")
def downgrade():
    op.execute("DROP TABLE half_done")
"""


@pytest.fixture
def engine(backend, tmp_path):
    """An empty database of the test's own."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}" if backend.name == "sqlite" else backend.fresh("migrate", bare=True)
    engine = create_engine(sqlalchemy_url(url))
    if backend.name == "postgres":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()
    backend.drop(url)


def test_an_empty_database_asks_for_the_upgrade_and_has_no_more_to_ask_for_after_it(engine):
    with engine.begin() as connection:
        assert migrate.current(connection) is None
        assert "at nothing" in migrate.why_not_ready(connection)
        migrate.upgrade(connection)
        assert migrate.why_not_ready(connection) == ""
        assert migrate.current(connection) == migrate.head()


def test_a_database_of_a_newer_release_is_recognised(engine):
    with engine.begin() as connection:
        migrate.upgrade(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert not migrate.is_known("9999")
        assert "newer release" in migrate.why_not_ready(connection)


def test_an_upgrade_that_fails_leaves_nothing_behind(engine, tmp_path):
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "x.py").write_text(BROKEN.format(name="x1"))
    with pytest.raises(DatabaseError), engine.execution_options(**WRITE).begin() as connection:
        migrate.command.upgrade(migrate.alembic_config(connection, versions, "alembic_version_x"), "head")
    assert inspect(engine).get_table_names() == []


def test_rows_stay_when_an_older_database_is_upgraded(engine):
    with engine.begin() as connection:
        migrate.upgrade(connection, "0001")
        connection.execute(text("INSERT INTO outbox_cursor (subscriber, last_id) VALUES ('kept', 7)"))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT subscriber, last_id FROM outbox_cursor")).all() == [("kept", 7)]
        assert migrate.current(connection) == migrate.head()


def test_two_machines_that_upgrade_at_once_wait_for_each_other(engine):
    barrier, failures = threading.Barrier(2), []

    def upgrade() -> None:
        barrier.wait()
        try:
            with engine.execution_options(**WRITE).begin() as connection:
                migrate.upgrade(connection)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("statement", ["UPDATE thing SET id = 2", "DELETE FROM thing"])
def test_a_protected_table_takes_rows_and_gives_none_back(engine, statement):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER)"))
        migrate.protect_append_only(connection, "thing")
        connection.execute(text("INSERT INTO thing VALUES (1)"))
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM thing")).scalar() == 1
