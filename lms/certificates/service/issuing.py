"""Issuing: one certificate per person and pass, numbered without gaps, in one transaction.

Whoever issues first locks the number series, so two simultaneous issues come one after the other: the second finds the
first one's certificate and returns it. The unique key makes the same sure where a database knows no row locks.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from lms.access import policy as access
from lms.certificates import claims, queries
from lms.certificates.claims import Holder, Term
from lms.certificates.events import CertificateIssued
from lms.certificates.models import Certificate, CertificateKind, IssueBatch, NumberSeries
from lms.certificates.rules import number_text
from lms.certificates.service.documents import PRINT
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import sentences
from lms.kernel.ids import new_id, new_token
from lms.kernel.insert import insert_new
from lms.kernel.jobs import queue
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.people import queries as people
from lms.people import sealed
from lms.people.models import Person
from lms.people.sealed import Fact
from lms.requirements import checking

ISSUE = "certificates.issue"


def issue(actor: Actor, kind_code: str, person_id: uuid.UUID, *, print_now: bool = True) -> uuid.UUID:
    """Issue a certificate and return its id; asking again returns the same one.

    Raises `Conflict` saying what is missing, `Forbidden` for oneself. Without `print_now` the caller sees to printing.
    """
    kind = queries.kind(kind_code)
    with unit_of_work(actor) as uow:
        access.require_person(actor, "certificate:issue", person_id)
        if actor.person_id == person_id:
            raise Forbidden(_("不能给自己签发证书。"), todo=_("请由另一位干部办理。"))
        today = clock.today()
        lock_series(uow, kind.number_prefix, today)
        basis = queries.basis(kind, person_id)
        if basis is None:
            raise Conflict(
                _("还不能签发。"), why=_("需要完成“%(course)s”课程，并有已公布的合格成绩。", course=kind.course_slug)
            )
        key = f"{kind.code}:{person_id.hex}:{basis.result_id.hex}"
        earlier = uow.session.scalar(select(Certificate.id).where(Certificate.key == key))
        if earlier is not None:
            return earlier
        if queries.holds_valid(kind.code, person_id):
            raise Conflict(_("此人已持有有效的同种证书。"), todo=_("如姓名有误，请在原证书上办理更正。"))
        _require_met(kind, person_id, today)
        written = claims.first_claims(kind, holder_of(uow, person_id), basis, _term(kind, today))
        org_id = people.present_unit(person_id) or kind.org_id
        certificate = store(uow, kind, written, person_id=person_id, org_id=org_id, key=key)
        if print_now:
            queue.enqueue(uow, PRINT, {"ids": [certificate.id.hex]}, key=f"{PRINT}:{certificate.id.hex}")
        return certificate.id


def _require_met(kind: CertificateKind, person_id: uuid.UUID, today: dt.date) -> None:
    """Raise `Conflict` naming every further requirement that the person does not meet."""
    found = checking.checked(kind.requirements, [person_id], today)[person_id]
    unmet = [finding.text for finding in found if not finding.met]
    if unmet:
        raise Conflict(
            _("还不能签发。"),
            why=sentences(unmet),
            todo=_("满足全部要求后再签发。"),
            code="requirements_unmet",
        )


def request_issue(actor: Actor, kind_code: str, person_ids: Sequence[uuid.UUID]) -> uuid.UUID:
    """Hand a cohort to the background job and return the batch's id. Each person is checked when their turn comes."""
    if not person_ids:
        raise Invalid(_("没有选中任何人。"), todo=_("请先勾选要签发的人。"))
    kind = queries.kind(kind_code)
    with unit_of_work(actor) as uow:
        batch = IssueBatch(
            id=new_id(),
            kind=kind.code,
            person_ids=[person_id.hex for person_id in dict.fromkeys(person_ids)],
            created_by=actor.person_id,
            created_at=clock.now(),
        )
        uow.session.add(batch)
        uow.session.flush()
        batch.job_id = queue.enqueue(uow, ISSUE, {"batch": batch.id.hex})
        uow.audit("certificate.batch", "issue_batch", batch.id, kind=kind.code, persons=len(batch.person_ids))
        return batch.id


def lock_series(uow: UnitOfWork, prefix: str, day: dt.date) -> None:
    """Make issuers of the series of a day's year wait for each other until the transaction ends."""
    insert_new(uow.session, NumberSeries, prefix=prefix, year=day.year, last=0)
    series = select(NumberSeries.last).where(NumberSeries.prefix == prefix, NumberSeries.year == day.year)
    uow.session.execute(series.with_for_update())


def store(
    uow: UnitOfWork,
    kind: CertificateKind,
    unnumbered: Mapping[str, Any],
    *,
    person_id: uuid.UUID,
    org_id: uuid.UUID,
    key: str,
    supersedes_id: uuid.UUID | None = None,
) -> Certificate:
    """Number the claims, write the certificate, tell the person and the other rooms.

    The series of the day of issue must be locked.
    """
    number = _next_number(uow, kind.number_prefix, dt.date.fromisoformat(unnumbered["issued_on"]).year)
    token = new_token()
    final = claims.addressed(unnumbered, number, kernel().config.base_url, token)
    text = claims.canonical(final)
    certificate = Certificate(
        id=new_id(),
        kind=kind.code,
        number=number,
        token=token,
        person_id=person_id,
        org_id=org_id,
        key=key,
        claims=text,
        digest=claims.digest(text),
        valid_from=dt.date.fromisoformat(final["valid_from"]),
        valid_until=dt.date.fromisoformat(final["valid_until"]) if final["valid_until"] else None,
        supersedes_id=supersedes_id,
        issued_by=uow.actor.person_id,
        issued_at=clock.now(),
    )
    uow.session.add(certificate)
    uow.session.flush()
    _tell(uow, certificate, kind)
    return certificate


def holder_of(uow: UnitOfWork, person_id: uuid.UUID) -> Holder:
    """The person's name and the end of their identity number, as they are now. Raises `Conflict` without a number."""
    person = uow.session.get_one(Person, person_id)
    if person.id_number_sealed is None:
        raise Conflict(_("还不能签发。"), why=_("此人没有登记身份证件。"), todo=_("请先并入名册里的档案，或补登证件。"))
    tail = sealed.masked(Fact.ID_NUMBER, person.id_number_sealed)[-4:].strip("*")
    return Holder(person.name, tail)


def _tell(uow: UnitOfWork, certificate: Certificate, kind: CertificateKind) -> None:
    messages.send(
        uow,
        person_id=certificate.person_id,
        kind="certificates.corrected" if certificate.supersedes_id else "certificates.issued",
        params={"title": kind.title, "number": certificate.number},
        key=f"certificate:{certificate.id.hex}",
        link="/certificates",
    )
    uow.audit(
        "certificate.issue", "certificate", certificate.id, org_id=certificate.org_id, number=certificate.number,
        digest=certificate.digest, supersedes=certificate.supersedes_id.hex if certificate.supersedes_id else "",
    )  # fmt: skip
    uow.emit(
        CertificateIssued(
            certificate_id=certificate.id,
            person_id=certificate.person_id,
            kind=certificate.kind,
            number=certificate.number,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            supersedes_id=certificate.supersedes_id,
        )
    )


def _next_number(uow: UnitOfWork, prefix: str, year: int) -> str:
    taken = (
        update(NumberSeries)
        .where(NumberSeries.prefix == prefix, NumberSeries.year == year)
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
    )
    return number_text(prefix, year, uow.session.scalars(taken).one())


def _term(kind: CertificateKind, today: dt.date) -> Term:
    until = clock.last_day_of(today, kind.validity_months) if kind.validity_months else None
    return Term(issued_on=today, valid_from=today, valid_until=until)
