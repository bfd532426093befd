"""Schemes: saved as revisions by the city's officers, and an illustrative set to begin with."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.models import insert_new, new_id, next_revision
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import zh
from lms.plugin_api.work import Actor, UnitOfWork, clock, enqueue, unit_of_work
from lms_payouts.api import DEGREES, BudgetLevel, name_scheme
from lms_subsidies import policy, wording
from lms_subsidies.dto import NewRevision
from lms_subsidies.models import Scheme, SchemeRevision
from lms_subsidies.queries import schemes
from lms_subsidies.rules import (
    MOST_DAYS,
    MOST_FEN,
    MOST_MONTHS,
    QUALIFICATION,
    Condition,
    ConditionKind,
    Stacking,
    ladder_of,
)
from lms_subsidies.service.closing import scheme_code
from lms_subsidies.service.common import INVITE

_CODE = re.compile(r"[a-z][a-z0-9-]{1,30}")


def save(actor: Actor, new: NewRevision) -> uuid.UUID:
    """Let a scheme grant something for what is obtained from a day on; the revision's id. Nothing is changed in place.

    Whoever holds a certificate that it makes eligible is invited in the background; claims that were made keep their
    revision. Raises `Invalid` naming every fault, `Conflict` when another officer saved one at the same moment.
    """
    services().access.require(actor, policy.EDIT, services().orgs.city().id)
    _check(new)
    with unit_of_work(actor) as uow:
        _keep_scheme(uow, actor, new)
        revision_id, revision = new_id(), next_revision(SchemeRevision, SchemeRevision.code == new.code, new.valid_from)
        row = _row(actor, new) | {"id": revision_id, "revision": revision}
        if not insert_new(uow.session, SchemeRevision, **row):
            raise Conflict(_("奖励标准刚被别人改过。"), todo=_("请看过新的标准，再决定是否保存。"))
        name_scheme(actor, scheme_code(new.code), dict(new.title))
        uow.audit(
            "subsidies.scheme.save",
            "subsidies_scheme",
            new.code,
            revision=revision,
            basis=new.basis,
            amount_fen=new.amount_fen,
            valid_from=new.valid_from.isoformat(),
            valid_to=new.valid_to.isoformat() if new.valid_to else "",
            claim_days=new.claim_days,
            budget_level=new.budget_level.value,
            conditions=[one.plain() for one in new.conditions],
            stacking=new.stacking.value,
            reclaim=new.reclaim,
            degree=new.degree,
            note=new.note,
        )
        enqueue(uow, INVITE, {}, key=f"{INVITE}:{revision_id.hex}")
        return revision_id


def seed(actor: Actor, valid_from: dt.date) -> list[str]:
    """Save the illustrative schemes (示例) whose basis has none yet; their codes. A second time saves nothing.

    The amounts of the national levels are those of Ningbo 2024 and Shanghai Changning; Chengdu has decided none.
    """
    taken = {scheme.basis for scheme in schemes.known()}
    kinds = services().certificates.kinds()
    saved = []
    for new in illustrative(valid_from):
        kind, _colon, code = new.basis.partition(":")
        if new.basis not in taken and (kind == QUALIFICATION or code in kinds):
            save(actor, new)
            saved.append(new.code)
    return saved


def illustrative(valid_from: dt.date) -> list[NewRevision]:
    """The schemes to begin with."""
    declared = (Condition(ConditionKind.NOT_CIVIL_SERVANT), Condition(ConditionKind.NO_OTHER_REWARD))
    employed = (Condition(ConditionKind.EMPLOYED_NOW),)
    national = (
        *employed, Condition(ConditionKind.EMPLOYED_MONTHS, 12), Condition(ConditionKind.REGISTERED), *declared,
    )  # fmt: skip
    rows: list[tuple[str, str, dict[str, str], int, Stacking, tuple[Condition, ...]]] = [
        ("cdsgy", "certificate:CDSGY", zh("成都社工员持证奖励", "Award for community social workers"), 50_000,
         Stacking.FULL, (*employed, *declared)),
        ("assistant", "qualification:assistant", zh("助理社会工作师持证奖励", "Award for assistant social workers"),
         150_000, Stacking.DIFFERENCE, national),
        ("intermediate", "qualification:intermediate", zh("社会工作师持证奖励", "Award for social workers"), 300_000,
         Stacking.DIFFERENCE, national),
        ("senior", "qualification:senior", zh("高级社会工作师持证奖励", "Award for senior social workers"), 500_000,
         Stacking.DIFFERENCE, national),
    ]  # fmt: skip
    return [
        NewRevision(
            code=code,
            basis=basis,
            title=title,
            amount_fen=amount,
            valid_from=valid_from,
            valid_to=None,
            claim_days=365,
            budget_level=BudgetLevel.COUNTY,
            conditions=conditions,
            stacking=stacking,
            note="示例，待市里确定" if basis.startswith("certificate:") else "示例，参照宁波 2024 年度标准，待市里确定",
            illustrative=True,
        )
        for code, basis, title, amount, stacking, conditions in rows
    ]


def _keep_scheme(uow: UnitOfWork, actor: Actor, new: NewRevision) -> None:
    """Make the scheme known; a code stays with its basis, and a basis with its code."""
    row = {"code": new.code, "basis": new.basis, "created_at": clock.now(), "created_by": actor.person_id}
    if insert_new(uow.session, Scheme, **row):
        return
    known = uow.session.get(Scheme, new.code)
    if known is None:
        title = wording.basis(new.basis)
        raise Invalid(_("奖励标准没有保存。"), fields={"basis": _("“%(title)s”已有一项奖励", title=title)})
    if known.basis != new.basis:
        raise Invalid(_("奖励标准没有保存。"), fields={"code": _("这个代码已用于另一项奖励")})


def _row(actor: Actor, new: NewRevision) -> dict[str, Any]:
    return {
        "code": new.code,
        "valid_from": new.valid_from,
        "valid_to": new.valid_to,
        "title": dict(new.title),
        "amount_fen": new.amount_fen,
        "claim_days": new.claim_days,
        "budget_level": new.budget_level,
        "conditions": [one.plain() for one in new.conditions],
        "stacking": new.stacking,
        "reclaim": new.reclaim,
        "degree": new.degree,
        "illustrative": new.illustrative,
        "note": new.note.strip(),
        "set_by": actor.person_id,
        "set_at": clock.now(),
    }


def _check(new: NewRevision) -> None:
    fields: dict[str, Any] = {}
    if not _CODE.fullmatch(new.code):
        fields["code"] = _("请用 2 到 31 个小写字母、数字或连字符，以字母开头")
    if new.basis not in dict(wording.bases()):
        fields["basis"] = _("请选择证书或资格")
    if not new.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if not 0 < new.amount_fen <= MOST_FEN:
        fields["amount"] = _("应大于 0，不超过 100 万元")
    if new.valid_to is not None and new.valid_to < new.valid_from:
        fields["valid_to"] = _("不能早于开始日期")
    if not 1 <= new.claim_days <= MOST_DAYS:
        fields["claim_days"] = _("应为 1 至 %(most)d 天", most=MOST_DAYS)
    if new.degree and new.degree not in DEGREES:
        fields["degree"] = _("请选择学历层次")
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    fields.update(_condition_faults(new))
    if fields:
        raise Invalid(_("奖励标准没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)


def _condition_faults(new: NewRevision) -> Mapping[str, Any]:
    fields: dict[str, Any] = {}
    for one in new.conditions:
        if one.kind is ConditionKind.EMPLOYED_MONTHS and not 1 <= one.months <= MOST_MONTHS:
            fields["months"] = _("应为 1 至 %(most)d 个月", most=MOST_MONTHS)
        if one.kind is ConditionKind.REGISTERED and ladder_of(new.basis) != QUALIFICATION:
            fields["registered"] = _("只适用于国家职业资格")
    return fields
