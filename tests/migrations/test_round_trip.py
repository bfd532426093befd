from __future__ import annotations

import datetime as dt
import os

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import DateTime, Integer, Text, Uuid, column, create_engine, insert, inspect, select, table, text

import lms.app  # noqa: F401 - knows every table
from lms.credits.obligations.models import ObligationPolicy
from lms.kernel import clock, migrate
from lms.kernel.db import Base, sqlalchemy_url
from lms.kernel.ids import new_id
from lms.kernel.models import SettingValue
from lms.messages.models import Message
from lms.people.models import IdDocument, Person
from lms.testing import servers
from lms.testing.plugin import POSTGRES

CORE = {mapper.local_table.name for mapper in Base.registry.mappers}
"""The tables of the core's models: not those of plugins, nor the full-text tables, which are made by hand."""

MAIL = {
    "id": Uuid(), "message_id": Uuid(), "recipient": Text(), "subject": Text(), "body": Text(), "state": Text(),
    "attempts": Integer(), "error": Text(), "next_try_at": DateTime(timezone=True), "created_at": DateTime(timezone=True),
    "sent_at": DateTime(timezone=True),
}  # fmt: skip
"""The table of outgoing mail before there were other channels."""


@pytest.fixture
def engine(backend, tmp_path):
    """An engine on a database without a single table."""
    sqlite = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url = sqlite if backend.name == "sqlite" else servers.create_database(os.environ[POSTGRES])
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


def test_mail_becomes_letters_of_a_channel_and_back(engine):
    now, person = clock.now(), new_id()
    mail = table("mail", *(column(name, kind) for name, kind in MAIL.items()))
    kept = "SELECT id, recipient, state, attempts, error FROM {} ORDER BY id"
    facts = {
        "id_number_sealed": b"",
        "id_number_index": b"",
        "id_tail_index": b"",
        "created_at": now,
        "updated_at": now,
    }
    with engine.begin() as connection:
        migrate.upgrade(connection, "0005")
        connection.execute(insert(Person).values(id=person, name="陈思雨", id_document=IdDocument.RESIDENT, **facts))
        for tries, state in enumerate(("sent", "failed", "queued")):
            row = {"id": new_id(), "recipient": "chen@example.org", "state": state, "attempts": tries, "error": "550"}
            row |= {"subject": "x", "body": "y", "next_try_at": now, "created_at": now, "sent_at": None}
            message = {
                "id": new_id(),
                "person_id": person,
                "kind": "x.y",
                "params": {},
                "key": state,
                "created_at": now,
            }
            connection.execute(insert(Message).values(message))
            connection.execute(insert(mail).values(message_id=message["id"], **row))
        before = connection.execute(text(kept.format("mail"))).all()
        migrate.upgrade(connection)
        assert connection.execute(text(kept.format("dispatch"))).all() == before
        assert set(connection.scalars(text("SELECT channel FROM dispatch"))) == {"email"}
        migrate.downgrade(connection, "0005")
        assert connection.execute(text(kept.format("mail"))).all() == before[:2]  # what waits has no text any more


def test_settings_that_become_obligations_keep_who_set_them_and_when(engine):
    early, late = (dt.datetime(2026, 3, day, 4, tzinfo=dt.UTC) for day in (1, 2))
    officer, day = new_id(), dt.date(2026, 4, 1)
    with engine.begin() as connection:
        migrate.upgrade(connection, "0007")
        for key, value, set_at in (("credits.higher_hours", 100, late), ("credits.assistant_hours", 80, early)):
            setting = {"key": key, "value": value, "valid_from": day, "set_at": set_at, "set_by": officer}
            connection.execute(
                insert(SettingValue).values(id=new_id(), revision=1, illustrative=False, note=str(value), **setting)
            )
        migrate.upgrade(connection, "0008")
        query = select(ObligationPolicy.set_at, ObligationPolicy.set_by, ObligationPolicy.note, ObligationPolicy.senior)
        query = query.add_columns(ObligationPolicy.assistant).where(ObligationPolicy.valid_from == day)
        assert connection.execute(query).all() == [(late, officer, "100", 100, 80)]
