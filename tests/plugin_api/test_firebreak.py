"""A plugin that raises, sleeps or talks nonsense in a hook never takes a core page with it."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.certificates import service as certificates
from lms.certificates.models import Certificate
from lms.kernel import outbox
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.jobs import queue, worker
from lms.kernel.models import AuditEntry, Job, JobState
from lms.kernel.uow import unit_of_work
from lms.plugin_host import faults, firebreak, service
from lms.plugin_host.host import EXTENSION, Standing
from lms.plugin_host.models import PluginFault
from lms.plugin_host.shield import PluginFailed
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.processes import wait_until

NAME = "misbehaving"
PIECES = {
    "/": ("misbehaving step", "misbehaving card"),
    "/desk": ("misbehaving figure", "misbehaving desk"),
    "/desk/search?q=张三": ("misbehaving search",),
}


class Scene:
    """The site with the plugin on, and an HR officer in a browser."""

    def __init__(self, app):
        self.app, self.host = app, app.extensions[EXTENSION]
        self.host.firebreak.seconds = 0.5
        with app.app_context():
            service.enable(SYSTEM, NAME)
            self.city = make_small_city()
            self.officer = make_officer("hr_officer", self.city.city)
            self.learner = make_person("张三丰", self.city.community_a)
        self.plugin = sys.modules["lms_bad_misbehaving.hooks"]
        self.client = app.test_client()
        with app.app_context():
            sign_in(self.client, self.officer)

    def mood(self, mood, seconds=1.2):
        self.plugin.MOOD.update(now=mood, seconds=seconds)

    def page(self, address):
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer.text

    def faults(self):
        with self.app.app_context():
            return db.session.scalars(select(PluginFault).order_by(PluginFault.at)).all()

    def issue(self):
        with self.app.app_context():
            kind, person = make_kind(self.city.city), make_person("陈思雨", self.city.community_a)
            earn(make_ground(self.city.city), [person])
            return certificates.issue(actor_for(self.officer), kind, person)

    def count(self, table):
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def scene(site):
    made = Scene(site(NAME))
    yield made
    made.mood("well")
    made.plugin.GATE.set()


def test_pieces_of_a_sound_plugin_stand_in_core_pages(scene):
    for address, pieces in PIECES.items():
        page = scene.page(address)
        assert all(piece in page for piece in pieces)
    assert "misbehaving person" in scene.page(f"/desk/people/{scene.learner}")
    assert "misbehaving page" in scene.page("/me")
    assert scene.page("/misbehaving") == "a page"
    assert scene.faults() == []


@pytest.mark.parametrize("mood", ["raises", "sleeps", "nonsense"])
def test_a_failing_piece_is_left_out_of_the_page_and_reported(scene, mood):
    scene.mood(mood)
    for address, pieces in PIECES.items():
        page = scene.page(address)
        assert not any(piece in page for piece in pieces)
    scene.page(f"/desk/people/{scene.learner}")
    reported = scene.faults()
    assert {fault.place for fault in reported} <= {
        f"slot {one}" for one in ("next", "home", "figure", "desk", "search", "person")
    }
    assert {fault.kind for fault in reported} == ({"slow"} if mood == "sleeps" else {"raised"})
    assert all(fault.hurts and fault.request_id for fault in reported)


def test_after_repeated_failure_the_plugin_is_switched_off_and_shown_so_until_an_operator_acts(scene):
    scene.mood("raises")
    for _visit in range(faults.TRIP_AFTER):
        scene.page("/")
    with scene.app.app_context():
        known = scene.host.about(NAME)
        assert known.standing is Standing.TRIPPED
        assert "firebreak" in known.reason
        assert db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "plugin.trip")).all()
        operator = make_officer("operator", scene.city.city)
    scene.mood("well")
    assert "misbehaving card" not in scene.page("/")
    assert scene.client.get("/misbehaving").status_code == 404
    with scene.app.app_context():
        sign_in(scene.client, operator)
    assert "已自动停用" in scene.page(f"/admin/plugins/{NAME}")
    assert "需要处理的模块" in scene.page("/desk")
    assert scene.client.post(f"/admin/plugins/{NAME}/enable").status_code == 303
    assert "misbehaving card" in scene.page("/")


def test_hanging_calls_are_left_behind_and_no_more_are_begun(scene):
    scene.mood("hangs")
    for address in ("/", "/desk", "/", "/desk/search?q=张三"):
        scene.page(address)
    assert len(scene.plugin.HUNG) == firebreak.HANGING == scene.host.firebreak.hanging[NAME]
    scene.mood("well")
    assert "misbehaving card" not in scene.page("/")
    scene.plugin.GATE.set()
    wait_until(lambda: scene.host.firebreak.hanging[NAME] == 0)
    assert "misbehaving card" in scene.page("/")


def test_a_page_of_the_plugins_own_that_raises_is_reported_and_hurts_nobody(scene):
    scene.mood("raises")
    scene.app.testing = False
    assert scene.client.get("/misbehaving").status_code == 500
    scene.app.testing = True
    [fault] = scene.faults()
    assert (fault.place, fault.hurts) == ("page misbehaving.index", False)


def test_a_refusal_by_a_participating_hook_refuses_the_whole_use_case_in_its_words(scene):
    scene.mood("refuses")
    with pytest.raises(Conflict, match="今天不签发"):
        scene.issue()
    assert scene.count(Certificate) == 0
    assert scene.faults() == []


def test_a_participating_hook_that_raises_undoes_everything_and_in_the_end_is_switched_off(scene):
    scene.mood("raises")
    with pytest.raises(PluginFailed) as failure:
        scene.issue()
    assert failure.value.status == 503
    assert scene.count(Certificate) == 0
    with scene.app.app_context():
        person = db.session.scalars(select(Certificate.id)).first()
        assert person is None
    for _try in range(faults.TRIP_AFTER - 1):
        with scene.app.app_context(), pytest.raises(PluginFailed), unit_of_work(SYSTEM):
            scene.host.participate("lms_certificate_issuing", certificate=None)
    with scene.app.app_context():
        assert scene.host.standing(NAME) is Standing.TRIPPED


def test_a_slow_participating_hook_is_reported(scene, monkeypatch):
    monkeypatch.setattr("lms.plugin_host.shield.PARTICIPATE_SECONDS", 0.05)
    scene.mood("sleeps", seconds=0.1)
    assert scene.issue()
    assert [(fault.place, fault.kind) for fault in scene.faults()] == [("lms_certificate_issuing", "slow")]


@pytest.mark.parametrize(("mood", "kind"), [("raises", "raised"), ("sleeps", "slow")])
def test_a_failing_subscription_is_reported_and_holds_nobody_up(scene, monkeypatch, mood, kind):
    monkeypatch.setattr("lms.plugin_host.host.NOTIFY_SECONDS", 0.05)
    scene.issue()
    scene.mood(mood, seconds=0.1)
    with scene.app.app_context():
        outbox.deliver_pending()
    reported = scene.faults()
    assert [(fault.place, fault.kind) for fault in reported] == [("misbehaving.certificates", kind)]
    assert reported[0].hurts is (mood == "sleeps")


def test_while_a_plugin_is_off_its_jobs_and_events_wait_and_its_commands_refuse(scene):
    with scene.app.app_context():
        service.disable(SYSTEM, NAME, "维护")
        with unit_of_work(SYSTEM) as uow:
            job_id = queue.enqueue(uow, "misbehaving.work", {})
    scene.issue()
    worker.drain(scene.app)
    with scene.app.app_context():
        assert db.session.get(Job, job_id).state is JobState.QUEUED
        assert scene.plugin.TOLD == []
        assert scene.client.get("/misbehaving").status_code == 404
        assert "misbehaving page" not in scene.page("/me")
        service.enable(SYSTEM, NAME)
    worker.drain(scene.app)
    with scene.app.app_context():
        assert db.session.get(Job, job_id).state is JobState.DONE
    assert len(scene.plugin.TOLD) == 1
