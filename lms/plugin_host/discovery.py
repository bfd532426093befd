"""Which plugins are installed: entry points of the group `lms.plugins`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import ModuleType
from typing import cast

GROUP = "lms.plugins"


@dataclass(frozen=True, slots=True)
class Found:
    """An installed plugin that nobody has imported yet."""

    name: str
    version: str
    load: Callable[[], ModuleType]


def installed() -> list[Found]:
    """Every installed plugin, by name. Two distributions with one name are both listed: the loader refuses them."""
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        version = point.dist.version if point.dist else ""
        found.append(Found(point.name, version, cast("Callable[[], ModuleType]", point.load)))
    return found
