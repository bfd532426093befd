"""What was done to a cycle, and whether somebody was in order, in words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from lms.credits.cycles.models import ChangeKind, CycleChange
from lms.credits.cycles.rules import IN_ORDER
from lms.credits.dto import HoursSummary
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l

KINDS: Mapping[ChangeKind, Any] = {
    ChangeKind.OPENED: _l("开始"),
    ChangeKind.PUT_RIGHT: _l("按登记信息更正"),
    ChangeKind.SET_ASIDE: _l("作废"),
    ChangeKind.EXTENDED: _l("延长"),
    ChangeKind.FREED: _l("豁免"),
    ChangeKind.BOUND: _l("撤销豁免"),
}


def changes(cycle_id: uuid.UUID) -> Sequence[CycleChange]:
    """The changes of a cycle, the first first."""
    query = select(CycleChange).where(CycleChange.cycle_id == cycle_id)
    return db.session.scalars(query.order_by(CycleChange.changed_at, CycleChange.id)).all()


def in_order(summary: HoursSummary) -> tuple[bool, str]:
    """Whether the registration was valid on the day, as a sentence: valid says nothing yet of the next renewal."""
    period = summary.registration
    if period is None:
        return False, _("这一天没有登记。")
    if period.first_day > summary.on:
        return False, _("这一天登记还没有开始。")
    if period.status in IN_ORDER:
        return True, _("这一天登记有效。")
    return False, _("这一天登记已到期。")
