"""Reading policies. There are few of them, so whoever needs one reads them all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from lms.credits.obligations import rules
from lms.credits.obligations.dto import Policy
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.rules import Obligation
from lms.kernel.db import db

Policies = Mapping[Obligation, Sequence[Policy]]
"""The versions of each obligation that count, the latest first."""


def history(obligation: Obligation) -> Sequence[ObligationPolicy]:
    """Every version of an obligation, the latest first."""
    query = select(ObligationPolicy).where(ObligationPolicy.obligation == obligation)
    return db.session.scalars(
        query.order_by(ObligationPolicy.valid_from.desc(), ObligationPolicy.revision.desc())
    ).all()


def policies(known_at: dt.datetime | None = None) -> Policies:
    """The versions that count, of those saved until a moment. One SELECT."""
    query = select(ObligationPolicy)
    if known_at is not None:
        query = query.where(ObligationPolicy.set_at <= known_at)
    found: dict[Obligation, list[Policy]] = {}
    for row in db.session.scalars(query):
        found.setdefault(row.obligation, []).append(as_policy(row))
    return {obligation: rules.in_order(versions) for obligation, versions in found.items()}


def as_policy(row: ObligationPolicy) -> Policy:
    """A row as the rules see it."""
    return Policy(row.id, row.obligation, row.valid_from, row.revision, row.terms())
