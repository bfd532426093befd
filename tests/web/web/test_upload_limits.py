"""A body over `LMS_UPLOAD_MB` is refused before a view reads it, on every page that takes a file."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from lms.kernel.db import db
from lms.kernel.models import Job, StoredFile
from lms.questions.models import Bank
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.exams import make_bank

PAGES = {
    "/desk/imports": "hr_officer",
    "/desk/certificates/roster": "hr_officer",
    "/desk/courses/imports/new": "trainer",
    "/desk/banks/{bank}/upload": "trainer",
}


@pytest.fixture
def small_limit(app, monkeypatch):
    """The limit of the whole body, as the deployment sets it, and forms with their tokens as on a server."""
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 64 * 1024)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("wanted", ["text/html", "application/json"])
@pytest.mark.usefixtures("small_limit")
def test_a_file_over_the_limit_is_refused_in_words_and_nothing_is_kept(client, city, page, wanted):
    make_bank(city.county_a)
    sign_in(client, make_officer(PAGES[page], city.county_a))
    address = page.format(bank=db.session.scalars(select(Bank.slug)).one())
    answer = client.post(address, data={"file": (io.BytesIO(b"a" * 70_000), "名册.xlsx")}, headers={"Accept": wanted})
    assert answer.status_code == 413
    told = str(answer.json) if wanted == "application/json" else answer.text
    assert "上传的文件太大" in told
    assert "分成几份" in told
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0
    assert db.session.scalar(select(func.count()).select_from(Job)) == 0
