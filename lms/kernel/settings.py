"""Typed settings that officers change while the site runs, each with the day it takes effect.

A room declares its settings with `SettingSpec`; a value is read for a day (`value("credits.hours", on=day)`), so a
rule of last year can still be applied to last year. A default that the city has not decided is `illustrative` (示例)
until an officer saves a value of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import SettingValue


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting. `default` fixes its type: bool, int, str, or a list of str; `choice_titles` names its choices."""

    key: str
    default: Any
    title: Any
    help: Any = ""
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    choice_titles: Mapping[str, Any] = field(default_factory=dict)
    unit: Any = ""
    illustrative: bool = False

    def check(self, value: Any) -> Any:
        """Return `value` when it may be stored, else raise `Invalid`."""
        listed = value if isinstance(value, list) else [value]
        if type(value) is not type(self.default) or (listed is value and {type(item) for item in listed} - {str}):
            raise Invalid(_("“%(title)s”的值类型不对。", title=self.title), fields={"value": _("请按说明填写")})
        if isinstance(value, int) and not isinstance(value, bool):
            if self.minimum is not None and value < self.minimum:
                message = _("不能小于 %(low)s", low=self.minimum)
                raise Invalid(_("“%(title)s”超出范围。", title=self.title), fields={"value": message})
            if self.maximum is not None and value > self.maximum:
                message = _("不能大于 %(high)s", high=self.maximum)
                raise Invalid(_("“%(title)s”超出范围。", title=self.title), fields={"value": message})
        if self.choices and not set(listed) <= set(self.choices):
            raise Invalid(_("“%(title)s”没有这个选项。", title=self.title), fields={"value": _("请从列出的选项中选择")})
        return value


@dataclass
class SettingsRegistry:
    """The declared settings and their stored values."""

    specs: dict[str, SettingSpec] = field(default_factory=dict)

    def declare(self, specs: Iterable[SettingSpec]) -> None:
        for spec in specs:
            if spec.key in self.specs:
                raise ValueError(f"two settings are called {spec.key}")
            self.specs[spec.key] = spec

    def spec(self, key: str) -> SettingSpec:
        if key not in self.specs:
            raise NotFound(_("没有“%(key)s”这个设置。", key=key))
        return self.specs[key]

    def value(self, key: str, on: dt.date | None = None) -> Any:
        """The value in force on a day (today by default)."""
        row = self.in_force(key, on or clock.today())
        return self.specs[key].default if row is None else row.value

    def in_force(self, key: str, on: dt.date) -> SettingValue | None:
        """The stored row in force on a day, or None where the default rules."""
        query = (
            select(SettingValue)
            .where(SettingValue.key == self.spec(key).key, SettingValue.valid_from <= on)
            .order_by(SettingValue.valid_from.desc(), SettingValue.revision.desc())
            .limit(1)
        )
        return db.session.scalars(query).first()

    def history(self, key: str) -> list[SettingValue]:
        """Every value ever set, newest first."""
        query = select(SettingValue).where(SettingValue.key == self.spec(key).key)
        return list(db.session.scalars(query.order_by(SettingValue.set_at.desc())))

    def histories(self, keys: Iterable[str]) -> dict[str, list[SettingValue]]:
        """The values of each key, the one that rules before the ones it replaces: the latest day, then revision."""
        found: dict[str, list[SettingValue]] = {self.spec(key).key: [] for key in keys}
        query = select(SettingValue).where(SettingValue.key.in_(found))
        query = query.order_by(SettingValue.valid_from.desc(), SettingValue.revision.desc())
        for row in db.session.scalars(query):
            found[row.key].append(row)
        return found

    def next_revision(self, key: str, valid_from: dt.date) -> int:
        """The number of the next row for a key and day: a second change of mind on one day is kept beside the first."""
        last = select(func.max(SettingValue.revision)).where(
            SettingValue.key == key, SettingValue.valid_from == valid_from
        )
        return (db.session.scalar(last) or 0) + 1
