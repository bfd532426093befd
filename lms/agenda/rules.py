"""Conflicts between entries: pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

Span = tuple[str, dt.datetime, dt.datetime]
"""A key, and from when until when."""


def clashing(spans: Iterable[Span]) -> set[str]:
    """The keys of spans that share a moment with another one; one that begins when another ends does not.

    Sorted by their start, each is compared with the span that ends last of those before it.
    """
    found: set[str] = set()
    latest: tuple[str, dt.datetime] | None = None
    for key, starts, ends in sorted(spans, key=lambda span: (span[1], span[2], span[0])):
        if latest is not None and starts < latest[1]:
            found |= {key, latest[0]}
        if latest is None or ends > latest[1]:
            latest = (key, ends)
    return found
