"""Which plugins are on, and where: read from the database and kept for a moment, so every process follows a switch."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from lms.access.models import Grant
from lms.access.policy import in_force
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.uow import end_reads, in_unit_of_work
from lms.orgs.models import OrgClosure
from lms.people.models import Employment
from lms.plugin_host.models import PluginState, PluginSwitch, PluginUnit
from lms.webkit.once import once_a_request

FRESH_SECONDS = 1.0
"""How long a process goes by what it read; the longest time a switch takes to reach everybody."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A plugin's row."""

    state: PluginState
    version: str
    revision: str
    everywhere: bool
    reason: str
    by_unit: bool
    """Whether some unit has a row of its own."""


@dataclass
class Switchboard:
    """The rows of all plugins as of a moment ago."""

    fresh_seconds: float = FRESH_SECONDS
    _rows: Mapping[str, Switch] = field(default_factory=dict)
    _read_at: float | None = None

    def rows(self) -> Mapping[str, Switch]:
        """Every plugin that was ever switched on, by name. At most one SELECT in `fresh_seconds`."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= self.fresh_seconds:
            self._rows, self._read_at = _read(), now
        return self._rows

    def forget(self) -> None:
        """Read again next time: something was switched here."""
        self._read_at = None


def _read() -> Mapping[str, Switch]:
    """The table as it is; nothing before it was made."""
    query = select(
        PluginSwitch.name,
        PluginSwitch.state,
        PluginSwitch.version,
        PluginSwitch.revision,
        PluginSwitch.everywhere,
        PluginSwitch.reason,
        exists(select(PluginUnit.plugin).where(PluginUnit.plugin == PluginSwitch.name)),
    )
    try:
        return {row.name: Switch(*row[1:]) for row in db.session.execute(query).all()}
    except (OperationalError, ProgrammingError):
        if not in_unit_of_work():
            end_reads()
        return {}


def serves_actor(plugin: str, actor: Actor, *, everywhere: bool) -> bool:
    """Whether a plugin is on where the actor works, or at, above or below a grant of theirs. Asked once a request."""
    asked = select(_anywhere(plugin, actor, everywhere=everywhere))
    return once_a_request(("plugin", plugin, actor.person_id), lambda: bool(db.session.scalar(asked)))


def serves_unit(plugin: str, org_id: uuid.UUID, *, everywhere: bool) -> bool:
    """Whether a plugin is on for a unit: the nearest row at or above it decides, else `everywhere`."""
    nearest = (
        select(PluginUnit.active)
        .join(OrgClosure, OrgClosure.ancestor_id == PluginUnit.org_id)
        .where(PluginUnit.plugin == plugin, OrgClosure.descendant_id == org_id)
        .order_by(OrgClosure.depth)
        .limit(1)
    )
    found = db.session.scalar(nearest)
    return everywhere if found is None else bool(found)


def _anywhere(plugin: str, actor: Actor, *, everywhere: bool) -> ColumnElement[bool]:
    """Whether the plugin is on for one of the actor's units.

    Somebody who works in a unit is asked for that unit; an officer is served as soon as any unit they look after is.
    """
    person = actor.person_id
    own = select(Employment.org_id).where(Employment.person_id == person, Employment.ended_on.is_(None))
    granted = select(Grant.org_id).where(Grant.person_id == person, in_force(clock.today()))
    units = own.union_all(granted).subquery()
    nearest = (
        select(PluginUnit.active)
        .join(OrgClosure, OrgClosure.ancestor_id == PluginUnit.org_id)
        .where(PluginUnit.plugin == plugin, OrgClosure.descendant_id == units.c.org_id)
        .order_by(OrgClosure.depth)
        .limit(1)
        .correlate(units)
        .scalar_subquery()
    )
    counted = nearest.is_(True) if not everywhere else or_(nearest.is_(True), nearest.is_(None))
    below = (
        select(PluginUnit.org_id)
        .join(OrgClosure, OrgClosure.descendant_id == PluginUnit.org_id)
        .join(Grant, Grant.org_id == OrgClosure.ancestor_id)
        .where(PluginUnit.plugin == plugin, PluginUnit.active, Grant.person_id == person, in_force(clock.today()))
    )
    return or_(exists(select(units.c.org_id).where(counted)), exists(below))
