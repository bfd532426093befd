from __future__ import annotations

import importlib
import os
import shutil
import sys
import threading
import types
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import Base, db
from lms.kernel.fastpath import fastpath
from lms.kernel.runtime import EXTENSION as KERNEL
from lms.plugin_host import newplugin, service
from lms.plugin_host.discovery import Found
from lms.plugin_host.host import EXTENSION
from lms.plugin_host.models import PluginFault
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.plugin import build_test_app

BAD = Path(__file__).parent / "bad"
GOOD = Path(__file__).parent / "good"
ROOT = Path(__file__).resolve().parents[2]


def forget(package: str) -> None:
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


@pytest.fixture
def found(request):
    """The plugin of a name, as discovery would give it; what it left in memory is taken away after the test."""

    def make(name: str, folder: Path | None = None) -> Found:
        package = f"lms_bad_{name}"
        folder = folder or (GOOD if (GOOD / name).is_dir() else BAD)

        def load():
            parent = types.ModuleType(package)
            parent.__path__ = [str(folder / name)]
            sys.modules[package] = parent
            return importlib.import_module(f"{package}.hooks")

        def clean():
            forget(package)
            for table in [one for one in Base.metadata.tables.values() if one.name.startswith(f"{name}_")]:
                Base.metadata.remove(table)

        request.addfinalizer(clean)
        return Found(name, "1.0.0", load)

    return make


@pytest.fixture
def site(backend, tmp_path, found):
    """Make an application on a database of its own with the named plugins installed."""
    made = []

    def make(*names, url=None, folder=None):
        address = url or backend.fresh(f"site-{tmp_path.name}", bare=True)
        app = build_test_app(address, folder or tmp_path / "data", [found(name) for name in names])
        made.append((app, address))
        return app

    yield make
    for app, _url in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
            fastpath().close()
    for address in {url for _app, url in made}:
        backend.drop(address)


@dataclass
class Notebook:
    """The plugin `notebook` as `lms plugins new` writes it, in a folder that Python finds in this and child processes."""

    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "lms_notebook"

    @property
    def found(self) -> Found:
        return Found("notebook", "0.1.0", lambda: importlib.import_module("lms_notebook.hooks"))

    @property
    def python_path(self) -> str:
        return os.pathsep.join([str(self.folder), str(ROOT)])

    def install(self) -> None:
        """What pip leaves: metadata beside the package, whose entry point names it."""
        facts = self.folder / "lms_notebook-0.1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: lms-notebook\nVersion: 0.1.0\n")
        (facts / "entry_points.txt").write_text("[lms.plugins]\nnotebook = lms_notebook.hooks\n")

    def vanish(self) -> None:
        """The code is deleted; nobody told the database."""
        forget("lms_notebook")
        Base.metadata.remove(Base.metadata.tables["notebook_note"])
        shutil.rmtree(self.package)


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    newplugin.write("notebook", tmp_path / "made")
    made = Notebook(tmp_path / "made" / "notebook")
    monkeypatch.syspath_prepend(str(made.folder))
    yield made
    forget("lms_notebook")
    if "notebook_note" in Base.metadata.tables:
        Base.metadata.remove(Base.metadata.tables["notebook_note"])


class Probe:
    """The site with the plugin `probe` on, the small city, and a browser."""

    def __init__(self, app):
        self.app, self.host = app, app.extensions[EXTENSION]
        self.plugin = sys.modules["lms_bad_probe.hooks"]
        with app.app_context():
            service.enable(SYSTEM, "probe")
            self.city = make_small_city()
        self.client = app.test_client()

    def be(self, role, org_id=None):
        """Sign in as a new officer, or as a learner when `role` is empty; the person's id."""
        with self.app.app_context():
            unit = org_id or self.city.city
            person = make_officer(role, unit) if role else make_person(org_id=unit)
            sign_in(self.client, person)
            return person

    def page(self, address, status=200):
        answer = self.client.get(address)
        assert answer.status_code == status, f"{address}: {answer.status_code}"
        return answer.text

    def switch(self, *, on):
        with self.app.app_context():
            if on:
                service.enable(SYSTEM, "probe")
            else:
                service.disable(SYSTEM, "probe", "维护")

    def gone(self):
        """Another process on the same database, where the plugin is not installed."""
        config = self.app.extensions[KERNEL].config
        return build_test_app(config.database_url, config.data_dir, [])

    def faults(self):
        with self.app.app_context():
            return [(one.place, one.hurts) for one in db.session.scalars(select(PluginFault).order_by(PluginFault.at))]

    def let_go(self):
        """What was left behind goes on to its end and gives its connection back, before the pool is closed."""
        self.plugin.GATE.set()
        for thread in threading.enumerate():
            if thread.name == "plugin-probe":
                thread.join()


@pytest.fixture
def probe(site):
    made = Probe(site("probe"))
    made.plugin.GATE.clear()
    yield made
    made.let_go()
    made.plugin.BROKEN.clear()
    made.plugin.NONSENSE.clear()
    made.plugin.POSTED.clear()
