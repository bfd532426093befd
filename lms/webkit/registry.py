"""What the rooms of one application brought, for pages that show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

from flask import current_app

from lms.kernel.actor import Actor
from lms.kernel.errors import LmsError
from lms.kernel.guard import Guard, NoGuard
from lms.webkit.room import MessageKind, NavItem, Offer, Permission, Room, Slot

EXTENSION = "lms.registry"
T = TypeVar("T", bound=Offer)
R = TypeVar("R")
_SERVER_AT_FAULT = 500


@dataclass
class Registry:
    """Permissions, menus, page pieces, message kinds and offers of all rooms, each with the room's name."""

    guard: Guard = field(default_factory=NoGuard)
    rooms: list[str] = field(default_factory=list)
    permissions: dict[str, Permission] = field(default_factory=dict)
    messages: dict[str, MessageKind] = field(default_factory=dict)
    navigation: list[tuple[str, NavItem]] = field(default_factory=list)
    slots: list[tuple[str, Slot]] = field(default_factory=list)
    offers: dict[type, dict[str, tuple[str, Offer]]] = field(default_factory=lambda: defaultdict(dict))

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
        for offer in room.offers:
            known = self.offers[type(offer)]
            if offer.key in known:
                raise ValueError(f"two rooms offer the {type(offer).__name__} {offer.key}")
            known[offer.key] = (room.name, offer)
        self.rooms.append(room.name)
        self.navigation += [(room.name, item) for item in room.navigation]
        self.navigation.sort(key=lambda entry: entry[1].order)
        self.slots += [(room.name, slot) for slot in room.slots]
        self.slots.sort(key=lambda entry: entry[1].order)

    def menu(self, area: str, actor: Actor) -> list[NavItem]:
        """The entries of a menu that the actor may follow."""
        return [
            item
            for owner, item in self.navigation
            if item.area == area and _may(actor, item.permission) and self.guard.serves(owner, actor)
        ]

    def fill(self, place: str, actor: Actor, *args: Any) -> list[Any]:
        """Render the pieces of a place; a piece with nothing to say is left out, and one that fails as well."""
        return [piece for piece in self._pieces(place, actor, args) if piece is not None]

    def _pieces(self, place: str, actor: Actor, args: tuple[Any, ...]) -> Iterator[Any]:
        for owner, slot in self.slots:
            if slot.place == place and _may(actor, slot.permission) and self.guard.serves(owner, actor):
                yield self.guard.shielded(owner, place, partial(slot.render, actor, *args))

    def offered(self, kind: type[T], actor: Actor | None = None) -> dict[str, T]:
        """Everything of a kind that is switched on, by key; with an actor, on for at least one of their units."""
        on = self.guard.is_on if actor is None else partial(_serves, self.guard, actor)
        return {key: cast("T", offer) for key, (owner, offer) in self.offers[kind].items() if on(owner)}

    def serves(self, offer: Offer, actor: Actor) -> bool:
        """Whether an offer is switched on for at least one of the actor's units."""
        owner, _offer = self.offers[type(offer)][offer.key]
        return self.guard.serves(owner, actor)

    def known(self, kind: type[T]) -> dict[str, T]:
        """Everything of a kind that is installed, switched on or not, by key: for showing what was made with it."""
        return {key: cast("T", offer) for key, (_owner, offer) in self.offers[kind].items()}

    def shown(self, offer: Offer, place: str, call: Callable[[], Any]) -> Any:
        """What a call of an offer's function gives for a page, or None when it raises or takes too long."""
        owner, _offer = self.offers[type(offer)][offer.key]
        return self.guard.shielded(owner, place, call)

    def within(self, offer: Offer, place: str, seconds: float, call: Callable[[], R]) -> R | None:
        """What a call of an offer's functions gives, or None when it raises or takes longer than `seconds`.

        A refusal is an answer: the `LmsError` is raised here, unless it says that the server is at fault.
        """

        def answer() -> R | LmsError:
            try:
                return call()
            except LmsError as refusal:
                if refusal.status >= _SERVER_AT_FAULT:
                    raise
                return refusal

        owner, _offer = self.offers[type(offer)][offer.key]
        found = self.guard.within(owner, f"{type(offer).__name__} {offer.key} {place}", seconds, answer)
        if isinstance(found, LmsError):
            raise found
        return found


def _serves(guard: Guard, actor: Actor, owner: str) -> bool:
    return guard.serves(owner, actor)


def _may(actor: Actor, permission: str | None) -> bool:
    return permission is None or actor.holds(permission)


def registry() -> Registry:
    """The registry of the current application."""
    return cast("Registry", current_app.extensions[EXTENSION])
