"""Tables of the plugin host: which plugins are on, where, and what went wrong."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import APPEND_ONLY, Base, choice
from lms.kernel.ids import new_id


class PluginState(enum.StrEnum):
    """`tripped` is what the firebreak did; `disabled` what an operator did."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    TRIPPED = "tripped"


class PluginSwitch(Base):
    """A plugin that was switched on at least once. `revision` is where its tables were then brought to."""

    __tablename__ = "plugin_switch"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    state: Mapped[PluginState] = mapped_column(choice(PluginState))
    version: Mapped[str] = mapped_column(String(40))
    revision: Mapped[str] = mapped_column(String(32), default="")
    everywhere: Mapped[bool]
    """Whether units without a row of their own, or above them, are offered the plugin."""
    reason: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID | None]


class PluginUnit(Base):
    """A unit, and everything below it, for which a plugin is on or off; the nearest row decides."""

    __tablename__ = "plugin_unit"

    plugin: Mapped[str] = mapped_column(ForeignKey("plugin_switch.name", ondelete="CASCADE"), primary_key=True)
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), primary_key=True)
    active: Mapped[bool]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID | None]


class FaultKind(enum.StrEnum):
    RAISED = "raised"
    SLOW = "slow"


class PluginFault(Base):
    """One failure of a plugin. `hurts` marks those the core felt: enough of them in a short time trip the plugin."""

    __tablename__ = "plugin_fault"
    __table_args__ = (Index("ix_plugin_fault_plugin", "plugin", "at"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plugin: Mapped[str] = mapped_column(String(24))
    place: Mapped[str] = mapped_column(String(120))
    kind: Mapped[FaultKind] = mapped_column(choice(FaultKind))
    hurts: Mapped[bool]
    detail: Mapped[str]
    request_id: Mapped[str] = mapped_column(String(40))
    at: Mapped[dt.datetime]
