"""Changing a setting: checked, dated, audited."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.models import SettingValue
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work


def set_value(actor: Actor, key: str, value: Any, *, valid_from: dt.date, note: str = "") -> None:
    """Store a value in force from `valid_from` (a city day). The caller has checked the right to do so."""
    registry = kernel().settings
    checked = registry.spec(key).check(value)
    with unit_of_work(actor) as uow:
        uow.session.add(
            SettingValue(
                key=key,
                value=checked,
                valid_from=valid_from,
                revision=registry.next_revision(key, valid_from),
                illustrative=False,
                note=note,
                set_by=actor.person_id,
                set_at=clock.now(),
            )
        )
        uow.audit("setting.set", "setting", key, value=checked, valid_from=valid_from.isoformat(), note=note)
