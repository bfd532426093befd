"""What operators do to plugins: switch, migrate, limit to units, export, purge. All of it needs the code or says so."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, delete, select, update

from lms.access import policy
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import WRITE, db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import OutboxCursor, OutboxDelivery
from lms.kernel.uow import end_reads, unit_of_work
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.plugin_host import migrations
from lms.plugin_host.host import Standing, host
from lms.plugin_host.loading import Plugin
from lms.plugin_host.models import FaultKind, PluginState, PluginSwitch, PluginUnit

log = structlog.get_logger(__name__)


def enable(actor: Actor, name: str) -> None:
    """Bring a plugin's tables up to date and switch it on for everybody it is not limited away from.

    Raises `Conflict` saying what stands in the way; the plugin is then as it was.
    """
    _begin(actor)
    plugin = _loaded(name)
    lacking = [one for one in plugin.required if not host().is_on(one)]
    if lacking:
        raise Conflict(
            _("还不能启用。"), why=_("它需要先启用：%(names)s。", names=_("、").join(lacking)), code="plugin_requires"
        )
    revision = _migrate(plugin)
    with unit_of_work(actor) as uow:
        row = uow.session.get(PluginSwitch, name)
        if row is None:
            row = PluginSwitch(name=name, everywhere=True)
            uow.session.add(row)
        row.state, row.reason, row.version, row.revision = PluginState.ENABLED, "", plugin.manifest.version, revision
        row.changed_at, row.changed_by = clock.now(), actor.person_id
        uow.audit("plugin.enable", "plugin", name, version=row.version, revision=revision)
        uow.after_commit(host().switchboard.forget)


def disable(actor: Actor, name: str, reason: str) -> None:
    """Switch a plugin off: its pages, jobs and subscriptions rest, its data stays."""
    _begin(actor)
    dependents = [one.name for one in host().plugins.values() if name in one.required and host().is_on(one.name)]
    if dependents:
        raise Conflict(_("还不能停用。"), why=_("这些模块需要它：%(names)s。", names=_("、").join(dependents)))
    with unit_of_work(actor) as uow:
        changed = uow.change(
            update(PluginSwitch)
            .where(PluginSwitch.name == name, PluginSwitch.state != PluginState.DISABLED)
            .values(state=PluginState.DISABLED, reason=reason, changed_at=clock.now(), changed_by=actor.person_id)
        )
        if not changed:
            raise Conflict(_("这个模块没有启用。"))
        uow.audit("plugin.disable", "plugin", name, reason=reason)
        uow.after_commit(host().switchboard.forget)


def upgrade(actor: Actor, name: str) -> str:
    """Bring the tables of a plugin that was switched on before to what its code needs; the new revision."""
    _begin(actor)
    plugin = _loaded(name)
    if name not in host().switchboard.rows():
        raise Conflict(_("这个模块还没有启用过。"), todo=_("请先启用它。"))
    revision = _migrate(plugin)
    _moved(actor, plugin, revision)
    return revision


def upgrade_all(actor: Actor) -> dict[str, str]:
    """After the core's own upgrade: bring every plugin that is on to its code. Gives those that failed, with why."""
    failed = {}
    for name, row in sorted(host().switchboard.rows().items()):
        plugin = host().plugins.get(name)
        if plugin is None or row.revision == migrations.head_of(plugin):
            continue
        try:
            upgrade(actor, name)
        except Conflict as error:
            failed[name] = str(error)
    return failed


def downgrade(actor: Actor, name: str, revision: str) -> str:
    """Take a plugin's tables back, which must be off: its code would not fit them. Returns the revision they are at."""
    _begin(actor)
    plugin = _loaded(name)
    _require_off(name)
    if revision != "base" and not plugin.versions:
        raise Invalid(_("这个模块没有自己的数据表。"))
    at = _in_own_transaction(plugin, "downgrade", lambda link: migrations.downgrade(link, plugin, revision))
    _moved(actor, plugin, at)
    return at


def purge(actor: Actor, name: str) -> list[str]:
    """Remove every table of a plugin and what is remembered of it, its code present or not; the tables removed.

    Messages it sent, settings and the audit log stay: they are history.
    """
    _begin(actor)
    known = host().about(name)
    if known.standing in {Standing.ON, Standing.TRIPPED, Standing.WAITING, Standing.BEHIND}:
        raise Conflict(_("这个模块还没有停用。"), todo=_("请先停用，再清除数据。"))
    end_reads()
    with db.engine.execution_options(**WRITE).begin() as connection:
        dropped = migrations.drop_all(connection, name)
    with unit_of_work(actor) as uow:
        for table in (OutboxDelivery, OutboxCursor):
            uow.change(delete(table).where(table.subscriber.startswith(f"{name}.", autoescape=True)))
        uow.change(delete(PluginUnit).where(PluginUnit.plugin == name))
        uow.change(delete(PluginSwitch).where(PluginSwitch.name == name))
        uow.audit("plugin.purge", "plugin", name, tables=dropped)
        uow.after_commit(host().switchboard.forget)
    return dropped


def offer_everywhere(actor: Actor, name: str, *, everywhere: bool) -> None:
    """Whether units that nobody decided about are offered the plugin."""
    _begin(actor)
    with unit_of_work(actor) as uow:
        changed = uow.change(update(PluginSwitch).where(PluginSwitch.name == name).values(everywhere=everywhere))
        if not changed:
            raise NotFound(_("这个模块还没有启用过。"))
        uow.audit("plugin.everywhere", "plugin", name, everywhere=everywhere)
        uow.after_commit(host().switchboard.forget)


def offer_to(actor: Actor, name: str, org_id: uuid.UUID, *, active: bool | None) -> None:
    """Switch a plugin on or off for a unit and everything below; None leaves it to the units above."""
    policy.require(actor, "plugin:edit", org_id)
    with unit_of_work(actor) as uow:
        if uow.session.get(PluginSwitch, name) is None:
            raise NotFound(_("这个模块还没有启用过。"))
        uow.change(delete(PluginUnit).where(PluginUnit.plugin == name, PluginUnit.org_id == org_id))
        if active is not None:
            uow.session.add(
                PluginUnit(
                    plugin=name, org_id=org_id, active=active, changed_at=clock.now(), changed_by=actor.person_id
                )
            )
        uow.audit("plugin.unit", "plugin", name, org_id=org_id, active=active)
        uow.after_commit(host().switchboard.forget)


def _begin(actor: Actor) -> None:
    """A plugin's code runs for the whole city, so the right must be held on its root.

    The switches are read anew: what is decided here must not rest on how they stood before another process changed one.
    """
    host().switchboard.forget()
    if actor is not SYSTEM:  # a machine's operator may do it before the city is loaded
        policy.require(actor, "plugin:edit", orgs.city().id)


def _loaded(name: str) -> Plugin:
    known = host().about(name)
    if known.plugin is None:
        raise Conflict(
            _("这个模块装不上。"), why=known.reason, todo=_("请按原因处理后重启服务。"), code="plugin_broken"
        )
    return known.plugin


def _require_off(name: str) -> None:
    row = host().switchboard.rows().get(name)
    if row is not None and row.state is PluginState.ENABLED:
        raise Conflict(_("这个模块还没有停用。"), todo=_("请先停用，再降级。"))


def _migrate(plugin: Plugin) -> str:
    """Upgrade a plugin's tables; the revision they are at. Raises `Conflict` saying why not, with nothing half done."""
    return _in_own_transaction(plugin, "upgrade", lambda link: migrations.upgrade(link, plugin))


def _in_own_transaction(plugin: Plugin, place: str, change: Callable[[Connection], None]) -> str:
    end_reads()  # SQLite has one writer: our own read must not be in its way
    try:
        with db.engine.execution_options(**WRITE).begin() as connection:
            change(connection)
            return migrations.revision_of(connection, plugin.name)
    except Exception as error:
        detail = traceback.format_exc()
        host().firebreak.note(plugin.name, f"migration {place}", FaultKind.RAISED, detail, hurts=False)
        log.warning("plugin migration failed", plugin=plugin.name, detail=detail)
        raise Conflict(
            _("模块“%(plugin)s”的数据表没有改成。", plugin=plugin.name),
            why=f"{type(error).__name__}: {error}",
            todo=_("数据库没有变化。请把原因告诉模块的作者。"),
            code="plugin_migration",
        ) from error


def _moved(actor: Actor, plugin: Plugin, revision: str) -> None:
    with unit_of_work(actor) as uow:
        version = plugin.manifest.version
        own = update(PluginSwitch).where(PluginSwitch.name == plugin.name)
        uow.change(own.values(revision=revision, version=version))
        uow.audit("plugin.migrate", "plugin", plugin.name, revision=revision, version=version)
        uow.after_commit(host().switchboard.forget)


def units_of(name: str) -> list[tuple[str, str, bool]]:
    """The units with a switch of their own: code, name, on or off."""
    query = select(OrgUnit.code, OrgUnit.name, PluginUnit.active).join(PluginUnit, PluginUnit.org_id == OrgUnit.id)
    rows = db.session.execute(query.where(PluginUnit.plugin == name).order_by(OrgUnit.code))
    return [(code, unit, active) for code, unit, active in rows]
