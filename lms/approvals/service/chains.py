"""Configuring chains: for the whole city, dated, never changed in place. Running cases keep what they began with."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from lms.access import policy as access
from lms.access.roles import roles_holding
from lms.approvals import chain, kinds, policy
from lms.approvals.chain import ChainPlan
from lms.approvals.models import ApprovalChain
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.rulings import next_revision
from lms.kernel.uow import unit_of_work
from lms.orgs import queries as orgs

FAULTS: Mapping[str, Any] = {
    "count": _l("要有 1 至 %(most)d 个环节"),
    "title": _l("请填写环节名称"),
    "role": _l("请选择能办理审批的角色"),
    "days": _l("应为 1 至 250 个工作日"),
    "returns": _l("应为 0 至 5 次"),
}


def save_chain(actor: Actor, kind_key: str, plan: ChainPlan, *, valid_from: dt.date, note: str) -> uuid.UUID:
    """Let cases opened from a day on take `plan`; returns the chain's id. The right must be held on the whole city.

    Raises `Invalid` naming every fault (`chain`, `step-1`, ..., `notice_days`, `correction_days`, `returns`,
    `valid_from`, `note`), `Conflict` when another officer saved one for the same day at the same moment.
    """
    kind = kinds.require(kind_key)
    access.require(actor, policy.CONFIGURE, orgs.city().id)
    _check(plan, valid_from, note)
    with unit_of_work(actor) as uow:
        chain_id, revision = new_id(), next_revision(ApprovalChain, ApprovalChain.kind == kind.key, valid_from)
        is_new = insert_new(
            uow.session,
            ApprovalChain,
            id=chain_id,
            kind=kind.key,
            valid_from=valid_from,
            revision=revision,
            plan=plan.plain(),
            note=note.strip(),
            set_by=actor.person_id,
            set_at=clock.now(),
        )
        if not is_new:
            raise Conflict(_("审批流程刚被别人改过。"), todo=_("请看过新的流程，再决定是否保存。"))
        detail = {"kind": kind.key, "valid_from": valid_from.isoformat(), "note": note.strip(), "plan": plan.plain()}
        uow.audit("approval.configure", "approval_chain", chain_id, org_id=None, **detail)
        return chain_id


def _check(plan: ChainPlan, valid_from: dt.date, note: str) -> None:
    fields: dict[str, Any] = {}
    for where, code in chain.faults(plan, roles_holding(policy.DECIDE)):
        fields[where] = str(FAULTS[code]) % {"most": chain.MOST_STEPS}
    if valid_from < clock.today():
        fields["valid_from"] = _("请选今天或以后的日期")
    if not note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("审批流程没有保存。"), fields=fields)
