"""What an operator finds in the log when a person reads out a reference code."""

from __future__ import annotations

import json

import pytest

from lms.app import create_app
from lms.config import Config
from lms.kernel import audit
from lms.kernel.db import db
from lms.webkit.blueprint import Blueprint, public
from lms.webkit.room import Room

bp = Blueprint("boom", __name__)


@bp.get("/boom")
@public
def boom() -> str:
    raise KeyError("no such sheet")


@pytest.fixture
def client(tmp_path):
    app = create_app(Config.from_env({"LMS_DATA_DIR": str(tmp_path)}), rooms=(Room("boom", blueprints=(bp,)),))
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def test_a_crash_is_one_line_with_its_traceback_and_the_reference_the_person_sees(client, capsys):
    capsys.readouterr()
    answer = client.get("/boom", headers={"Accept": "application/json", "X-Request-Id": "REF1234567"})
    assert (answer.status_code, answer.json["reference"]) == (500, "REF1234567")
    assert "no such sheet" not in answer.text
    [line] = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert (line["level"], line["path"], line["request_id"]) == ("error", "/boom", "REF1234567")
    assert "KeyError: 'no such sheet'" in line["exception"]


@pytest.mark.parametrize("given", ["<script>", "x" * 41, "short", ""])
def test_a_request_id_that_looks_odd_is_replaced_by_our_own(client, given):
    reference = client.get("/boom", headers={"Accept": "application/json", "X-Request-Id": given}).json["reference"]
    assert reference != given
    assert len(reference) == 10


def test_what_a_thread_does_after_a_request_does_not_carry_its_reference(client):
    assert client.get("/healthz", headers={"X-Request-Id": "A1B2C3D4E5"}).headers["X-Request-Id"] == "A1B2C3D4E5"
    assert audit.request_id.get() == ""
