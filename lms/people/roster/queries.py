"""Reading imports: the list, one import, its problems."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.orgs.models import OrgUnit
from lms.people.models import Person, RosterImport, RosterProblem
from lms.people.roster.job import IMPORT


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """Problems of one column, or one kind of fault; empty texts do not filter."""

    column: str = ""
    code: str = ""


def imports(actor: Actor) -> Select[RosterImport, str, str]:
    """The imports of the actor's units, newest first: the import, its unit's name, who uploaded it."""
    return (
        select(RosterImport, OrgUnit.name.label("unit"), func.coalesce(Person.name, "").label("by"))
        .join(OrgUnit, OrgUnit.id == RosterImport.org_id)
        .outerjoin(Person, Person.id == RosterImport.created_by)
        .where(RosterImport.org_id.in_(authority().visible_orgs(actor, IMPORT)))
        .order_by(RosterImport.created_at.desc(), RosterImport.id.desc())
    )


def problems(import_id: uuid.UUID, wanted: ProblemFilter) -> Select[RosterProblem]:
    """The faulty cells of an import, in the order of the sheet."""
    query = select(RosterProblem).where(RosterProblem.import_id == import_id)
    if wanted.column:
        query = query.where(RosterProblem.column == wanted.column)
    if wanted.code:
        query = query.where(RosterProblem.code == wanted.code)
    return query.order_by(RosterProblem.row_number, RosterProblem.column, RosterProblem.code)


def problem_counts(import_id: uuid.UUID) -> Sequence[tuple[str, str, int]]:
    """Column, code and how often, most frequent first."""
    number = func.count().label("number")
    query = (
        select(RosterProblem.column, RosterProblem.code, number)
        .where(RosterProblem.import_id == import_id)
        .group_by(RosterProblem.column, RosterProblem.code)
        .order_by(number.desc(), RosterProblem.column, RosterProblem.code)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]
