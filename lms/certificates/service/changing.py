"""What may happen to a certificate after its issue: it is revoked, or replaced by one with the right name."""

from __future__ import annotations

import json
import uuid

from lms.certificates import claims, policy, queries
from lms.certificates.dto import Issued
from lms.certificates.events import CertificateRevoked
from lms.certificates.models import CertificateStatus, StatusChange
from lms.certificates.rules import Status
from lms.certificates.service.documents import PRINT
from lms.certificates.service.issuing import holder_of, lock_series, store
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.jobs import queue
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages


def revoke(actor: Actor, certificate_id: uuid.UUID, reason: str) -> None:
    """Take a certificate back, from today on. Raises `Conflict` when it has ended before."""
    _need_reason(reason)
    with unit_of_work(actor) as uow:
        found = _running(actor, certificate_id, "certificate:revoke")
        certificate = found.certificate
        _end(uow, found, StatusChange.REVOKED, reason)
        messages.send(
            uow,
            person_id=certificate.person_id,
            kind="certificates.revoked",
            params={"number": certificate.number, "reason": reason},
            key=f"certificate-revoked:{certificate.id.hex}",
            link="/certificates",
        )
        detail = {"number": certificate.number, "reason": reason}
        uow.audit("certificate.revoke", "certificate", certificate.id, org_id=certificate.org_id, **detail)
        uow.emit(
            CertificateRevoked(
                certificate_id=certificate.id,
                person_id=certificate.person_id,
                kind=certificate.kind,
                number=certificate.number,
            )
        )


def correct(actor: Actor, certificate_id: uuid.UUID, reason: str) -> uuid.UUID:
    """Replace a certificate by one with the holder's present name; basis and term stay. Returns the new one's id.

    The person's record is put right first. Raises `Conflict` when the certificate says what the record says.
    """
    _need_reason(reason)
    with unit_of_work(actor) as uow:
        found = _running(actor, certificate_id, "certificate:issue")
        old, kind = found.certificate, queries.kind(found.certificate.kind)
        today = clock.today()
        lock_series(uow, kind.number_prefix, today)
        holder = holder_of(uow, old.person_id)
        written = json.loads(old.claims)
        if written["holder"] == {"name": holder.name, "id_tail": holder.id_tail}:
            raise Conflict(_("证书上的姓名和证件与人员档案一致，没有要更正的。"), todo=_("请先在人员档案里更正姓名。"))
        _end(uow, found, StatusChange.SUPERSEDED, reason)
        new = store(
            uow,
            kind,
            claims.corrected_claims(written, holder, today),
            person_id=old.person_id,
            org_id=old.org_id,
            key=f"correction:{old.id.hex}",
            supersedes_id=old.id,
        )
        queue.enqueue(uow, PRINT, {"ids": [new.id.hex]}, key=f"{PRINT}:{new.id.hex}")
        uow.audit("certificate.correct", "certificate", old.id, org_id=old.org_id, new=new.number, reason=reason)
        return new.id


def _running(actor: Actor, certificate_id: uuid.UUID, permission: str) -> Issued:
    """A certificate that has not ended and that the actor may handle."""
    found = queries.one(certificate_id)
    policy.require(actor, permission, found.certificate)
    if found.status_on(clock.today()) in {Status.REVOKED, Status.SUPERSEDED}:
        raise _ended()
    return found


def _end(uow: UnitOfWork, found: Issued, change: StatusChange, reason: str) -> None:
    """Record the one end a certificate can have; the unique key lets only one of two officers through."""
    row = {"id": new_id(), "certificate_id": found.certificate.id, "status": change, "reason": reason}
    if not insert_new(uow.session, CertificateStatus, **row, by=uow.actor.person_id, at=clock.now()):
        raise _ended()


def _ended() -> Conflict:
    return Conflict(_("这张证书已经撤销或更正过。"), todo=_("请刷新页面看现在的状态。"))


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("没有办理。"), fields={"reason": _("请写明理由")})
