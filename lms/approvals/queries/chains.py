"""Which chain counts for a kind of case on a day, and every chain it ever had."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.approvals.chain import ChainPlan
from lms.approvals.kinds import CaseKind
from lms.approvals.models import ApprovalChain
from lms.kernel.db import db


@dataclass(frozen=True, slots=True)
class ChainInForce:
    """A chain on a day. `chain_id` is None where the kind's own counts because officers have saved none."""

    plan: ChainPlan
    chain_id: uuid.UUID | None
    valid_from: dt.date | None


def in_force(kind: CaseKind, on: dt.date) -> ChainInForce:
    """The chain a case of the kind opened on a day takes. One SELECT."""
    query = (
        select(ApprovalChain)
        .where(ApprovalChain.kind == kind.key, ApprovalChain.valid_from <= on)
        .order_by(ApprovalChain.valid_from.desc(), ApprovalChain.revision.desc())
        .limit(1)
    )
    found = db.session.scalars(query).first()
    if found is None:
        return ChainInForce(kind.chain, None, None)
    return ChainInForce(ChainPlan.parse(found.plan), found.id, found.valid_from)


def history(kind_key: str) -> Sequence[ApprovalChain]:
    """Every chain saved for a kind, the latest first."""
    query = select(ApprovalChain).where(ApprovalChain.kind == kind_key)
    return db.session.scalars(query.order_by(ApprovalChain.valid_from.desc(), ApprovalChain.revision.desc())).all()
