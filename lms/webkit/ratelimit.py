"""Rate limits on the few pages where guessing would pay: sign-in, activation, public verification.

`limits` is what Flask-Limiter is built on; used directly it costs nothing on the other pages and keeps no global state.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from lms.kernel.runtime import kernel

EXTENSION = "lms.rate_limits"
F = TypeVar("F", bound=Callable[..., Any])


def rate_limited(scope: str, setting: str) -> Callable[[F], F]:
    """Let one address POST so many times a minute; `setting` names the setting with the number, `scope` the counter.

    Goes below the policy decorator. More than that answers 429.
    """

    def limit(view: F) -> F:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            if request.method == "POST":
                rate = RateLimitItemPerMinute(kernel().settings.value(setting))
                if not _limiter().hit(rate, scope, request.remote_addr or ""):
                    abort(429)
            return view(*args, **kwargs)

        return cast("F", limited)

    return limit


def _limiter() -> FixedWindowRateLimiter:
    """The application's counters: in Redis where one is configured, else in this process."""
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        store = storage_from_string(kernel().config.redis_url or "memory://")
        found = current_app.extensions.setdefault(EXTENSION, FixedWindowRateLimiter(store))
    return cast("FixedWindowRateLimiter", found)
