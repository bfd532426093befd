"""Every page that links lead to, for each kind of person, in both languages: looked at once."""

from __future__ import annotations

import re

import pytest

from tests.e2e.visitor import CATALOGUE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DOWNLOAD = re.compile(r"\.(xlsx|pdf|zip|gift)$")
STRANGERS = ("/", "/verify", "/exams")
LEARNERS = ("/", "/courses", "/exams", "/certificates", "/messages", "/me", "/hours")
OFFICERS = ("/desk", "/desk/search")
ROLES = ("hr_officer", "trainer", "exam_officer", "operator", "auditor")


def walk(visitor, see, *paths):
    """Follow links from some pages, and see one page of every kind (endpoint); the kinds seen."""
    seen, waiting = set(), list(paths)
    while waiting:
        path = waiting.pop(0)
        kind = visitor.endpoint(path)
        if kind not in seen:
            seen.add(kind)
            see(path)
            waiting += [link for link in visitor.links() if not DOWNLOAD.search(link)]
    return seen


def test_pages_for_everybody_have_no_fault_when_seen_on_a_phone(on_phone):
    stranger = on_phone()
    seen = walk(stranger, stranger.open, *STRANGERS)
    assert {"web.home", "learning.course", "access.activate", "certificates.verify", "exams.session"} <= seen


def test_a_learners_pages_have_no_fault_when_seen_on_a_phone(scene, on_phone):
    phone = on_phone(scene.holder)
    seen = walk(phone, phone.open, *LEARNERS)
    assert {"learning.lesson", "exams.result", "certificates.verified", "access.totp"} <= seen


def test_the_officers_pages_have_no_fault_when_seen_at_a_desk(scene, visit):
    desk = visit(scene.officer(*ROLES, name="段文博"))
    seen = walk(desk, desk.open, *OFFICERS)
    assert {"people.show", "questions.item", "exams.desk_session", "admin.audit", "learning.preview"} <= seen


@pytest.mark.parametrize("locale", ["en"])
@pytest.mark.skipif(not CATALOGUE.exists(), reason="lms/translations/en/LC_MESSAGES/messages.po is missing")
def test_no_chinese_is_left_besides_data_when_pages_are_shown_in_english(scene, visit, on_phone):
    left = {}
    for window, paths in (
        (on_phone(), STRANGERS),
        (on_phone(scene.holder), LEARNERS),
        (visit(scene.officer(*ROLES, name="段文博")), OFFICERS),
    ):

        def see(path, window=window):
            window.page.goto(f"{window.base}{path}")
            found = window.chinese(scene.words)
            if found:
                left[path] = found

        walk(window, see, *paths)
    assert not left, "\n".join(f"{path}: {texts}" for path, texts in left.items())


def test_the_first_page_weighs_less_than_100_kb_when_nothing_is_cached(scene, on_phone, locale):
    for person_id in (None, scene.holder):
        phone = on_phone(person_id)
        network = phone.context.new_cdp_session(phone.page)
        network.send("Network.enable")
        sizes = []
        network.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        phone.page.goto(f"{phone.base}/", wait_until="networkidle")
        assert len(sizes) >= 4  # the page, its style, its scripts
        assert sum(sizes) < 100_000
