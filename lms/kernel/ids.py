"""Identifiers: UUID version 7 (RFC 9562), made by the application, ordered by time, not walkable."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import threading
import time
import uuid

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_lock = threading.Lock()
_last_tick = 0


def new_id() -> uuid.UUID:
    """Return a fresh UUIDv7: 48 bits of milliseconds, 12 of a millisecond's parts, 62 random bits.

    What one process makes later sorts later, within a millisecond too (RFC 9562, section 6.2, method 3).
    """
    tick = _next_tick()
    noise = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=(tick >> 12) << 80 | _VERSION_7 | (tick & 0xFFF) << 64 | _VARIANT | noise)


def _next_tick() -> int:
    """The time in 4096ths of a millisecond, and always more than the last."""
    global _last_tick  # noqa: PLW0603 - one clock for the process
    with _lock:
        _last_tick = max(_last_tick + 1, (time.time_ns() << 12) // 1_000_000)
        return _last_tick


def made_at(identifier: uuid.UUID) -> dt.datetime:
    """The moment at which `new_id` made an identifier, to the millisecond."""
    return dt.datetime.fromtimestamp((identifier.int >> 80) / 1000, dt.UTC)


def new_token() -> str:
    """Return an unguessable URL-safe token of 128 random bits (22 characters)."""
    return secrets.token_urlsafe(16)
