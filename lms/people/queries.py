"""Reading persons: the officers' list with its filters, and a person's page. Sealed facts leave here masked."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, func, select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.orgs.models import OrgClosure, OrgUnit
from lms.people import sealed
from lms.people.dto import (
    EmploymentLine,
    Order,
    PeopleFilter,
    PersonLine,
    Profile,
    QualificationLine,
    Registration,
    UnitCoverage,
)
from lms.people.models import Employment, Person, PersonState, Qualification, QualificationKind
from lms.people.sealed import Fact

VIEW, EDIT = "person:view", "person:edit"
SOON = dt.timedelta(days=90)
_TAIL = re.compile(r"\d{3}[\dXx]")
_RANK = {QualificationKind.ASSISTANT: 1, QualificationKind.INTERMEDIATE: 2, QualificationKind.SENIOR: 3}


def people(actor: Actor, wanted: PeopleFilter) -> Select[Person]:
    """The persons the actor may see that fit the filter, in a stable order.

    Each condition is a set made once, never a question asked for every person: rosters are long.
    """
    employed = select(Employment.person_id).where(*_works_here(actor, wanted))
    query = select(Person).where(
        Person.state == PersonState.ACTIVE,
        Person.id.in_(employed),
        *_text_matches(wanted.text),
        *_qualification_matches(wanted, clock.today()),
    )
    if wanted.order is Order.NEWEST:
        return query.order_by(Person.created_at.desc(), Person.id)
    if wanted.order is Order.NAME:
        return query.order_by(Person.name, Person.id)
    ends = (
        select(Qualification.person_id, func.min(Qualification.registered_until).label("until"))
        .group_by(Qualification.person_id)
        .subquery()
    )
    query = query.outerjoin(ends, ends.c.person_id == Person.id)
    return query.order_by(ends.c.until.is_(None), ends.c.until, Person.id)


def _works_here(actor: Actor, wanted: PeopleFilter) -> tuple[ColumnElement[bool], ...]:
    conditions: list[ColumnElement[bool]] = [
        Employment.ended_on.is_(None),
        Employment.org_id.in_(authority().visible_orgs(actor, VIEW)),
    ]
    if wanted.org_id is not None:
        conditions.append(Employment.org_id.in_(orgs.within(wanted.org_id)))
    if wanted.post:
        conditions.append(Employment.post == wanted.post)
    return tuple(conditions)


def _text_matches(text: str) -> tuple[ColumnElement[bool], ...]:
    if not text:
        return ()
    if _TAIL.fullmatch(text):
        return (Person.id_tail_index == sealed.tail_index(text.upper()),)
    return (Person.name.contains(text, autoescape=True),)


def _qualification_matches(wanted: PeopleFilter, today: dt.date) -> tuple[ColumnElement[bool], ...]:
    if wanted.qualification is None and wanted.registration is None:
        return ()
    held = select(Qualification.person_id)
    if wanted.qualification is not None:
        held = held.where(Qualification.kind == wanted.qualification)
    until = Qualification.registered_until
    if wanted.registration is Registration.SOON:
        held = held.where(until.between(today, today + SOON))
    elif wanted.registration is Registration.LAPSED:
        held = held.where(until < today)
    elif wanted.registration is Registration.MISSING:
        held = held.where(until.is_(None))
    return (Person.id.in_(held),)


def posts(actor: Actor) -> Sequence[str]:
    """The posts people hold in the actor's units, for the filter."""
    query = select(Employment.post).where(Employment.post != "", *_works_here(actor, PeopleFilter()))
    return db.session.scalars(query.distinct().order_by(Employment.post).limit(100)).all()


def unit_choices(actor: Actor, permission: str, chosen: uuid.UUID | None) -> list[tuple[uuid.UUID, str]]:
    """Units to narrow a list to: the way down to the chosen one, with what stands directly below it."""
    visible = authority().visible_orgs(actor, permission)
    tops = list(orgs.tops(visible))
    here = chosen or (tops[0].id if len(tops) == 1 else None)
    choices = [(unit.id, unit.name) for unit in tops]
    if here is None:
        return choices
    above = orgs.path(here)
    seen = orgs.among(visible, above)
    way = [(unit.id, unit.name) for unit in above if unit.id in seen and unit.id not in dict(choices)]
    below = [(unit.id, f"\u2003{unit.name}") for unit in orgs.children(here)]
    return [*choices, *way, *below] if here in seen else choices


def coverage(actor: Actor) -> list[UnitCoverage]:
    """How far national certificates reach in the units directly below the one the actor looks after, by code.

    Empty for whoever looks after several units, or one without units below. Two statements.
    """
    tops = orgs.tops(authority().visible_orgs(actor, VIEW))
    if len(tops) != 1:
        return []
    query = (
        select(
            OrgUnit.id,
            OrgUnit.name,
            func.count(Employment.person_id.distinct()),
            func.count(Qualification.person_id.distinct()),
        )
        .join(OrgClosure, OrgClosure.ancestor_id == OrgUnit.id)
        .join(Employment, Employment.org_id == OrgClosure.descendant_id)
        .outerjoin(Qualification, Qualification.person_id == Employment.person_id)
        .where(OrgUnit.parent_id == tops[0].id, Employment.ended_on.is_(None))
        .group_by(OrgUnit.id)
        .order_by(OrgUnit.code)
    )
    return [UnitCoverage(*row) for row in db.session.execute(query)]


def lines(actor: Actor, persons: Sequence[Person]) -> list[PersonLine]:
    """Persons as rows of a list. Four queries, whatever their number."""
    ids = [person.id for person in persons]
    jobs = present_jobs(actor, ids)
    held = highest(ids)
    units = orgs.paths({job.org_id for job in jobs.values()})
    return [
        PersonLine(
            person_id=person.id,
            name=person.name,
            id_number=sealed.masked(Fact.ID_NUMBER, person.id_number_sealed),
            phone=sealed.masked(Fact.PHONE, person.phone_sealed),
            unit=units[jobs[person.id].org_id] if person.id in jobs else "",
            post=jobs[person.id].post if person.id in jobs else "",
            qualification=held[person.id].kind if person.id in held else None,
            registered_until=held[person.id].registered_until if person.id in held else None,
        )
        for person in persons
    ]


def present_jobs(actor: Actor, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Employment]:
    """Each person's newest open employment in the actor's units."""
    query = select(Employment).where(Employment.person_id.in_(ids), *_works_here(actor, PeopleFilter()))
    rows = db.session.scalars(query.order_by(Employment.started_on, Employment.id))
    return {row.person_id: row for row in rows}


def highest(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Qualification]:
    """Each person's highest national certificate."""
    rows = db.session.scalars(select(Qualification).where(Qualification.person_id.in_(ids)))
    return {row.person_id: row for row in sorted(rows, key=lambda row: _RANK[row.kind])}


def profile(actor: Actor, person_id: uuid.UUID) -> Profile:
    """A person's page. Raises `NotFound` for a person of other units."""
    authority().require_person(actor, VIEW, person_id)
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("找不到这个人。"))
    held = db.session.scalars(select(Qualification).where(Qualification.person_id == person_id))
    return Profile(
        person_id=person.id,
        name=person.name,
        id_document=person.id_document,
        id_number=sealed.masked(Fact.ID_NUMBER, person.id_number_sealed),
        birth_date=person.birth_date,
        phone=sealed.masked(Fact.PHONE, person.phone_sealed),
        email=person.email,
        bank_account=sealed.masked(Fact.BANK_ACCOUNT, person.bank_account_sealed),
        updated_at=person.updated_at,
        employments=_employments(actor, person_id),
        qualifications=tuple(
            QualificationLine(
                row.kind, row.certificate_number, row.obtained_on, row.registered_from, row.registered_until
            )
            for row in sorted(held, key=lambda row: _RANK[row.kind], reverse=True)
        ),
    )


def _employments(actor: Actor, person_id: uuid.UUID) -> tuple[EmploymentLine, ...]:
    """All of a person's employments, present ones first."""
    editable = OrgUnit.id.in_(authority().visible_orgs(actor, EDIT))
    query = (
        select(Employment, editable.label("editable"))
        .join(OrgUnit, OrgUnit.id == Employment.org_id)
        .where(Employment.person_id == person_id)
        .order_by(Employment.ended_on.is_not(None), Employment.started_on.desc(), Employment.id)
    )
    rows = db.session.execute(query).all()
    units = orgs.paths({row.org_id for row, _editable in rows})
    return tuple(
        EmploymentLine(row.id, units[row.org_id], row.post, row.started_on, row.ended_on, bool(may_edit))
        for row, may_edit in rows
    )


def count(actor: Actor, wanted: PeopleFilter | None = None) -> int:
    """How many persons fit."""
    query = people(actor, wanted or PeopleFilter()).order_by(None).with_only_columns(func.count(Person.id))
    return db.session.scalar(query) or 0


def present_unit(person_id: uuid.UUID) -> uuid.UUID | None:
    """The unit that employs a person now, the latest where there are several."""
    query = select(Employment.org_id).where(Employment.person_id == person_id, Employment.ended_on.is_(None))
    return db.session.scalar(query.order_by(Employment.started_on.desc(), Employment.id).limit(1))


def among(persons: Select[uuid.UUID], person_id: uuid.UUID) -> bool:
    """Whether a person is one of `persons`: what a page offers to do."""
    return bool(db.session.scalar(select(Person.id.in_(persons)).where(Person.id == person_id)))


def employment_unit(actor: Actor, person_id: uuid.UUID, employment_id: uuid.UUID) -> str:
    """The unit of a person's employment that the actor may edit; else `NotFound`."""
    query = (
        select(OrgUnit.name)
        .join(Employment, Employment.org_id == OrgUnit.id)
        .where(Employment.id == employment_id, Employment.person_id == person_id)
        .where(OrgUnit.id.in_(authority().visible_orgs(actor, EDIT)))
    )
    name = db.session.scalar(query)
    if name is None:
        raise NotFound(_("找不到这段任职。"))
    return name
