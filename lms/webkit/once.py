"""Reading once what several pieces of one page ask for: the next step and a card, the bell and a badge."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g

T = TypeVar("T")


def once_per_request(read: Callable[[uuid.UUID], T]) -> Callable[[uuid.UUID], T]:
    """Run `read(person_id)` at most once per request and person. Pieces share what it returns and leave it as it is."""

    @wraps(read)
    def reading(person_id: uuid.UUID) -> T:
        kept: dict[Any, Any] = g.setdefault("read_once", {})
        key = read, person_id
        if key not in kept:
            kept[key] = read(person_id)
        return cast("T", kept[key])

    return reading
