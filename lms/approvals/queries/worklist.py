"""The officers' list: one SELECT, filtered by what the actor may decide or see, whatever else narrows it."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from lms.approvals import policy
from lms.approvals.dto import WorkFilter
from lms.approvals.models import ApprovalCase, ApprovalDecision, CaseState
from lms.kernel.actor import Actor
from lms.kernel.db import db

SOON_DAYS = 3
VIEWS = ("mine", "all", "done")
ORDERS = ("due", "newest", "applicant")


def work(actor: Actor, wanted: WorkFilter, today: dt.date) -> Select[ApprovalCase]:
    """The cases an officer's list shows: `mine` to decide now, `all` in sight, or `done` by the officer."""
    query = select(ApprovalCase).where(_in_view(actor, wanted.view), *_narrowed(wanted, today))
    return query.order_by(*_order(wanted.order))


def counts(actor: Actor, today: dt.date) -> tuple[int, int]:
    """How many cases wait for the actor to decide, and how many of those are overdue. One SELECT."""
    overdue = func.count(ApprovalCase.id).filter(ApprovalCase.due_on < today)
    query = select(func.count(ApprovalCase.id), overdue).where(policy.decidable(actor))
    total, late = db.session.execute(query).one()
    return total, late


def next_one(actor: Actor, today: dt.date) -> ApprovalCase | None:
    """The most urgent case for the actor to decide."""
    return db.session.scalars(work(actor, WorkFilter(), today).limit(1)).first()


def _in_view(actor: Actor, view: str) -> ColumnElement[bool]:
    if view == "mine":
        return policy.decidable(actor)
    if view == "done":
        by_me = select(ApprovalDecision.case_id).where(ApprovalDecision.decided_by == actor.person_id)
        return and_(ApprovalCase.id.in_(by_me), policy.visible(actor))
    return policy.visible(actor)


def _narrowed(wanted: WorkFilter, today: dt.date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        name = ApprovalCase.applicant_name.contains(wanted.text, autoescape=True)
        conditions.append(or_(name, ApprovalCase.number.startswith(wanted.text.upper(), autoescape=True)))
    if wanted.kind:
        conditions.append(ApprovalCase.kind == wanted.kind)
    if wanted.level is not None:
        conditions.append(ApprovalCase.at_level == wanted.level)
        conditions.append(ApprovalCase.state == CaseState.OPEN)
    if wanted.state is not None:
        conditions.append(ApprovalCase.state == wanted.state)
    if wanted.due == "overdue":
        conditions.append(ApprovalCase.due_on < today)
    elif wanted.due == "soon":
        conditions.append(ApprovalCase.due_on.between(today, today + dt.timedelta(days=SOON_DAYS)))
    return conditions


def _order(order: str) -> tuple[Any, ...]:
    if order == "newest":
        return ApprovalCase.opened_at.desc(), ApprovalCase.id
    if order == "applicant":
        return ApprovalCase.applicant_name, ApprovalCase.id
    return cast("tuple[Any, ...]", (ApprovalCase.due_on.is_(None), ApprovalCase.due_on, ApprovalCase.id))
