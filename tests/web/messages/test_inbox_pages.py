from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.uow import unit_of_work
from lms.messages import service
from lms.messages.models import Message
from lms.testing.factories.access import sign_in
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries
from lms.webkit.registry import EXTENSION
from lms.webkit.room import MessageKind

KIND = MessageKind("test.note", "通知：%(what)s", "关于%(what)s的通知。")


@pytest.fixture
def reader(app, client):
    app.extensions[EXTENSION].messages[KIND.key] = KIND
    person_id = make_person("陈思雨")
    sign_in(client, person_id)
    yield person_id
    app.extensions[EXTENSION].messages.pop(KIND.key)


def send(person_id, what, link="") -> uuid.UUID:
    with unit_of_work(SYSTEM) as uow:
        service.send(uow, person_id=person_id, kind=KIND.key, params={"what": what}, key=what, link=link)
    return db.session.scalars(select(Message.id).where(Message.key == what)).one()


def test_the_bell_counts_unread_messages_until_they_are_opened(client, reader):
    message_id = send(reader, "考试", "/exams")
    assert "消息，1 条未读" in client.get("/me").text
    answer = client.post(f"/messages/{message_id}/open")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/exams")
    assert "条未读" not in client.get("/me").text


def test_opening_a_message_twice_is_harmless(client, reader):
    message_id = send(reader, "考试")
    client.post(f"/messages/{message_id}/open")
    first = db.session.scalar(select(Message.read_at).where(Message.id == message_id))
    assert client.post(f"/messages/{message_id}/open").headers["Location"] == "/messages"
    assert db.session.scalar(select(Message.read_at).where(Message.id == message_id)) == first


def test_somebody_elses_message_is_not_found_and_not_listed(client, reader):
    message_id = send(make_person("王强"), "别人的事")
    assert client.post(f"/messages/{message_id}/open").status_code == 404
    assert "别人的事" not in client.get("/messages").text
    assert client.post(f"/messages/{uuid.uuid4()}/open").status_code == 404


def test_the_inbox_needs_a_sign_in(client, app):
    assert client.get("/messages").headers["Location"].startswith("/sign-in")
    assert client.post("/messages/read").headers["Location"].startswith("/sign-in")


def test_reading_all_leaves_what_arrived_after_the_page_was_drawn(client, reader):
    send(reader, "旧")
    drawn = clock.now()
    with clock.frozen(drawn + dt.timedelta(seconds=3)):
        send(reader, "新")
        client.post("/messages/read", data={"until": drawn.isoformat()})
    unread = client.get("/messages?show=new").text
    assert "通知：新" in unread
    assert "通知：旧" not in unread


@pytest.mark.parametrize("until", ["", "nonsense", "2026-11-23T08:00:00"])
def test_reading_all_takes_now_when_the_moment_is_no_moment(client, reader, until):
    send(reader, "事")
    client.post("/messages/read", data={"until": until})
    assert "没有未读消息" in client.get("/messages?show=new").text


def test_a_name_in_a_message_cannot_become_markup(client, reader):
    send(reader, "<img src=x>")
    assert "<img" not in client.get("/messages").text


def test_the_inbox_asks_the_same_number_of_queries_however_full_it_is(client, reader):
    send(reader, "1")
    with count_queries() as few:
        client.get("/messages")
    for number in range(2, 18):
        send(reader, str(number))
    with count_queries() as many:
        client.get("/messages")
    assert many.count == few.count


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("通知：%(subject)s", "关于%(what)s的通知。"),  # another place than the params fill
        ("通知：%(what)s", "已完成 100% %(what)s"),  # a percent sign that was not doubled
        ("通知：%(what)d", "关于%(what)s的通知。"),  # a number where a text was stored
    ],
)
def test_a_message_is_still_listed_when_a_later_release_of_its_sender_words_it_otherwise(
    app, client, reader, title, body
):
    send(reader, "考试")
    app.extensions[EXTENSION].messages[KIND.key] = MessageKind(KIND.key, title, body)
    page = client.get("/messages")
    assert page.status_code == 200
    assert "内容无法显示" in page.text
