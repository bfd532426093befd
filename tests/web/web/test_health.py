from __future__ import annotations

import dataclasses
import datetime as dt
import shutil

import pytest
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.jobs import queue
from lms.kernel.runtime import EXTENSION, kernel
from lms.kernel.uow import unit_of_work
from lms.testing.factories.access import make_officer, sign_in
from lms.web.jobs import AUDIT_CHECK


def test_the_process_answers_without_asking_the_database(client):
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_when_the_database_is_migrated(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["database"]
    assert answer.json["migrated"]
    assert answer.json["warnings"] == []


def test_not_ready_when_the_database_is_behind(client):
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["migrated"] is False


def test_not_ready_when_the_database_is_away(client, monkeypatch):
    class Away:
        def connect(self):
            raise ConnectionError("gone")

    monkeypatch.setitem(db.engines, None, Away())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] is False


def test_waiting_jobs_and_a_full_disk_are_told_but_pages_stay_open(client, monkeypatch):
    with unit_of_work(SYSTEM) as uow:
        queue.enqueue(uow, AUDIT_CHECK.name, {}, run_at=clock.now() - dt.timedelta(minutes=20))
    usage = shutil.disk_usage("/")._replace(free=50 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["job_lag_seconds"] >= 1200
    assert answer.json["warnings"] == ["jobs_wait", "disk_fills"]


@pytest.fixture
def token(app):
    before = app.extensions[EXTENSION]
    config = dataclasses.replace(before.config, metrics_token="scraper-token")
    app.extensions[EXTENSION] = dataclasses.replace(before, config=config)
    yield kernel().config.metrics_token
    app.extensions[EXTENSION] = before


def test_metrics_count_requests_by_endpoint_and_what_waits(client, token):
    client.get("/healthz")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert 'lms_requests_total{endpoint="health.alive",method="GET",status="200"}' in answer.text
    assert 'lms_waiting{kind="jobs_queued"} 0.0' in answer.text
    assert "lms_job_lag_seconds 0.0" in answer.text


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}])
def test_metrics_are_hidden_from_strangers(client, token, header):
    assert client.get("/metrics", headers=header).status_code == 404


def test_without_a_token_in_the_configuration_no_token_opens_the_metrics(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_an_operator_may_read_the_metrics(client, city):
    sign_in(client, make_officer("operator", city.city))
    assert client.get("/metrics").status_code == 200
    sign_in(client, make_officer("hr_officer", city.city))
    assert client.get("/metrics").status_code == 404
