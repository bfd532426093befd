from __future__ import annotations

import pytest

from lms.testing.browser import DESK, PHONE
from lms.testing.served import served_academy
from lms.testing.servers import create_database
from lms.testing.visitor import Visitor
from tests.e2e.scene import make_scene


@pytest.fixture(params=["zh_CN", "en"], scope="session")
def locale(request):
    return request.param


@pytest.fixture(scope="session")
def scene(locale, tmp_path_factory, request):
    """A served academy with a worker, shared by the folder's tests: on SQLite in Chinese, on PostgreSQL in English."""
    database = create_database(request.getfixturevalue("postgres")) if locale == "en" else ""
    with served_academy(tmp_path_factory.mktemp("e2e"), database=database) as academy:
        yield make_scene(academy)


@pytest.fixture
def visit(scene, screens, locale):
    """Open a window: `visit(person_id)` at a desk, `visit(person_id, PHONE)`, `visit()` for a stranger."""

    def open_window(person_id=None, size=DESK):
        cookie = scene.academy.signed_in(person_id) if person_id else None
        return Visitor(screens(cookie, size), scene.academy, locale)

    return open_window


@pytest.fixture
def on_phone(visit):
    return lambda person_id=None: visit(person_id, PHONE)
