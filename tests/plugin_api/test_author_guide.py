"""The plugin author's guide: its examples run, its documents agree with the signatures."""

from __future__ import annotations

import datetime as dt
import importlib
import io
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from urllib.parse import parse_qs

import pluggy
import pytest
from sqlalchemy import select

from lms.access.actors import actor_for
from lms.certificates import service as certificates
from lms.kernel import clock, outbox
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.settings_service import set_value
from lms.kernel.uow import unit_of_work
from lms.learning.events import CourseCompleted
from lms.messages import jobs as messages_job
from lms.messages import service as messages
from lms.messages.models import Message
from lms.plugin_api import hookspecs
from lms.plugin_api.manifest import Manifest
from lms.plugin_host import hookdoc, loading, service
from lms.plugin_host.discovery import Found
from lms.questions.models import Bank
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.exams import make_bank
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.plugin import build_test_app
from tests.plugin_api.conftest import ROOT, forget

GUIDE = (ROOT / "docs" / "guides" / "plugin-author.md").read_text()
EXAMPLES = dict(re.findall(r"```(?:python|toml) (\S+/\S+)\n(.*?)```", GUIDE, re.DOTALL))
FRIDAY, SATURDAY = (dt.datetime(2026, 11, day, 4, tzinfo=dt.UTC) for day in (27, 28))


@pytest.fixture
def example(tmp_path, backend, monkeypatch, request):
    """The site with one example of the guide installed and on, and its city."""

    def make(name):
        for path, text in EXAMPLES.items():
            if path.startswith(f"{name}/"):
                target = tmp_path / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path / name))
        request.addfinalizer(lambda: forget(f"lms_{name}"))
        found = Found(name, "1.0.0", lambda: importlib.import_module(f"lms_{name}.hooks"))
        url = backend.fresh(f"guide-{name}", bare=True)
        request.addfinalizer(lambda: backend.drop(url))
        app = build_test_app(url, tmp_path / "data", [found])
        context = app.app_context()
        context.push()
        request.addfinalizer(lambda: (db.session.remove(), db.engine.dispose(), context.pop()))
        service.enable(SYSTEM, name)
        return app, make_small_city()

    return make


def test_the_first_example_is_as_short_as_it_says():
    assert len(EXAMPLES["countdown/lms_countdown/hooks.py"].splitlines()) <= 32


def test_the_countdown_stands_on_the_learners_home_until_the_day_is_over(example):
    app, city = example("countdown")
    client = app.test_client()
    sign_in(client, make_person("周晓", city.community_a))
    set_value(SYSTEM, "countdown.day", str(clock.today() + dt.timedelta(days=12)), valid_from=clock.today())
    assert "距全国考试还有 12 天" in client.get("/").text
    set_value(SYSTEM, "countdown.day", str(clock.today() - dt.timedelta(days=1)), valid_from=clock.today())
    assert "距全国考试还有" not in client.get("/").text


def test_quiet_days_refuse_at_the_weekend_only(example):
    _app, city = example("quietdays")
    with clock.frozen(FRIDAY):
        officer, kind = actor_for(make_officer("hr_officer", city.city)), make_kind(city.city)
        person = make_person("陈思雨", city.community_a)
        earn(make_ground(city.city), [person])
    with clock.frozen(SATURDAY), pytest.raises(Conflict, match="休息日不签发证书"):
        certificates.issue(officer, kind, person)
    with clock.frozen(FRIDAY):
        assert certificates.issue(officer, kind, person)


def test_thanks_are_said_once(example):
    _app, city = example("thanks")
    person = make_person("周晓", city.community_a)
    for _time in range(2):  # told twice, by two events about one enrolment
        with unit_of_work(SYSTEM) as uow:
            uow.emit(
                CourseCompleted(
                    enrolment_id=person, person_id=person, course_slug="x", title="社区工作入门", version="1",
                    category="professional", credit_minutes=60, completed_on=clock.today(),
                )
            )  # fmt: skip
    outbox.deliver_pending()
    keys = db.session.scalars(select(Message.key).where(Message.kind == "thanks.done")).all()
    assert keys == [f"thanks:{person}"]


@pytest.fixture
def server():
    """Somebody's server: the forms it took, each answered with `server.answer`."""

    class Taken(BaseHTTPRequestHandler):
        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.server.taken.append({name: value[0] for name, value in form.items()})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(self.server.answer).encode())

        def log_message(self, *_args):
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taken) as listening:
        listening.taken, listening.answer = [], {}
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def test_text_messages_go_to_the_gateway_of_the_setting(example, server):
    _app, city = example("textmessages")
    address = f"http://127.0.0.1:{server.server_port}"
    set_value(SYSTEM, "textmessages.gateway", address, valid_from=clock.today())
    person = make_person("周晓", city.community_a, "13800000001")
    params = {"title": "社工员", "number": "CD1"}
    with unit_of_work(SYSTEM) as uow:
        messages.send(uow, person_id=person, kind="certificates.issued", params=params, key="k", link="/x")
    assert messages_job.post_due(None, {}) == {"sent": 1, "failed": 0}
    [form] = server.taken
    assert form["to"] == "13800000001"
    assert form["text"].endswith("/x")


def test_the_citys_login_names_who_came_back(example, server):
    app, _city = example("citylogin")
    set_value(SYSTEM, "citylogin.server", f"http://127.0.0.1:{server.server_port}", valid_from=clock.today())
    server.answer = {"open_id": "o-1", "nickname": "王*"}
    client, key = app.test_client(), "citylogin.city"
    away = re.search(r"state=([\w-]+)", client.post(f"/sign-in/with/{key}").text)[1]
    back = f"/sign-in/with/{key}/back"
    assert client.get(back, query_string={"state": away, "code": "c-1"}).location == "/me/security/links/new"
    assert server.taken[0]["code"] == "c-1"
    assert server.taken[0]["redirect_uri"].endswith(back)


def test_cards_are_uploaded_to_a_bank(example):
    app, city = example("flashcards")
    bank = db.session.get_one(Bank, make_bank(city.city, []))
    client = app.test_client()
    sign_in(client, make_officer("trainer", city.city))
    cards = "c-1\t社区工作的重点是什么？\t居民\t报表\t1.1\nc-2\t只有题干\n"
    sent = {"file": (io.BytesIO(cards.encode()), "a.cards")}
    page = client.post(f"/desk/banks/{bank.slug}/upload", data=sent, follow_redirects=True)
    assert "一张卡片应有五项" in page.text
    sent = {"file": (io.BytesIO(cards.splitlines()[0].encode()), "a.cards")}
    page = client.post(f"/desk/banks/{bank.slug}/upload", data=sent, follow_redirects=True)
    assert "写入 1 题" in page.text


def test_the_list_of_hooks_and_services_is_what_the_code_says():
    written = (ROOT / "docs" / "plugin-hooks.md").read_text()
    assert written == hookdoc.hooks_document(), "run: lms plugins hooks > docs/plugin-hooks.md"


def test_every_hook_is_documented_and_of_one_kind():
    for name in hookdoc.hook_names():
        text = getattr(hookspecs, name).__doc__
        assert ":return:" in text or ":param" in text, name
        assert (hookdoc.kind_of(name) == "Register") == (name in loading.REGISTER and name != "lms_subscriptions"), name


def test_every_hook_has_a_real_user():
    hooks = [*(ROOT / "plugins").rglob("hooks.py"), *(ROOT / "tests" / "plugin_api").rglob("hooks.py")]
    used = {name for path in hooks for name in re.findall(r"^def (lms_\w+)", path.read_text(), re.MULTILINE)}
    assert set(hookdoc.hook_names()) <= used


def test_names_in_the_guide_exist():
    hooks = set(re.findall(r"`(lms_[a-z_]+)`", GUIDE))
    assert hooks <= set(hookdoc.hook_names())
    for module, name in re.findall(r"from (lms\.[\w.]+) import (\w+)", GUIDE):
        assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


def test_a_deprecated_hook_is_told_by_the_check(monkeypatch):
    """A specification that says when it will go warns whoever still implements it."""

    def lms_register_tiles():
        return ()

    warning = DeprecationWarning("lms_register_tiles goes with API 2.0: use lms_register_slots")
    spec, module = ModuleType("deprecated_specs"), ModuleType("lms_tiles.hooks")
    spec.NAMESPACE = hookspecs.NAMESPACE
    spec.lms_register_tiles = pluggy.HookspecMarker(spec.NAMESPACE)(warn_on_impl=warning)(lms_register_tiles)
    module.__package__, module.__file__ = "lms_tiles", __file__
    module.MANIFEST = Manifest(name="tiles", version="1.0", api=">=1.0,<2", title="tiles")
    module.lms_register_tiles = pluggy.HookimplMarker(spec.NAMESPACE)(lambda: ())
    monkeypatch.setattr(loading, "hookspecs", spec)
    assert loading.load(Found("tiles", "1.0", lambda: module)).warnings == (str(warning),)
