from __future__ import annotations

import datetime as dt
import gzip
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

import lms.web
from lms.access.models import Account
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Invalid
from lms.kernel.jobs import queue
from lms.kernel.models import Job, JobState
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries
from lms.webkit.registry import EXTENSION
from lms.webkit.room import Figure, NextStep, Slot

SHELL = Path(lms.web.__file__).parent


@contextmanager
def only_slots(app, *slots):
    """The pages with these pieces and no room's own."""
    registry = app.extensions[EXTENSION]
    before, registry.slots = registry.slots, [("test", slot) for slot in slots]
    yield
    registry.slots = before


@pytest.fixture
def learner(client, city):
    person_id = make_person("陈思雨", city.community_a)
    sign_in(client, person_id)
    return client


def step(rank, title, days=None):
    due = clock.now() + dt.timedelta(days=days) if days is not None else None
    return Slot("next", rank, lambda _actor: NextStep(rank, title, "说明", "/exams", "去报名", due))


def test_a_stranger_sees_what_this_is_and_how_to_sign_in(client):
    page = client.get("/").text
    assert 'href="/sign-in' in page
    assert "查验证书" in page


def test_home_greets_by_name_and_unit(learner):
    page = learner.get("/").text
    assert "陈思雨，" in page
    assert "武侯区 · 玉林街道 · 玉林东路社区" in page


def test_home_shows_only_the_most_urgent_step(app, learner):
    with only_slots(app, step(40, "接着学"), step(30, "报名考试", days=9), Slot("next", 1, lambda _actor: None)):
        page = learner.get("/").text
    assert "报名考试" in page
    assert "还剩 9 天" in page
    assert "接着学" not in page


def test_home_says_what_to_do_when_there_is_nothing(app, learner):
    with only_slots(app):
        assert "去选课" in learner.get("/").text


def test_home_escapes_what_rooms_say(app, learner):
    with only_slots(app, step(30, "<script>alert(1)</script>")):
        assert "<script>alert(1)" not in learner.get("/").text


def test_the_dashboard_shows_figures_and_cards_the_officer_may_see(app, client, city):
    sign_in(client, make_officer("operator", city.city))
    slots = (
        Slot("figure", 1, lambda _actor: Figure("持证社工", "1,642")),
        Slot("figure", 2, lambda _actor: Figure("不该看到", "9"), permission="certificate:revoke"),
        Slot("desk", 1, lambda _actor: "待审申请"),
    )
    with only_slots(app, *slots):
        page = client.get("/desk").text
    assert "1,642" in page
    assert "待审申请" in page
    assert "不该看到" not in page


def test_the_desk_is_closed_to_people_without_a_grant(learner):
    assert learner.get("/desk").status_code == 403
    assert 'href="/desk"' not in learner.get("/").text


def test_officers_find_the_desk_and_only_their_admin_pages_in_the_menu(client, city):
    sign_in(client, make_officer("auditor", city.city))
    page = client.get("/desk").text
    assert 'href="/admin/audit"' in page
    sign_in(client, make_officer("hr_officer", city.city))
    assert 'href="/admin/audit"' not in client.get("/desk").text


def test_search_shows_what_rooms_find(app, client, city):
    sign_in(client, make_officer("hr_officer", city.city))
    with only_slots(app, Slot("search", 1, lambda _actor, asked: f"找到 {asked}" if asked == "张三" else None)):
        assert "找到 张三" in client.get("/desk/search?q=张三").text
        assert "没有找到" in client.get("/desk/search?q=nobody").text


def test_a_page_that_needs_sign_in_leads_there_and_back(client):
    answer = client.get("/me?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/me?x%3D1"


def test_an_unknown_address_gets_a_page_with_a_way_out_and_a_reference(client):
    answer = client.get("/nope")
    assert answer.status_code == 404
    assert "找不到这个页面" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert 'href="/"' in answer.text


def test_a_script_gets_its_errors_as_json(client):
    answer = client.get("/nope", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json["code"] == "not_found"
    assert set(answer.json) == {"code", "what", "why", "todo", "fields", "reference"}
    assert client.get("/me", headers={"Accept": "application/json"}).status_code == 401


def test_a_missing_right_is_told_apart_from_a_missing_page(learner):
    answer = learner.get("/admin/settings")
    assert answer.status_code == 403
    assert "权限" in answer.text


def test_an_expired_form_says_so_and_changes_nothing(app, learner):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = learner.post("/preferences", data={"theme": "dark", "csrf_token": "stale"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 409
    assert "这张表单已过期" in answer.text
    assert not any("theme=" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_field_errors_of_a_refusal_are_listed(app):
    error = Invalid("不能保存。", fields={"name": "<b>太长</b>"})
    with app.test_request_context("/"):
        answer = app.make_response(app.handle_user_exception(error))
    assert answer.status_code == 422
    assert "&lt;b&gt;太长" in answer.get_data(as_text=True)


def test_preferences_hold_for_the_next_pages_and_go_with_the_account(learner):
    answer = learner.post("/preferences", data={"locale": "en", "easy": "yes", "theme": "dark", "next": "/me"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    page = learner.get("/me").text
    assert '<html lang="en" data-theme="dark" data-reading="easy">' in page
    account = db.session.scalars(select(Account)).one()
    assert (account.locale, account.easy_reading) == ("en", True)


def test_preferences_work_before_sign_in_and_ignore_nonsense(client):
    answer = client.post(
        "/preferences", data={"locale": "xx", "theme": "pink", "easy": "perhaps", "next": "//evil.example"}
    )
    assert answer.headers["Location"] == "/"
    assert '<html lang="zh-CN" data-theme="auto">' in client.get("/").text


def test_the_first_learner_page_stays_under_100_kilobytes_compressed(learner):
    page = learner.get("/")
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)
    assert len(addresses) >= 4
    bodies = [page.data, *(learner.get(address, buffered=True).data for address in set(addresses))]
    assert sum(len(gzip.compress(body)) for body in bodies) < 100_000


def test_pages_name_no_outside_host_and_have_no_inline_code(learner, client, city):
    sign_in(client, make_officer("operator", city.city))
    for address in ("/", "/me", "/messages", "/desk", "/admin/settings", "/admin/jobs", "/nope"):
        page = client.get(address).text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page), address
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page), address


def test_static_files_are_kept_for_a_year_under_an_address_with_their_hash(client):
    address = re.search(r'href="(/static/css/app\.css\?v=\w{10})"', client.get("/").text).group(1)
    assert "max-age=31536000" in client.get(address, buffered=True).headers["Cache-Control"]


def test_every_icon_a_menu_or_template_names_is_drawn(app):
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (SHELL / "static/img/icons.svg").read_text()))
    named = {item.icon for _room, item in app.extensions[EXTENSION].navigation}
    for template in SHELL.parent.glob("*/templates/**/*.html"):
        named |= set(re.findall(r'icon(?:_name=|\()"([a-z_]+)"', template.read_text()))
    assert named <= drawn


def test_home_asks_the_shell_for_few_queries(app, learner):
    learner.get("/")
    with only_slots(app), count_queries() as seen:
        learner.get("/")
    assert seen.count <= 5  # sign-in, grants, unit, its path, unread


def job(created_by, **values):
    with unit_of_work(SYSTEM) as uow:
        job_id = queue.enqueue(uow, "messages.post", {})
        row = uow.session.get(Job, job_id)
        for name, value in {"created_by": created_by, **values}.items():
            setattr(row, name, value)
    return job_id


def test_the_one_who_started_a_job_follows_it_until_it_ends(client, city):
    person_id = make_officer("hr_officer", city.county_a)
    sign_in(client, person_id)
    running = job(person_id, state=JobState.RUNNING, progress_done=32150, progress_total=70000)
    answer = client.get(f"/jobs/{running}/progress")
    assert "32,150 / 70,000" in answer.text
    assert "hx-get" in answer.text
    assert "HX-Refresh" not in answer.headers
    ended = client.get(f"/jobs/{job(person_id, state=JobState.DONE)}/progress")
    assert ended.headers["HX-Refresh"] == "true"
    assert "hx-get" not in ended.text


def test_somebody_elses_job_is_not_found(client, city):
    sign_in(client, make_officer("hr_officer", city.county_a))
    assert client.get(f"/jobs/{job(make_person())}/progress").status_code == 404
    assert client.get(f"/jobs/{job(None)}/progress").status_code == 404


def test_a_person_still_gets_words_and_a_reference_when_the_database_is_away(app, learner, monkeypatch):
    class Away:
        def __getattr__(self, _name):
            raise ConnectionError("gone")

    monkeypatch.setitem(db.engines, None, Away())
    monkeypatch.setattr(app, "testing", False)
    answer = learner.get("/me")
    assert answer.status_code == 500
    assert "系统出了问题" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_page_that_was_open_for_long_learns_who_is_signed_in_now(client, learner):
    here = learner.get("/session").json
    assert f'data-person="{here["person"]}"' in learner.get("/").text
    assert here["csrf"]
    learner.post("/sign-out")
    assert learner.get("/session").json["person"] == ""
