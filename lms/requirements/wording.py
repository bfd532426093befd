"""Conditions in words: what a leaf asks for, what a group means, what is wrong with a tree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.requirements import kinds
from lms.requirements.kinds import RequirementType
from lms.requirements.rules import MOST_DEPTH, MOST_LEAVES, Group, How, Leaf
from lms.webkit.registry import registry
from lms.webkit.templating import day, minutes

HOWS: Mapping[How, Any] = {
    How.ALL: _l("全部满足"),
    How.ANY: _l("满足其中一项"),
    How.SOME: _l("满足其中几项"),
}
FAULTS: Mapping[str, Any] = {
    "empty": _l("有一组里还没有条件"),
    "need": _l("有一组要求的项数比组里的条件多"),
    "many": _l("条件太多，最多 %(most)d 个"),
    "deep": _l("层次太深，最多 %(most)d 层"),
}
_DAYS_OF_A_MONTH, _FEW_DAYS = 30, 60


def fault(code: str) -> str:
    """What is wrong with a tree."""
    return str(FAULTS[code]) % {"most": MOST_LEAVES if code == "many" else MOST_DEPTH}


def group(node: Group) -> str:
    """What a group asks for."""
    if node.how is How.SOME:
        return _("以下 %(total)d 项中满足 %(need)d 项", total=len(node.parts), need=node.need)
    if node.counts_as:
        return _("满足这一项，或满足视同的条件")
    return _("以下全部满足") if node.how is How.ALL else _("以下满足一项即可")


class Speaker:
    """Says what conditions ask for; what a param's values are called is looked up once."""

    def __init__(self) -> None:
        self._titles: dict[tuple[str, str], dict[str, Any]] = {}

    def condition(self, leaf: Leaf) -> str:
        """A condition as one line: its type, then its params by their names."""
        kind = kinds.installed(leaf.type)
        if kind is None:
            return _("%(key)s（提供它的模块没有安装）", key=leaf.type)
        given = [name for name in kind.params if name in leaf.params]
        said = [self._param(kind, name, leaf.params[name]) for name in given]
        return _("：").join([str(kind.title), _("，").join(said)]) if said else str(kind.title)

    def options(self, kind: RequirementType, name: str) -> dict[str, Any]:
        """The values of a param with their titles; none where it is typed freely, or its source fails."""
        key = (kind.key, name)
        if key not in self._titles:
            self._titles[key] = _options(kind, name)
        return self._titles[key]

    def _param(self, kind: RequirementType, name: str, value: Any) -> str:
        label = kind.labels.get(name, name)
        if isinstance(value, bool):
            return f"{label} {_('是') if value else _('否')}"
        if "enum" in kind.params[name]:
            return _("%(label)s“%(value)s”", label=label, value=self.options(kind, name).get(str(value), value))
        if kind.params[name].get("x-hours"):
            return f"{label} {minutes(int(value))}"
        if isinstance(value, int):
            return " ".join(str(part) for part in (label, f"{value:,}", kind.units.get(name, "")) if str(part))
        return _("%(label)s“%(value)s”", label=label, value=self.options(kind, name).get(str(value), value))


def _options(kind: RequirementType, name: str) -> dict[str, Any]:
    if name in kind.choices:
        found = registry().shown(kind, "requirement", lambda: {key: str(text) for key, text in kind.choices[name]()})
        return dict(found or {})
    return {str(value): str(value) for value in kind.params[name].get("enum", ())}


def in_days(days: int) -> str:
    """About how long: days while they are few, then months, then years."""
    if days < _FEW_DAYS:
        return _("约 %(days)d 天", days=max(1, days))
    months = -(-days // _DAYS_OF_A_MONTH)
    if months < 24:
        return _("约 %(months)d 个月", months=months)
    return _("约 %(years)s 年", years=f"{days / 365.25:.1f}".removesuffix(".0"))


def by_day(days: int, today: dt.date) -> str:
    """The day in so many days."""
    return day(today + dt.timedelta(days=days))
