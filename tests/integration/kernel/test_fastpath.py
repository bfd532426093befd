"""The raw connections of the exam's hot path: durable when answered, from many threads, over a broken connection."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, text

from lms.kernel.db import db
from lms.kernel.fastpath import Statement, fastpath
from lms.kernel.models import OutboxCursor

PUT = Statement(
    postgresql=(
        "INSERT INTO outbox_cursor (subscriber, last_id) VALUES (%(name)s, %(number)s) "
        "ON CONFLICT (subscriber) DO UPDATE SET last_id = excluded.last_id RETURNING last_id"
    ),
    sqlite=(
        "INSERT INTO outbox_cursor (subscriber, last_id) VALUES (:name, :number) "
        "ON CONFLICT (subscriber) DO UPDATE SET last_id = excluded.last_id RETURNING last_id"
    ),
)


def test_a_write_is_committed_when_it_is_answered(real_app):
    with real_app.app_context():
        assert fastpath().fetch(PUT, {"name": "a", "number": 7}) == [(7,)]
    with real_app.app_context():
        assert db.session.scalar(select(OutboxCursor.last_id)) == 7


def test_threads_write_at_the_same_time(real_app):
    barrier, answers = threading.Barrier(8), []

    def write(number: int) -> None:
        with real_app.app_context():
            barrier.wait()
            answers.extend(fastpath().fetch(PUT, {"name": f"thread {number}", "number": number}) for _ in range(5))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted([[(number,)] for number in range(8)] * 5)


@pytest.mark.postgres  # SQLite has no connections to lose
def test_a_write_survives_connections_that_the_database_closed(real_app):
    with real_app.app_context():
        fastpath().fetch(PUT, {"name": "a", "number": 1})
        db.session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert fastpath().fetch(PUT, {"name": "a", "number": 2}) == [(2,)]


def test_a_path_opens_again_after_it_was_closed(real_app):
    with real_app.app_context():
        fastpath().fetch(PUT, {"name": "a", "number": 1})
        fastpath().close()
        assert fastpath().fetch(PUT, {"name": "a", "number": 2}) == [(2,)]
