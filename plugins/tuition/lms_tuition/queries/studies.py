"""Reading studies: a person's own, one for officers, and the officers' list."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import CaseBrief, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, clock, session
from lms_payouts.api import ClaimState, ReceivableInfo, degree_subject, held_by_others, receivables
from lms_tuition import policy
from lms_tuition.claim_models import Claim
from lms_tuition.dto import Serving, Standing, StudyFilter, StudyLine
from lms_tuition.models import Agreement, Happening, Recall, SchemeRevision, Study
from lms_tuition.rules import StudyState

BATCH = 500
_PAID = Claim.state == ClaimState.PAID


def own(person_id: uuid.UUID) -> list[Standing]:
    """A person's studies with terms, claims and signatures, the newest first. Three statements."""
    rows = session.execute(
        _with_terms().where(Study.person_id == person_id).order_by(Study.applied_at.desc(), Study.id.desc())
    ).all()
    return _standings(rows)


def standing(study: Study) -> Standing:
    """One of them."""
    return _standings(session.execute(_with_terms().where(Study.id == study.id)).all())[0]


def of_officer(actor: Actor, study_id: uuid.UUID) -> Study:
    """A study an officer may see. Raises `NotFound`."""
    query = select(Study).where(Study.id == study_id, policy.visible_studies(actor))
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound(_("找不到这项学历进修。"))
    return found


def agreement(study_id: uuid.UUID) -> Agreement | None:
    """The agreement as it was signed."""
    return session.get(Agreement, study_id)


def recall(study_id: uuid.UUID) -> Recall | None:
    """What was computed when somebody left early."""
    return session.get(Recall, study_id)


def debt(claims: Sequence[Claim]) -> list[ReceivableInfo]:
    """What of a study's payments is to come back, and came back."""
    paid = [claim.payment_id for claim in claims if claim.payment_id]
    found = receivables(paid)
    return [found[payment_id] for payment_id in paid if payment_id in found]


def story(study_id: uuid.UUID, claim_id: uuid.UUID | None = None) -> Sequence[Happening]:
    """What happened to a study and all its claims, or to one of these, the latest first."""
    query = select(Happening).where(Happening.study_id == study_id)
    if claim_id is not None:
        query = query.where(Happening.claim_id == claim_id)
    return session.scalars(query.order_by(Happening.at.desc(), Happening.id.desc())).all()


def cases(subjects: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, CaseBrief]:
    """The approval cases of studies and claims, by subject, in one query."""
    return services().approvals.of_subjects(subjects) if subjects else {}


def lines(actor: Actor, wanted: StudyFilter) -> Select[*tuple[Any, ...]]:
    """Studies the actor sees that fit, the newest first. Columns: those of `as_lines`."""
    paid = (
        select(Claim.study_id, func.sum(Claim.amount_fen).label("paid"), func.max(Claim.serves_until).label("until"))
        .where(_PAID)
        .group_by(Claim.study_id)
        .subquery()
    )
    query = (
        select(Study, Agreement.signed_at, func.coalesce(paid.c.paid, 0).label("paid"), paid.c.until)
        .outerjoin(Agreement, Agreement.study_id == Study.id)
        .outerjoin(paid, paid.c.study_id == Study.id)
        .where(policy.visible_studies(actor), *_narrowed(wanted))
    )
    return query.order_by(Study.applied_at.desc(), Study.id.desc())


def as_lines(rows: Sequence[Any]) -> list[StudyLine]:
    """Rows of `lines` with names and units: a constant number of queries."""
    names = services().people.names([row.Study.person_id for row in rows])
    units = services().orgs.paths(list({row.Study.org_id for row in rows}))
    return [
        StudyLine(
            study=row.Study,
            name=names.get(row.Study.person_id, ""),
            unit=units[row.Study.org_id],
            signed_at=row.signed_at,
            paid_fen=int(row.paid),
            serves_until=row.until,
        )
        for row in rows
    ]


def every_line(actor: Actor, wanted: StudyFilter) -> Iterator[StudyLine]:
    """The whole list, for a spreadsheet; names and units are looked up in parts."""
    rows = session.execute(lines(actor, wanted)).all()
    for start in range(0, len(rows), BATCH):
        yield from as_lines(rows[start : start + BATCH])


def gone(actor: Actor) -> int:
    """How many work nowhere in the city while service is owed, and nobody has looked after it."""
    query = select(func.count(Study.id)).where(policy.visible_studies(actor), _serving(Serving.GONE))
    return session.scalar(query) or 0


def _with_terms() -> Select[*tuple[Any, ...]]:
    return (
        select(Study, SchemeRevision, Agreement.signed_at)
        .join(SchemeRevision, SchemeRevision.id == Study.revision_id)
        .outerjoin(Agreement, Agreement.study_id == Study.id)
        .execution_options(populate_existing=True)
    )


def _standings(rows: Sequence[Any]) -> list[Standing]:
    query = select(Claim).where(Claim.study_id.in_([row.Study.id for row in rows]))
    claims: dict[uuid.UUID, list[Claim]] = {}
    for claim in session.scalars(
        query.order_by(Claim.claimed_at.desc(), Claim.id.desc()).execution_options(populate_existing=True)
    ):
        claims.setdefault(claim.study_id, []).append(claim)
    others = {one: held_by_others(one, policy.HOLDER) for one in {row.Study.person_id for row in rows}}
    return [
        Standing(
            study=row.Study,
            revision=row.SchemeRevision,
            claims=tuple(claims.get(row.Study.id, ())),
            signed_at=row.signed_at,
            other=others[row.Study.person_id].get(degree_subject(row.Study.level)),
        )
        for row in rows
    ]


def _narrowed(wanted: StudyFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        named = Study.person_id.in_(services().people.named(wanted.text))
        school = Study.school.icontains(wanted.text, autoescape=True)
        yield or_(named, school, Study.case_number == wanted.text.upper())
    if wanted.level:
        yield Study.level == wanted.level
    if wanted.state is not None:
        yield Study.state == wanted.state
    if wanted.serving is not None:
        yield _serving(wanted.serving)
    if wanted.org_id is not None:
        units = services().orgs.within(wanted.org_id)
        yield or_(Study.person_id.in_(services().people.employed_in(units)), Study.org_id.in_(units))


def _serving(wanted: Serving) -> ColumnElement[bool]:
    if wanted is Serving.UNSIGNED:
        return and_(Study.state == StudyState.AGREED, ~exists().where(Agreement.study_id == Study.id))
    if wanted is Serving.LEFT:
        return Study.left_on.is_not(None)
    asked = exists().where(SchemeRevision.id == Study.revision_id, SchemeRevision.service_months > 0)
    running = or_(Claim.serves_until.is_(None), Claim.serves_until >= clock.today())
    owed = and_(Study.left_on.is_(None), asked, exists().where(Claim.study_id == Study.id, _PAID, running))
    if wanted is Serving.OWED:
        return owed
    city = services().orgs.within(services().orgs.city().id)
    return and_(owed, Study.person_id.not_in(services().people.employed_in(city)))
