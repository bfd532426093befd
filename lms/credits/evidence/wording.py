"""Outside learning in words: units, states, and each step of how a claim counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.credits.evidence.cases import PROOFS
from lms.credits.evidence.models import EvidenceRule
from lms.credits.evidence.rules import ClaimState, Counting, Step, StepKind, Unit
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both, pick, sentences
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.room import MessageKind
from lms.webkit.templating import day, minutes

UNITS: Mapping[Unit, Any] = {
    Unit.HOURS: _l("小时（60 分钟）"),
    Unit.CLASS_HOURS: _l("学时"),
    Unit.DAYS: _l("天"),
    Unit.ITEM: _l("整项（定额，不填数量）"),
}
STATES: Mapping[ClaimState, Any] = {
    ClaimState.IN_REVIEW: _l("审核中"),
    ClaimState.COUNTED: _l("已计入"),
    ClaimState.NOT_COUNTED: _l("已通过，计 0"),
    ClaimState.REJECTED: _l("未通过"),
    ClaimState.WITHDRAWN: _l("已撤回"),
    ClaimState.REVERSED: _l("已冲销"),
}
TONES: Mapping[ClaimState, str] = {
    ClaimState.IN_REVIEW: "blue",
    ClaimState.COUNTED: "green",
    ClaimState.NOT_COUNTED: "amber",
    ClaimState.REJECTED: "rose",
    ClaimState.WITHDRAWN: "grey",
    ClaimState.REVERSED: "grey",
}
PROOF_TITLES: Mapping[str, Any] = {proof.key: proof.title for proof in PROOFS}


def amount(halves: int, unit: Unit) -> str:
    """A stated amount: 4 小时, 3.5 学时, 2 天."""
    number = f"{halves // 2}.5" if halves % 2 else str(halves // 2)
    match unit:
        case Unit.HOURS:
            return _("%(number)s 小时", number=number)
        case Unit.CLASS_HOURS:
            return _("%(number)s 学时", number=number)
        case Unit.DAYS:
            return _("%(number)s 天", number=number)
        case Unit.ITEM:
            return _("%(number)s 项", number=number)


def step(one: Step) -> str:
    """A step of the counting, as a sentence."""
    left = minutes(one.minutes)
    match one.kind:
        case StepKind.STATED:
            return _("申报 %(amount)s。", amount=amount(one.halves, one.unit))
        case StepKind.CONVERTED:
            unit = amount(2, one.unit)
            return _("%(one)s按 %(minutes)d 分钟折算，合 %(left)s。", one=unit, minutes=one.unit_minutes, left=left)
        case StepKind.COUNTED:
            return _("计入 %(left)s。", left=left) if one.minutes else _("上限已满，计 0。")
        case _:
            return _cap_step(one, minutes(one.cap), left)


def _cap_step(one: Step, cap: str, left: str) -> str:
    used = minutes(one.used)
    match one.kind:
        case StepKind.ACTIVITY:
            return _("单次活动最多计 %(cap)s，可计 %(left)s。", cap=cap, left=left)
        case StepKind.YEAR:
            return _(
                "这一类每年最多计 %(cap)s，%(year)d 年已计 %(used)s，可计 %(left)s。",
                cap=cap, year=one.year, used=used, left=left,
            )  # fmt: skip
        case StepKind.PERIOD:
            return _(
                "这一类每个登记周期最多计 %(cap)s，%(first)s至 %(last)s的周期已计 %(used)s，可计 %(left)s。",
                cap=cap, first=day(one.first_day), last=day(one.last_day), used=used, left=left,
            )  # fmt: skip
        case _:
            return _("活动不在登记周期内，不受每周期 %(cap)s 的上限。", cap=cap)


def steps(counting: Counting) -> list[str]:
    """All of them, in order."""
    return [step(one) for one in counting.steps]


def kept(counting: Counting) -> list[dict[str, Any]]:
    """The steps as they are kept for ever: their figures, and the reason in both languages."""
    reasons = [in_both(step, one) for one in counting.steps]
    return [one.plain() | {"reason": reason} for one, reason in zip(counting.steps, reasons, strict=True)]


def caps(rule: EvidenceRule) -> list[str]:
    """The caps of a rule, one by one; empty for none."""
    found = []
    if rule.cap_activity is not None:
        found.append(_("单次最多 %(cap)s", cap=minutes(rule.cap_activity)))
    if rule.cap_year is not None:
        found.append(_("每年最多 %(cap)s", cap=minutes(rule.cap_year)))
    if rule.cap_period is not None:
        found.append(_("每个登记周期最多 %(cap)s", cap=minutes(rule.cap_period)))
    if rule.once:
        found.append(_("终身只计一次"))
    return found


def unit(rule: EvidenceRule) -> str:
    """In what a rule's amounts are stated, and what one of it is worth."""
    match rule.unit:
        case Unit.HOURS:
            return _("按小时填写，1 小时为 60 分钟")
        case Unit.CLASS_HOURS:
            return _("按学时填写，1 学时折 %(minutes)d 分钟", minutes=rule.unit_minutes)
        case Unit.DAYS:
            return _("按天填写，1 天折 %(time)s", time=minutes(rule.unit_minutes))
        case Unit.ITEM:
            return _("每项固定计 %(time)s", time=minutes(rule.unit_minutes))


def proofs(rule: EvidenceRule) -> list[str]:
    """The proofs a rule wants."""
    return [str(PROOF_TITLES.get(key, key)) for key in rule.proofs]


def span(first: Any, last: Any) -> str:
    """Days from and to; one day is one."""
    return day(last) if first == last else _("%(first)s至 %(last)s", first=day(first), last=day(last))


def why(stored: Any) -> str:
    """Kept steps as one text."""
    return sentences(pick(one["reason"]) for one in stored)


MESSAGES = (
    MessageKind(
        "credits.evidence_counted",
        _l("校外学习已计入"),
        _l("“%(title)s”已通过审核，申报 %(stated)s，计入 %(counted)s。%(why)s"),
    ),
    MessageKind(
        "credits.evidence_not_counted",
        _l("校外学习已通过，但没有计入"),
        _l("“%(title)s”已通过审核，申报 %(stated)s，计 0。%(why)s"),
    ),
)
