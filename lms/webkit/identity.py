"""Who is behind the present request. The access room says how to find out; everybody else only asks."""

from __future__ import annotations

import uuid
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


def me() -> uuid.UUID:
    """Who is signed in, on pages that ask for a sign-in."""
    person_id = current_actor().person_id
    assert person_id is not None  # noqa: S101 - @signed_in
    return person_id
