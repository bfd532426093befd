"""Stored files on both stores: a local folder, and S3 as moto serves it."""

from __future__ import annotations

import hashlib
import json
import urllib.request

import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.files import FileStore
from lms.kernel.ids import new_id
from lms.kernel.models import StoredFile
from lms.kernel.uow import unit_of_work

CONTENT = bytes(range(256)) * 2048  # two chunks of the stream
HOSTILE = ["../../etc/passwd", "/etc/passwd", "a\x00b", "名册 “七月”.xlsx", "..", "", "c:\\x\\y", "x" * 300, "%2e%2e/x"]


@pytest.fixture(scope="module")
def s3_address():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{address}/academy", method="PUT"), timeout=10).close()
    yield address
    server.stop()


@pytest.fixture(params=["local", "s3"])
def store(request, app, tmp_path, monkeypatch):
    if request.param == "local":
        return FileStore.open("", tmp_path)
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    for name, value in (keys | {"AWS_ENDPOINT_URL": request.getfixturevalue("s3_address")}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    return FileStore.open("s3://academy/files", tmp_path)


def put(store: FileStore, name: str = "名册.xlsx", content: bytes = CONTENT) -> StoredFile:
    with unit_of_work(SYSTEM) as uow:
        return store.put(uow, room="people", name=name, media_type="application/octet-stream", content=content)


def test_a_file_comes_back_as_it_was_with_its_fingerprint(store):
    row = put(store)
    assert store.read(row.id) == CONTENT
    stored = store.row(row.id)
    assert (stored.size, stored.sha256, stored.name) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "名册.xlsx")


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (0, 10), (300_000, 300_010), (262_140, 262_150), (524_280, 10**9)]
)
def test_any_range_can_be_streamed(store, start, end):
    row = put(store)
    assert b"".join(store.stream(row.id, start, end)) == CONTENT[start:end]


def test_an_empty_file_is_a_file(store):
    row = put(store, content=b"")
    assert store.read(row.id) == b""
    assert list(store.stream(row.id)) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_kept_as_a_name_and_never_becomes_a_path(store, name, tmp_path):
    row = put(store, name=name, content=b"x")
    assert store.read(row.id) == b"x"
    assert store.row(row.id).name == {"a\x00b": "ab", "x" * 300: "x" * 200}.get(name, name)
    assert row.storage_key == f"people/{row.id.hex[:8]}/{row.id.hex}"
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and tmp_path / "files" not in path.parents]
    assert outside == []


def test_a_file_whose_use_case_failed_is_not_found(store):
    kept = []

    def fail() -> None:
        with unit_of_work(SYSTEM) as uow:
            kept.append(store.put(uow, room="people", name="x", media_type="text/plain", content=b"x").id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(NotFound):
        store.read(kept[0])
    assert db.session.scalars(select(StoredFile)).all() == []


def test_bytes_lost_from_the_store_are_said_to_be_lost(app, tmp_path):
    store = FileStore.open("", tmp_path)
    row = put(store)
    (tmp_path / "files" / row.storage_key).unlink()
    with pytest.raises(NotFound, match="备份"):
        store.read(row.id)


def test_an_unknown_file_is_not_found(store):
    with pytest.raises(NotFound):
        store.read(new_id())


def test_a_stored_file_never_changes(app, tmp_path):
    put(FileStore.open("", tmp_path))
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE stored_file SET name = 'x'"))


def test_nothing_of_the_file_but_its_bytes_goes_to_the_bucket(store, s3_address):
    put(store, name="李四 510107.xlsx")
    with urllib.request.urlopen(f"{s3_address}/academy?list-type=2", timeout=10) as answer:
        assert "李四" not in json.dumps(answer.read().decode(), ensure_ascii=False)
