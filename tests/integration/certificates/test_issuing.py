from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from lms.access.actors import actor_for
from lms.certificates import queries, service
from lms.certificates.claims import canonical, digest
from lms.certificates.models import Certificate, NumberSeries
from lms.certificates.rules import Status
from lms.exams.models import Result
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import AuditEntry, Job, OutboxEvent
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.testing.factories.access import make_officer
from lms.testing.factories.certificates import complete_course, earn, make_kind, pass_exam
from lms.testing.factories.people import make_person
from lms.testing.queries import count_queries

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def at_noon():
    """The whole test happens on one day, whatever the day is when it runs."""
    with frozen(NOON):
        yield


def waiting(actor, kind, **narrowed):
    query = queries.candidates(actor, queries.kind(kind), **narrowed)
    return [row.name for row in db.session.execute(query)]


def holder(office, name="陈思雨", unit=None):
    person = make_person(name, unit or office.city.community_a)
    earn(office.ground, [person])
    return person


def test_a_certificate_says_everything_it_promises(office):
    person = holder(office)
    found = queries.one(service.issue(office.officer, office.kind, person))
    claims = found.claims
    assert claims["number"] == "CDSGY-2026-000001"
    assert claims["holder"]["name"] == "陈思雨"
    assert len(claims["holder"]["id_tail"]) == 4
    assert claims["statement"]["zh_CN"] == (
        "完成“成都社工员”课程学习 12 小时，参加成都社工员认定考试第 1 期，成绩合格，现认定为成都社工员，特发此证。"
    )
    assert "不作为国家职业资格证书" in claims["disclaimer"]["zh_CN"]
    assert (claims["issued_on"], claims["valid_from"], claims["valid_until"]) == ("2026-11-23", "2026-11-23", None)
    assert claims["basis"]["course"]["minutes"] == 720
    assert claims["basis"]["exam"]["half_points"] == 150
    assert claims["basis"]["exam"]["result"] == db.session.scalars(select(Result.id)).one().hex
    assert claims["verify"].endswith(f"/verify/{found.certificate.token}")
    assert found.certificate.claims == canonical(claims)
    assert found.certificate.digest == digest(found.certificate.claims)
    assert len(found.certificate.token) >= 22


def test_issuing_tells_the_holder_the_auditor_and_the_other_rooms(office):
    person = holder(office)
    certificate = queries.one(service.issue(office.officer, office.kind, person)).certificate
    message = db.session.scalars(select(Message).where(Message.person_id == person)).one()
    assert message.params["number"] == certificate.number
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.issue")).one().actor_id
    event = db.session.scalars(select(OutboxEvent).where(OutboxEvent.name == "certificates.certificate_issued")).one()
    assert event.payload["certificate_id"] == certificate.id.hex
    assert db.session.scalars(select(Job.name).where(Job.name == "certificates.print")).all() == ["certificates.print"]


def test_asking_again_gives_the_same_certificate(office):
    person = holder(office)
    assert service.issue(office.officer, office.kind, person) == service.issue(office.officer, office.kind, person)
    assert db.session.scalar(select(NumberSeries.last)) == 1


@pytest.mark.parametrize("lacking", ["course", "exam", "passed", "published"])
def test_nothing_is_issued_while_something_is_missing(office, lacking):
    person = make_person("", office.city.community_a)
    if lacking != "course":
        complete_course(office.ground, [person])
    if lacking != "exam":
        pass_exam(office.ground, [person], passed=lacking != "passed", published=lacking != "published")
    assert waiting(office.officer, office.kind) == []
    with pytest.raises(Conflict):
        service.issue(office.officer, office.kind, person)
    assert db.session.scalars(select(Certificate)).all() == []
    assert db.session.scalar(select(NumberSeries.last)) in {None, 0}


def test_a_corrected_result_that_fails_takes_the_right_away(office):
    person = holder(office)
    old = db.session.scalars(select(Result)).one()
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Result(
                seat_id=old.seat_id, number=2, outcome=old.outcome, half_points=100, total_half_points=200, passed=False,
                by_point=[], items=[], reason="改判", created_at=clock.now(),
            )
        )  # fmt: skip
    assert waiting(office.officer, office.kind) == []
    with pytest.raises(Conflict):
        service.issue(office.officer, office.kind, person)


def test_a_holder_leaves_the_list_and_returns_only_with_a_new_pass_after_expiry(office):
    kind = make_kind(office.city.city, code="YEARLY", number_prefix="YEARLY", validity_months=12)
    person = holder(office)
    service.issue(office.officer, kind, person)
    assert waiting(office.officer, kind) == []
    with frozen(NOON + dt.timedelta(days=200)):
        pass_exam(office.ground, [person])
        assert waiting(office.officer, kind) == []
        with pytest.raises(Conflict, match="已持有有效"):
            service.issue(office.officer, kind, person)
    with frozen(NOON + dt.timedelta(days=366)):
        assert waiting(office.officer, kind) == ["陈思雨"]
        service.issue(office.officer, kind, person)
        statuses = [one.status_on(clock.today()) for one in queries.own(person)]
    assert statuses == [Status.VALID, Status.EXPIRED]


def test_a_revoked_certificate_does_not_come_back_through_the_same_pass(office):
    person = holder(office)
    first = service.issue(office.officer, office.kind, person)
    service.revoke(office.officer, first, "材料不实")
    assert waiting(office.officer, office.kind) == []
    assert service.issue(office.officer, office.kind, person) == first
    with frozen(clock.now() + dt.timedelta(days=1)):
        pass_exam(office.ground, [person])
        assert waiting(office.officer, office.kind) == ["陈思雨"]
        assert service.issue(office.officer, office.kind, person) != first


def test_the_list_shows_the_officers_units_only_and_can_be_narrowed(office):
    holder(office, "甲", office.city.community_a)
    holder(office, "乙", office.city.street_a)
    holder(office, "外", office.city.community_b)
    assert sorted(waiting(office.officer, office.kind)) == sorted(["甲", "乙"])
    assert waiting(office.officer, office.kind, org_id=office.city.community_a) == ["甲"]
    assert waiting(office.officer, office.kind, org_id=office.city.county_b) == []
    assert waiting(office.officer, office.kind, text="乙") == ["乙"]


def test_who_may_issue(office):
    person = holder(office)
    for role, unit, refusal in (
        ("hr_officer", office.city.county_b, NotFound),
        ("auditor", office.city.county_a, Forbidden),
    ):
        with pytest.raises(refusal):
            service.issue(actor_for(make_officer(role, unit)), office.kind, person)
    earn(office.ground, [office.officer.person_id])
    with pytest.raises(Forbidden, match="自己"):
        service.issue(office.officer, office.kind, office.officer.person_id)


def test_numbers_have_no_gaps_when_an_issue_fails_half_way(office, monkeypatch):
    people = [holder(office, name) for name in ("甲", "乙", "丙")]
    service.issue(office.officer, office.kind, people[0])

    def broken(*_args, **_values):
        raise RuntimeError("mail")

    with monkeypatch.context() as patched:
        patched.setattr("lms.messages.service.send", broken)
        with pytest.raises(RuntimeError):
            service.issue(office.officer, office.kind, people[1])
    service.issue(office.officer, office.kind, people[2])
    numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.number)).all()
    assert [number[-6:] for number in numbers] == ["000001", "000002"]
    assert service.check_all() == (2, [])


def test_numbers_begin_again_each_year(office):
    with frozen(dt.datetime(2026, 12, 31, 15, 59, tzinfo=dt.UTC)):
        old = queries.one(service.issue(office.officer, office.kind, holder(office, "甲")))
    with frozen(dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)):
        new = queries.one(service.issue(office.officer, office.kind, holder(office, "乙")))
    assert [old.certificate.number, new.certificate.number] == ["CDSGY-2026-000001", "CDSGY-2027-000001"]


def test_the_number_is_of_the_year_on_the_certificate_when_the_clock_passes_midnight_meanwhile(office, monkeypatch):
    person, basis = holder(office), queries.basis

    def slow(*args):
        found = basis(*args)
        monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 12, 31, 16, 0, 1, tzinfo=dt.UTC))
        return found

    monkeypatch.setattr(queries, "basis", slow)
    with frozen(dt.datetime(2026, 12, 31, 15, 59, 59, tzinfo=dt.UTC)):
        found = queries.one(service.issue(office.officer, office.kind, person))
    assert (found.claims["issued_on"], found.claims["number"]) == ("2026-12-31", "CDSGY-2026-000001")


@pytest.mark.parametrize("table", ["certificate", "certificate_status", "certificate_document"])
def test_the_database_refuses_to_change_what_was_issued(office, table):
    certificate = service.issue(office.officer, office.kind, holder(office))
    service.print_missing()
    service.revoke(office.officer, certificate, "材料不实")
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(f"DELETE FROM {table}"))


def test_a_changed_kind_changes_no_certificate(office):
    certificate = service.issue(office.officer, office.kind, holder(office, "甲"))
    before = queries.one(certificate).certificate.claims
    make_kind(office.city.city, statement={"zh_CN": "新的说法：{{ kind.title }}。"}, issuer="另一单位")
    later = service.issue(office.officer, office.kind, holder(office, "乙"))
    db.session.expire_all()
    assert queries.one(certificate).certificate.claims == before
    assert json.loads(queries.one(later).certificate.claims)["statement"]["zh_CN"] == "新的说法：成都社工员。"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"statement": {"zh_CN": "{{ ''.__class__ }}"}}, "statement"),
        ({"statement": {"en": "x"}}, "statement"),
        ({"template": "../x"}, "template"),
        ({"number_prefix": "小写"}, "number_prefix"),
        ({"validity_months": 0}, "validity_months"),
        ({"surprise": 1}, "-"),
    ],
)
def test_a_kind_with_wrong_data_is_refused(office, change, field):
    with pytest.raises(Invalid) as refused:
        make_kind(office.city.city, **change)
    assert field in refused.value.fields


def test_the_list_of_candidates_costs_the_same_however_long_it_is(office):
    def statements():
        with count_queries() as seen:
            waiting(office.officer, office.kind)
        return seen.count

    before = statements()
    for number in range(5):
        holder(office, f"人{number}")
    assert statements() == before
