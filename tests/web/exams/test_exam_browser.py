"""The sitting page in a real browser on a phone's screen, the network going away and coming back."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from lms.access.actors import actor_for
from lms.exams import service
from lms.exams.models import AnswerEntry, Sitting, SittingState
from lms.exams.service.submitting import answers_of
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.uow import unit_of_work
from lms.testing.factories.exams import make_exam
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.testing.served import Academy, served_academy
from lms.testing.servers import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("sitting")]


class Wire:
    """The way between phone and server: a relay that can be cut, as a lift or a basement does."""

    def __init__(self, server_port):
        self.server_port, self.port = server_port, free_port()
        self.whole, self.open = True, set()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.whole = False
        for one in list(self.open):
            self._close(one)

    def mend(self):
        self.whole = True

    def end(self):
        self.cut()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                phone, _address = self.listener.accept()
            except OSError:
                return
            if not self.whole:
                phone.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.server_port))
            self.open |= {phone, server}
            for source, target in ((phone, server), (server, phone)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        self._close(source)
        self._close(target)

    def _close(self, one):
        self.open.discard(one)
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@dataclass
class Hall:
    """A served academy with a session that is open."""

    academy: Academy
    session_id: object
    street: object
    wire: Wire

    @property
    def base(self):
        return self.academy.base

    @property
    def app(self):
        return self.academy.app

    def candidate(self):
        """A registered person: their id and the cookie of their sign-in."""
        with self.app.app_context():
            person_id = make_person(org_id=self.street)
            service.register(actor_for(person_id), self.session_id)
        return person_id, self.academy.signed_in(person_id)

    def sitting(self, person_id):
        with self.app.app_context():
            return db.session.scalars(select(Sitting).where(Sitting.person_id == person_id)).one()

    def answers(self, person_id):
        """What the server would mark now: choices by position."""
        sitting = self.sitting(person_id)
        with self.app.app_context():
            return {position: answer.choice for position, answer in answers_of(sitting.id).items()}


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("sitting"), free_port()
    wire = Wire(port)
    base = f"http://127.0.0.1:{wire.port}"
    with served_academy(folder, "--no-worker", port=port, base=base) as academy:
        with academy.app.app_context():
            city = make_small_city()
            made = make_exam(city.city)
            db.session.remove()
        yield Hall(academy, made.session_id, city.street_a, wire)
        wire.end()


@pytest.fixture
def phones(screens):
    """Open a page on a phone of its own, signed in by a cookie."""
    return lambda cookie: screens(cookie).new_page()


def begin(hall, page):
    """Go through the waiting room into the sitting."""
    page.goto(f"{hall.base}/exams/sessions/{hall.session_id}")
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_url("**/exams/sittings/*")
    page.locator(".option").first.wait_for(state="attached")


def choose(page, letter):
    page.locator(".item:not([hidden]) .option").nth("ABCDE".index(letter)).click()


def saved(page):
    return page.locator('[data-part="saved"][data-state="saved"]')


def part(page, name):
    return page.locator(f'[data-part="{name}"]')


def test_answers_survive_a_lost_network_a_reload_and_come_through_when_it_is_back(hall, phones):
    person_id, cookie = hall.candidate()
    page = phones(cookie)
    begin(hall, page)
    choose(page, "A")
    expect(saved(page)).to_contain_text("已保存 1 题")
    expect(page.locator("html")).to_have_attribute("data-offline-ready", "yes")
    hall.wire.cut()
    part(page, "next").click()
    choose(page, "B")
    part(page, "next").click()
    choose(page, "C")
    expect(part(page, "saved")).to_contain_text("2 项存在本机")
    page.reload()
    expect(page.locator(".dot.done")).to_have_count(3)
    expect(part(page, "saved")).to_contain_text("2 项存在本机")
    assert hall.answers(person_id) == {0: 0b1}
    page.locator('[data-act="review"]').click()
    part(page, "hand-in").click()
    expect(part(page, "review-note")).to_contain_text("现在不能交卷")
    hall.wire.mend()
    expect(saved(page)).to_contain_text("已保存 3 题", timeout=25_000)
    assert hall.answers(person_id) == {0: 0b1, 1: 0b10, 2: 0b100}
    part(page, "hand-in").click()
    page.wait_for_url("**/handed-in")
    expect(page.locator(".receipt")).to_have_text(hall_receipt(hall, person_id))
    left = page.evaluate(
        "indexedDB.databases().then(() => caches.open('lms-exam-1')).then((c) => c.keys()).then((k) => k.map((r) => r.url))"
    )
    assert not any("/exams/sittings/" in url for url in left)


def hall_receipt(hall, person_id):
    sitting = hall.sitting(person_id)
    with hall.app.app_context():
        return service.submit(sitting.id).receipt


def test_an_item_is_answered_marked_and_cleared_by_keyboard_alone(hall, phones):
    person_id, cookie = hall.candidate()
    page = phones(cookie)
    begin(hall, page)
    page.keyboard.press("b")
    page.keyboard.press("n")
    page.keyboard.press("a")
    page.keyboard.press("m")
    expect(saved(page)).to_contain_text("已保存 2 题")
    expect(page.locator('.dot[aria-label="第 2 题，已答，已标记"]')).to_have_count(1)
    part(page, "clear").click()
    expect(page.locator('.dot[aria-label="第 2 题，未答，已标记"]')).to_have_count(1)
    page.keyboard.press("p")
    expect(page.locator(".item:not([hidden]) input:checked")).to_have_value("1")
    expect(saved(page)).to_contain_text("已保存 1 题")
    assert hall.answers(person_id) == {0: 0b10, 1: 0}


def test_a_second_device_takes_over_and_the_first_becomes_read_only(hall, phones):
    person_id, cookie = hall.candidate()
    first, second = phones(cookie), phones(cookie)
    begin(hall, first)
    choose(first, "A")
    expect(saved(first)).to_contain_text("已保存 1 题")
    second.goto(first.url)
    expect(second.locator(".dot.done")).to_have_count(1)
    part(second, "next").click()
    choose(second, "B")
    expect(saved(second)).to_contain_text("已保存 2 题")
    choose(first, "C")
    expect(part(first, "notice")).to_contain_text("另一台设备")
    expect(first.locator(".option input:enabled")).to_have_count(0)
    assert hall.answers(person_id) == {0: 0b1, 1: 0b10}
    part(first, "take-over").click()
    expect(first.locator(".dot.done")).to_have_count(2)
    part(first, "next").click()
    part(first, "next").click()
    choose(first, "D")
    expect(saved(first)).to_contain_text("已保存 3 题")
    assert hall.answers(person_id) == {0: 0b1, 1: 0b10, 2: 0b1000}


def test_the_paper_is_handed_in_by_itself_when_time_is_up(hall, phones):
    person_id, cookie = hall.candidate()
    page = phones(cookie)
    begin(hall, page)
    choose(page, "A")
    expect(saved(page)).to_contain_text("已保存 1 题")
    with hall.app.app_context(), unit_of_work(SYSTEM) as uow:
        soon = clock.now() + dt.timedelta(seconds=4)
        uow.change(update(Sitting).where(Sitting.person_id == person_id).values(deadline_at=soon))
    part(page, "next").click()
    choose(page, "B")  # its answer tells the page the new deadline
    page.wait_for_url("**/handed-in", timeout=20_000)
    assert hall.sitting(person_id).state is SittingState.SUBMITTED
    assert hall.answers(person_id) == {0: 0b1, 1: 0b10}


def test_signing_in_anew_goes_on_where_the_candidate_was(hall, phones):
    person_id, cookie = hall.candidate()
    page = phones(cookie)
    begin(hall, page)
    choose(page, "A")
    expect(saved(page)).to_contain_text("已保存 1 题")
    page.context.add_cookies([hall.academy.signed_in(person_id)])
    part(page, "next").click()
    choose(page, "B")
    expect(saved(page)).to_contain_text("已保存 2 题")
    assert hall.answers(person_id) == {0: 0b1, 1: 0b10}
    with hall.app.app_context():
        sitting = hall.sitting(person_id).id
        rows = db.session.scalars(select(AnswerEntry.device).where(AnswerEntry.sitting_id == sitting)).all()
    assert sorted(rows) == [1, 2]


def test_with_all_items_shown_the_one_in_hand_is_marked(hall, phones):
    person_id, cookie = hall.candidate()
    page = phones(cookie)
    begin(hall, page)
    part(page, "display").click()
    expect(page.locator(".item:not([hidden])")).to_have_count(9)
    page.locator("#item-4 .option").nth(2).click()
    part(page, "mark").click()
    expect(page.locator('.dot[aria-label="第 4 题，已答，已标记"]')).to_have_count(1)
    expect(saved(page)).to_contain_text("已保存 1 题")
    assert hall.answers(person_id) == {3: 0b100}
