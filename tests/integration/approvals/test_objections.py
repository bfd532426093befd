"""Objections: anybody may object until the last day, an impartial officer decides, only its own case is held."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.approvals import service
from lms.approvals.dto import NewObjection
from lms.approvals.events import CaseApproved, CaseRejected, ObjectionDecided, ObjectionRaised
from lms.approvals.jobs import settle
from lms.approvals.models import CaseState
from lms.approvals.notice_models import NoticeState, Objection, ObjectionState
from lms.approvals.queries import case_view, notices, timeline
from lms.kernel import clock
from lms.kernel.actor import ANONYMOUS
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry, Job, OutboxEvent
from lms.testing.factories.access import make_officer
from lms.testing.factories.approvals import approve, make_case, publish
from lms.testing.factories.people import make_person

MIDNIGHT = dt.datetime(2026, 10, 10, 16, tzinfo=dt.UTC)
CLEAR = ("王大伯", "13800138000")


@pytest.fixture
def scene(office):
    """Two cases in one notice; `judge` had no hand in either."""
    briefs = [office.case(), make_case(make_person("李丽", office.city.community_a))]
    for brief in briefs:
        approve(brief.case_id, *office.all)
    publisher = office.another(office.city.city)
    notice = publish([brief.case_id for brief in briefs], office.city.city, publisher)
    return briefs, notice, publisher, office.another(office.city.city)


def raise_one(notice, brief=None, key="k1", **changes):
    values = {"name": CLEAR[0], "contact": CLEAR[1], "body": "此人去年已离开社区工作岗位。"} | changes
    case_id = brief.case_id if brief else None
    return service.object_to(ANONYMOUS, notice.notice_id, NewObjection(**values, key=key, case_id=case_id))


def only():
    return db.session.scalars(select(Objection)).one()


def states(briefs):
    return [case_view(brief.case_id).brief.state for brief in briefs]


def told(event):
    return db.session.scalar(select(func.count()).where(OutboxEvent.name == event.name))


def test_an_objection_gets_a_receipt_and_is_kept_sealed(scene):
    briefs, notice, *_others = scene
    receipt = raise_one(notice, briefs[0])
    stored = only()
    assert (stored.receipt, stored.state) == (receipt, ObjectionState.OPEN)
    for clear in CLEAR:
        assert clear.encode() not in stored.name_sealed + stored.contact_sealed
    assert notices.by_receipt(receipt.lower()) is stored
    assert told(ObjectionRaised) == 1
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "objection.raise")).one()
    assert not any(clear in str(entry.detail) for clear in CLEAR)
    assert "objected" in [line.what.value for line in timeline(briefs[0].case_id)]


def test_the_same_form_sent_twice_is_one_objection(scene):
    briefs, notice, *_others = scene
    assert raise_one(notice, briefs[0]) == raise_one(notice, briefs[0])
    assert notices.row(notice.notice_id).objections == 1
    assert raise_one(notice, briefs[0], key="k2") != raise_one(notice, briefs[0])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "王"}, "name"),
        ({"contact": "123"}, "contact"),
        ({"body": "太短"}, "body"),
        ({"body": "长" * 2001}, "body"),
    ],
)
def test_what_is_not_filled_in_is_said_beside_it(scene, changes, field):
    briefs, notice, *_others = scene
    with pytest.raises(Invalid) as refusal:
        raise_one(notice, briefs[0], **changes)
    assert set(refusal.value.fields) == {field}


def test_after_the_last_day_nobody_objects(scene):
    briefs, notice, *_others = scene
    with clock.frozen(MIDNIGHT), pytest.raises(Conflict, match="已经结束"):
        raise_one(notice, briefs[0])


def test_only_entries_of_the_notice_can_be_objected_to(office, scene):
    briefs, notice, *_others = scene
    with pytest.raises(NotFound):
        raise_one(notice, office.case())
    service.withdraw(office.worker, briefs[0].case_id)
    with pytest.raises(NotFound):
        raise_one(notice, briefs[0])


def test_an_open_objection_holds_its_own_case_only(scene):
    briefs, notice, _publisher, _judge = scene
    raise_one(notice, briefs[0])
    with clock.frozen(MIDNIGHT):
        result = settle(None, {})
        assert (result["approved"], result["held"]) == (1, 1)
        assert settle(None, {})["ended"] == 0  # nothing to do until it is decided
    assert states(briefs) == [CaseState.IN_NOTICE, CaseState.APPROVED]


def test_a_dismissed_objection_lets_the_case_go_on_at_once(scene):
    briefs, notice, _publisher, judge = scene
    raise_one(notice, briefs[0])
    with clock.frozen(MIDNIGHT):
        settle(None, {})
        service.decide_objection(judge, only().id, upheld=False, answer="经核实仍在岗")
        assert db.session.scalar(select(func.count()).where(Job.name == "approvals.settle")) == 1
        assert settle(None, {})["approved"] == 1
    assert states(briefs) == [CaseState.APPROVED] * 2
    assert (told(CaseApproved), told(ObjectionDecided)) == (2, 1)


def test_an_upheld_objection_rejects_its_case_and_no_other(scene):
    briefs, notice, _publisher, judge = scene
    raise_one(notice, briefs[0])
    service.decide_objection(judge, only().id, upheld=True, answer="查实已离岗")
    view = case_view(briefs[0].case_id)
    assert (view.brief.state, view.closed_reason) == (CaseState.REJECTED, "查实已离岗")
    event = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == CaseRejected.name)).one()
    assert event.payload["objection_id"] == only().id.hex
    with clock.frozen(MIDNIGHT):
        assert settle(None, {})["approved"] == 1
    assert states(briefs) == [CaseState.REJECTED, CaseState.APPROVED]


def test_an_objection_is_decided_once_and_with_an_answer(scene):
    briefs, notice, _publisher, judge = scene
    raise_one(notice, briefs[0])
    with pytest.raises(Invalid):
        service.decide_objection(judge, only().id, upheld=False, answer=" ")
    service.decide_objection(judge, only().id, upheld=False, answer="不成立")
    with pytest.raises(Conflict, match="已经办理"):
        service.decide_objection(judge, only().id, upheld=True, answer="改主意")


def test_whoever_had_a_hand_in_the_case_does_not_judge_it(office, scene):
    briefs, notice, publisher, _judge = scene
    raise_one(notice, briefs[0])
    for partial in office.all:
        with pytest.raises(Forbidden, match="不能由您办理"):
            service.decide_objection(partial, only().id, upheld=False, answer="没问题")
    stranger = office.another(office.city.county_b)
    with pytest.raises(NotFound):
        service.decide_objection(stranger, only().id, upheld=False, answer="没问题")
    service.decide_objection(publisher, only().id, upheld=False, answer="没问题")  # publishing is not deciding


def test_an_applicant_does_not_judge_an_objection_to_their_own_case(office):
    officer = actor_for(make_officer("hr_officer", office.city.city))
    own = make_case(officer.person_id)
    approve(own.case_id, office.mayor)
    notice = publish([own.case_id], office.city.city, office.another(office.city.city))
    raise_one(notice, own)
    with pytest.raises(Forbidden):
        service.decide_objection(officer, only().id, upheld=False, answer="没问题")


def test_an_objection_to_the_whole_notice_holds_all_of_it(scene):
    briefs, notice, publisher, judge = scene
    raise_one(notice)
    with pytest.raises(Forbidden):
        service.decide_objection(publisher, only().id, upheld=False, answer="没问题")
    with clock.frozen(MIDNIGHT):
        assert settle(None, {})["held"] == 2
        service.decide_objection(judge, only().id, upheld=False, answer="程序合规")
        assert settle(None, {})["approved"] == 2
    assert states(briefs) == [CaseState.APPROVED] * 2


def test_an_upheld_objection_to_the_whole_notice_voids_it(scene):
    briefs, notice, _publisher, judge = scene
    raise_one(notice)
    service.decide_objection(judge, only().id, upheld=True, answer="公示期少算一天")
    assert notices.row(notice.notice_id).state is NoticeState.VOIDED
    assert states(briefs) == [CaseState.AWAITING_NOTICE] * 2
    with pytest.raises(Conflict):
        raise_one(notice, key="late")


def test_an_open_objection_goes_with_its_case_into_the_next_notice(scene):
    briefs, notice, publisher, judge = scene
    raise_one(notice, briefs[0])
    service.void_notice(publisher, notice.notice_id, "标题有误")
    publish([brief.case_id for brief in briefs], notices.row(notice.notice_id).org_id, publisher)
    with clock.frozen(MIDNIGHT):
        assert settle(None, {})["held"] == 1
        service.decide_objection(judge, only().id, upheld=False, answer="不成立")
        assert settle(None, {})["approved"] == 1
    assert states(briefs) == [CaseState.APPROVED] * 2


def test_who_objected_is_shown_to_the_officer_and_each_look_is_audited(office, scene):
    briefs, notice, _publisher, judge = scene
    raise_one(notice, briefs[0])
    who = service.reveal_objector(judge, only().id)
    assert (who.name, who.contact) == CLEAR
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "objection.reveal")) == 1
    with pytest.raises(NotFound):
        service.reveal_objector(office.another(office.city.county_b), only().id)
