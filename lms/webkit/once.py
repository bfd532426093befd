"""Reading once what several pieces of one page ask for: the next step and a card, the bell and a badge."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from functools import wraps
from typing import TypeVar, cast

from flask import g

T = TypeVar("T")


def once_a_request(key: Hashable, read: Callable[[], T]) -> T:
    """What `read()` gives, run at most once per request and key. Who asks leaves the answer as it is."""
    kept: dict[Hashable, object] = g.setdefault("read_once", {})
    if key not in kept:
        kept[key] = read()
    return cast("T", kept[key])


def once_per_request(read: Callable[[uuid.UUID], T]) -> Callable[[uuid.UUID], T]:
    """Run `read(person_id)` at most once per request and person."""

    @wraps(read)
    def reading(person_id: uuid.UUID) -> T:
        return once_a_request((read, person_id), lambda: read(person_id))

    return reading
