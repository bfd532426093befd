"""Approving many: each listed with its facts, each decided on its own, each with its own result."""

from __future__ import annotations

import uuid

from flask import render_template, request

from lms.approvals import kinds, policy, service, wording
from lms.approvals.dto import Chosen, Decision, WorkFilter
from lms.approvals.forms import BulkForm
from lms.approvals.models import Outcome
from lms.approvals.queries import cases, worklist
from lms.approvals.views.base import bp
from lms.approvals.views.desk import wanted_work
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor

LISTED = 50


@bp.get("/desk/approvals/bulk")
@requires(policy.DECIDE)
def bulk() -> str:
    """The first cases of the officer's list, each with its facts, to tick."""
    asked = wanted_work()
    wanted = WorkFilter(
        view="mine", text=asked.text, kind=asked.kind, level=asked.level, due=asked.due, order=asked.order
    )
    actor, today = current_actor(), clock.today()
    found = db.session.scalars(worklist.work(actor, wanted, today).limit(LISTED)).all()
    return render_template(
        "approvals/bulk.html",
        views=cases.views(found),
        total=worklist.counts(actor, today)[0],
        listed=LISTED,
        form=BulkForm(formdata=None),
        kinds=kinds.known(),
        wanted=wanted,
        wording=wording,
        today=today,
    )


@bp.post("/desk/approvals/bulk")
@requires(policy.DECIDE)
def decide_bulk() -> str:
    """Approve what was ticked; the answer is a line for each."""
    form = BulkForm()
    if not form.validate():
        raise Invalid(_("审核意见太长，没有办理。"), todo=_("请返回上一页缩短后再提交。"))
    decision = Decision(Outcome.APPROVED, form.reason.data or "")
    lines = service.decide_many(current_actor(), [Chosen(one, seen, decision) for one, seen in _ticked()])
    refused = [line for line in lines if line.refusal]
    return render_template("approvals/bulk_done.html", lines=lines, refused=refused, done=len(lines) - len(refused))


def _ticked() -> list[tuple[uuid.UUID, str]]:
    """`case` fields hold an id and the seal of what was listed of it."""
    chosen: dict[uuid.UUID, str] = {}
    for text in request.form.getlist("case"):
        case_id, _colon, seen = text.partition(":")
        try:
            chosen[uuid.UUID(case_id)] = seen
        except ValueError:
            raise Invalid(_("选中的申请读不出来，没有办理。"), todo=_("请返回上一页，刷新后再勾选。")) from None
    return list(chosen.items())
