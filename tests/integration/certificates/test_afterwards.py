"""What happens to a certificate after its issue: printing, renaming, correcting, revoking, tampering."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text, update

from lms.access.actors import actor_for
from lms.certificates import press, printing, queries, service
from lms.certificates.dto import IssuedFilter
from lms.certificates.models import CertificateDocument
from lms.certificates.rules import Status
from lms.certificates.service.documents import PrintingError
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.clock import frozen
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.models import OutboxEvent, StoredFile
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.messages.models import Message
from lms.people.models import Person
from lms.testing.factories.access import make_officer
from lms.testing.factories.certificates import earn, make_kind
from lms.testing.factories.people import make_person


@pytest.fixture
def person(office):
    person = make_person("陈思宇", office.city.community_a)
    earn(office.ground, [person])
    return person


@pytest.fixture
def certificate(office, person):
    return service.issue(office.officer, office.kind, person)


def rename(person, name):
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.id == person).values(name=name))


def pdf(certificate_id):
    document = db.session.get(CertificateDocument, certificate_id, populate_existing=True)
    return kernel().files.read(document.file_id)


def test_a_certificate_is_printed_once(certificate):
    assert service.print_missing() == 1
    before = pdf(certificate)
    assert before.startswith(b"%PDF-")
    assert service.print_missing() == 0
    assert service.print_missing([certificate]) == 0
    assert pdf(certificate) == before


def test_a_certificate_that_cannot_be_printed_keeps_nobody_else_waiting(office, person, certificate, monkeypatch):
    other = make_person("李小雨", office.city.community_a)
    earn(office.ground, [other])
    second = service.issue(office.officer, office.kind, other)
    bad, print_one = queries.one(certificate).certificate, printing.printed

    def printed(claims):
        if claims == bad.claims:
            raise ValueError("did not fit on one page")
        return print_one(claims)

    monkeypatch.setattr(press, "printed", printed)
    with pytest.raises(PrintingError, match=f"{bad.number}: did not fit on one page"):
        service.print_missing()
    assert pdf(second).startswith(b"%PDF-")
    assert db.session.get(CertificateDocument, certificate) is None
    monkeypatch.undo()
    assert service.print_missing() == 1


def test_a_new_name_and_a_new_template_leave_the_printed_one_alone(office, person, certificate, monkeypatch):
    service.print_missing()
    before = pdf(certificate)
    rename(person, "改名后")
    make_kind(office.city.city, statement={"zh_CN": "新说法"}, issuer="另一单位")
    monkeypatch.setattr(printing, "printed", lambda _claims: b"%PDF-another template")
    service.print_missing()
    service.print_missing([certificate])
    assert pdf(certificate) == before
    assert queries.one(certificate).claims["holder"]["name"] == "陈思宇"


def test_a_late_print_shows_the_name_of_the_day_of_issue(person, certificate):
    rename(person, "改名后")
    service.print_missing()
    claims = queries.one(certificate).certificate.claims
    assert pdf(certificate) == printing.printed(claims)


def test_correcting_replaces_the_certificate_and_keeps_its_basis(office, person, certificate):
    old = queries.one(certificate)
    rename(person, "陈思雨")
    with frozen(clock.now() + dt.timedelta(days=30)):
        new = queries.one(service.correct(office.officer, certificate, "姓名录入有误"))
        today = clock.today()
    old = queries.one(certificate)
    assert (old.status_on(today), new.status_on(today)) == (Status.SUPERSEDED, Status.VALID)
    assert old.status_on(today - dt.timedelta(days=1)) is Status.VALID
    assert old.replaced_by == new.certificate.number == new.claims["number"]
    assert new.claims["supersedes"] == old.certificate.number
    assert new.claims["holder"]["name"] == "陈思雨"
    for kept in ("basis", "statement", "valid_from", "valid_until", "kind"):
        assert new.claims[kept] == old.claims[kept]
    assert new.claims["verify"] != old.claims["verify"]
    assert service.check_all() == (2, [])
    kinds = db.session.scalars(select(Message.kind).where(Message.person_id == person)).all()
    assert sorted(kinds) == ["certificates.corrected", "certificates.issued"]


def test_there_is_nothing_to_correct_while_the_record_says_the_same(office, certificate):
    with pytest.raises(Conflict, match="没有要更正"):
        service.correct(office.officer, certificate, "看错了")
    assert queries.one(certificate).status_on(clock.today()) is Status.VALID


def test_revoking_ends_it_from_that_day_on(office, certificate, person):
    service.revoke(office.officer, certificate, "材料不实")
    found = queries.one(certificate)
    assert found.status_on(clock.today()) is Status.REVOKED
    assert queries.ending(certificate).reason == "材料不实"
    assert db.session.scalars(
        select(OutboxEvent.name).where(OutboxEvent.name == "certificates.certificate_revoked")
    ).all()
    assert db.session.scalars(select(Message.kind).where(Message.kind == "certificates.revoked")).all()


def test_an_ended_certificate_cannot_be_ended_again(office, certificate, person):
    service.revoke(office.officer, certificate, "材料不实")
    rename(person, "陈思雨")
    with pytest.raises(Conflict):
        service.revoke(office.officer, certificate, "再撤一次")
    with pytest.raises(Conflict):
        service.correct(office.officer, certificate, "姓名有误")


@pytest.mark.parametrize("act", [service.revoke, service.correct])
def test_a_reason_is_needed(office, certificate, act):
    with pytest.raises(Invalid):
        act(office.officer, certificate, "   ")


@pytest.mark.parametrize("act", [service.revoke, service.correct])
def test_who_may_end_a_certificate(office, certificate, act):
    for role, unit, refusal in (
        ("hr_officer", office.city.county_b, NotFound),
        ("auditor", office.city.county_a, Forbidden),
    ):
        with pytest.raises(refusal):
            act(actor_for(make_officer(role, unit)), certificate, "越权")


def test_nobody_revokes_their_own(office):
    other = make_officer("hr_officer", office.city.county_a)
    earn(office.ground, [other])
    own = service.issue(office.officer, office.kind, other)
    with pytest.raises(Forbidden):
        service.revoke(actor_for(other), own, "自己的")


def test_the_list_of_issued_ones_is_narrowed_by_status_and_word(office, certificate, person):
    revoked = make_person("李撤", office.city.community_a)
    earn(office.ground, [revoked])
    service.revoke(office.officer, service.issue(office.officer, office.kind, revoked), "材料不实")

    def listed(**wanted):
        rows = db.session.execute(queries.issued(office.officer, IssuedFilter(**wanted)))
        return [one.claims["holder"]["name"] for one in queries.as_issued(rows)]

    assert sorted(listed()) == sorted(["陈思宇", "李撤"])
    assert listed(status=Status.VALID) == ["陈思宇"]
    assert listed(status=Status.REVOKED) == ["李撤"]
    assert listed(status=Status.EXPIRED) == []
    assert listed(text="思宇") == ["陈思宇"]
    assert listed(text="000002") == ["李撤"]
    assert listed(text="%") == []
    assert listed(kind="NONE") == []
    stranger = actor_for(make_officer("hr_officer", office.city.county_b))
    assert db.session.execute(queries.issued(stranger, IssuedFilter())).all() == []


def tamper(statement):
    """Change a row past the database's own guard, as somebody with its password could."""
    table = statement.split()[1]
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    else:
        db.session.execute(text(f"DROP TRIGGER append_only_{table}_update"))
    db.session.execute(text(statement))
    db.session.commit()
    db.session.expire_all()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE certificate SET claims = replace(claims, '陈思宇', '陈思雨')", "stored digest"),
        ("UPDATE certificate SET claims = '{'", "cannot be read"),
        ("UPDATE certificate SET claims = replace(claims, ',', ', ')", "canonical form"),
        ("UPDATE certificate SET valid_until = '2099-01-01'", "column valid_until"),
        ("UPDATE certificate SET token = 'AAAAAAAAAAAAAAAAAAAAAA'", "token"),
        ("UPDATE certificate SET number = 'CDSGY-2026-000009'", "column number"),
    ],
)
def test_the_check_finds_what_was_tampered_with(app, certificate, statement, reason):
    assert service.check_all() == (1, [])
    tamper(statement)
    _checked, faults = service.check_all()
    assert any(reason in fault.reason for fault in faults)
    run = app.test_cli_runner().invoke(args=["certificates", "verify"])
    assert run.exit_code == 1
    assert reason in run.output


def test_the_check_finds_a_changed_pdf_and_a_missing_number(certificate):
    service.print_missing()
    assert service.check_all() == (1, [])
    file = db.session.scalars(select(StoredFile)).one()
    folder = kernel().config.data_dir / "files"
    (folder / file.storage_key).write_bytes(b"%PDF-forged")
    db.session.execute(text("UPDATE number_series SET last = 2"))
    _checked, faults = service.check_all()
    assert [fault.reason for fault in faults] == [
        "the PDF was changed",
        "the number was given out but there is no certificate",
    ]
