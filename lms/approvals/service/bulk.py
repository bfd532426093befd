"""Deciding many cases in one go, each on its own: what is refused stops none of the others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from lms.approvals.dto import BulkLine, Chosen
from lms.approvals.models import ApprovalCase
from lms.approvals.service.deciding import decide
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import unit_of_work

MOST = 200


def decide_many(actor: Actor, chosen: Sequence[Chosen]) -> list[BulkLine]:
    """Decide each case by the seal of what was listed of it; a line for each, in the order given.

    Each case is a savepoint of one transaction: a refusal undoes that case only. A return or a rejection needs its own
    reason, as it does alone. Raises `Invalid` for nothing chosen, or more than 200.
    """
    if not chosen:
        raise Invalid(_("没有选中任何申请。"), todo=_("请先勾选要办理的申请。"))
    if len(chosen) > MOST:
        raise Invalid(_("一次最多办理 %(count)d 件。", count=MOST), todo=_("请分几次办理。"))
    with unit_of_work(actor) as uow:
        # Ids in order, so that two officers who chose the same cases wait for each other instead of for ever.
        refusals: dict[object, str] = {}
        for one in sorted(chosen, key=lambda one: one.case_id):
            try:
                with uow.savepoint():
                    decide(actor, one.case_id, one.decision, seen=one.seen)
            except LmsError as refusal:
                refusals[one.case_id] = str(refusal)
        named = select(ApprovalCase.id, ApprovalCase.number, ApprovalCase.applicant_name)
        rows = uow.session.execute(named.where(ApprovalCase.id.in_([one.case_id for one in chosen])))
        names = {row.id: (row.number, row.applicant_name) for row in rows}
    return [BulkLine(one.case_id, *names.get(one.case_id, ("", "")), refusals.get(one.case_id, "")) for one in chosen]
