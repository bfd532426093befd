"""Switching plugins: where they are offered, what is left when their code is gone, how a running site follows."""

from __future__ import annotations

import json
import zipfile

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import inspect, text

from lms.cli import main
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.plugin_host import service
from lms.plugin_host.host import EXTENSION, Standing
from lms.plugin_host.loading import load_all
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.plugin import build_test_app

NAME = "misbehaving"


def command(app, *arguments):
    return CliRunner().invoke(main, arguments, obj=ScriptInfo(create_app=lambda: app))


@pytest.fixture
def offered(site):
    """The site with the plugin on, offered nowhere unless a unit is told."""
    app = site(NAME)
    with app.app_context():
        service.enable(SYSTEM, NAME)
        city = make_small_city()
        service.offer_everywhere(SYSTEM, NAME, everywhere=False)
    return app, city


def sees(app, person):
    client = app.test_client()
    with app.app_context():
        sign_in(client, person)
    listed = "misbehaving page" in client.get("/me").text
    opened = client.get("/misbehaving").status_code == 200
    assert listed == opened, "the menu and the door disagree"
    return opened


def test_the_nearest_unit_with_a_switch_decides(offered):
    app, city = offered
    with app.app_context():
        worker, street = make_person(org_id=city.community_a), make_person(org_id=city.street_a)
        elsewhere = make_person(org_id=city.county_b)
    assert not any(sees(app, person) for person in (worker, street, elsewhere))
    with app.app_context():
        service.offer_to(SYSTEM, NAME, city.county_a, active=True)
    assert [sees(app, person) for person in (worker, street, elsewhere)] == [True, True, False]
    with app.app_context():
        service.offer_to(SYSTEM, NAME, city.community_a, active=False)
    assert [sees(app, person) for person in (worker, street, elsewhere)] == [False, True, False]
    with app.app_context():
        service.offer_to(SYSTEM, NAME, city.community_a, active=None)
    assert sees(app, worker)


def test_an_officer_above_a_unit_is_served_with_it(offered):
    app, city = offered
    with app.app_context():
        officer = make_officer("hr_officer", city.city)
        assert not sees(app, officer)
        service.offer_to(SYSTEM, NAME, city.community_a, active=True)
    assert sees(app, officer)


def test_operators_switch_on_the_page_and_only_they(offered):
    app, city = offered
    client = app.test_client()
    with app.app_context():
        sign_in(client, make_officer("operator", city.city))
    assert client.post(f"/admin/plugins/{NAME}/units", data={"unit": "不存在", "active": "on"}).status_code == 422
    assert client.post(f"/admin/plugins/{NAME}/units", data={"everywhere": "yes"}).status_code == 303
    assert client.post(f"/admin/plugins/{NAME}/disable", data={"reason": ""}).status_code == 422
    assert client.post(f"/admin/plugins/{NAME}/disable", data={"reason": "试点结束"}).status_code == 303
    page = client.get(f"/admin/plugins/{NAME}").text
    assert "试点结束" in page
    assert client.get("/admin/plugins/nothing").status_code == 404
    with app.app_context():
        county = make_officer("operator", city.county_a)
        sign_in(client, county)
    assert client.post(f"/admin/plugins/{NAME}/enable").status_code in {403, 404}


def test_what_another_process_switched_a_moment_ago_counts_at_once_for_who_switches(site):
    here = site(NAME)
    there = site(NAME, url=here.extensions["lms"].config.database_url)
    with here.app_context():
        city = make_small_city()
        operator = make_officer("operator", city.city)
        assert here.extensions[EXTENSION].standing(NAME) is Standing.OFF  # kept from now on
    with there.app_context():
        service.enable(SYSTEM, NAME)
    with here.app_context(), pytest.raises(Conflict, match="停用"):
        service.purge(SYSTEM, NAME)
    with there.app_context():
        service.disable(SYSTEM, NAME, "试点结束")
    client = here.test_client()
    with here.app_context():
        sign_in(client, operator)
    assert "试点结束" in client.get(f"/admin/plugins/{NAME}").text


def test_a_plugin_others_require_cannot_be_switched_off_before_them(site, found, tmp_path):
    folder = tmp_path / "plugins"
    for name in ("lower", "upper"):
        (folder / name).mkdir(parents=True)
        requires = ', requires=("lower>=1",)' if name == "upper" else ""
        (folder / name / "hooks.py").write_text(
            "from lms.plugin_api import Manifest\n"
            f'MANIFEST = Manifest(name="{name}", version="1.0.0", api=">=1.0,<2", title="{name}"{requires})\n'
        )
    app = site()
    host = app.extensions[EXTENSION]
    host.loading = load_all([found("upper", folder), found("lower", folder)], [])
    assert list(host.plugins) == ["lower", "upper"]
    with app.app_context():
        with pytest.raises(Conflict, match="lower"):
            service.enable(SYSTEM, "upper")
        service.enable(SYSTEM, "lower")
        service.enable(SYSTEM, "upper")
        with pytest.raises(Conflict, match="upper"):
            service.disable(SYSTEM, "lower", "")
        service.disable(SYSTEM, "upper", "")
        service.disable(SYSTEM, "lower", "")


def test_tables_of_a_plugin_that_vanished_stop_nobody_and_can_be_exported_and_purged(
    backend, tmp_path, notebook, request
):
    url = backend.fresh("vanishing", bare=True)
    request.addfinalizer(lambda: backend.drop(url))
    app = build_test_app(url, tmp_path / "data", [notebook.found])
    with app.app_context():
        service.enable(SYSTEM, "notebook")
        city = make_small_city()
        client = app.test_client()
        sign_in(client, make_person("周晓", city.community_a))
        assert client.post("/me/notebook", data={"text": "希望多开夜校"}).status_code == 303
        db.session.remove()
        db.engine.dispose()
    notebook.vanish()

    gone = build_test_app(url, tmp_path / "data", [])
    with gone.app_context():
        assert gone.extensions[EXTENSION].standing("notebook") is Standing.GONE
    assert gone.test_client().get("/").status_code == 200
    assert command(gone, "db", "upgrade").exit_code == 0
    assert "no longer installed" in command(gone, "plugins", "list").output
    assert command(gone, "plugins", "check").exit_code == 1
    target = tmp_path / "notebook.zip"
    assert command(gone, "plugins", "export", "notebook", str(target)).exit_code == 0
    with zipfile.ZipFile(target) as archive:
        [row] = [json.loads(line) for line in archive.read("notebook_note.jsonl").splitlines()]
        assert row["text"] == "希望多开夜校"
        assert json.loads(archive.read("plugin.json"))["rows"] == {"notebook_note": 1}
    assert command(gone, "plugins", "purge", "notebook").exit_code == 1
    assert "notebook_note" in command(gone, "plugins", "purge", "notebook", "--yes").output
    with gone.app_context():
        with db.engine.connect() as connection:
            left = [name for name in inspect(connection).get_table_names() if "notebook" in name]
        assert left == []
        assert gone.extensions[EXTENSION].overview() == []
        db.session.remove()
        db.engine.dispose()


def test_tables_behind_the_code_keep_a_plugin_off_until_they_are_upgraded(site):
    app = site("brokenmigration", NAME)
    with app.app_context():
        service.enable(SYSTEM, NAME)
        db.session.execute(text("UPDATE plugin_switch SET revision = 'older'"))
        db.session.commit()
        app.extensions[EXTENSION].switchboard.forget()
        assert app.extensions[EXTENSION].standing(NAME) is Standing.BEHIND
        assert command(app, NAME, "greet").exit_code == 1
    assert command(app, "db", "upgrade").exit_code == 0
    with app.app_context():
        assert app.extensions[EXTENSION].is_on(NAME)
    assert command(app, NAME, "greet").output == "hello from the plugin\n"


def test_a_plugin_upgrade_that_fails_is_a_warning_of_the_cores_upgrade(site):
    app = site("brokenmigration")
    with app.app_context():
        db.session.execute(
            text(
                "INSERT INTO plugin_switch (name, state, version, revision, everywhere, reason, changed_at) "
                "VALUES ('brokenmigration', 'enabled', '0', '', true, '', '2026-01-01 00:00:00')"
            )
        )
        db.session.commit()
        app.extensions[EXTENSION].switchboard.forget()
    result = command(app, "db", "upgrade")
    assert result.exit_code == 0
    assert "warning: brokenmigration" in result.stderr
    assert "no_such_table" in result.stderr
    with app.app_context():
        assert app.extensions[EXTENSION].standing("brokenmigration") is Standing.BEHIND


def test_downgrading_wants_the_plugin_off(site):
    app = site(NAME)
    with app.app_context():
        service.enable(SYSTEM, NAME)
        with pytest.raises(Conflict):
            service.downgrade(SYSTEM, NAME, "base")
    assert command(app, "plugins", "disable", NAME).exit_code == 0
    assert command(app, "plugins", "downgrade", NAME, "base").exit_code == 0
