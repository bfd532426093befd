"""The main pages of every role in English: no text of ours is left in Chinese, whatever the data are."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import lms
from lms.access.actors import actor_for
from lms.exams import service as exams
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.certificates import earn, make_ground, make_kind
from lms.testing.factories.courses import make_course
from lms.testing.factories.credits import complete, qualify
from lms.testing.factories.exams import make_exam
from lms.testing.factories.people import make_person
from lms.testing.factories.rosters import check, roster_row

CATALOGUE = Path(lms.__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WIDE_MARKS = re.compile(r"[，。；：！？（）《》、]")
LEARNER = [
    "/", "/courses", "/courses/small-course", "/exams", "/certificates", "/hours", "/me", "/messages", "/me/security",
    "/me/applications", "/notices", "/notices/receipts",
]  # fmt: skip
DESKS = {
    "hr_officer": [
        "/desk", "/desk/people", "/desk/people/new", "/desk/imports", "/desk/activation-codes", "/desk/hours",
        "/desk/certificates", "/desk/certificates/issued", "/desk/certificates/roster", "/desk/search?q=陈", "/desk/approvals",
        "/desk/approvals/chains",
    ],
    "trainer": ["/desk", "/desk/courses", "/desk/courses/small-course", "/desk/courses/imports/new", "/desk/banks"],
    "exam_officer": ["/desk", "/desk/exams", "/desk/exams/new", "/desk/banks"],
    "operator": ["/desk", "/admin/orgs", "/admin/grants", "/admin/settings", "/admin/jobs", "/admin/plugins"],
    "auditor": ["/desk", "/admin/audit", "/admin/jobs", "/admin/settings"],
}  # fmt: skip


@pytest.fixture(scope="module")
def ours() -> set[str]:
    """The Chinese texts of the code and the templates, as they stand on a page."""
    with CATALOGUE.open("rb") as file:
        texts = {message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file)}
    return {text for text in texts if CHINESE.search(text) and "%(" not in text}


@pytest.fixture
def busy(city):
    """Something of everything, so that the pages are not empty; the learner's id."""
    learner = make_person("陈思雨", city.community_a)
    qualify(learner)
    complete(learner)
    make_course(city.city)
    exams.register(actor_for(learner), make_exam(city.city).session_id)
    make_kind(city.city)
    earn(make_ground(city.city), [learner])
    return learner


@pytest.fixture
def english(client):
    """The texts of a page in English that are still Chinese."""

    def left_in(path: str, ours: set[str]) -> list[str]:
        client.set_cookie("lang", "en")
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        shown = re.sub(r"<(script|style)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
        pieces = re.findall(r">([^<>]+)<", shown)
        pieces += re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', shown)
        texts = {" ".join(unescape(piece).split()) for piece in pieces}
        return sorted(text for text in texts - {"中文"} if text in ours or WIDE_MARKS.search(text))

    return left_in


def test_the_learners_pages_leave_nothing_in_chinese(client, busy, english, ours):
    sign_in(client, busy)
    assert {path: found for path in LEARNER if (found := english(path, ours))} == {}


@pytest.mark.parametrize("role", DESKS)
def test_the_desks_pages_leave_nothing_in_chinese(client, city, busy, english, ours, role):
    sign_in(client, make_officer(role, city.city, "周岚"))
    assert {path: found for path in DESKS[role] if (found := english(path, ours))} == {}


def test_a_checked_roster_is_described_in_english(client, city, english, ours):
    officer = make_officer("hr_officer", city.county_a, "周岚")
    roster = check(actor_for(officer), city.county_a, [roster_row(1, "玉林街道", phone="1"), roster_row(2, "玉林街道")])
    sign_in(client, officer)
    assert english(f"/desk/imports/{roster.id}", ours) == []
    page = client.get(f"/desk/imports/{roster.id}").text
    assert "Rows: 2." in page
    assert "Mobile number: Must be an 11-digit mobile number (1)" in page
