"""The core's side of `lms.plugin_api.services`: queries and use cases of the rooms, told in frozen facts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from lms.access import policy
from lms.approvals import service as approvals
from lms.approvals.dto import CaseBrief, CaseView, Correction, NewCase
from lms.approvals.models import Outcome
from lms.approvals.queries import case_view, cases_of
from lms.certificates import queries as certificates
from lms.certificates.dto import Issued
from lms.credits import queries as credit_queries
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork
from lms.messages import service as messages
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people import sealed
from lms.people.models import Employment, Person, Qualification, QualificationKind
from lms.people.sealed import Fact
from lms.plugin_api.services import (
    CaseFile,
    CaseInfo,
    CertificateInfo,
    EmploymentInfo,
    HoursInfo,
    PersonInfo,
    QualificationInfo,
    Services,
    UnitInfo,
)
from lms.plugin_host.host import host
from lms.plugin_host.switchboard import serves_unit

_LEVELS = (QualificationKind.SENIOR, QualificationKind.INTERMEDIATE, QualificationKind.ASSISTANT)


def _unit(row: OrgUnit) -> UnitInfo:
    return UnitInfo(row.id, row.code, row.name, row.kind.value)


def certificate_info(found: Issued) -> CertificateInfo:
    """A certificate as plugins see it."""
    row = found.certificate
    return CertificateInfo(
        id=row.id,
        person_id=row.person_id,
        org_id=row.org_id,
        kind=row.kind,
        title=found.claims["kind"]["title"],
        number=row.number,
        issued_on=clock.local_date(row.issued_at),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=found.status_on(clock.today()).value,
        supersedes_id=row.supersedes_id,
    )


def qualification_info(row: Qualification) -> QualificationInfo:
    """A national certificate as plugins see it."""
    return QualificationInfo(
        id=row.id,
        person_id=row.person_id,
        kind=row.kind.value,
        certificate_number=row.certificate_number,
        obtained_on=row.obtained_on,
        registered_from=row.registered_from,
        registered_until=row.registered_until,
    )


def case_info(view: CaseView) -> CaseInfo:
    """A case as plugins see it."""
    where = view.brief
    return CaseInfo(
        case_id=where.case_id,
        number=where.number,
        kind=where.kind,
        subject_id=where.subject_id,
        applicant_id=where.applicant_id,
        org_id=view.org_id,
        state=where.state.value,
        amount_fen=view.amount_fen,
        facts=view.facts,
        proofs=tuple(proof.sha256 for proof in view.proofs),
        reason=view.closed_reason,
        files=tuple(
            CaseFile(one.proof_id, one.kind, one.name, one.media_type, one.sha256, one.round) for one in view.proofs
        ),
        approvers=_approvers(view),
    )


def _approvers(view: CaseView) -> tuple[uuid.UUID, ...]:
    """Who approved a step, each once, in the order of their decisions."""
    decided = sorted(view.decisions, key=lambda one: one.decided_at)
    return tuple(dict.fromkeys(one.decided_by for one in decided if one.outcome is Outcome.APPROVED))


class _People:
    def person(self, person_id: uuid.UUID) -> PersonInfo:
        found = db.session.get(Person, person_id)
        if found is None:
            raise NotFound(_("找不到这个人。"))
        employers = [one.unit for one in self.employments(person_id) if one.ended_on is None]
        return PersonInfo(
            id=found.id,
            name=found.name,
            id_number=sealed.masked(Fact.ID_NUMBER, found.id_number_sealed),
            phone=sealed.masked(Fact.PHONE, found.phone_sealed),
            bank_account=sealed.masked(Fact.BANK_ACCOUNT, found.bank_account_sealed),
            units=tuple(employers),
        )

    def names(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        return certificates.names(person_ids)

    def phones(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        query = select(Person.id, Person.phone_sealed).where(
            Person.id.in_(person_ids), Person.phone_sealed.is_not(None)
        )
        rows = db.session.execute(query)
        return {person_id: sealed.opened(Fact.PHONE, phone) for person_id, phone in rows if phone}

    def employments(self, person_id: uuid.UUID) -> Sequence[EmploymentInfo]:
        query = (
            select(Employment, OrgUnit)
            .join(OrgUnit, OrgUnit.id == Employment.org_id)
            .where(Employment.person_id == person_id)
            .order_by(Employment.started_on.desc(), Employment.id)
        )
        return [
            EmploymentInfo(_unit(unit), row.post, row.started_on, row.ended_on)
            for row, unit in db.session.execute(query)
        ]

    def qualifications(self, person_id: uuid.UUID) -> Sequence[QualificationInfo]:
        rows = db.session.scalars(select(Qualification).where(Qualification.person_id == person_id)).all()
        return [qualification_info(row) for row in sorted(rows, key=lambda row: _LEVELS.index(row.kind))]

    def holders(self, kind: str, after: uuid.UUID | None = None, most: int = 500) -> Sequence[QualificationInfo]:
        query = select(Qualification).where(Qualification.kind == QualificationKind(kind))
        if after is not None:
            query = query.where(Qualification.id > after)
        return [qualification_info(row) for row in db.session.scalars(query.order_by(Qualification.id).limit(most))]

    def employers(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, UnitInfo]:
        query = select(Employment.person_id, OrgUnit).join(OrgUnit, OrgUnit.id == Employment.org_id)
        query = query.where(Employment.person_id.in_(person_ids), Employment.ended_on.is_(None))
        rows = db.session.execute(query.order_by(Employment.started_on, Employment.id.desc()))
        return {person_id: _unit(unit) for person_id, unit in rows}

    def employed_in(self, units: Select[uuid.UUID]) -> Select[uuid.UUID]:
        return select(Employment.person_id).where(Employment.ended_on.is_(None), Employment.org_id.in_(units))

    def named(self, text: str) -> Select[uuid.UUID]:
        return select(Person.id).where(Person.name.contains(text, autoescape=True))


class _Orgs:
    def city(self) -> UnitInfo:
        return _unit(orgs.city())

    def unit(self, org_id: uuid.UUID) -> UnitInfo:
        return _unit(orgs.unit(org_id))

    def path(self, org_id: uuid.UUID) -> Sequence[UnitInfo]:
        return [_unit(one) for one in orgs.path(org_id)]

    def within(self, org_id: uuid.UUID) -> Select[uuid.UUID]:
        return orgs.within(org_id)

    def paths(self, org_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        return orgs.paths(org_ids)

    def choices(self, visible: Select[uuid.UUID]) -> Sequence[UnitInfo]:
        tops = [_unit(one) for one in orgs.tops(visible)]
        known = {one.id for one in tops}
        return [*tops, *(_unit(one) for one in orgs.choices(visible) if one.id not in known)]


class _Access:
    def visible_orgs(self, actor: Actor, permission: str) -> Select[uuid.UUID]:
        return policy.visible_orgs(actor, permission)

    def can(self, actor: Actor, permission: str, org_id: uuid.UUID) -> bool:
        return policy.can(actor, permission, org_id)

    def require(self, actor: Actor, permission: str, org_id: uuid.UUID) -> None:
        policy.require(actor, permission, org_id)

    def actor_for(self, person_id: uuid.UUID) -> Actor:
        return policy.actor_for(person_id)


class _Certificates:
    def certificate(self, certificate_id: uuid.UUID) -> CertificateInfo:
        return certificate_info(certificates.one(certificate_id))

    def of_person(self, person_id: uuid.UUID) -> Sequence[CertificateInfo]:
        return [certificate_info(found) for found in certificates.own(person_id)]

    def holders(self, kind: str, after: uuid.UUID | None = None, most: int = 500) -> Sequence[CertificateInfo]:
        return [certificate_info(found) for found in certificates.of_kind(kind, after, most)]

    def kinds(self) -> Mapping[str, Mapping[str, str]]:
        return {kind.code: kind.title for kind in certificates.kinds()}


class _Credits:
    def hours(self, person_id: uuid.UUID, on: dt.date | None = None) -> HoursInfo:
        found = credit_queries.summary(person_id, on)
        period = found.registration
        if period is None:
            return HoursInfo(found.ever, 0, found.ever)
        return HoursInfo(period.balance.counted, period.balance.required, found.ever)


class _Approvals:
    def open_case(self, actor: Actor, new: NewCase) -> CaseBrief:
        return approvals.open_case(actor, new)

    def resubmit(self, actor: Actor, case_id: uuid.UUID, correction: Correction, *, seen_round: int) -> CaseBrief:
        return approvals.resubmit(actor, case_id, correction, seen_round=seen_round)

    def withdraw(self, actor: Actor, case_id: uuid.UUID, reason: str) -> CaseBrief:
        return approvals.withdraw(actor, case_id, reason)

    def case(self, case_id: uuid.UUID) -> CaseInfo:
        return case_info(case_view(case_id))

    def of_subjects(self, subject_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, CaseBrief]:
        return {subject: briefs[-1] for subject, briefs in cases_of(subject_ids).items() if briefs}


class _Messages:
    def send(
        self,
        uow: UnitOfWork,
        *,
        person_id: uuid.UUID,
        kind: str,
        params: Mapping[str, Any],
        key: str,
        link: str = "",
    ) -> None:
        messages.send(uow, person_id=person_id, kind=kind, params=params, key=key, link=link)


class _Files:
    def put(self, uow: UnitOfWork, *, name: str, media_type: str, content: bytes) -> uuid.UUID:
        return kernel().files.put(uow, room="plugins", name=name, media_type=media_type, content=content).id

    def read(self, file_id: uuid.UUID) -> tuple[str, str, bytes]:
        row = kernel().files.row(file_id)
        return row.name, row.media_type, kernel().files.read(file_id)


class _Secrets:
    def seal(self, field: str, text: str) -> bytes:
        return kernel().cipher.encrypt(text, context=field)

    def open(self, field: str, sealed: bytes) -> str:
        return kernel().cipher.decrypt(sealed, context=field)

    def seal_bytes(self, field: str, content: bytes) -> bytes:
        return kernel().cipher.encrypt_bytes(content, context=field)

    def open_bytes(self, field: str, sealed: bytes) -> bytes:
        return kernel().cipher.decrypt_bytes(sealed, context=field)

    def index(self, field: str, text: str) -> bytes:
        return kernel().cipher.blind_index(text, context=field)


class _Settings:
    def value(self, key: str, on: dt.date | None = None) -> Any:
        return kernel().settings.value(key, on)


class _Activation:
    def serves_unit(self, plugin: str, org_id: uuid.UUID) -> bool:
        row = host().switchboard.rows().get(plugin)
        return row is not None and host().is_on(plugin) and serves_unit(plugin, org_id, everywhere=row.everywhere)

    def is_on(self, plugin: str) -> bool:
        return plugin in host().plugins and host().is_on(plugin)


def build() -> Services:
    """The services of an application."""
    return Services(
        people=_People(),
        orgs=_Orgs(),
        access=_Access(),
        certificates=_Certificates(),
        credits=_Credits(),
        approvals=_Approvals(),
        messages=_Messages(),
        files=_Files(),
        secrets=_Secrets(),
        settings=_Settings(),
        activation=_Activation(),
    )
