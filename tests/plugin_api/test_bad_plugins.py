"""Each deliberately bad plugin is refused when it is loaded, or found out by the conformance kit; the site starts."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect

from lms.app import create_app
from lms.config import Config
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.errors import Conflict
from lms.plugin_host import service
from lms.plugin_host.host import EXTENSION, Standing
from lms.plugin_host.loading import load_all
from lms.plugin_host.models import PluginFault
from lms.testing.conformance import migration_problems, page_problems, static_problems

pytestmark = pytest.mark.slow

REFUSED = {
    "importfails": "cannot be imported: RuntimeError: a library is missing",
    "nomanifest": "has no MANIFEST",
    "othername": "the manifest says someoneelse, the entry point othername",
    "oldapi": "made for plugin API >=0.3,<1",
    "unknownapi": "the manifest cannot be read",
    "requiresmissing": "requires nowhere>=1, which is not loaded",
    "unknownhook": "lms_register_pages",
    "wrongargument": "cert",
    "registerraises": "lms_register_jobs raised KeyError",
    "wrongthing": "lms_register_permissions gave str where a Permission is due",
    "foreignname": "the permission person:view must begin with foreignname.",
    "unknownrole": "names the role emperor",
    "foreigntable": "tables of this plugin are called foreigntable_...",
    "foreigntemplate": "must lie in templates/foreigntemplate/",
    "foreignaddress": "/desk/people must have foreignaddress",
    "deadmenu": "leads to no view of the plugin",
    "appwide": "would reach into pages of the core",
    "nopolicy": "does not say who may open it",
}
FOUND_OUT = {
    "pastsurface": "imports lms.people.models: only lms.plugin_api is promised",
    "untranslated": "no English for “没有译文”",
    "strangertarget": "points to account.id, which is not published",
    "openoffice": "is public: officers' and personal pages ask for a sign-in",
}
BAD_TABLES = {
    "drifting": "the migrated tables differ from the models",
    "untidy": "the migration makes elsewhere, outside untidy_",
}


@pytest.fixture
def loaded(found, tmp_path):
    """The site with one plugin, without a database: loading a plugin must not need one."""
    return lambda name: create_app(Config.from_env({}, data_dir=tmp_path, testing=True), plugins=[found(name)])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_plugin_that_cannot_be_trusted_is_left_out_and_the_operator_reads_why(loaded, name):
    app = loaded(name)
    with app.app_context():
        known = app.extensions[EXTENSION].about(name)
        assert known.standing is Standing.BROKEN
        assert REFUSED[name] in known.reason
    assert app.test_client().get("/").status_code == 200


def test_a_plugin_that_cannot_be_loaded_cannot_be_switched_on(site):
    app = site("importfails")
    with app.app_context(), pytest.raises(Conflict) as refusal:
        service.enable(SYSTEM, "importfails")
    assert "a library is missing" in str(refusal.value)


@pytest.mark.parametrize("name", sorted(FOUND_OUT))
def test_the_conformance_kit_finds_out_what_loading_cannot(loaded, name):
    app = loaded(name)
    host = app.extensions[EXTENSION]
    plugin = host.plugins[name]
    problems = [*static_problems(plugin, host.plugins), *page_problems(app, plugin)]
    assert any(FOUND_OUT[name] in problem for problem in problems), problems


@pytest.mark.parametrize("name", sorted(BAD_TABLES))
def test_the_conformance_kit_finds_out_bad_migrations(site, backend, name):
    url = backend.fresh(f"tables-{name}", bare=True)
    engine = create_engine(sqlalchemy_url(url))
    problems = migration_problems(engine, site(name).extensions[EXTENSION].plugins[name])
    engine.dispose()
    backend.drop(url)
    assert any(BAD_TABLES[name] in problem for problem in problems), problems


def test_a_well_formed_plugin_has_no_problems_of_its_own_making(loaded):
    app = loaded("misbehaving")
    host = app.extensions[EXTENSION]
    assert static_problems(host.plugins["misbehaving"], host.plugins) == []
    assert list(page_problems(app, host.plugins["misbehaving"])) == []


def test_a_broken_migration_changes_nothing_and_stops_nobody(site):
    app = site("brokenmigration", "misbehaving")
    with app.app_context():
        with pytest.raises(Conflict) as refusal:
            service.enable(SYSTEM, "brokenmigration")
        assert "no_such_table" in str(refusal.value)
        with db.engine.connect() as connection:
            assert not {name for name in inspect(connection).get_table_names() if "brokenmigration" in name}
        service.enable(SYSTEM, "misbehaving")
        assert app.extensions[EXTENSION].standing("brokenmigration") is Standing.OFF
        assert app.extensions[EXTENSION].is_on("misbehaving")
    with app.app_context():
        fault = db.session.query(PluginFault).filter_by(plugin="brokenmigration").one()
        assert "no_such_table" in fault.detail
        assert not fault.hurts


def test_two_distributions_of_one_name_are_both_left_out(found):
    twin = found("misbehaving")
    loading = load_all([twin, twin], [])
    assert not loading.plugins
    assert "two installed distributions" in loading.broken["misbehaving"].reason


def test_a_plugin_cannot_take_the_name_of_a_room(found):
    loading = load_all([found("misbehaving")], ["misbehaving"])
    assert "name of a room of the core" in loading.broken["misbehaving"].reason
