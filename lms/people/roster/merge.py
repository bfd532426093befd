"""Writing the staged rows to persons, employments and qualifications: a few statements for all rows, both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ColumnElement, String, exists, func, insert, literal, not_, select, update
from sqlalchemy.orm import Session, aliased

from lms.people.models import (
    Employment,
    Person,
    PersonState,
    Qualification,
    RosterRow,
    RowOutcome,
)
from lms.people.roster import compare

_Where = tuple[ColumnElement[bool], ...]


def merge(session: Session, import_id: uuid.UUID, now: dt.datetime) -> None:
    """Write every row that is new or changed. Blank cells leave what we hold; nothing is ever removed."""
    new, changed = _rows(import_id, RowOutcome.NEW), _rows(import_id, RowOutcome.CHANGED)
    _insert_persons(session, now, new)
    _insert_employments(session, new)
    _insert_qualifications(session, now, new)
    if session.scalar(select(exists(select(RosterRow.id).where(*changed)))):
        _update_persons(session, now, changed)
        _update_employments(session, changed)
        _insert_employments(session, (*changed, not_(exists(select(Employment.id).where(compare.same_employment())))))
        _update_qualifications(session, now, changed)
        held = exists(select(Qualification.id).where(compare.same_qualification()))
        _insert_qualifications(session, now, (*changed, not_(held)))


def _rows(import_id: uuid.UUID, outcome: RowOutcome) -> _Where:
    return RosterRow.import_id == import_id, RosterRow.outcome == outcome


def _insert_persons(session: Session, now: dt.datetime, rows: _Where) -> None:
    row = RosterRow
    values: dict[Any, Any] = {
        Person.id: row.id,
        Person.name: row.name,
        Person.id_document: row.id_document,
        Person.id_number_sealed: row.id_number_sealed,
        Person.id_number_index: row.id_number_index,
        Person.id_tail_index: row.id_tail_index,
        Person.birth_date: row.birth_date,
        Person.phone_sealed: row.phone_sealed,
        Person.phone_index: row.phone_index,
        Person.email: row.email,
        Person.state: literal(PersonState.ACTIVE.value, String),
        Person.created_at: literal(now, Person.created_at.type),
        Person.updated_at: literal(now, Person.updated_at.type),
    }
    _insert(session, Person, values, rows)


def _update_persons(session: Session, now: dt.datetime, rows: _Where) -> None:
    row = RosterRow
    _run(
        session,
        update(Person)
        .where(Person.id == row.person_id, *rows, not_(compare.person_same()))
        .values(
            id_document=row.id_document,
            birth_date=func.coalesce(row.birth_date, Person.birth_date),
            phone_sealed=func.coalesce(row.phone_sealed, Person.phone_sealed),
            phone_index=func.coalesce(row.phone_index, Person.phone_index),
            email=func.coalesce(func.nullif(row.email, ""), Person.email),
            updated_at=now,
        ),
    )


def _update_employments(session: Session, rows: _Where) -> None:
    """Correct the employment with the same first day; else, for a row without an end, the open one at the unit.

    What fits neither is another employment and will be inserted.
    """
    row = RosterRow
    post = func.coalesce(func.nullif(row.post, ""), Employment.post)
    _run(
        session,
        update(Employment)
        .where(compare.same_employment(), *rows, not_(compare.employment_same()))
        .values(post=post, ended_on=row.ended_on),
    )
    other = aliased(Employment)
    has_same = exists(
        select(other.id).where(
            other.person_id == row.person_id, other.org_id == row.org_id, other.started_on == row.started_on
        )
    )
    _run(
        session,
        update(Employment)
        .where(Employment.person_id == row.person_id, Employment.org_id == row.org_id, Employment.ended_on.is_(None))
        .where(*rows, row.ended_on.is_(None), not_(has_same))
        .values(post=post, started_on=row.started_on),
    )


def _insert_employments(session: Session, rows: _Where) -> None:
    row = RosterRow
    values: dict[Any, Any] = {
        Employment.id: row.id,
        Employment.person_id: row.person_id,
        Employment.org_id: row.org_id,
        Employment.post: row.post,
        Employment.started_on: row.started_on,
        Employment.ended_on: row.ended_on,
    }
    _insert(session, Employment, values, rows)


def _update_qualifications(session: Session, now: dt.datetime, rows: _Where) -> None:
    row, held = RosterRow, Qualification
    _run(
        session,
        update(held)
        .where(compare.same_qualification(), *rows, not_(compare.qualification_same()))
        .values(
            certificate_number=row.certificate_number,
            obtained_on=row.obtained_on,
            registered_from=func.coalesce(row.registered_from, held.registered_from),
            registered_until=func.coalesce(row.registered_until, held.registered_until),
            recorded_at=now,
        ),
    )


def _insert_qualifications(session: Session, now: dt.datetime, rows: _Where) -> None:
    row, held = RosterRow, Qualification
    values: dict[Any, Any] = {
        held.id: row.id,
        held.person_id: row.person_id,
        held.kind: row.kind,
        held.certificate_number: row.certificate_number,
        held.obtained_on: row.obtained_on,
        held.registered_from: row.registered_from,
        held.registered_until: row.registered_until,
        held.recorded_at: literal(now, held.recorded_at.type),
    }
    _insert(session, held, values, (*rows, row.kind.is_not(None)))


def _insert(session: Session, model: Any, values: dict[Any, Any], where: _Where) -> None:
    chosen = select(*values.values()).where(*where)
    _run(session, insert(model).from_select([column.key for column in values], chosen, include_defaults=False))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
