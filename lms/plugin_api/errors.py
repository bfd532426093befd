"""Refusals in words: what happened, why, what to do. Each becomes a page or JSON with the right status."""

from __future__ import annotations

from lms.kernel.errors import Conflict, Forbidden, Invalid, LmsError, NotFound, TooLarge

__all__ = ["Conflict", "Forbidden", "Invalid", "LmsError", "NotFound", "TooLarge"]
