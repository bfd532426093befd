"""A channel that a plugin offers: messages go by it and by e-mail, and neither can hold the other up."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.uow import unit_of_work
from lms.messages import jobs
from lms.messages import service as messages
from lms.messages.models import Dispatch, Message
from lms.messages.notifying import Notifier
from lms.people.models import Person
from lms.plugin_host import service
from lms.testing.factories.people import make_person
from lms.testing.processes import wait_until
from lms.webkit.registry import registry

CHANNEL = "probe.text"


@pytest.fixture
def reader(probe):
    """Somebody with a mobile number and an e-mail address, in the browser."""
    with probe.app.app_context():
        return contactable(probe.city.community_a, "13800000001")


def contactable(org_id, phone):
    person = make_person("陈思雨", org_id, phone)
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.id == person).values(email=f"{phone}@example.org"))
    return person


def send(probe, person, key="k1", link="/exams"):
    with probe.app.app_context(), unit_of_work(SYSTEM) as uow:
        params = {"name": "陈思雨"}
        messages.send(uow, person_id=person, kind="probe.hello", params=params, key=key, link=link)


def post(probe, *, later=False):
    """A round of posting; `later`, when the pause after a failed try is over."""
    with probe.app.app_context():
        if later:
            with unit_of_work(SYSTEM) as uow:
                uow.session.execute(update(Dispatch).values(next_try_at=clock.now()))
        return jobs.post_due(None, {})


def letters(probe):
    """(channel, state, tries) of everything on its way."""
    with probe.app.app_context():
        rows = db.session.scalars(select(Dispatch).order_by(Dispatch.channel, Dispatch.id))
        return [(one.channel, one.state.value, one.attempts) for one in rows]


def test_a_message_goes_by_every_channel_that_reaches_the_person(probe, reader):
    send(probe, reader)
    assert post(probe) == {"sent": 2, "failed": 0}
    [letter] = probe.plugin.POSTED
    assert (letter.recipient, letter.subject, letter.body) == ("13800000001", "陈思雨，您好", "这是试点发来的。")
    assert letter.link.endswith("/exams")
    assert letters(probe) == [("email", "sent", 1), (CHANNEL, "sent", 1)]
    assert post(probe, later=True) == {"sent": 0, "failed": 0}


def test_who_has_no_number_is_reached_by_e_mail_alone(probe, reader):
    with probe.app.app_context(), unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).values(phone_sealed=None))
    send(probe, reader)
    assert post(probe) == {"sent": 1, "failed": 0}
    assert letters(probe) == [("email", "sent", 1)]


def test_who_works_where_the_plugin_is_not_offered_is_not_reached_by_it(probe, reader):
    with probe.app.app_context():
        service.offer_to(SYSTEM, "probe", probe.city.county_b, active=False)
        elsewhere = contactable(probe.city.community_b, "13800000002")
    send(probe, reader)
    send(probe, elsewhere, "k2")
    assert post(probe) == {"sent": 3, "failed": 0}
    assert [letter.recipient for letter in probe.plugin.POSTED] == ["13800000001"]


@pytest.mark.parametrize("function", ["posted", "gateway", "phones"])
def test_a_channel_that_raises_delays_only_its_own_letters_and_they_come_once_it_works(probe, reader, function):
    send(probe, reader)
    probe.plugin.BROKEN.add(function)
    assert post(probe) == {"sent": 1, "failed": int(function == "posted")}
    tried = int(function == "posted")  # while the way is closed no letter loses a try
    assert letters(probe) == [("email", "sent", 1), (CHANNEL, "queued", tried)]
    status = probe.app.test_cli_runner().invoke(args=["mail", "status"])
    assert status.exit_code == 0
    assert "13800000001" not in status.output
    probe.plugin.BROKEN.clear()
    assert post(probe, later=True) == {"sent": 1, "failed": 0}
    assert len(probe.plugin.POSTED) == 1


def test_what_a_channel_refuses_to_the_last_is_told_by_channel_and_can_be_tried_again(probe, reader):
    send(probe, reader)
    probe.plugin.BROKEN.add("posted")
    for _round in range(jobs.MOST_TRIES):
        post(probe, later=True)
    assert letters(probe) == [("email", "sent", 1), (CHANNEL, "failed", jobs.MOST_TRIES)]
    run = probe.app.test_cli_runner().invoke
    status = run(args=["mail", "status"])
    assert status.exit_code == 1
    assert "posted has a bug" in status.output
    assert "0 letters" in run(args=["mail", "retry", "--channel", "email"]).output
    assert "1 letters" in run(args=["mail", "retry", "--channel", CHANNEL]).output
    probe.plugin.BROKEN.clear()
    assert post(probe) == {"sent": 1, "failed": 0}


def test_a_channel_that_hangs_is_left_behind_and_reported_and_mail_goes_on(probe, reader, monkeypatch):
    monkeypatch.setattr(jobs, "HANGING_SECONDS", 0.2)
    probe.plugin.BROKEN.add("hangs")
    send(probe, reader)
    assert post(probe) == {"sent": 1, "failed": 0}
    assert ("email", "sent", 1) in letters(probe)
    assert probe.faults() == [(f"Notifier {CHANNEL} post", True)]
    probe.plugin.GATE.set()
    wait_until(lambda: probe.plugin.POSTED)  # what hung comes back
    assert post(probe) == {"sent": 0, "failed": 0}  # its letter was claimed: nobody posts it a second time
    assert len(probe.plugin.POSTED) == 1


def test_a_plugins_channel_has_its_round_when_that_of_mail_breaks_off(probe, reader, monkeypatch):
    claim = jobs._claim

    def no_mail(letter, tries):
        if "@" in letter.recipient:
            raise ConnectionError("the database went away")
        return claim(letter, tries)

    monkeypatch.setattr(jobs, "_claim", no_mail)
    send(probe, reader)
    with pytest.raises(ExceptionGroup, match="rounds that broke off"):
        post(probe)
    assert letters(probe) == [("email", "queued", 0), (CHANNEL, "sent", 1)]


@pytest.mark.parametrize("nonsense", [None, {"who": 7}, "13800000001"])
def test_addresses_that_are_none_count_as_a_failure_of_the_plugin(probe, reader, nonsense):
    probe.plugin.NONSENSE["phones"] = nonsense
    send(probe, reader)
    assert post(probe) == {"sent": 1, "failed": 0}
    assert letters(probe)[1] == (CHANNEL, "queued", 0)
    assert probe.faults() == [(f"Notifier {CHANNEL} addresses", False)]


def test_letters_wait_while_the_plugin_is_off_and_none_are_made_for_it(probe, reader):
    send(probe, reader)
    probe.switch(on=False)
    send(probe, reader, "k2")
    assert post(probe) == {"sent": 2, "failed": 0}
    assert letters(probe)[2:] == [(CHANNEL, "queued", 0)]
    assert probe.plugin.POSTED == []
    probe.switch(on=True)
    assert post(probe) == {"sent": 1, "failed": 0}


def test_when_the_plugin_is_gone_its_messages_are_listed_and_its_letters_wait(probe):
    reader = probe.be("", probe.city.community_a)
    send(probe, reader)
    assert "陈思雨，您好" in probe.page("/messages")
    gone = probe.gone()
    client = gone.test_client()
    client.set_cookie("sign_in", probe.client.get_cookie("sign_in").value)
    answer = client.get("/messages")
    assert answer.status_code == 200
    assert "发送它的功能已经停用" in answer.text
    with gone.app_context():
        assert jobs.post_due(None, {}) == {"sent": 0, "failed": 0}
        assert CHANNEL not in registry().known(Notifier)
        assert db.session.scalar(select(Message.id)) is not None
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("title", ["%(surname)s", "%(name)d", "100% %(name)s"])
def test_a_message_whose_texts_a_newer_version_changed_is_still_listed(probe, title):
    reader = probe.be("", probe.city.community_a)
    send(probe, reader)
    with probe.app.app_context():
        kinds = registry().messages
        kinds["probe.hello"] = type(kinds["probe.hello"])("probe.hello", title, "")
    assert "发送它的功能已经改版" in probe.page("/messages")
    assert post(probe)["failed"] == 0
