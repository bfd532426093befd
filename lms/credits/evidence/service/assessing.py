"""Judging an activity: whether it can be claimed, and what it would count for now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lms.credits.evidence import queries, rules, wording
from lms.credits.evidence.dto import Activity, Assessment
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import Span, Unit
from lms.kernel import clock
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.templating import day

LONGEST = 120
OTHER_UNIT = "other_unit"
"""The code of the refusal of an amount given in a unit that the day's rule does not ask for."""
DAY_FAULTS: Mapping[str, Any] = {
    "future": _l("活动还没有结束，结束后再申报"),
    "before_start": _l("不能早于开始日期"),
    "too_long": _l("起止相隔太久，请核对日期"),
}
AMOUNT_FAULTS: Mapping[str, Any] = {
    "nothing": _l("请填写数量，最小 0.5，按 0.5 递增"),
    "more_days": _l("不能超过起止日期之间的天数"),
    "absurd": _l("平均每天超过 12 小时，请核对数量和日期"),
}


def assess(
    person_id: uuid.UUID, activity: Activity, *, own: EvidenceClaim | None = None, claimed_on: dt.date | None = None
) -> Assessment:
    """What an activity counts for. `own` is the claim it corrects, which does not stand in its own way.

    Raises `Invalid` naming every fault at once, `Conflict` pointing to the claim that stands in the way.
    """
    fields = dict(_text_faults(activity))
    days = rules.day_faults(activity.first_day, activity.last_day, clock.today())
    fields.update((field, DAY_FAULTS[code]) for field, code in days)
    if fields:
        raise _invalid(fields)
    rule = _rule(activity, claimed_on or clock.today())
    activity, counting = _counted(person_id, rule, activity)
    others = queries.standing_claims(person_id, but=own.id if own else None)
    _refuse_second(rule, activity, others)
    return Assessment(rule, activity, counting, _crowded(activity, counting.stated, others))


def _text_faults(activity: Activity) -> Mapping[str, Any]:
    fields = {}
    for name, text in (("title", activity.title), ("organiser", activity.organiser)):
        if not any(char.isalnum() for char in text):
            fields[name] = _("请填写文字")
        elif len(text) > LONGEST:
            fields[name] = _("最多 %(max)d 个字", max=LONGEST)
    return fields


def _rule(activity: Activity, claimed_on: dt.date) -> EvidenceRule:
    """The rule in force on the day the activity ended."""
    rule = queries.rule_on(activity.code, activity.last_day)
    if rule is None or not rule.is_open:
        raise _invalid({"last_day": _("这一天结束的活动不接受这类申报")})
    last = rules.last_claim_day(activity.last_day, rule.claim_months)
    if claimed_on > last:
        raise _invalid({"last_day": _("申报的最后一天是 %(day)s，已经过了", day=day(last))})
    return rule


def _counted(person_id: uuid.UUID, rule: EvidenceRule, activity: Activity) -> tuple[Activity, rules.Counting]:
    if activity.unit is not rule.unit:
        asked = wording.unit(rule)
        raise Invalid(
            _("这一天适用的规定计量单位不同。"), why=asked, todo=_("请按这个单位重新填写数量。"),
            fields={"amount": _("请重新填写数量")}, code=OTHER_UNIT,
        )  # fmt: skip
    terms = rule.terms()
    halves = 2 if rule.unit is Unit.ITEM else activity.halves
    span = Span(activity.first_day, activity.last_day, rules.converted(terms, halves))
    fault = rules.amount_fault(terms, halves, span)
    if fault:
        raise _invalid({"amount": AMOUNT_FAULTS[fault]})
    counting = rules.count(terms, halves, activity.last_day, queries.tally(person_id, rule.code, activity.last_day))
    return replace(activity, halves=halves), counting


def _refuse_second(rule: EvidenceRule, activity: Activity, others: Sequence[EvidenceClaim]) -> None:
    """Raise `Conflict` for an activity that is claimed already, and for a second of a kind that counts once."""
    of_kind = [one for one in others if one.code == rule.code]
    wanted = rules.fingerprint(activity.title, activity.organiser, activity.first_day, activity.last_day)
    same = next((one for one in of_kind if one.fingerprint == wanted), None)
    if same is not None:
        raise same_activity(same)
    if rule.once and of_kind:
        raise counts_once(of_kind[0])


class Claimed(Conflict):
    """A claim stands in the way: `first_id`."""

    def __init__(self, first: EvidenceClaim, what: str, **more: Any) -> None:
        super().__init__(what, **more)
        self.first_id = first.id


def same_activity(first: EvidenceClaim) -> Claimed:
    """The refusal of an activity claimed twice, pointing to the first claim."""
    return Claimed(
        first,
        _("这项活动已经申报过。"),
        why=_("见申报 %(number)s“%(title)s”。", number=first.case_number, title=first.title),
        todo=_("如要修改，请先撤回那一件，或等它退回后补正。"),
        code="same_activity",
    )


def counts_once(first: EvidenceClaim) -> Claimed:
    """The refusal of a second claim of a kind that counts once."""
    return Claimed(
        first,
        _("这类学习终身只计一次。"),
        why=_("见申报 %(number)s“%(title)s”。", number=first.case_number, title=first.title),
        todo=_("如那一件有误，请先撤回它，或请区县更正。"),
        code="counts_once",
    )


def _crowded(activity: Activity, stated: int, others: Sequence[EvidenceClaim]) -> tuple[EvidenceClaim, ...]:
    span = Span(activity.first_day, activity.last_day, stated)
    spans = {one.id: Span(one.first_day, one.last_day, one.stated) for one in others}
    found = set(rules.crowded(span, spans))
    return tuple(one for one in others if one.id in found)


def _invalid(fields: Mapping[str, Any]) -> Invalid:
    return Invalid(_("申报还不能提交。"), todo=_("请改好标出的地方。"), fields=dict(fields))
