"""Writing failures down, and switching a plugin off that hurts the core again and again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.plugin_host.firebreak import Noted
from lms.plugin_host.models import PluginFault, PluginState, PluginSwitch

if TYPE_CHECKING:
    from lms.plugin_host.host import PluginHost

TRIP_AFTER = 5
TRIP_WITHIN = dt.timedelta(minutes=10)
"""So many failures that the core felt within such a time switch a plugin off."""

log = structlog.get_logger(__name__)


def write(host: PluginHost, noted: Sequence[Noted], now: dt.datetime) -> None:
    """Store failures and trip whoever has too many. Never raises: reporting must not fail the page it reports on."""
    for one in noted:
        log.warning("plugin failed", plugin=one.plugin, place=one.place, kind=one.kind, detail=one.detail)
    try:
        with unit_of_work(SYSTEM) as uow:
            for one in noted:
                uow.session.add(
                    PluginFault(
                        id=new_id(),
                        plugin=one.plugin,
                        place=one.place,
                        kind=one.kind,
                        hurts=one.hurts,
                        detail=one.detail,
                        request_id=one.request_id,
                        at=now,
                    )
                )
            uow.session.flush()
            for name in sorted({one.plugin for one in noted if one.hurts}):
                _trip_when_due(uow, name, now)
                uow.after_commit(host.switchboard.forget)
    except SQLAlchemyError:
        log.exception("plugin failures could not be stored")


def _trip_when_due(uow: UnitOfWork, name: str, now: dt.datetime) -> None:
    since = select(PluginSwitch.changed_at).where(PluginSwitch.name == name)  # a new switch-on starts from nothing
    recent = select(func.count()).where(
        PluginFault.plugin == name,
        PluginFault.hurts,
        PluginFault.at > now - TRIP_WITHIN,
        PluginFault.at >= since.scalar_subquery(),
    )
    count = uow.session.scalar(recent) or 0
    if count < TRIP_AFTER:
        return
    reason = f"the firebreak switched it off: {count} failures within {TRIP_WITHIN.seconds // 60} minutes"
    tripped = uow.change(
        update(PluginSwitch)
        .where(PluginSwitch.name == name, PluginSwitch.state == PluginState.ENABLED)
        .values(state=PluginState.TRIPPED, reason=reason, changed_at=now, changed_by=None)
    )
    if tripped:
        uow.audit("plugin.trip", "plugin", name, failures=count)


def latest(name: str) -> Select[PluginFault]:
    """A plugin's failures, the newest first."""
    return select(PluginFault).where(PluginFault.plugin == name).order_by(PluginFault.at.desc(), PluginFault.id.desc())
