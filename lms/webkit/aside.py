"""The present request, carried into another thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from flask import current_app, g, has_request_context
from flask.globals import request_ctx

_CARRIED = ("actor", "sign_in", "request_id")


class SameRequest(AbstractContextManager[None]):
    """The present request and who sent it, for another thread: a copy with a database session of its own."""

    def __init__(self) -> None:
        self._app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        self._request = request_ctx.copy() if has_request_context() else None
        self._known = {name: g.get(name) for name in _CARRIED if name in g}
        self._opened: Any = None

    def __enter__(self) -> None:
        self._opened = self._request or self._app.app_context()
        self._opened.__enter__()
        for name, value in self._known.items():
            setattr(g, name, value)

    def __exit__(self, *error: object) -> None:
        self._opened.__exit__(*error)
