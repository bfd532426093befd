"""Categories of practice with their figures. There are few, so whoever needs one reads all of its figures."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.dated import in_force
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.practice.dto import Category
from lms.practice.models import PracticeRule


def categories() -> list[Category]:
    """Every category with its figures, in the order in which they were first set. One SELECT."""
    found: dict[str, list[PracticeRule]] = {}
    latest_first = PracticeRule.valid_from.desc(), PracticeRule.revision.desc()
    for rule in db.session.scalars(select(PracticeRule).order_by(PracticeRule.code, *latest_first)):
        found.setdefault(rule.code, []).append(rule)
    first_set = {code: min(rule.set_at for rule in same) for code, same in found.items()}
    return [Category(code, found[code]) for code in sorted(found, key=lambda code: (first_set[code], code))]


def category(code: str) -> Category:
    """One category. Raises `NotFound`."""
    found = next((one for one in categories() if one.code == code), None)
    if found is None:
        raise NotFound(_("没有这类实务实训。"), todo=_("请从列表里选择。"))
    return found


def titles() -> Mapping[str, Mapping[str, str]]:
    """What each category is called today, by code."""
    today = clock.today()
    return {one.code: (in_force(one.rules, today) or one.rules[0]).title for one in categories()}
