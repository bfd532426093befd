"""Policies in words: who owes what, what is capped, what moves on, until when a registration can be renewed."""

from __future__ import annotations

from lms.credits.obligations.models import LEVELS
from lms.credits.obligations.rules import Terms
from lms.credits.wording import OWING, amount, unit_name
from lms.kernel.i18n import gettext as _


def asked(terms: Terms) -> list[str]:
    """What each level owes."""
    return [
        _("%(level)s %(time)s", level=OWING[level], time=said(terms, terms.asked[level]))
        for level in LEVELS if level in terms.asked
    ]  # fmt: skip


def said(terms: Terms, units: int) -> str:
    """An amount in the policy's own unit."""
    return amount(units * terms.unit_minutes, terms.unit, terms.unit_minutes)


def limits(terms: Terms) -> list[str]:
    """What is counted of each category, and what is carried over."""
    found = []
    if terms.parts:
        found.append(_("专业科目不少于 %(parts)d/%(whole)d", parts=terms.parts, whole=terms.whole))
    if terms.cap_professional is not None:
        found.append(_("专业科目最多计 %(time)s", time=said(terms, terms.cap_professional)))
    if terms.cap_public is not None:
        found.append(_("公需科目最多计 %(time)s", time=said(terms, terms.cap_public)))
    if terms.carry_most and terms.carry_months is None:
        found.append(_("最多结转 %(time)s 到下一周期", time=said(terms, terms.carry_most)))
    elif terms.carry_most:
        found.append(
            _(
                "最多结转 %(time)s 到下一周期，前 %(months)d 个月有效",
                time=said(terms, terms.carry_most),
                months=terms.carry_months,
            )
        )
    else:
        found.append(_("不结转"))
    return found


def windows(terms: Terms) -> list[str]:
    """When a cycle is renewed, and late."""
    late = _("到期后 %(months)d 个月内可补办", months=terms.late_months) if terms.late_months else _("到期后不可补办")
    return [_("到期前 %(months)d 个月起为窗口期", months=terms.window_months), late]


def unit(terms: Terms) -> str:
    """The unit, and how many minutes it has."""
    return _(
        "1 %(unit)s = %(minutes)d 分钟",
        unit=unit_name(terms.unit),
        minutes=terms.unit_minutes,
    )
