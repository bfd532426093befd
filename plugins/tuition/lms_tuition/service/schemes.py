"""Schemes: saved as revisions by the city's officers, and an illustrative set to begin with."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.models import insert_new, new_id, next_revision
from lms.plugin_api.services import services
from lms.plugin_api.texts import Localized, zh
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, clock, unit_of_work
from lms_payouts.api import DEGREES, BudgetLevel, name_scheme
from lms_tuition import policy
from lms_tuition.dto import NewRevision
from lms_tuition.models import SchemeRevision
from lms_tuition.queries import schemes
from lms_tuition.rules import MOST_DAYS, MOST_FEN, MOST_MONTHS, Cost, ServiceFrom, Timing
from lms_tuition.service.common import scheme_code


def save(actor: Actor, new: NewRevision) -> uuid.UUID:
    """Let a level's scheme pay something for studies applied for from a day on; the revision's id.

    Nothing is changed in place: studies that were applied for keep their revision. Raises `Invalid` naming every fault,
    `Conflict` when another officer saved one at the same moment.
    """
    services().access.require(actor, policy.SCHEME_EDIT, services().orgs.city().id)
    _check(new)
    with unit_of_work(actor) as uow:
        revision_id, number = new_id(), next_revision(SchemeRevision, SchemeRevision.level == new.level, new.valid_from)
        if not insert_new(uow.session, SchemeRevision, id=revision_id, revision=number, **_row(actor, new)):
            raise Conflict(_("报销标准刚被别人改过。"), todo=_("请看过新的标准，再决定是否保存。"))
        name_scheme(actor, scheme_code(new.level), dict(new.title))
        uow.audit(
            "tuition.scheme.save", "tuition_revision", new.level, revision=number, rate_percent=new.rate_percent,
            cap_fen=new.cap_fen, costs=sorted(new.costs), timing=new.timing.value, claim_days=new.claim_days,
            service_months=new.service_months, service_from=new.service_from.value,
            budget_level=new.budget_level.value, valid_from=new.valid_from.isoformat(),
            valid_to=new.valid_to.isoformat() if new.valid_to else "", note=new.note,
        )  # fmt: skip
        return revision_id


def seed(actor: Actor, valid_from: dt.date) -> list[str]:
    """Save the illustrative schemes (示例) of levels that have none yet; these levels. A second time saves nothing.

    Rates by level, payable costs and payment after graduation are those of one city's rule for its staff; the caps, the
    term by term payment from 本科 on and the service of 36 months are invented. Chengdu has decided none of it.
    """
    missing = [scheme.level for scheme in schemes.known() if not scheme.revisions]
    saved = [new for new in illustrative(valid_from) if new.level in missing]
    for new in saved:
        save(actor, new)
    return [new.level for new in saved]


def illustrative(valid_from: dt.date) -> list[NewRevision]:
    """The schemes to begin with."""
    rows: list[tuple[str, Localized, int, int, Timing, ServiceFrom]] = [
        ("secondary", zh("中专学费报销", "Tuition, secondary vocational"), 40, 200_000,
         Timing.GRADUATION, ServiceFrom.GRADUATION),
        ("college", zh("大专学费报销", "Tuition, junior college"), 60, 800_000,
         Timing.GRADUATION, ServiceFrom.GRADUATION),
        ("bachelor", zh("本科学费报销", "Tuition, bachelor"), 80, 2_000_000, Timing.TERM, ServiceFrom.PAYMENT),
        ("master", zh("硕士学费报销", "Tuition, master"), 100, 4_000_000, Timing.TERM, ServiceFrom.PAYMENT),
        ("doctor", zh("博士学费报销", "Tuition, doctor"), 100, 6_000_000, Timing.TERM, ServiceFrom.PAYMENT),
    ]  # fmt: skip
    return [
        NewRevision(
            level=level,
            title=title,
            rate_percent=rate,
            cap_fen=cap,
            costs=frozenset({Cost.TUITION, Cost.DEFENCE}),
            timing=timing,
            service_months=36,
            service_from=since,
            claim_days=365,
            budget_level=BudgetLevel.COUNTY,
            valid_from=valid_from,
            valid_to=None,
            note="示例，待市里确定",
            illustrative=True,
        )
        for level, title, rate, cap, timing, since in rows
    ]


def _row(actor: Actor, new: NewRevision) -> dict[str, Any]:
    return {
        "level": new.level,
        "valid_from": new.valid_from,
        "valid_to": new.valid_to,
        "title": dict(new.title),
        "rate_percent": new.rate_percent,
        "cap_fen": new.cap_fen,
        "costs": sorted(new.costs),
        "timing": new.timing,
        "service_months": new.service_months,
        "service_from": new.service_from,
        "claim_days": new.claim_days,
        "budget_level": new.budget_level,
        "illustrative": new.illustrative,
        "note": new.note.strip(),
        "set_by": actor.person_id,
        "set_at": clock.now(),
    }


def _check(new: NewRevision) -> None:
    fields: dict[str, Any] = {}
    if new.level not in DEGREES:
        fields["level"] = _("请选择学历层次")
    if not new.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if not new.costs:
        fields["costs"] = _("请至少选一项")
    fields |= _number_faults(new)
    if new.valid_to is not None and new.valid_to < new.valid_from:
        fields["valid_to"] = _("不能早于开始日期")
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("报销标准没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)


def _number_faults(new: NewRevision) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if not 1 <= new.rate_percent <= 100:
        fields["rate_percent"] = _("应为 1 至 100")
    if not 0 < new.cap_fen <= MOST_FEN:
        fields["cap"] = _("应大于 0，不超过 100 万元")
    if not 0 <= new.service_months <= MOST_MONTHS:
        fields["service_months"] = _("应为 0 至 %(most)d 个月", most=MOST_MONTHS)
    if not 1 <= new.claim_days <= MOST_DAYS:
        fields["claim_days"] = _("应为 1 至 %(most)d 天", most=MOST_DAYS)
    return fields
