"""Building an `Actor` for a person outside a request."""

from __future__ import annotations

from lms.access.policy import actor_for

__all__ = ["actor_for"]
