"""Comparing staged rows with what we hold, as sets: which are faulty, new, changed or the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from lms.kernel.bulk import insert_many
from lms.kernel.uow import UnitOfWork
from lms.people.models import (
    Employment,
    Person,
    PersonState,
    Qualification,
    RosterProblem,
    RosterRow,
    RowOutcome,
)

PROBLEM_COLUMNS = ("import_id", "row_number", "column", "code", "params")
# What only the database can know; these problems are looked for again when the roster is applied.
_STORED_CODES = (
    "name_differs",
    "person_merged",
    "phone_taken",
    "certificate_taken",
    "employment_ended",
    "unit_outside_now",
)


def compare(uow: UnitOfWork, import_id: uuid.UUID, allowed: Select[uuid.UUID]) -> None:
    """Set `outcome` and `person_id` of every staged row and write down the problems found. `allowed`: units' ids."""
    mine = RosterRow.import_id == import_id
    uow.change(delete(RosterProblem).where(RosterProblem.import_id == import_id, RosterProblem.code.in_(_STORED_CODES)))
    _set(uow, (mine, RosterRow.outcome != RowOutcome.NEW), outcome=RowOutcome.NEW, person_id=RosterRow.id)
    known = _set(
        uow,
        (mine, RosterRow.id_number_index == Person.id_number_index),
        outcome=RowOutcome.CHANGED,
        person_id=Person.id,
    )
    questions = chain(_about_anybody(allowed), _about_the_known() if known else ())
    found: list[tuple[Any, ...]] = [
        (import_id, number, column, code, {})
        for column, code, query in questions
        for number in uow.session.scalars(query.where(mine).distinct())
    ]
    insert_many(uow.session, RosterProblem, PROBLEM_COLUMNS, found)
    faulty = select(RosterProblem.row_number).where(RosterProblem.import_id == import_id)
    if uow.session.scalar(select(faulty.exists())):
        _set(uow, (mine, RosterRow.row_number.in_(faulty)), outcome=RowOutcome.FAULTY)
    if known:
        _set(uow, (mine, RosterRow.outcome == RowOutcome.CHANGED, *_nothing_new()), outcome=RowOutcome.UNCHANGED)


def _set(uow: UnitOfWork, where: tuple[ColumnElement[bool], ...], **values: Any) -> int:
    """Set columns of staged rows; returns of how many."""
    return uow.change(update(RosterRow).where(*where).values(**values).execution_options(synchronize_session=False))


def count(session: Session, import_id: uuid.UUID) -> dict[str, int]:
    """Rows by outcome as columns of `RosterImport`; rows that could not even be read count as faulty."""
    query = select(RosterRow.outcome, func.count()).where(RosterRow.import_id == import_id).group_by(RosterRow.outcome)
    rows = {row[0]: row[1] for row in session.execute(query)}
    faulty = select(func.count(RosterProblem.row_number.distinct())).where(RosterProblem.import_id == import_id)
    return {
        "rows_new": rows.get(RowOutcome.NEW, 0),
        "rows_changed": rows.get(RowOutcome.CHANGED, 0),
        "rows_unchanged": rows.get(RowOutcome.UNCHANGED, 0),
        "rows_faulty": session.scalar(faulty) or 0,
    }


_Question = tuple[str, str, Select[int]]
"""A column, the code of a fault, and the numbers of the rows that have it."""


def _about_anybody(allowed: Select[uuid.UUID]) -> Iterator[_Question]:
    rows = select(RosterRow.row_number)
    yield "unit", "unit_outside_now", rows.where(RosterRow.org_id.not_in(allowed))
    yield (
        "phone",
        "phone_taken",
        rows.join(Person, Person.phone_index == RosterRow.phone_index).where(
            Person.id_number_index.is_distinct_from(RosterRow.id_number_index), Person.state == PersonState.ACTIVE
        ),
    )
    same_certificate = Qualification.certificate_number == RosterRow.certificate_number
    yield (
        "certificate_number",
        "certificate_taken",
        rows.join(Qualification, same_certificate)
        .join(Person, Person.id == Qualification.person_id)
        .where(
            or_(
                Person.id_number_index.is_distinct_from(RosterRow.id_number_index),
                Qualification.kind != RosterRow.kind,
            )
        ),
    )


def _about_the_known() -> Iterator[_Question]:
    rows = select(RosterRow.row_number)
    held = rows.join(Person, Person.id_number_index == RosterRow.id_number_index)
    yield "name", "name_differs", held.where(Person.name != RosterRow.name)
    yield "id_number", "person_merged", held.where(Person.state != PersonState.ACTIVE)
    yield (
        "ended_on",
        "employment_ended",
        rows.join(Employment, same_employment()).where(RosterRow.ended_on.is_(None), Employment.ended_on.is_not(None)),
    )


def same_employment() -> ColumnElement[bool]:
    """The employment a row is about: same person, unit and first day."""
    return and_(
        Employment.person_id == RosterRow.person_id,
        Employment.org_id == RosterRow.org_id,
        Employment.started_on == RosterRow.started_on,
    )


def same_qualification() -> ColumnElement[bool]:
    """The qualification a row is about: same person and level."""
    return and_(Qualification.person_id == RosterRow.person_id, Qualification.kind == RosterRow.kind)


def blank_or_same(cell: SQLCoreOperations[Any], held: SQLCoreOperations[Any]) -> ColumnElement[bool]:
    """Whether a cell says nothing new; a blank cell leaves what we hold."""
    return or_(cell.is_(None), cell.is_not_distinct_from(held))


def person_same() -> ColumnElement[bool]:
    """Whether a row says nothing new about the person joined to it."""
    return and_(
        Person.id_document == RosterRow.id_document,
        blank_or_same(RosterRow.birth_date, Person.birth_date),
        blank_or_same(RosterRow.phone_index, Person.phone_index),
        or_(RosterRow.email == "", RosterRow.email == Person.email),
    )


def employment_same() -> ColumnElement[bool]:
    """Whether a row says nothing new about the employment joined to it."""
    return and_(
        or_(RosterRow.post == "", RosterRow.post == Employment.post),
        RosterRow.ended_on.is_not_distinct_from(Employment.ended_on),
    )


def qualification_same() -> ColumnElement[bool]:
    """Whether a row says nothing new about the qualification joined to it."""
    return and_(
        Qualification.certificate_number == RosterRow.certificate_number,
        Qualification.obtained_on == RosterRow.obtained_on,
        blank_or_same(RosterRow.registered_from, Qualification.registered_from),
        blank_or_same(RosterRow.registered_until, Qualification.registered_until),
    )


def _nothing_new() -> tuple[ColumnElement[bool], ...]:
    return (
        exists(select(Person.id).where(Person.id == RosterRow.person_id, person_same())),
        exists(select(Employment.id).where(same_employment(), employment_same())),
        or_(
            RosterRow.kind.is_(None),
            exists(select(Qualification.id).where(same_qualification(), qualification_same())),
        ),
    )
