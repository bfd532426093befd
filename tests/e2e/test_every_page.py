"""Every page that links lead to, for each kind of person, in both languages: looked at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lms
from lms.testing.browser import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CATALOGUE = Path(lms.__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
HAN = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]+")
DOWNLOAD = re.compile(r"\.(xlsx|pdf|zip|gift)$")
STRANGERS = ("/", "/verify", "/exams")
LEARNERS = ("/", "/courses", "/exams", "/certificates", "/messages", "/me", "/hours")
OFFICERS = ("/desk", "/desk/search")
ROLES = ("hr_officer", "trainer", "exam_officer", "operator", "auditor")


def walk(visitor, *paths, read=None):
    """Follow links from some pages, and look at one page of every kind (endpoint); the kinds seen.

    `read` sees a page in place of looking at it: it takes the path and returns where the page leads.
    """
    seen, waiting = set(), list(paths)
    while waiting:
        path = waiting.pop(0)
        kind = visitor.endpoint(path)
        if kind not in seen:
            seen.add(kind)
            links = read(path) if read else visitor.open(path) and visitor.links()
            waiting += [link for link in links if not DOWNLOAD.search(link)]
    return seen


def chinese(texts, words):
    """Those of the texts that hold Chinese besides `words`, the academy's own data."""
    left, longest_first = set(), sorted(words, key=len, reverse=True)
    for text in texts:
        rest = text
        for word in longest_first if HAN.search(text) else ():
            rest = rest.replace(word, "")
        if HAN.search(rest):
            left.add(" ".join(rest.split()))
    return left


def test_pages_for_everybody_have_no_fault_when_seen_on_a_phone(on_phone):
    stranger = on_phone()
    seen = walk(stranger, *STRANGERS)
    assert {"web.home", "learning.course", "access.activate", "certificates.verify", "exams.session"} <= seen


def test_a_learners_pages_have_no_fault_when_seen_on_a_phone(scene, on_phone):
    phone = on_phone(scene.holder)
    seen = walk(phone, *LEARNERS)
    assert {"learning.lesson", "exams.result", "certificates.verified", "access.totp"} <= seen


def test_the_officers_pages_have_no_fault_on_a_phone_in_chinese_and_at_a_desk_in_english(scene, visit, locale):
    desk = visit(scene.officer(*ROLES, name="段文博"), PHONE if locale == "zh_CN" else DESK)
    seen = walk(desk, *OFFICERS)
    assert {"people.show", "questions.item", "exams.desk_session", "admin.audit", "learning.preview"} <= seen


@pytest.mark.parametrize("locale", ["en"], scope="session")
@pytest.mark.skipif(not CATALOGUE.exists(), reason="lms/translations/en/LC_MESSAGES/messages.po is missing")
def test_no_chinese_is_left_besides_data_when_pages_are_shown_in_english(scene, visit, on_phone):
    officer = scene.officer(*ROLES, name="段文博")
    left, words = {}, scene.words
    for window, paths in ((on_phone(), STRANGERS), (on_phone(scene.holder), LEARNERS), (visit(officer), OFFICERS)):

        def read(path, window=window):
            texts, links = window.read(path)
            left[path] = chinese(texts, words)
            return links

        walk(window, *paths, read=read)
    assert len(left) > 60
    assert not any(left.values()), "\n".join(f"{path}: {texts}" for path, texts in left.items() if texts)


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
