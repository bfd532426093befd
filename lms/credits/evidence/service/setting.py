"""Setting the rules: for the whole city, dated, never changed in place. Claims keep the rule they were made under."""

from __future__ import annotations

import re
import uuid
from typing import Any

from lms.credits.evidence import policy
from lms.credits.evidence.cases import PROOFS
from lms.credits.evidence.dto import NewRule
from lms.credits.evidence.models import EvidenceRule
from lms.credits.evidence.rules import Unit
from lms.kernel import rulings
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import unit_of_work

MOST_MINUTES = 1000 * 60
MOST_MONTHS = 120
_CODE = re.compile(r"[a-z][a-z0-9_]{1,30}")


def save_rule(actor: Actor, new: NewRule) -> uuid.UUID:
    """Let a kind of learning count by a rule from a day on; the rule's id. The right must be held on the whole city.

    Raises `Invalid` naming every fault, `Conflict` when another officer saved one for the same day at the same moment.
    """
    policy.require_rules(actor)
    _check(new)
    with unit_of_work(actor) as uow:
        values = _values(new)
        entered = rulings.enter(uow, EvidenceRule, EvidenceRule.code == new.code, **values)
        if entered is None:
            raise Conflict(_("这条规则刚被别人改过。"), todo=_("请看过新的规则，再决定是否保存。"))
        rule_id, revision = entered
        plain = values | {"valid_from": new.valid_from.isoformat(), "revision": revision}
        uow.audit("credit.rule.save", "evidence_rule", rule_id, **plain)
        return rule_id


def _values(new: NewRule) -> dict[str, Any]:
    return {
        "code": new.code,
        "valid_from": new.valid_from,
        "title": new.title,
        "hint": new.hint,
        "category": new.category,
        "unit": new.unit,
        "unit_minutes": new.unit_minutes,
        "cap_activity": new.cap_activity,
        "cap_year": new.cap_year,
        "cap_period": new.cap_period,
        "once": new.once,
        "claim_months": new.claim_months,
        "proofs": list(new.proofs),
        "is_open": new.is_open,
        "note": new.note.strip(),
    }


def _check(new: NewRule) -> None:
    fields: dict[str, Any] = {}
    if not _CODE.fullmatch(new.code):
        fields["code"] = _("请用 2 到 31 个小写字母、数字或下划线，以字母开头")
    if not new.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if not 1 <= new.unit_minutes <= MOST_MINUTES or (new.unit is Unit.HOURS and new.unit_minutes != 60):
        fields["unit_minutes"] = _("应为 1 至 %(most)d 分钟；小时固定为 60", most=MOST_MINUTES)
    for name, cap in (("cap_activity", new.cap_activity), ("cap_year", new.cap_year), ("cap_period", new.cap_period)):
        if cap is not None and not 1 <= cap <= MOST_MINUTES:
            fields[name] = _("应大于 0，不超过 1000 小时，合整分钟；没有上限的不填")
    if not 1 <= new.claim_months <= MOST_MONTHS:
        fields["claim_months"] = _("应为 1 至 %(most)d 个月", most=MOST_MONTHS)
    if set(new.proofs) - {proof.key for proof in PROOFS}:
        fields["proofs"] = _("请从列表里选择")
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("规则没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
