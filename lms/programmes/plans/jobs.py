"""Reminders of plans: a measure that is due soon, a look that can be written. Messages have keys: one each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages
from lms.messages.dto import Notice
from lms.programmes.plans import queries, rules
from lms.programmes.plans.models import CultivationLook, CultivationPlan
from lms.programmes.plans.queries import Shown
from lms.programmes.plans.rules import MeasureState
from lms.programmes.queries import catalogue

REMIND = "programmes.plans"
BATCH = 100


def remind(_context: JobContext, _payload: Mapping[str, Any]) -> dict[str, int]:
    """Remind talents and mentors; how many messages are new."""
    sent = 0
    for batch in _batches():
        with unit_of_work(SYSTEM) as uow:
            for kind, notices in _notices(batch).items():
                sent += messages.send_all(uow, f"programmes.plan_{kind}", notices)
    return {"reminded": sent}


def _batches() -> Iterator[list[Shown]]:
    """The plans with something to remind of, loaded some at a time."""
    today = clock.today()
    look = select(CultivationLook.plan_id).where(
        CultivationLook.due_on >= today, CultivationLook.due_on <= today + rules.LOOK_AHEAD,
        CultivationLook.written_at.is_(None),
    )  # fmt: skip
    soon = queries.due_before(today + rules.REMIND_AHEAD) | CultivationPlan.id.in_(look)
    query = select(CultivationPlan.id).where(CultivationPlan.ended_on.is_(None), soon)
    ids = db.session.scalars(query.order_by(CultivationPlan.id)).all()
    for start in range(0, len(ids), BATCH):
        rows = db.session.scalars(select(CultivationPlan).where(CultivationPlan.id.in_(ids[start : start + BATCH])))
        yield list(queries.load(rows).values())


def _notices(batch: list[Shown]) -> Mapping[str, list[Notice]]:
    today, known = clock.today(), catalogue.load()
    found: dict[str, list[Notice]] = {"measure_due": [], "look_due": []}
    for shown in batch:
        plan, title = shown.plan, known.title(shown.programme)
        link = f"/plans/{plan.id}"
        for line in shown.lines:
            due = line.measure.due_on
            if line.state is MeasureState.UNDER_WAY and due is not None and due < today + rules.REMIND_AHEAD:
                params = {"title": title, "what": line.measure.what, "day": due}
                key = f"plan:{plan.id.hex}:measure:{line.measure.line.hex}:{due.isoformat()}"
                found["measure_due"].append(Notice(plan.person_id, params, key, link))
        look = shown.next_look
        if look is not None and today <= look.row.due_on <= today + rules.LOOK_AHEAD and look.row.written_at is None:
            params = {"title": title, "name": shown.talent, "day": look.row.due_on}
            key = f"plan:{plan.id.hex}:look:{look.row.number}:{plan.mentor_id.hex}"
            found["look_due"].append(Notice(plan.mentor_id, params, key, f"{link}/looks/{look.row.number}"))
    return found


JOBS = (JobSpec(REMIND, remind, _l("提醒培养计划的措施和考察"), every_seconds=21_600),)
