"""Sign-ups for officers: the list, by source and week, who passed since, and whom on the roster one may be."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, or_, select

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people import sealed
from lms.people.models import Employment, Person, PersonState, Qualification
from lms.people.sealed import Fact
from lms.prep import policy
from lms.prep.dto import SignUpFilter, SignUpLine
from lms.prep.models import PrepPaper, SignUp, Source

_PERSON: ColumnElement[uuid.UUID] = func.coalesce(Person.merged_into, Person.id)
"""The record that counts now."""


def listed(actor: Actor, wanted: SignUpFilter) -> Select[Any]:
    """Sign-ups in the officer's sight, the latest first: sign-up, the record that counts, state, unit, passed on."""
    passed = _passed_on()
    query: Any = (
        select(SignUp, _PERSON.label("person_id"), Person.state, OrgUnit.name, passed.label("passed_on"))
        .join(Person, Person.id == SignUp.person_id)
        .join(OrgUnit, OrgUnit.id == SignUp.org_id)
        .where(SignUp.org_id.in_(access.visible_orgs(actor, policy.SEE_SIGN_UPS)))
    )
    if wanted.text:
        query = query.where(SignUp.name.contains(wanted.text, autoescape=True))
    if wanted.source is not None:
        query = query.where(SignUp.source == wanted.source)
    if wanted.org_id is not None:
        query = query.where(SignUp.org_id.in_(orgs.within(wanted.org_id)))
    if wanted.passed is not None:
        query = query.where(passed.is_not(None) if wanted.passed else passed.is_(None))
    if wanted.merged is not None:
        merged = Person.state == PersonState.MERGED
        query = query.where(merged if wanted.merged else ~merged)
    if wanted.first_day is not None:
        query = query.where(SignUp.signed_up_on >= wanted.first_day)
    if wanted.last_day is not None:
        query = query.where(SignUp.signed_up_on <= wanted.last_day)
    return cast("Select[Any]", query.order_by(SignUp.signed_up_at.desc(), SignUp.id.desc()))


def lines(rows: Sequence[Any]) -> list[SignUpLine]:
    """Rows of `listed` with how many papers each practised. One SELECT."""
    ids = [row.person_id for row in rows]
    papers = select(PrepPaper.person_id, func.count()).where(PrepPaper.person_id.in_(ids))
    counted = dict(db.session.execute(papers.group_by(PrepPaper.person_id)).all())
    return [
        SignUpLine(
            sign_up=row[0],
            person_id=row.person_id,
            merged=row.state is PersonState.MERGED,
            unit=row.name,
            phone=sealed.masked(Fact.PHONE, row[0].phone_sealed),
            papers=counted.get(row.person_id, 0),
            passed_on=row.passed_on,
        )
        for row in rows
    ]


def by_week(actor: Actor, wanted: SignUpFilter, weeks: int = 8) -> list[tuple[dt.date, int]]:
    """Sign-ups by week, from its Monday, the last weeks up to this one. One SELECT."""
    monday = clock.today() - dt.timedelta(days=clock.today().weekday())
    first = monday - dt.timedelta(weeks=weeks - 1)
    query = listed(actor, wanted).order_by(None).with_only_columns(SignUp.signed_up_on)
    counted: Counter[dt.date] = Counter()
    for day in db.session.scalars(query.where(SignUp.signed_up_on >= first)):
        counted[day - dt.timedelta(days=day.weekday())] += 1
    mondays = (first + dt.timedelta(weeks=number) for number in range(weeks))
    return [(one, counted[one]) for one in mondays]


def by_source(actor: Actor, wanted: SignUpFilter) -> list[tuple[Source, int, int]]:
    """By source: how many signed up, how many of them passed since. One SELECT."""
    chosen = listed(actor, wanted).order_by(None)
    rows = chosen.with_only_columns(SignUp.source, _passed_on().label("passed_on")).subquery()
    query = select(rows.c.source, func.count(), func.count(rows.c.passed_on)).group_by(rows.c.source)
    found = {source: (number, passed) for source, number, passed in db.session.execute(query)}
    return [(source, *found[source]) for source in Source if source in found]


def own(person_id: uuid.UUID) -> SignUp | None:
    """The sign-up behind a person's record, or one that was merged into it."""
    query = select(SignUp).join(Person, Person.id == SignUp.person_id).where(_PERSON.in_([person_id]))
    return db.session.scalars(query.order_by(SignUp.signed_up_at).limit(1)).first()


def suggestions(actor: Actor, row: SignUp) -> list[tuple[uuid.UUID, str, str, str, bool]]:
    """Whom of the officer's people a sign-up may be: those with its phone, then those of its name.

    (id, name, unit, masked phone, whether the phone is the same). One SELECT.
    """
    same_phone = Person.phone_index == row.phone_index
    query = (
        select(Person.id, Person.name, OrgUnit.name, Person.phone_sealed, same_phone.label("same_phone"))
        .join(Employment, Employment.person_id == Person.id)
        .join(OrgUnit, OrgUnit.id == Employment.org_id)
        .where(
            Employment.ended_on.is_(None),
            Person.state == PersonState.ACTIVE,
            Person.id_number_index.is_not(None),
            Person.id != row.person_id,
            Employment.org_id.in_(access.visible_orgs(actor, "person:edit")),
            or_(same_phone, Person.name == row.name),
        )
        .order_by(Person.name, Person.id)
        .limit(20)
    )
    once: dict[uuid.UUID, tuple[uuid.UUID, str, str, str, bool]] = {}
    for person_id, name, unit, phone, same in db.session.execute(query):
        once.setdefault(person_id, (person_id, name, unit, sealed.masked(Fact.PHONE, phone), bool(same)))
    return sorted(once.values(), key=lambda one: not one[4])


def _passed_on() -> ColumnElement[dt.date]:
    """The first day of a national certificate obtained on the day of the sign-up or later."""
    query = select(func.min(Qualification.obtained_on)).where(
        Qualification.person_id == _PERSON, Qualification.obtained_on >= SignUp.signed_up_on
    )
    return query.correlate(Person, SignUp).scalar_subquery()
