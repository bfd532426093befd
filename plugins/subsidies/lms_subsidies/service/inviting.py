"""Inviting: one invitation for a person and basis, from events, from rosters, from what was there before the scheme."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select, update

from lms.plugin_api.events import CertificateIssued, QualificationRecorded, RosterApplied
from lms.plugin_api.models import insert_new, new_id
from lms.plugin_api.services import CertificateInfo, QualificationInfo, services
from lms.plugin_api.work import SYSTEM, UnitOfWork, clock, enqueue, unit_of_work
from lms.plugin_api.work import session as reading
from lms_payouts.api import LIVE, claim_words
from lms_subsidies import rules
from lms_subsidies.models import Claim, Invitation, SchemeRevision
from lms_subsidies.queries import schemes
from lms_subsidies.queries.schemes import Known
from lms_subsidies.rules import CERTIFICATE, QUALIFICATION
from lms_subsidies.service.common import INVITE

_ENDED = frozenset({"revoked", "superseded"})
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Basis:
    """What a person holds that a scheme may be for. `award_key` and `obtained_on` are those of the first issue."""

    person_id: uuid.UUID
    key: str
    award_key: str
    number: str
    obtained_on: dt.date
    certificate_id: uuid.UUID | None = None
    qualification_id: uuid.UUID | None = None


def on_issued(event: CertificateIssued) -> None:
    """A certificate was issued, now or long ago."""
    scheme = schemes.by_basis().get(f"{CERTIFICATE}:{event.kind}")
    if scheme is not None:
        _invite_all(scheme, [_of_certificate(services().certificates.certificate(event.certificate_id))])


def on_recorded(event: QualificationRecorded) -> None:
    """A national certificate was recorded or corrected, or its registration renewed."""
    scheme = schemes.by_basis().get(f"{QUALIFICATION}:{event.kind}")
    held = services().people.qualifications(event.person_id) if scheme else ()
    if scheme is not None:
        _invite_all(scheme, [_of_qualification(one) for one in held if one.kind == event.kind])


def on_roster(event: RosterApplied) -> None:
    """A roster was written: it tells nothing of the qualifications in it, so everybody is looked at."""
    with unit_of_work(SYSTEM) as uow:
        enqueue(uow, INVITE, {}, key=f"{INVITE}:roster:{event.import_id.hex}")


def sweep(progress: Callable[[int, int], None]) -> int:
    """Invite everybody who holds what a scheme is for and has no invitation, and keep last days; returns how many new.

    Each batch is a transaction of its own: after a crash the next run goes on with the rest.
    """
    known, invited = schemes.known(), 0
    for number, scheme in enumerate(known):
        for holders in _holders(scheme.basis):
            invited += _invite_all(scheme, holders)
        progress(number + 1, len(known))
    return invited


def _holders(basis: str) -> Iterator[Sequence[Basis | None]]:
    kind, _colon, code = basis.partition(":")
    after: uuid.UUID | None = None
    while True:
        if kind == CERTIFICATE:
            issued = services().certificates.holders(code, after, _BATCH)
            found, last = [_of_certificate(one) for one in issued], issued[-1].id if issued else None
        else:
            held = services().people.holders(code, after, _BATCH)
            found, last = [_of_qualification(one) for one in held], held[-1].id if held else None
        if last is None:
            return
        yield found
        after = last


def _of_certificate(one: CertificateInfo) -> Basis | None:
    """None for a certificate that has ended: what corrects it comes by itself."""
    if one.status in _ENDED:
        return None
    first = one
    while first.supersedes_id is not None:
        first = services().certificates.certificate(first.supersedes_id)
    return Basis(
        person_id=one.person_id,
        key=f"{CERTIFICATE}:{one.kind}",
        award_key=f"{CERTIFICATE}:{first.id.hex}",
        number=one.number,
        obtained_on=first.issued_on,
        certificate_id=one.id,
    )


def _of_qualification(one: QualificationInfo) -> Basis:
    return Basis(
        person_id=one.person_id,
        key=f"{QUALIFICATION}:{one.kind}",
        award_key=f"{QUALIFICATION}:{one.id.hex}",
        number=one.certificate_number,
        obtained_on=one.obtained_on,
        qualification_id=one.id,
    )


def _invite_all(scheme: Known, holders: Iterable[Basis | None]) -> int:
    """Invite those of a batch who are not, in one transaction; how many are new."""
    wanted = [one for one in holders if one is not None]
    stored = _stored(scheme.basis, wanted)
    due = _served([one for one in wanted if not _is_settled(stored.get(one.person_id), one, scheme)])
    if not due:
        return 0
    with unit_of_work(SYSTEM) as uow:
        return sum(_invite(uow, scheme, one) for one in due)


def _served(due: Sequence[Basis]) -> list[Basis]:
    """Those whose unit subsidies is offered to; it would answer the others that there is no such page.

    When it is offered to more units, the daily look at everybody invites their people. Who works nowhere counts as the
    city's.
    """
    if not due:
        return []
    employers, city = services().people.employers([one.person_id for one in due]), services().orgs.city()
    units = {one.person_id: employers.get(one.person_id, city).id for one in due}
    served = {unit: services().activation.serves_unit("subsidies", unit) for unit in set(units.values())}
    return [one for one in due if served[units[one.person_id]]]


def _stored(basis: str, wanted: Sequence[Basis]) -> Mapping[uuid.UUID, Invitation]:
    people = [one.person_id for one in wanted]
    query = select(Invitation).where(Invitation.basis == basis, Invitation.person_id.in_(people))
    return {row.person_id: row for row in reading.scalars(query.execution_options(populate_existing=True))}


def _is_settled(stored: Invitation | None, held: Basis, scheme: Known) -> bool:
    """Whether there is nothing to do: no award for it, too late, or an invitation that says all this already."""
    revision = scheme.on(held.obtained_on)
    if revision is None:
        return True
    until = rules.last_day(held.obtained_on, revision.claim_days)
    if stored is None:
        return until < clock.today()
    return (stored.award_key, stored.certificate_id, stored.last_day, stored.voided_at) == (
        held.award_key, held.certificate_id, until, None,
    )  # fmt: skip


def _invite(uow: UnitOfWork, scheme: Known, held: Basis) -> bool:
    """Write the invitation and its message, or bring the one there is up to date. True when somebody was invited."""
    revision = scheme.on(held.obtained_on)
    if revision is None:
        return False
    columns = _columns(held, revision)
    invitation_id = new_id()
    row = {"id": invitation_id, "person_id": held.person_id, "basis": scheme.basis, "code": scheme.code}
    if insert_new(uow.session, Invitation, **row, **columns, invited_at=clock.now()):
        _tell(uow, invitation_id, held, revision)
        return True
    return _refresh(uow, scheme, held, revision)


def _columns(held: Basis, revision: SchemeRevision) -> dict[str, object]:
    return {
        "certificate_id": held.certificate_id,
        "qualification_id": held.qualification_id,
        "award_key": held.award_key,
        "obtained_on": held.obtained_on,
        "last_day": rules.last_day(held.obtained_on, revision.claim_days),
    }


def _refresh(uow: UnitOfWork, scheme: Known, held: Basis, revision: SchemeRevision) -> bool:
    """The invitation there is: corrected with its certificate, or made good again by a new one after a revocation.

    A certificate renewed after its term is the same achievement again, and no second award. True when the person
    may claim what they could not before.
    """
    own = (Invitation.person_id == held.person_id, Invitation.basis == scheme.basis)
    columns = _columns(held, revision)
    same = update(Invitation).where(*own, Invitation.award_key == held.award_key, Invitation.voided_at.is_(None))
    if uow.change(same.values(**columns).execution_options(synchronize_session=False)):
        return False
    taken = exists().where(Claim.person_id == held.person_id, Claim.basis == scheme.basis, Claim.state.in_(LIVE))
    again = update(Invitation).where(
        *own, Invitation.award_key != held.award_key, Invitation.voided_at.is_not(None), ~taken
    )
    values = columns | {"voided_at": None}
    if not uow.change(again.values(**values).execution_options(synchronize_session=False)):
        return False
    invitation_id = uow.session.scalars(select(Invitation.id).where(*own)).one()
    _tell(uow, invitation_id, held, revision)
    return True


def _tell(uow: UnitOfWork, invitation_id: uuid.UUID, held: Basis, revision: SchemeRevision) -> None:
    services().messages.send(
        uow,
        person_id=held.person_id,
        kind="subsidies.invited",
        params={
            "title": revision.title,
            "number": held.number,
            "amount": claim_words.money(revision.amount_fen),
            "day": rules.last_day(held.obtained_on, revision.claim_days),
        },
        key=f"subsidies.invited:{held.award_key}",
        link=f"/me/subsidies/{invitation_id}",
    )
