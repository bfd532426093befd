"""Who is behind the present request. The access room says how to find out; everybody else only asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import current_app, g

from lms.kernel.actor import ANONYMOUS, Actor

EXTENSION = "lms.identify"


def current_actor() -> Actor:
    """The signed-in person, or `ANONYMOUS`. Looked up once per request."""
    if "actor" not in g:
        identify = cast("Callable[[], Actor] | None", current_app.extensions.get(EXTENSION))
        g.actor = identify() if identify else ANONYMOUS
    return cast("Actor", g.actor)
