"""What the rooms of one application brought, for pages that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from flask import current_app

from lms.kernel.actor import Actor
from lms.webkit.room import MessageKind, NavItem, Permission, Room, Slot

EXTENSION = "lms.registry"


@dataclass
class Registry:
    """Permissions, menus, page pieces and message kinds of all rooms."""

    permissions: dict[str, Permission] = field(default_factory=dict)
    navigation: list[NavItem] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    messages: dict[str, MessageKind] = field(default_factory=dict)

    def take(self, room: Room) -> None:
        """Register a room. Raises `ValueError` on a name that is already taken."""
        for permission in room.permissions:
            if permission.key in self.permissions:
                raise ValueError(f"two rooms declare the permission {permission.key}")
            self.permissions[permission.key] = permission
        for kind in room.messages:
            if kind.key in self.messages:
                raise ValueError(f"two rooms declare the message {kind.key}")
            self.messages[kind.key] = kind
        self.navigation = sorted([*self.navigation, *room.navigation], key=lambda item: item.order)
        self.slots = sorted([*self.slots, *room.slots], key=lambda slot: slot.order)

    def menu(self, area: str, actor: Actor) -> list[NavItem]:
        """The entries of a menu that the actor may follow."""
        return [item for item in self.navigation if item.area == area and _may(actor, item.permission)]

    def fill(self, place: str, actor: Actor, *args: Any) -> list[Any]:
        """Render the pieces of a place; a piece with nothing to say is left out."""
        pieces: Iterable[Any] = (
            slot.render(actor, *args) for slot in self.slots if slot.place == place and _may(actor, slot.permission)
        )
        return [piece for piece in pieces if piece is not None]


def _may(actor: Actor, permission: str | None) -> bool:
    return permission is None or actor.holds(permission)


def registry() -> Registry:
    """The registry of the current application."""
    return cast("Registry", current_app.extensions[EXTENSION])
