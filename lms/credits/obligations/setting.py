"""Putting a policy in force: for the whole city, from a later day on, never changed once it has begun."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from lms.access import policy as access
from lms.credits.evidence.policy import RULE
from lms.credits.obligations import rules
from lms.credits.obligations.dto import NewPolicy, Policy
from lms.credits.obligations.models import LEVELS, ObligationPolicy
from lms.credits.obligations.rules import Terms
from lms.kernel import clock, rulings
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.uow import unit_of_work
from lms.orgs import queries as orgs

FAULTS: Mapping[str, Any] = {
    "unit_minutes": _l("应为 1 至 60 分钟；小时固定为 60"),
    "nobody": _l("请至少填写一个级别的要求；不需要这项要求的，请停用"),
    "not_registered": _l("没有登记就没有登记周期，这一项应留空"),
    "share": _l("应为真分数，如 2/3；没有比例要求的填 0/1"),
    "months": _l("应为不超过 36 个月的整数"),
    "amount": _l("应为不超过 1000 的正整数"),
    "out_of_reach": _l("按这样的上限和比例，学得再多也达不到要求"),
}


def may_edit(actor: Actor) -> bool:
    """Policies count for the whole city, so the right must be held on all of it."""
    return access.can(actor, RULE, orgs.city().id)


def save_policy(actor: Actor, new: NewPolicy, draft_id: uuid.UUID | None = None) -> uuid.UUID:
    """Let an obligation ask for something else from a later day on; the version's id, which is that of its draft.

    One that has not begun yet is replaced by saving another for the same day; both are kept. Raises `Invalid` naming
    every fault, `Conflict` when another officer saved one for that day at the same moment.
    """
    access.require(actor, RULE, orgs.city().id)
    check(new)
    with unit_of_work(actor) as uow:
        values = columns(new.terms) | {"note": new.note.strip()}
        named = {"obligation": new.obligation, "valid_from": new.valid_from}
        entered = rulings.enter(uow, ObligationPolicy, _same(new), draft_id=draft_id, **named, **values)
        if entered is None and draft_id is not None and uow.session.get(ObligationPolicy, draft_id) is not None:
            return draft_id  # clicked twice
        if entered is None:
            raise Conflict(_("这项规定刚被别人改过。"), todo=_("请看过新的规定，再决定是否保存。"))
        policy_id, revision = entered
        uow.audit(
            "credit.policy.save",
            "obligation_policy",
            policy_id,
            obligation=new.obligation.value,
            valid_from=new.valid_from.isoformat(),
            revision=revision,
            **values,
        )
        return policy_id


def drafted(new: NewPolicy) -> Policy:
    """A version that is not saved, as it would rule. Raises `Invalid` as saving it would."""
    check(new)
    revision = rulings.next_revision(ObligationPolicy, _same(new), new.valid_from)
    return Policy(None, new.obligation, new.valid_from, revision, new.terms)


def _same(new: NewPolicy) -> ColumnElement[bool]:
    return ObligationPolicy.obligation == new.obligation


def check(new: NewPolicy) -> None:
    """Raise `Invalid` naming every fault."""
    fields = {field: FAULTS[code] for field, code in rules.faults(new.obligation, new.terms)}
    if new.valid_from <= clock.today():
        fields["valid_from"] = _("应晚于今天：已生效的规定不再改动，只能从以后的日子起另立规定")
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("规定没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)


def columns(terms: Terms) -> dict[str, Any]:
    """The columns that say what a policy asks for."""
    plain = {name: getattr(terms, name) for name in Terms.__dataclass_fields__ if name != "asked"}
    return plain | {level: terms.asked.get(level) for level in LEVELS}
