"""Reading certificates: kinds, who may be given one, what was issued, and the public's two ways to ask."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.access import policy as access
from lms.certificates import policy
from lms.certificates.claims import Basis
from lms.certificates.dto import Candidate, Issued, IssuedFilter
from lms.certificates.models import (
    Certificate,
    CertificateDocument,
    CertificateKind,
    CertificateStatus,
    IssueBatch,
    StatusChange,
)
from lms.certificates.rules import Life, Status, plain_name, plain_number
from lms.exams import queries as exams
from lms.exams.models import Exam, ExamSession, Result, Seat
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.learning import queries as learning
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person, PersonState

_successor = aliased(Certificate)
_WITH_LIFE: Select[*tuple[Any, ...]] = (
    select(Certificate, CertificateStatus.status, CertificateStatus.at, CertificateDocument.file_id, _successor.number)
    .outerjoin(CertificateStatus, CertificateStatus.certificate_id == Certificate.id)
    .outerjoin(CertificateDocument, CertificateDocument.certificate_id == Certificate.id)
    .outerjoin(_successor, _successor.supersedes_id == Certificate.id)
)
"""Certificates with how and when they ended, whether they are printed, and the number that replaced them."""


def kinds() -> Sequence[CertificateKind]:
    """Every kind, by code."""
    return db.session.scalars(select(CertificateKind).order_by(CertificateKind.code)).all()


def kind(code: str) -> CertificateKind:
    """One kind. Raises `NotFound`."""
    found = db.session.get(CertificateKind, code)
    if found is None:
        raise NotFound(_("没有“%(code)s”这种证书。", code=code))
    return found


def candidates(
    actor: Actor, wanted: CertificateKind, *, org_id: uuid.UUID | None = None, text: str = ""
) -> Select[Any]:
    """Who may be given a certificate of a kind now, among the persons on whom the actor may issue; by name.

    Columns: person_id, name, unit, result_id, passed_at. A person needs a published pass that no certificate of the
    kind followed yet, the completed course, and no certificate of the kind that is valid today.
    """
    passes = _newest_pass(wanted)
    works_here = and_(
        Employment.person_id == Person.id,
        Employment.ended_on.is_(None),
        Employment.org_id.in_(access.visible_orgs(actor, "certificate:issue")),
    )
    if org_id is not None:
        works_here = and_(works_here, Employment.org_id.in_(orgs.within(org_id)))
    unit = select(OrgUnit.name).join(Employment, Employment.org_id == OrgUnit.id).where(works_here)
    unit = unit.order_by(Employment.started_on.desc(), OrgUnit.id).limit(1).correlate(Person)
    completed = select(Enrolment.person_id).join(Course, Course.id == Enrolment.course_id)
    completed = completed.where(Course.slug == wanted.course_slug, Enrolment.state == EnrolmentState.COMPLETED)
    query = (
        select(
            Person.id.label("person_id"),
            Person.name,
            unit.scalar_subquery().label("unit"),
            passes.c.result_id,
            passes.c.published_at.label("passed_at"),
        )
        .join(passes, passes.c.person_id == Person.id)
        .where(
            Person.state == PersonState.ACTIVE,
            Person.id.in_(completed),
            exists(select(Employment.id).where(works_here)),
            ~_holds(wanted.code, Person.id, passes.c.published_at),
        )
    )
    if text:
        query = query.where(Person.name.contains(text, autoescape=True))
    return query.order_by(Person.name, Person.id)


def candidate(row: Any) -> Candidate:
    """A row of `candidates`."""
    return Candidate(row.person_id, row.name, row.unit, row.result_id, row.passed_at)


def basis(wanted: CertificateKind, person_id: uuid.UUID) -> Basis | None:
    """What a certificate for a person would rest on: the newest published pass and the completed course, or None."""
    passes = _newest_pass(wanted, person_id)
    found = db.session.execute(
        select(Result, ExamSession.number, Exam)
        .join(passes, passes.c.result_id == Result.id)
        .join(Seat, Seat.id == Result.seat_id)
        .join(ExamSession, ExamSession.id == Seat.session_id)
        .join(Exam, Exam.id == ExamSession.exam_id)
    ).first()
    enrolment = learning.completed_enrolment(person_id, wanted.course_slug)
    if found is None or enrolment is None or enrolment.completed_at is None:
        return None
    result, session, exam = found
    release = db.session.get_one(CourseRelease, enrolment.release_id)
    return Basis(
        course_slug=wanted.course_slug,
        course_title=release.title,
        course_version=release.version,
        completed_on=clock.local_date(enrolment.completed_at),
        minutes=release.credit_minutes,
        exam_slug=exam.slug,
        exam_title=exam.title,
        session=session,
        result_id=result.id,
        half_points=result.half_points or 0,
        total_half_points=result.total_half_points,
    )


def holds_valid(code: str, person_id: uuid.UUID) -> bool:
    """Whether a person holds a certificate of a kind that is valid today."""
    return bool(db.session.scalar(select(exists(_valid(code, person_id)))))


def issued(actor: Actor, wanted: IssuedFilter) -> Select[*tuple[Any, ...]]:
    """The certificates an officer sees, the newest first."""
    query = _WITH_LIFE.where(policy.visible(actor), *_narrowed(wanted, clock.today()))
    return query.order_by(Certificate.issued_at.desc(), Certificate.number.desc())


def own(person_id: uuid.UUID) -> list[Issued]:
    """A person's certificates, the newest first."""
    query = _WITH_LIFE.where(Certificate.person_id == person_id)
    return as_issued(db.session.execute(query.order_by(Certificate.issued_at.desc(), Certificate.number.desc())))


def of_kind(code: str, after: uuid.UUID | None, most: int) -> list[Issued]:
    """Certificates of a kind by id, at most so many after an id."""
    query = _WITH_LIFE.where(Certificate.kind == code)
    if after is not None:
        query = query.where(Certificate.id > after)
    return as_issued(db.session.execute(query.order_by(Certificate.id).limit(most)))


def one(certificate_id: uuid.UUID) -> Issued:
    """A certificate, whoever asks. Raises `NotFound`."""
    return _single(Certificate.id == certificate_id)


def by_token(token: str) -> Issued:
    """The certificate behind a public address. Raises `NotFound`."""
    return _single(Certificate.token == token)


def by_number(number: str) -> Issued:
    """The certificate with a number, for commands. Raises `NotFound`."""
    return _single(Certificate.number == plain_number(number))


def matching(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Issued]:
    """The certificates whose number and holder's name are both right, by (number, name) as they were typed.

    A wrong number and a wrong name look alike: the pair is missing.
    """
    typed = {pair: (plain_number(pair[0]), plain_name(pair[1])) for pair in pairs}
    numbers = sorted({number for number, _name in typed.values()})
    known: dict[str, Issued] = {}
    for start in range(0, len(numbers), 500):
        rows = db.session.execute(_WITH_LIFE.where(Certificate.number.in_(numbers[start : start + 500])))
        known.update((found.certificate.number, found) for found in as_issued(rows))
    return {
        pair: known[number]
        for pair, (number, name) in typed.items()
        if number in known and plain_name(known[number].claims["holder"]["name"]) == name
    }


def ending(certificate_id: uuid.UUID) -> CertificateStatus | None:
    """How a certificate was ended, and by whom; None while nobody has."""
    query = select(CertificateStatus).where(CertificateStatus.certificate_id == certificate_id)
    return db.session.scalars(query).first()


def as_issued(rows: Iterable[Any]) -> list[Issued]:
    """Rows of `issued` and its like."""
    return [_issued(*row) for row in rows]


def streamed(query: Select[*tuple[Any, ...]]) -> Iterator[Issued]:
    """All rows of `issued`, a few hundred in memory at a time: for exports."""
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield _issued(*row)


def batch(actor: Actor, batch_id: uuid.UUID) -> IssueBatch:
    """A cohort the actor asked for. Raises `NotFound` for anybody else's."""
    found = db.session.get(IssueBatch, batch_id)
    if found is None or found.created_by != actor.person_id:
        raise NotFound(_("找不到这一批签发。"))
    return found


def own_batches(actor: Actor, limit: int = 10) -> Sequence[IssueBatch]:
    """The actor's latest cohorts."""
    query = select(IssueBatch).where(IssueBatch.created_by == actor.person_id)
    return db.session.scalars(query.order_by(IssueBatch.created_at.desc(), IssueBatch.id).limit(limit)).all()


def unprinted(ids: Sequence[uuid.UUID] | None = None) -> Sequence[Certificate]:
    """Certificates, of these or of all, whose PDF does not exist yet."""
    query = select(Certificate).outerjoin(CertificateDocument).where(CertificateDocument.certificate_id.is_(None))
    if ids is not None:
        query = query.where(Certificate.id.in_(ids))
    return db.session.scalars(query.order_by(Certificate.issued_at, Certificate.id)).all()


def names(person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names by person."""
    found: dict[uuid.UUID, str] = {}
    for start in range(0, len(person_ids), 500):
        query = select(Person.id, Person.name).where(Person.id.in_(person_ids[start : start + 500]))
        found.update((person_id, name) for person_id, name in db.session.execute(query))
    return found


def _newest_pass(wanted: CertificateKind, person_id: uuid.UUID | None = None) -> Any:
    """(person_id, result_id, published_at) of each person's newest published pass."""
    passes = exams.published_passes(wanted.exam_slug).subquery()
    person, result, published = passes.c
    place = func.row_number().over(partition_by=person, order_by=(published.desc(), result.desc()))
    ranked = select(
        person.label("person_id"), result.label("result_id"), published.label("published_at"), place.label("place")
    )
    if person_id is not None:
        ranked = ranked.where(person == person_id)
    inner = ranked.subquery()
    return select(inner).where(inner.c.place == 1).subquery("newest_pass")


def _valid(code: str, person_id: Any) -> Select[Any]:
    """Certificates of a kind and person that are valid today."""
    ended = select(CertificateStatus.id).where(CertificateStatus.certificate_id == Certificate.id).exists()
    return select(Certificate.id).where(
        Certificate.kind == code,
        Certificate.person_id == person_id,
        or_(Certificate.valid_until.is_(None), Certificate.valid_until >= clock.today()),
        ~ended,
    )


def _holds(code: str, person_id: Any, published_at: Any) -> ColumnElement[bool]:
    """A valid certificate of the kind, or one that already followed the pass."""
    followed = select(Certificate.id).where(
        Certificate.kind == code, Certificate.person_id == person_id, Certificate.issued_at >= published_at
    )
    return or_(exists(_valid(code, person_id)), exists(followed))


def _issued(certificate: Certificate, ended: Any, at: Any, file_id: Any, successor: Any) -> Issued:
    life = Life(
        issued_on=clock.local_date(certificate.issued_at),
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        ended=Status(ended.value) if ended else None,
        ended_on=clock.local_date(at) if at else None,
    )
    return Issued(certificate, life, file_id is not None, successor)


def _single(condition: ColumnElement[bool]) -> Issued:
    row = db.session.execute(_WITH_LIFE.where(condition)).first()
    if row is None:
        raise NotFound(_("找不到这张证书。"))
    return _issued(*row)


def _narrowed(wanted: IssuedFilter, today: dt.date) -> list[ColumnElement[bool]]:
    """The filter's conditions; a status is asked the same way `rules.status_on` answers for today."""
    found: list[ColumnElement[bool]] = []
    if wanted.kind:
        found.append(Certificate.kind == wanted.kind)
    if wanted.text:
        holder = select(Person.id).where(Person.name.contains(wanted.text, autoescape=True))
        number = Certificate.number.contains(plain_number(wanted.text), autoescape=True)
        found.append(or_(number, Certificate.person_id.in_(holder)))
    running = and_(CertificateStatus.status.is_(None), Certificate.valid_from <= today)
    unexpired = or_(Certificate.valid_until.is_(None), Certificate.valid_until >= today)
    by_status = {
        Status.VALID: and_(running, unexpired),
        Status.EXPIRED: and_(running, ~unexpired),
        Status.NOT_YET: Certificate.valid_from > today,
        Status.REVOKED: CertificateStatus.status == StatusChange.REVOKED,
        Status.SUPERSEDED: CertificateStatus.status == StatusChange.SUPERSEDED,
    }
    return [*found, by_status[wanted.status]] if wanted.status is not None else found
