"""The namespace rules: a plugin's names say whose they are, so they can never collide with anybody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from lms.access.roles import CORE_ROLES, Role
from lms.plugin_api.views import Blueprint
from lms.webkit.blueprint import Blueprint as AnyBlueprint
from lms.webkit.room import Offer, Room

PLACES = {"next", "home", "figure", "desk", "person", "search", "me"}
AREAS = {"learner", "me", "desk", "admin"}
MOST_TABS = 1


def problems(name: str, room: Room) -> list[str]:
    """What in a plugin's room is out of its namespace or leads nowhere; empty when all is well."""
    return [*_names(name, room), *_pages(name, room.blueprints), *_menus(room), *_rights(name, room)]


def _names(name: str, room: Room) -> Iterator[str]:
    named: dict[str, Iterable[str]] = {
        "permission": (one.key for one in room.permissions),
        "setting": (one.key for one in room.settings),
        "job": (one.name for one in room.jobs),
        "message": (one.key for one in room.messages),
        "event": (one.name for one in room.events),
        "subscription": (one.name for one in room.subscriptions),
    }
    offered = groupby(sorted(room.offers, key=_kind_of), _kind_of)
    named |= {kind: [one.key for one in offers] for kind, offers in offered}
    for what, keys in named.items():
        seen: set[str] = set()
        for key in keys:
            if not key.startswith(f"{name}."):
                yield f"the {what} {key} must begin with {name}."
            if key in seen:
                yield f"the {what} {key} is declared twice"
            seen.add(key)


def _kind_of(offer: Offer) -> str:
    return type(offer).__name__


def _pages(name: str, blueprints: Iterable[AnyBlueprint]) -> Iterator[str]:
    for blueprint in blueprints:
        if not isinstance(blueprint, Blueprint):
            yield f"the blueprint {blueprint.name} must be lms.plugin_api.views.Blueprint"
            continue
        if blueprint.name != name:
            yield f"the blueprint {blueprint.name} must be called {name}"
        for _endpoint, rule in blueprint.addresses:
            if name not in rule.strip("/").split("/")[:2]:
                yield f"the address {rule} must have {name} as its first or second part"
        yield from _templates(name, blueprint)


def _templates(name: str, blueprint: Blueprint) -> Iterator[str]:
    """Templates outside `templates/<name>/` could stand in for somebody else's."""
    if blueprint.template_folder is None:
        return
    folder = Path(blueprint.root_path, str(blueprint.template_folder))
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.relative_to(folder).parts[0] != name:
            yield f"the template {path.relative_to(folder)} must lie in templates/{name}/"


def _menus(room: Room) -> Iterator[str]:
    pages = {
        endpoint: rule
        for blueprint in room.blueprints
        if isinstance(blueprint, Blueprint)
        for endpoint, rule in blueprint.addresses
    }
    for item in room.navigation:
        if item.area not in AREAS:
            yield f"there is no menu {item.area}: {', '.join(sorted(AREAS))}"
        if item.endpoint not in pages:
            yield f"the menu entry {item.endpoint} leads to no view of the plugin"
        elif "<" in pages[item.endpoint]:
            yield f"the menu entry {item.endpoint} leads to a page that needs a value in its address"
    if sum(item.area == "learner" for item in room.navigation) > MOST_TABS:
        yield "a plugin may add one tab to the phone's tab bar, no more"
    for slot in room.slots:
        if slot.place not in PLACES:
            yield f"there is no place {slot.place}: {', '.join(sorted(PLACES))}"


def _rights(name: str, room: Room) -> Iterator[str]:
    own = {offer.key for offer in room.offers if isinstance(offer, Role)}
    for permission in room.permissions:
        if permission.key.count(":") != 1:
            yield f"the permission {permission.key} must be written {name}.<thing>:<action>"
        for role in permission.roles:
            if role not in CORE_ROLES and role not in own:
                yield f"the permission {permission.key} names the role {role}, which neither core nor plugin has"
