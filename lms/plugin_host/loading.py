"""From an installed distribution to a `Room`: import, manifest, hooks, names. Nothing here touches the database."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pluggy
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from lms.kernel.events import DomainEvent
from lms.plugin_api import hookspecs
from lms.plugin_api.manifest import API_VERSION, NAME, Manifest
from lms.plugin_api.registering import (
    Blueprint,
    CaseKind,
    CreditRule,
    ImportFormat,
    JobSpec,
    LoginProvider,
    MessageKind,
    NavItem,
    Notifier,
    Permission,
    QuestionType,
    RequirementType,
    Role,
    SettingSpec,
    Slot,
    Subscription,
)
from lms.plugin_host import naming
from lms.plugin_host.discovery import Found
from lms.webkit.room import Room

REGISTER: dict[str, tuple[str, type]] = {
    "lms_register_blueprints": ("blueprints", Blueprint),
    "lms_register_permissions": ("permissions", Permission),
    "lms_register_settings": ("settings", SettingSpec),
    "lms_register_navigation": ("navigation", NavItem),
    "lms_register_slots": ("slots", Slot),
    "lms_register_jobs": ("jobs", JobSpec),
    "lms_register_commands": ("commands", click.Command),
    "lms_register_messages": ("messages", MessageKind),
    "lms_register_events": ("events", type),
    "lms_register_roles": ("offers", Role),
    "lms_register_case_kinds": ("offers", CaseKind),
    "lms_register_question_types": ("offers", QuestionType),
    "lms_register_credit_rules": ("offers", CreditRule),
    "lms_register_requirement_types": ("offers", RequirementType),
    "lms_register_notifiers": ("offers", Notifier),
    "lms_register_login_providers": ("offers", LoginProvider),
    "lms_register_import_formats": ("offers", ImportFormat),
    "lms_subscriptions": ("subscriptions", Subscription),
}
"""Which field of a `Room` each register hook fills, and of what."""


class Refused(Exception):
    """A plugin that cannot be loaded; the message says why and what to do."""


@dataclass(frozen=True)
class Plugin:
    """A plugin that is loaded: its code runs, whether it is switched on is another question."""

    manifest: Manifest
    module: ModuleType
    folder: Path
    room: Room
    hooks: Mapping[str, pluggy.HookImpl]
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def package(self) -> str:
        return str(self.module.__package__)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the plugins it requires."""
        return tuple(Requirement(text).name for text in self.manifest.requires)

    @property
    def versions(self) -> Path | None:
        """The folder of its migrations, if it has tables."""
        folder = self.folder / "migrations"
        return folder if folder.is_dir() else None


@dataclass(frozen=True)
class Broken:
    """An installed plugin that could not be loaded, and why; `trace` is for its author."""

    name: str
    version: str
    reason: str
    trace: str = ""


@dataclass
class Loading:
    """What came of loading everything that is installed."""

    plugins: dict[str, Plugin] = field(default_factory=dict)
    broken: dict[str, Broken] = field(default_factory=dict)


def load_all(found: Sequence[Found], taken: Iterable[str]) -> Loading:
    """Load every plugin, those that others require first. `taken` are the names of the core's rooms."""
    loading, reserved = Loading(), set(taken)
    waiting: dict[str, Plugin] = {}
    for one in found:
        try:
            _require_free(one.name, found, reserved)
            waiting[one.name] = load(one)
        except Refused as error:
            loading.broken[one.name] = Broken(one.name, one.version, str(error), _cause(error))
    _settle(waiting, loading)
    return loading


def _require_free(name: str, found: Sequence[Found], reserved: set[str]) -> None:
    if sum(one.name == name for one in found) > 1:
        raise Refused(f"two installed distributions are called {name}: uninstall one of them")
    if name in reserved:
        raise Refused(f"{name} is the name of a room of the core: rename the plugin")


def load(found: Found) -> Plugin:
    """Import one plugin and turn its hooks into a room. Raises `Refused`."""
    module = _imported(found)
    manifest = getattr(module, "MANIFEST", None)
    if not isinstance(manifest, Manifest):
        raise Refused(f"{module.__name__} has no MANIFEST of type lms.plugin_api.Manifest: add one")
    _check_manifest(manifest, found)
    hooks, noted = _hooks_of(module)
    room = _room(manifest, hooks)
    problems = naming.problems(manifest.name, room)
    if problems:
        raise Refused("; ".join(problems))
    return Plugin(manifest, module, Path(str(module.__file__)).parent, room, hooks, tuple(noted))


def _imported(found: Found) -> ModuleType:
    try:
        module = found.load()
    except Exception as error:
        raise Refused(f"cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(module, ModuleType):
        raise Refused(f"its entry point must name a module, not {type(module).__name__}")
    return module


def _check_manifest(manifest: Manifest, found: Found) -> None:
    if not NAME.fullmatch(manifest.name):
        raise Refused(f"the name {manifest.name!r} must be 3 to 24 lower-case letters and digits")
    if manifest.name != found.name:
        raise Refused(f"the manifest says {manifest.name}, the entry point {found.name}: make them one")
    try:
        wanted = SpecifierSet(manifest.api)
        Version(manifest.version)
        for text in manifest.requires:
            Requirement(text)
    except (InvalidSpecifier, InvalidVersion, InvalidRequirement) as error:
        raise Refused(f"the manifest cannot be read: {error}") from error
    if not manifest.api or API_VERSION not in wanted:
        raise Refused(
            f"it was made for plugin API {manifest.api or 'unknown'}, this release has {API_VERSION}: "
            "install a version of the plugin that fits"
        )


def _hooks_of(module: ModuleType) -> tuple[dict[str, pluggy.HookImpl], list[str]]:
    """The plugin's hook implementations by name, checked against the specifications, and warnings worth showing."""
    manager = pluggy.PluginManager(hookspecs.NAMESPACE)
    manager.add_hookspecs(hookspecs)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        try:
            manager.register(module)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise Refused(f"a hook does not fit: {error}") from error
    callers = manager.get_hookcallers(module) or []
    hooks = {caller.name: impl for caller in callers for impl in caller.get_hookimpls()}
    return hooks, [str(one.message) for one in noted]


def call(impl: pluggy.HookImpl, **given: Any) -> Any:
    """Call one implementation with those of the arguments that it takes."""
    return impl.function(*[given[name] for name in impl.argnames])


def _room(manifest: Manifest, hooks: dict[str, pluggy.HookImpl]) -> Room:
    fields: dict[str, Any] = {}
    for hook, (place, wanted) in REGISTER.items():
        if hook in hooks:
            fields[place] = (*fields.get(place, ()), *_given(hook, hooks[hook], wanted))
    commands = fields.pop("commands", ())
    if commands:
        fields["commands"] = (_group(manifest, commands),)
    return Room(name=manifest.name, **fields)


def _given(hook: str, impl: pluggy.HookImpl, wanted: type) -> tuple[Any, ...]:
    try:
        items = tuple(call(impl))
    except Exception as error:
        raise Refused(f"{hook} raised {type(error).__name__}: {error}") from error
    for item in items:
        if not (isinstance(item, wanted) and (not isinstance(item, type) or issubclass(item, DomainEvent))):
            expected = "DomainEvent class" if wanted is type else wanted.__name__
            raise Refused(f"{hook} gave {type(item).__name__} where a {expected} is due")
    return items


def _group(manifest: Manifest, commands: Sequence[click.Command]) -> click.Group:
    """`lms <name> ...`; the host puts the switch before it."""
    return click.Group(manifest.name, commands=list(commands), help=f"Commands of the plugin {manifest.name}.")


def _settle(waiting: dict[str, Plugin], loading: Loading) -> None:
    """Take plugins over in the order of their requirements; what cannot be satisfied is broken."""
    while waiting:
        ready = [name for name, one in waiting.items() if not _lacking(one, waiting, loading)]
        for name in ready:
            loading.plugins[name] = waiting.pop(name)
        if not ready:
            break
    for name, plugin in waiting.items():
        reason = "; ".join(_lacking(plugin, {}, loading)) or "it requires itself in a circle"
        loading.broken[name] = Broken(name, plugin.manifest.version, reason)


def _lacking(plugin: Plugin, waiting: dict[str, Plugin], loading: Loading) -> list[str]:
    lacking = []
    for requirement in map(Requirement, plugin.manifest.requires):
        other = loading.plugins.get(requirement.name)
        if other is None:
            later = " yet" if requirement.name in waiting else ""
            lacking.append(f"it requires {requirement}, which is not loaded{later}: install it first")
        elif not requirement.specifier.contains(other.manifest.version, prereleases=True):
            lacking.append(f"it requires {requirement}, installed is {other.manifest.version}")
    return lacking


def _cause(error: Refused) -> str:
    return "".join(traceback.format_exception(error.__cause__)) if error.__cause__ else ""
