"""Who stands between the site and what plugins brought.

Jobs, subscribers and page pieces belong to an owner, a room or a plugin, named by the part of their name before the
first dot. The core's rooms are always on; whether a plugin is, and what happens when it fails, decides the plugin
host (`lms.plugin_host`), which installs itself as the kernel's guard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from lms.kernel.actor import Actor

T = TypeVar("T")


class Guard(Protocol):
    """The switch and the firebreak of plugins."""

    def is_on(self, owner: str) -> bool:
        """Whether what the owner brought is to run at all."""

    def serves(self, owner: str, actor: Actor) -> bool:
        """Whether the owner is on for at least one unit of the actor."""

    def shielded(self, owner: str, place: str, call: Callable[[], Any]) -> Any:
        """What a display call gives, or None when it raises or takes too long."""

    def within(self, owner: str, place: str, seconds: float, call: Callable[[], T]) -> T | None:
        """What a call that may wait for somebody far away gives, or None when it raises or takes longer."""

    def failed(self, owner: str, place: str, error: BaseException) -> None:
        """Take note that something of the owner's own, such as a page, raised."""


class NoGuard:
    """Without plugins everything is on and nothing needs a shield."""

    def is_on(self, owner: str) -> bool:
        del owner
        return True

    def serves(self, owner: str, actor: Actor) -> bool:
        del owner, actor
        return True

    def shielded(self, owner: str, place: str, call: Callable[[], Any]) -> Any:
        del owner, place
        return call()

    def within(self, owner: str, place: str, seconds: float, call: Callable[[], T]) -> T | None:
        del owner, place, seconds
        return call()

    def failed(self, owner: str, place: str, error: BaseException) -> None:
        del owner, place, error


def owner_of(name: str) -> str:
    """The room or plugin a dotted name belongs to: `people.import` is of `people`."""
    return name.partition(".")[0]
