from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import smtplib
import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, update

from lms.access.actors import actor_for
from lms.access.models import Account
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import in_locale, zh
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.messages import jobs, postbox, service
from lms.messages.models import Dispatch, DispatchState, Message
from lms.messages.wording import worded
from lms.people.models import Person
from lms.testing.factories.access import sign_in
from lms.testing.factories.people import make_person
from lms.webkit.registry import EXTENSION
from lms.webkit.room import MessageKind

KIND = MessageKind("test.result", "%(exam)s：结果已公布", "“%(exam)s”的结果已于 %(when)s 公布。")
PARAMS = {"exam": zh("成都社工员", "Chengdu Social Worker"), "when": dt.date(2026, 11, 23)}


@pytest.fixture
def kinds(app):
    messages = app.extensions[EXTENSION].messages
    messages[KIND.key] = KIND
    yield
    messages.pop(KIND.key)


def person(address: str = "") -> object:
    person_id = make_person("陈思雨")
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.id == person_id).values(email=address))
    return person_id


def send(person_id, key="k1", **more):
    with unit_of_work(SYSTEM) as uow:
        service.send(uow, **{"person_id": person_id, "kind": KIND.key, "params": PARAMS, "key": key, **more})


def mails() -> list[Dispatch]:
    db.session.expire_all()
    return list(db.session.scalars(select(Dispatch).order_by(Dispatch.id)))


class Box:
    """A postbox that refuses as often as told."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.letters = refusals, []

    def post(self, letter) -> None:
        if self.refusals:
            self.refusals -= 1
            raise smtplib.SMTPRecipientsRefused({letter["To"]: (450, b"busy")})
        self.letters.append(letter)


@pytest.fixture
def box(monkeypatch):
    box = Box()

    @contextmanager
    def opened(_config):
        yield box

    monkeypatch.setattr(postbox, "open_postbox", opened)
    return box


def test_a_message_sent_twice_with_one_key_arrives_once(kinds):
    person_id = person("chen@example.org")
    send(person_id)
    send(person_id)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1
    assert len(mails()) == 1


def test_no_mail_goes_out_when_the_person_has_no_address(kinds, box):
    send(person())
    assert jobs.post_due(None, {}) == {"sent": 0, "failed": 0}
    assert mails() == []
    assert box.letters == []


def test_a_mail_goes_to_the_address_the_person_has_when_it_is_posted(kinds, box):
    person_id = person("old@example.org")
    send(person_id)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.id == person_id).values(email="new@example.org"))
    jobs.post_due(None, {})
    assert [letter["To"] for letter in box.letters] == ["new@example.org"]
    assert [mail.recipient for mail in mails()] == ["new@example.org"]


def test_a_message_is_worded_in_the_readers_language_when_it_is_read(kinds):
    send(person())
    message = db.session.scalars(select(Message)).one()
    assert worded(message.kind, message.params).body == "“成都社工员”的结果已于 2026 年 11 月 23 日（周一） 公布。"
    with in_locale("en"):
        assert "Chengdu Social Worker" in worded(message.kind, message.params).title
        assert "Mon 23 Nov 2026" in worded(message.kind, message.params).body


def test_mail_is_written_in_the_language_of_the_persons_account(kinds, client, box):
    person_id = person("chen@example.org")
    sign_in(client, person_id)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Account).where(Account.person_id == person_id).values(locale="en"))
    send(person_id, link="/exams")
    jobs.post_due(None, {})
    [letter] = box.letters
    assert "Chengdu Social Worker" in letter["Subject"]
    assert f"{kernel().config.base_url}/exams" in letter.get_content()
    assert "Please do not reply" in letter.get_content()


def test_sending_fails_at_once_when_a_param_is_missing(kinds):
    person_id = person()
    with pytest.raises(KeyError):
        send(person_id, params={"exam": "x"})
    with pytest.raises(KeyError):
        send(person_id, kind="test.unknown")
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_message_stays_listed_when_its_kind_is_gone(app):
    assert worded("plugin.removed", {}).title


@pytest.mark.parametrize(
    ("title", "params"),
    [
        ("%(exam)s", {}),
        ("%(exam)d", {"exam": "二"}),
        ("%(exam)s", {"exam": {"moment": "no moment"}}),
        ("%(exam)s", {"exam": {"moment": 7}}),
        ("%(exam)s", {"exam": {"day": None}}),
        ("100% %(exam)s", {"exam": "x"}),
        ("%s", {"exam": "x"}),
        ("%", {"exam": "x"}),
    ],
)
def test_a_message_stays_readable_when_its_texts_no_longer_fit_its_params(kinds, app, title, params):
    app.extensions[EXTENSION].messages[KIND.key] = MessageKind(KIND.key, title, "")
    assert worded(KIND.key, params).title


def test_mail_of_a_kind_that_is_gone_waits_until_it_is_back(kinds, app, box):
    send(person("chen@example.org"))
    known = app.extensions[EXTENSION].messages
    kind = known.pop(KIND.key)
    assert jobs.post_due(None, {}) == {"sent": 0, "failed": 0}
    known[KIND.key] = kind
    assert jobs.post_due(None, {}) == {"sent": 1, "failed": 0}


def test_a_line_break_in_a_name_cannot_add_a_mail_header(kinds, box):
    send(person("chen@example.org"), params={**PARAMS, "exam": "x\r\nBcc: thief@example.org"})
    jobs.post_due(None, {})
    [letter] = box.letters
    assert letter["Bcc"] is None
    assert "Bcc: thief" in letter["Subject"]


def test_mail_goes_into_a_folder_when_no_server_is_configured(kinds):
    send(person("chen@example.org"))
    [mail] = mails()
    assert jobs.post_due(None, {}) == {"sent": 1, "failed": 0}
    content = (kernel().config.data_dir / "mail" / f"{mail.id.hex}.eml").read_bytes()
    letter = email.message_from_bytes(content, policy=email.policy.default)
    assert letter["To"] == "chen@example.org"
    assert "成都社工员" in letter["Subject"]
    assert "公布" in letter.get_content()
    assert mails()[0].state is DispatchState.SENT


def test_a_refused_mail_is_tried_again_after_a_pause_and_then_arrives_once(kinds, box):
    box.refusals = 2
    send(person("chen@example.org"))
    start = clock.now()
    with clock.frozen(start):
        assert jobs.post_due(None, {}) == {"sent": 0, "failed": 1}
        assert jobs.post_due(None, {}) == {"sent": 0, "failed": 0}
    assert "450" in mails()[0].error
    with clock.frozen(start + jobs.PAUSES[0]):
        jobs.post_due(None, {})
    with clock.frozen(start + jobs.PAUSES[0] + jobs.PAUSES[1]):
        assert jobs.post_due(None, {}) == {"sent": 1, "failed": 0}
        assert jobs.post_due(None, {}) == {"sent": 0, "failed": 0}
    assert len(box.letters) == 1
    [mail] = mails()
    assert (mail.state, mail.attempts, mail.error) == (DispatchState.SENT, 3, "")


def test_a_mail_has_failed_after_the_last_try(kinds, box):
    box.refusals = 99
    send(person("chen@example.org"))
    moment = clock.now()
    for _round in range(jobs.MOST_TRIES + 3):
        moment += jobs.PAUSES[-1]
        with clock.frozen(moment):
            jobs.post_due(None, {})
    [mail] = mails()
    assert (mail.state, mail.attempts) == (DispatchState.FAILED, jobs.MOST_TRIES)


def test_one_refused_mail_does_not_stop_the_others(kinds, box):
    box.refusals = 1
    for number in range(3):
        send(person(f"p{number}@example.org"), key=f"k{number}")
    assert jobs.post_due(None, {}) == {"sent": 2, "failed": 1}


def test_no_try_is_lost_when_the_mail_server_is_out_of_reach(kinds, monkeypatch):
    def refuse(_config):
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(postbox, "open_postbox", refuse)
    send(person("chen@example.org"))
    jobs.post_due(None, {})
    [mail] = mails()
    assert (mail.state, mail.attempts) == (DispatchState.QUEUED, 0)
    assert mail.next_try_at > clock.now()
    assert "nobody listens" in mail.error


def test_a_way_out_that_cannot_be_closed_takes_back_nothing(kinds, monkeypatch):
    @contextmanager
    def opened(_config):
        yield Box()
        raise smtplib.SMTPResponseException(500, b"no good bye")

    monkeypatch.setattr(postbox, "open_postbox", opened)
    send(person("chen@example.org"))
    assert jobs.post_due(None, {}) == {"sent": 1, "failed": 0}
    assert [mail.state for mail in mails()] == [DispatchState.SENT]


def test_the_job_fails_when_a_round_breaks_off_and_the_letter_waits(kinds, box, monkeypatch):
    def gone(*_args):
        raise ConnectionError("the database went away")

    monkeypatch.setattr(jobs, "_claim", gone)
    send(person("chen@example.org"))
    with pytest.raises(ExceptionGroup, match="rounds that broke off"):
        jobs.post_due(None, {})
    assert [(mail.state, mail.attempts) for mail in mails()] == [(DispatchState.QUEUED, 0)]
    assert box.letters == []


def test_reading_marks_only_ones_own_messages(kinds):
    mine, theirs = person(), person()
    send(mine, key="mine")
    send(theirs, key="theirs", link="/exams")
    their_id = db.session.scalar(select(Message.id).where(Message.person_id == theirs))
    with pytest.raises(NotFound):
        service.mark_read(actor_for(mine), their_id)
    assert service.mark_all_read(actor_for(mine), clock.now()) == 1
    assert db.session.scalar(select(Message.read_at).where(Message.id == their_id)) is None
    assert service.mark_read(actor_for(theirs), their_id) == "/exams"


def test_what_arrives_after_the_page_was_drawn_stays_new(kinds):
    person_id = person()
    send(person_id, key="seen")
    drawn = clock.now()
    with clock.frozen(drawn + dt.timedelta(seconds=5)):
        send(person_id, key="later")
    assert service.mark_all_read(actor_for(person_id), drawn) == 1


def test_simultaneous_sends_and_postings_make_one_message_and_one_letter(real_app, monkeypatch):
    real_app.extensions[EXTENSION].messages[KIND.key] = KIND
    box = Box()

    @contextmanager
    def opened(_config):
        yield box

    monkeypatch.setattr(postbox, "open_postbox", opened)
    with real_app.app_context():
        person_id = person("chen@example.org")
        db.session.remove()
    errors = []

    def together(work):
        gate = threading.Barrier(4)

        def run():
            with real_app.app_context():
                gate.wait()
                try:
                    work()
                except Exception as error:  # noqa: BLE001 - shown by the assertion below
                    errors.append(error)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together(lambda: send(person_id))
    together(lambda: jobs.post_due(None, {}))
    assert errors == []
    assert len(box.letters) == 1
    with real_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 1


def test_failed_mail_is_reported_by_the_command_and_queued_again(app, kinds, box):
    send(person("chen@example.org"))
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Dispatch).values(state=DispatchState.FAILED, attempts=6, error="550 no such user"))
    runner = app.test_cli_runner()
    status = runner.invoke(args=["mail", "status"])
    assert status.exit_code == 1
    assert "550 no such user" in status.output
    assert re.search(r"^email +failed +1$", status.output, re.MULTILINE)
    assert "chen@example.org" not in status.output
    assert "0 letters queued" in runner.invoke(args=["mail", "retry", "--channel", "sms.text"]).output
    assert "1 letters queued" in runner.invoke(args=["mail", "retry"]).output
    assert runner.invoke(args=["mail", "status"]).exit_code == 0
    assert jobs.post_due(None, {}) == {"sent": 1, "failed": 0}
