"""The talent reports on a measure in force; the mentor confirms it, or returns it with words."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.programmes.plans import policy, queries
from lms.programmes.plans.models import CultivationPlan, CultivationReport
from lms.programmes.plans.rules import LONGEST, MeasureState, PlanState, ReportState
from lms.programmes.plans.service.common import hold, record, tell
from lms.programmes.service.common import overtaken
from lms.webkit.uploads import Upload


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to send. `key` makes it one: sent twice, it is one report. `completes`: the measure is done with it."""

    key: str
    done_on: dt.date
    text: str
    completes: bool
    upload: Upload | None = None


def report(actor: Actor, plan_id: uuid.UUID, line: uuid.UUID, new: NewReport) -> uuid.UUID:
    """Report on a measure of one's own plan in force; the report's id.

    Raises `Invalid` naming the fields, `Conflict` for what is done, waits for the mentor, or is over.
    """
    with unit_of_work(actor) as uow:
        policy.own(actor, plan_id)
        plan = hold(uow, plan_id)
        earlier = uow.session.scalars(select(CultivationReport).where(CultivationReport.key == new.key)).first()
        if earlier is not None:
            if (earlier.plan_id, earlier.line) != (plan_id, line):
                raise policy.missing()
            return earlier.id
        _require_open(plan, line)
        _check(plan, new)
        report_id = new_id()
        made = insert_new(
            uow.session, CultivationReport, id=report_id, key=new.key, plan_id=plan_id, line=line,
            done_on=new.done_on, text=new.text.strip(), completes=new.completes, file_id=_kept(uow, new.upload),
            state=ReportState.SENT, answer="", sent_at=clock.now(),
        )  # fmt: skip
        if not made:
            raise overtaken()
        record(uow, plan, "report", report=report_id.hex, completes=new.completes)
        tell(uow, plan, plan.mentor_id, "report_sent", report_id.hex)
        return report_id


def answer(actor: Actor, report_id: uuid.UUID, state: ReportState, words: str) -> uuid.UUID:
    """The mentor confirms a report, or returns it with words; the plan's id. Raises `Invalid`, `Conflict`."""
    with unit_of_work(actor) as uow:
        found = uow.session.get(CultivationReport, report_id)
        if found is None or state is ReportState.SENT:
            raise policy.missing()
        policy.mentored(actor, found.plan_id)
        if state is ReportState.RETURNED and not words.strip():
            raise Invalid(_("没有退回。"), fields={"reason": _("请写明原因")})
        plan = hold(uow, found.plan_id)
        waiting = (CultivationReport.id == report_id, CultivationReport.state == ReportState.SENT)
        values = {"state": state, "answer": words.strip(), "answered_at": clock.now()}
        if uow.change(update(CultivationReport).where(*waiting).values(**values)) != 1:
            raise overtaken()
        record(uow, plan, "answer", report=report_id.hex, state=state.value)
        what, params = "report_confirmed", dict[str, Any]()
        if state is ReportState.RETURNED:
            what, params = "report_returned", {"reason": words.strip()}
        tell(uow, plan, plan.person_id, what, report_id.hex, **params)
        return plan.id


def _require_open(plan: CultivationPlan, line: uuid.UUID) -> None:
    shown = queries.load_one(plan)
    state = next((one.state for one in shown.lines if one.measure.line == line), None)
    if state is None:
        raise NotFound(_("计划里没有这项措施。"))
    if plan.state is PlanState.ENDED:
        raise Conflict(_("培养计划已经结束，不能再汇报。"))
    if state is MeasureState.DONE:
        raise Conflict(_("这项措施已经完成，不用再汇报。"))
    if state is MeasureState.WAITING:
        raise Conflict(_("上一次汇报还在等导师确认。"), todo=_("导师确认或退回后，再汇报新的进展。"))


def _check(plan: CultivationPlan, new: NewReport) -> None:
    fields: dict[str, Any] = {}
    if not plan.first_day <= new.done_on <= clock.today():
        fields["done_on"] = _("应在计划开始以后，不晚于今天")
    if not new.text.strip() or len(new.text) > LONGEST:
        fields["text"] = _("请填写，最多 %(max)d 个字", max=LONGEST)
    if fields:
        raise Invalid(_("汇报没有提交。"), fields=fields)


def _kept(uow: UnitOfWork, upload: Upload | None) -> uuid.UUID | None:
    if upload is None:
        return None
    row = kernel().files.put(
        uow, room="programmes", name=upload.name, media_type=upload.kind.media_type, content=upload.content
    )
    uow.session.flush()
    return row.id
