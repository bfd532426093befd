"""A served academy for tests in a browser: its own data folder and server process, and the same data seen from here."""

from __future__ import annotations

import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine

from lms.app import create_app
from lms.config import Config
from lms.kernel import migrate
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.fastpath import fastpath
from lms.testing.factories.access import sign_in
from lms.testing.processes import child_processes, wait_until
from lms.testing.servers import free_port


@dataclass(frozen=True)
class Academy:
    """An academy that is being served at `base`; `app` works on its database from this process."""

    base: str
    app: Flask

    def signed_in(self, person_id: uuid.UUID) -> dict[str, str]:
        """Sign a person in, second factor included; the cookie for their browser."""
        with self.app.app_context():
            client = self.app.test_client()
            sign_in(client, person_id)
            cookie = client.get_cookie("sign_in")
            db.session.remove()
        assert cookie is not None
        return {"name": cookie.key, "value": cookie.value, "url": self.base}


@contextmanager
def served_academy(folder: Path, *options: str, port: int = 0, base: str = "", database: str = "") -> Iterator[Academy]:
    """Migrate an empty database and serve it until the end; `options` go to `lms serve`.

    `database` is its address, by default that of an SQLite file in `folder`.

    `base` is the address people use where it is not the server's own: a relay's.
    """
    port = port or free_port()
    own = f"http://127.0.0.1:{port}"
    config = Config.from_env({}, data_dir=folder, base_url=base or own, database_url=database)
    engine = create_engine(sqlalchemy_url(config.database_url))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()
    app = create_app(config)
    with child_processes(
        folder, LMS_DATA_DIR=str(folder), LMS_BASE_URL=config.base_url, LMS_DATABASE_URL=config.database_url
    ) as processes:
        server = processes.lms("serve", "--port", str(port), "--processes", "1", *options)

        def answers() -> bool:
            assert server.poll() is None, processes.output(server)
            return _answers(f"{own}/healthz")

        wait_until(answers)
        yield Academy(config.base_url, app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        fastpath().close()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own server
    except (urllib.error.URLError, TimeoutError):
        return False
    return True
