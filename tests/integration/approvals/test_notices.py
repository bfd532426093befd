"""Public notices: masked and public only, ended by their last day, idempotent, taken back when something is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from lms.approvals import service
from lms.approvals.dto import NewNotice
from lms.approvals.events import CaseApproved, NoticeEnded, NoticePublished
from lms.approvals.jobs import settle
from lms.approvals.models import CaseState
from lms.approvals.notice_models import NoticeState, PublicNotice
from lms.approvals.queries import case_view, notices, timeline
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, LmsError, NotFound
from lms.kernel.jobs import worker
from lms.kernel.models import OutboxEvent
from lms.kernel.runtime import kernel
from lms.messages.models import Message
from lms.testing.factories.approvals import KIND, THREE_STEPS, approve, make_case, offered, publish, put_kind
from lms.testing.factories.people import make_person

LAST = dt.date(2026, 10, 10)
LAST_MOMENT = dt.datetime(2026, 10, 10, 15, 59, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 10, 10, 16, tzinfo=dt.UTC)


@pytest.fixture
def waiting(office):
    """Three cases that wait for a notice."""
    briefs = [office.case(), *(make_case(make_person(name, office.city.community_b)) for name in ("李丽", "欧阳明月"))]
    for brief in briefs:
        approve(brief.case_id, *([office.street] if brief is briefs[0] else [office.another(office.city.street_b)]))
        approve(brief.case_id, office.county if brief is briefs[0] else office.another(office.city.county_b))
        approve(brief.case_id, office.mayor)
    return briefs


@pytest.fixture
def publisher(office):
    return office.another(office.city.city)


def states(briefs):
    return [case_view(brief.case_id).brief.state for brief in briefs]


def told(event):
    return db.session.scalar(select(func.count()).where(OutboxEvent.name == event.name))


def ids(briefs):
    return tuple(brief.case_id for brief in briefs)


def test_a_notice_shows_masked_names_and_public_facts_only(office, waiting, publisher):
    brief = publish(ids(waiting), office.city.city, publisher)
    assert (brief.number, brief.opens_on, brief.closes_on) == ("GS20260001", dt.date(2026, 9, 28), LAST)
    entries = notices.entries(brief.notice_id)
    assert [(one.entry.position, one.entry.name, one.entry.unit) for one in entries] == [
        (1, "陈*雨", "武侯区 / 玉林街道 / 玉林东路社区"),
        (2, "李*", "青羊区 / 少城街道 / 宽巷子社区"),
        (3, "欧**月", "青羊区 / 少城街道 / 宽巷子社区"),
    ]
    assert all([fact["key"] for fact in one.entry.facts] == ["level"] for one in entries)
    assert notices.public_columns(entries) == [("level", {"zh_CN": "证书级别", "en": "Level"})]
    assert set(states(waiting)) == {CaseState.IN_NOTICE}
    assert case_view(waiting[0].case_id).brief.due_on == LAST
    assert told(NoticePublished) == 1


def test_applicants_hear_of_their_notice_in_the_background_once(app, office, waiting, publisher):
    publish(ids(waiting), office.city.city, publisher)
    worker.drain(app)
    worker.drain(app)
    messages = db.session.scalars(select(Message).where(Message.kind == "approvals.in_notice")).all()
    assert len(messages) == 3


def test_publishing_twice_with_one_key_is_one_notice(office, waiting, publisher):
    new = NewNotice(kind=KIND, org_id=office.city.city, title="公示", body="正文", case_ids=ids(waiting), key="once")
    assert service.publish_notice(publisher, new) == service.publish_notice(publisher, new)
    assert db.session.scalar(select(func.count()).select_from(PublicNotice)) == 1


def test_a_case_that_does_not_wait_or_is_ones_own_stops_the_whole_notice(office, waiting, publisher):
    running = office.case()
    with pytest.raises(Conflict, match="1 件"):
        publish([*ids(waiting), running.case_id], office.city.city, publisher)
    with pytest.raises(Conflict):
        publish(ids(waiting), office.city.county_a, office.another(office.city.county_a))  # two are of county B
    own = make_case(publisher.person_id)
    approve(own.case_id, office.mayor)
    with pytest.raises(Conflict):
        publish([own.case_id], office.city.city, publisher)
    assert set(states(waiting)) == {CaseState.AWAITING_NOTICE}


def test_an_officer_publishes_in_their_own_unit_only(office, waiting):
    with pytest.raises(NotFound):
        publish(ids(waiting), office.city.city, office.county)
    assert publish(ids(waiting[:1]), office.city.county_a, office.county).number == "GS20260001"


def test_a_term_may_be_longer_than_the_chain_demands_never_shorter(office, waiting, publisher):
    new = {"kind": KIND, "org_id": office.city.city, "title": "公示", "body": "正文", "case_ids": ids(waiting)}
    with pytest.raises(Invalid) as refusal:
        service.publish_notice(publisher, NewNotice(**new, key="short", days=4))
    assert "days" in refusal.value.fields
    longer = service.publish_notice(publisher, NewNotice(**new, key="long", days=7))
    assert longer.closes_on == dt.date(2026, 10, 13)
    with pytest.raises(Invalid):
        service.publish_notice(publisher, NewNotice(**(new | {"case_ids": ()}), key="none"))


def test_the_last_day_counts_to_its_end_and_then_everything_is_approved_once(office, waiting, publisher):
    brief = publish(ids(waiting), office.city.city, publisher)
    with clock.frozen(LAST_MOMENT):
        with pytest.raises(Conflict):
            service.end_notice(SYSTEM, brief.notice_id)
        assert settle(None, {})["ended"] == 0
    with clock.frozen(MIDNIGHT):
        assert settle(None, {}) == {"lapsed": 0, "ended": 1, "approved": 3, "held": 0, "vetoed": 0}
        assert settle(None, {})["ended"] == 0
        assert service.end_notice(SYSTEM, brief.notice_id).approved == 0
    assert set(states(waiting)) == {CaseState.APPROVED}
    assert (told(CaseApproved), told(NoticeEnded)) == (3, 1)
    story = [line.what.value for line in timeline(waiting[0].case_id)]
    assert story[:2] == ["completed", "notice_opened"]


def test_ending_goes_on_after_a_worker_died_in_the_middle(office, waiting, publisher, monkeypatch):
    publish(ids(waiting), office.city.city, publisher)

    class Killed(BaseException):
        """Like SIGKILL: nothing after it runs."""

    real, done = service.notices.approve, []

    def dying(uow, case):
        if len(done) == 2:
            raise Killed
        done.append(case.id)
        real(uow, case)

    with clock.frozen(MIDNIGHT):
        with monkeypatch.context() as patched:
            patched.setattr(service.notices, "approve", dying)
            with pytest.raises(Killed):
                settle(None, {})
        assert sorted(states(waiting)) == ["approved", "approved", "in_notice"]
        assert settle(None, {})["approved"] == 1
    assert told(CaseApproved) == 3


def test_a_veto_or_a_fault_holds_its_own_case_and_is_tried_again(office, waiting, publisher, monkeypatch):
    brief = publish(ids(waiting), office.city.city, publisher)
    stubborn, faulty = waiting[0].case_id, waiting[1].case_id

    def handler(event):
        if event.case_id == stubborn:
            raise Conflict("预算不足。")
        if event.case_id == faulty:
            raise ZeroDivisionError

    monkeypatch.setitem(kernel().bus.handlers, CaseApproved, [handler])
    with clock.frozen(MIDNIGHT):
        with pytest.raises(ExceptionGroup, match="1 cases"):
            service.end_notice(SYSTEM, brief.notice_id)
        assert states(waiting) == [CaseState.IN_NOTICE, CaseState.IN_NOTICE, CaseState.APPROVED]
        monkeypatch.undo()
        assert settle(None, {})["approved"] == 2
    assert told(CaseApproved) == 3


def test_a_case_withdrawn_during_its_notice_is_not_approved(office, waiting, publisher):
    brief = publish(ids(waiting), office.city.city, publisher)
    service.withdraw(office.worker, waiting[0].case_id)
    with clock.frozen(MIDNIGHT):
        assert service.end_notice(SYSTEM, brief.notice_id).approved == 2
    assert states(waiting)[0] is CaseState.WITHDRAWN


def test_a_notice_taken_back_lets_its_cases_wait_for_another(office, waiting, publisher):
    first = publish(ids(waiting), office.city.city, publisher)
    with pytest.raises(Invalid):
        service.void_notice(publisher, first.notice_id, " ")
    service.void_notice(publisher, first.notice_id, "名单有误")
    assert set(states(waiting)) == {CaseState.AWAITING_NOTICE}
    with pytest.raises(Conflict):
        service.void_notice(publisher, first.notice_id, "再来")
    second = publish(ids(waiting[:2]), office.city.city, publisher)
    assert second.number == "GS20260002"
    with clock.frozen(MIDNIGHT):
        assert settle(None, {})["approved"] == 2
    assert db.session.get_one(PublicNotice, first.notice_id).state is NoticeState.VOIDED
    assert "notice_voided" in [line.what.value for line in timeline(waiting[0].case_id)]


def test_a_notice_whose_kind_is_gone_waits_until_it_is_back(office, waiting, publisher):
    publish(ids(waiting), office.city.city, publisher)
    kept = offered().pop(KIND)
    with clock.frozen(MIDNIGHT):
        assert settle(None, {})["approved"] == 0
        offered()[KIND] = kept
        assert settle(None, {})["approved"] == 3


def test_names_come_down_some_time_after_the_last_day(office, waiting, publisher):
    notice = notices.row(publish(ids(waiting), office.city.city, publisher).notice_id)
    with clock.frozen(MIDNIGHT + dt.timedelta(days=29)):
        assert notices.shows_names(notice)
        assert db.session.scalars(notices.published()).all() == [notice]
    with clock.frozen(MIDNIGHT + dt.timedelta(days=31)):
        assert not notices.shows_names(notice)
        assert db.session.scalars(notices.published()).all() == []


def test_an_unknown_notice_is_not_found(office):
    for call in (lambda: notices.by_number("GS20269999"), lambda: notices.row(office.city.city)):
        with pytest.raises(LmsError):
            call()


def test_a_notice_without_a_term_is_published_and_ends_at_once(office, publisher):
    put_kind(chain=replace(THREE_STEPS, notice_days=0))
    brief = office.case()
    for officer in (office.street, office.county, office.mayor):
        approve(brief.case_id, officer)
    notice = publish([brief.case_id], office.city.city, publisher)
    assert settle(None, {})["approved"] == 1
    assert db.session.get_one(PublicNotice, notice.notice_id).state is NoticeState.ENDED
