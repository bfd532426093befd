"""Installed after the fact: subsidies hears of what was issued before it came, and invites everybody once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, text

from lms.certificates import service as certificates
from lms.kernel.db import db
from lms.messages.models import Message
from lms.plugin_api.work import SYSTEM, clock, unit_of_work
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs
from lms.testing.plugin import build_test_app
from lms.testing.processes import child_processes, kill_group, wait_until

pytestmark = pytest.mark.slow
ISSUED = 300


@pytest.fixture
def monday():
    """Today: the worker is a process of its own, whose clock nobody holds."""
    with clock.frozen(dt.datetime.now(dt.UTC)):
        yield


@pytest.fixture
def before(backend, tmp_path):
    """An academy without any plugin that has issued 1,000 certificates."""
    url = backend.fresh(f"before-{tmp_path.name}", bare=True)
    app = build_test_app(url, tmp_path / "data", [])
    with app.app_context():
        city = make_small_city()
        kind, ground = make_kind(city.city), make_ground(city.city)
        with unit_of_work(SYSTEM):
            people = [make_person(org_id=city.community_a) for _number in range(ISSUED)]
            earn(ground, people)
            for person in people:
                certificates.issue(SYSTEM, kind, person, print_now=False)
        db.session.remove()
    yield app, url
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    backend.drop(url)


def counted(app, query):
    with app.app_context():
        found = db.session.scalar(query)
        db.session.rollback()
        return found


def invited(app):
    return counted(app, text("SELECT count(*) FROM subsidies_invitation"))


def test_everybody_is_invited_once_when_installed_late_and_killed_half_way(before, tmp_path):
    """The replayed events and the look at everybody find the same people; the worker dies in the middle of both."""
    app, url = before
    with child_processes(tmp_path, LMS_DATABASE_URL=url, LMS_DATA_DIR=str(tmp_path / "data")) as processes:
        for command in ("plugins enable payouts", "plugins enable subsidies", "subsidies seed --from 2020-01-01"):
            done = processes.lms(*command.split())
            assert done.wait(60) == 0, processes.output(done)
        first = processes.lms("jobs", "work")
        wait_until(lambda: invited(app) > 0)
        kill_group(first)
        assert 0 < invited(app) < ISSUED, "the worker was too quick to be killed half-way"
        second = processes.lms("jobs", "work")
        wait_until(lambda: invited(app) == ISSUED, seconds=180)
        kill_group(second)
    after = build_test_app(url, tmp_path / "data")
    with after.app_context():
        run_jobs(after)  # whatever the second worker was still at
        db.session.remove()
        db.engine.dispose()
    told = select(func.count(), func.count(Message.person_id.distinct())).where(Message.kind == "subsidies.invited")
    with app.app_context():
        assert tuple(db.session.execute(told).one()) == (ISSUED, ISSUED)
        db.session.rollback()
    assert invited(app) == ISSUED
    assert counted(app, text("SELECT count(*) FROM outbox_delivery")) == 0
