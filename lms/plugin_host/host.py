"""The plugin host of one application: the guard of the kernel, how hooks are asked, what is known of each plugin."""

from __future__ import annotations

import copy
import enum
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from typing import Any, TypeVar, cast

import click
from flask import current_app
from flask_babel.speaklater import LazyString

from lms.kernel.actor import Actor
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.plugin_host import switchboard
from lms.plugin_host.discovery import Found, installed
from lms.plugin_host.firebreak import Firebreak, timed
from lms.plugin_host.loading import Broken, Loading, Plugin, call, load_all
from lms.plugin_host.migrations import head_of
from lms.plugin_host.models import FaultKind, PluginState
from lms.plugin_host.shield import asked, shielded
from lms.plugin_host.switchboard import Switch, Switchboard
from lms.webkit.room import Figure, NextStep, Room, Subscription

EXTENSION = "lms.plugin_host"
NOTIFY_SECONDS = 10.0
"""A subscription that takes longer for one event is reported: other subscribers wait for the worker."""
T = TypeVar("T")
_PIECES: dict[str, type] = {"next": NextStep, "figure": Figure, "requirement": dict}


class Standing(enum.StrEnum):
    """How a plugin stands."""

    ON = "on"
    OFF = "off"
    TRIPPED = "tripped"
    BEHIND = "behind"
    WAITING = "waiting"
    BROKEN = "broken"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Overview:
    """One line of the operator's list. `reason` says why a plugin is not on."""

    name: str
    version: str
    standing: Standing
    reason: str
    plugin: Plugin | None = None
    switch: Switch | None = None


@dataclass
class PluginHost:
    """Everything about plugins that lives as long as the application."""

    loading: Loading
    switchboard: Switchboard = field(default_factory=Switchboard)
    firebreak: Firebreak = field(default_factory=Firebreak)

    @classmethod
    def load(cls, rooms: Sequence[Room], found: Sequence[Found] | None = None) -> PluginHost:
        """Load what is installed (or `found`). Never raises: what cannot be loaded is listed as broken."""
        return cls(load_all(installed() if found is None else found, [room.name for room in rooms]))

    @property
    def plugins(self) -> dict[str, Plugin]:
        return self.loading.plugins

    @property
    def broken(self) -> dict[str, Broken]:
        return self.loading.broken

    # --- the guard of the kernel -------------------------------------------------------------------------------------

    def is_on(self, owner: str) -> bool:
        """Whether a plugin is switched on, its tables are up to date and so are the plugins it requires."""
        return owner not in self.plugins or self.standing(owner) is Standing.ON

    def serves(self, owner: str, actor: Actor) -> bool:
        """Whether a plugin is on for one of the actor's units; who is not signed in is let up to the sign-in."""
        if owner not in self.plugins:
            return True
        row = self.switchboard.rows().get(owner)
        if row is None or not self.is_on(owner):
            return False
        if actor.person_id is None:
            return True
        if not row.by_unit:
            return row.everywhere
        return switchboard.serves_actor(owner, actor, everywhere=row.everywhere)

    def shielded(self, owner: str, place: str, call: Callable[[], Any]) -> Any:
        """A display call of a plugin: see `Firebreak.display`. A piece of the wrong kind counts as a failure."""
        if owner not in self.plugins:
            return call()
        return self.firebreak.display(owner, f"slot {place}", lambda: _settled(place, call()))

    def within(self, owner: str, place: str, seconds: float, call: Callable[[], T]) -> T | None:
        """A call of a plugin that may wait for somebody far away: as `Firebreak.display`, with a limit of its own."""
        return self.firebreak.display(owner, place, call, seconds) if owner in self.plugins else call()

    def failed(self, owner: str, place: str, error: BaseException) -> None:
        """A page of the plugin's own raised: reported, but it hurts nobody else's page."""
        if owner in self.plugins:
            self.firebreak.failed(owner, place, error, hurts=False)

    # --- hooks -------------------------------------------------------------------------------------------------------

    def asks(self, hook: str) -> bool:
        """Whether any plugin that is on implements a hook: what it would be told need not be read else."""
        return any(hook in plugin.hooks and self.is_on(name) for name, plugin in self.plugins.items())

    def participate(self, hook: str, owner: str | None = None, **given: Any) -> None:
        """Ask every plugin that is on (or only `owner`) inside the present transaction.

        Raises what a plugin refuses with, or `PluginFailed` for anything else it raises.
        """
        for name, plugin in self.plugins.items():
            impl = plugin.hooks.get(hook)
            if impl is None or (owner is not None and name != owner) or not self.is_on(name):
                continue
            asked(self.firebreak, plugin, hook, partial(call, impl, **given))

    def told(self, plugin: str, subscription: Subscription) -> Subscription:
        """The subscription with its failures and slowness reported. The outbox repeats and parks."""

        def handle(event: Any) -> None:
            try:
                _nothing, seconds = timed(lambda: subscription.handler(event))
            except Exception as error:
                self.firebreak.failed(plugin, subscription.name, error, hurts=False)
                raise
            if seconds > NOTIFY_SECONDS:
                detail = f"{event.name} took {seconds:.1f} s"
                self.firebreak.note(plugin, subscription.name, FaultKind.SLOW, detail, hurts=True)

        return replace(subscription, handler=handle)

    def rooms(self) -> Iterator[Room]:
        """The loaded plugins as rooms, ready to be installed like those of the core."""
        for name, plugin in self.plugins.items():
            room = plugin.room
            yield replace(
                room,
                commands=tuple(_only_when_on(name, group) for group in room.commands),
                subscriptions=tuple(self.told(name, one) for one in room.subscriptions),
                offers=tuple(shielded(self.firebreak, plugin, one) for one in room.offers),
            )

    def catalogues(self) -> list[str]:
        """The folders of the plugins' translations."""
        folders = (plugin.folder / "translations" for plugin in self.plugins.values())
        return [str(folder) for folder in folders if folder.is_dir()]

    # --- what is known -----------------------------------------------------------------------------------------------

    def standing(self, name: str) -> Standing:
        return self._judged(name)[0]

    def overview(self) -> list[Overview]:
        """Every plugin that is installed or was once switched on, by name."""
        names = sorted({*self.plugins, *self.broken, *self.switchboard.rows()})
        return [self.about(name) for name in names]

    def about(self, name: str) -> Overview:
        """One plugin. Raises `NotFound`."""
        plugin, switch, lost = self.plugins.get(name), self.switchboard.rows().get(name), self.broken.get(name)
        if plugin is None and switch is None and lost is None:
            raise NotFound(_("没有叫“%(name)s”的模块。", name=name))
        standing, reason = self._judged(name)
        known = [one for one in (plugin and plugin.manifest.version, lost and lost.version) if one]
        return Overview(
            name, known[0] if known else (switch.version if switch else ""), standing, reason, plugin, switch
        )

    def _judged(self, name: str) -> tuple[Standing, str]:
        row, plugin = self.switchboard.rows().get(name), self.plugins.get(name)
        if plugin is None:
            lost = self.broken.get(name)
            return (Standing.BROKEN, lost.reason) if lost else (Standing.GONE, "it is no longer installed")
        if row is None or row.state is PluginState.DISABLED:
            return Standing.OFF, row.reason if row else ""
        if row.state is PluginState.TRIPPED:
            return Standing.TRIPPED, row.reason
        head = head_of(plugin)
        if row.revision != head:
            return (
                Standing.BEHIND,
                f"its tables are at {row.revision or 'nothing'}, it needs {head}: lms plugins upgrade",
            )
        missing = [one for one in plugin.required if not self.is_on(one)]
        return (Standing.WAITING, f"it waits for {', '.join(missing)}") if missing else (Standing.ON, "")


def host() -> PluginHost:
    """The host of the current application. Needs an app context."""
    return cast("PluginHost", current_app.extensions[EXTENSION])


def _only_when_on(name: str, command: click.Command) -> click.Command:
    """A copy of a command and of those below it that runs only while the plugin is on. Help is given always."""
    guarded = copy.copy(command)
    if isinstance(guarded, click.Group):
        guarded.commands = {key: _only_when_on(name, one) for key, one in guarded.commands.items()}
    if guarded.callback is not None:
        guarded.callback = _checking_first(name, guarded.callback)
    return guarded


def _checking_first(name: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def check_and_run(*args: Any, **options: Any) -> Any:
        known = host().about(name)
        if known.standing is not Standing.ON:
            raise click.ClickException(f"the plugin {name} is not on: {known.reason or 'lms plugins enable ' + name}")
        return callback(*args, **options)

    return check_and_run


def _settled(place: str, piece: Any) -> Any:
    """The piece with its lazy texts spoken, still inside the shield. Raises `TypeError` for one of another kind."""
    wanted = _PIECES.get(place, str)
    if piece is None:
        return None
    if not isinstance(piece, wanted):
        raise TypeError(f"a piece for {place} is a {wanted.__name__}, not {type(piece).__name__}")
    if is_dataclass(piece) and not isinstance(piece, type):
        return replace(piece, **{one.name: _spoken(getattr(piece, one.name)) for one in fields(piece)})
    return piece


def _spoken(value: Any) -> Any:
    return str(value) if isinstance(value, LazyString) else value
