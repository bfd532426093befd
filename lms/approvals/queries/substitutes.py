"""Reading substitutes, and who could be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import aliased

from lms.access import policy as access
from lms.access.models import Grant
from lms.access.roles import roles_holding
from lms.approvals import policy
from lms.approvals.models import ApprovalSubstitute
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.orgs.models import OrgClosure
from lms.people.models import Employment, Person, PersonState

MOST = 300


def arrangements(actor: Actor) -> Select[Any]:
    """Arrangements the actor is part of or may make, as rows (arrangement, absent's name, stand-in's name)."""
    absent, stand_in = aliased(Person), aliased(Person)
    managed = ApprovalSubstitute.absent_id.in_(access.visible_persons(actor, "grant:edit"))
    own = or_(ApprovalSubstitute.absent_id == actor.person_id, ApprovalSubstitute.stand_in_id == actor.person_id)
    query: Any = (
        select(ApprovalSubstitute, absent.name.label("absent"), stand_in.name.label("stand_in"))
        .join(absent, absent.id == ApprovalSubstitute.absent_id)
        .join(stand_in, stand_in.id == ApprovalSubstitute.stand_in_id)
        .where(or_(own, managed))
        .order_by(
            ApprovalSubstitute.revoked_at.is_not(None),
            ApprovalSubstitute.valid_to.desc(),
            ApprovalSubstitute.id,
        )
    )
    return cast("Select[Any]", query)


def absentees(actor: Actor) -> Sequence[Any]:
    """Officers (id, name) for whom the actor may name a substitute: themselves, and people of units they manage."""
    people = or_(
        Person.id == actor.person_id if actor.holds(policy.DECIDE) else Person.id.is_(None),
        Person.id.in_(access.visible_persons(actor, "grant:edit")),
    )
    return _officers(people)


def stand_ins(actor: Actor) -> Sequence[Any]:
    """Officers (id, name) who could decide instead: those of the units around the actor's own, and of those managed."""
    above = (
        select(OrgClosure.ancestor_id)
        .join(Employment, Employment.org_id == OrgClosure.descendant_id)
        .where(Employment.person_id == actor.person_id, Employment.ended_on.is_(None), OrgClosure.depth <= 1)
    )
    near = select(Employment.person_id).where(
        Employment.ended_on.is_(None),
        Employment.org_id.in_(
            select(OrgClosure.descendant_id).where(OrgClosure.ancestor_id.in_(above), OrgClosure.depth <= 1)
        ),
    )
    people = or_(Person.id.in_(near), Person.id.in_(access.visible_persons(actor, "grant:edit")))
    return [row for row in _officers(people) if row.id != actor.person_id]


def _officers(condition: Any) -> Sequence[Any]:
    deciding = exists().where(
        Grant.person_id == Person.id,
        Grant.role.in_(roles_holding(policy.DECIDE)),
        access.in_force(clock.today()),
    )
    query = select(Person.id, Person.name).where(Person.state == PersonState.ACTIVE, deciding, condition)
    return db.session.execute(query.order_by(Person.name, Person.id).limit(MOST)).all()
