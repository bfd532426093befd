"""The plain case of saving an answer, answered before the web framework is entered.

Thousands of candidates save at once, and the framework's own work would cost more than the save itself (`python -m
bench.exam_save` measures it). This layer answers one case only: a valid token, sound entries, all of them new. Anything
else - a repeated or refused entry, a bad token, a database in trouble - goes on unchanged to the view
`lms.exams.views.sitting.save_answers`, which does the same and explains.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import psycopg
from flask import Flask
from prometheus_client import Counter
from werkzeug.http import parse_cookie

from lms.access.views.identify import cookie_name
from lms.exams import saving
from lms.exams.dto import Saved
from lms.exams.receipts import BadTokenError, login_mark, read_token
from lms.exams.rules import MAX_BODY, BadEntriesError, read_entries
from lms.kernel.fastpath import EXTENSION as FASTPATH
from lms.webkit.security import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TOKEN_HEADER = "X-Exam-Token"  # noqa: S105 - a header's name
SAVED = Counter("lms_answers_saved", "Answers kept and acknowledged by the front layer.")

_ADDRESS = re.compile(r"/exams/sittings/([0-9a-f-]{32,36})/answers")
_TOKEN = f"HTTP_{TOKEN_HEADER.upper().replace('-', '_')}"
_HEADERS = [*HEADERS.items(), ("Cache-Control", "no-store"), ("Content-Type", "application/json")]


class SaveFront:
    """WSGI middleware of one application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._behind: WSGIApplication = app.wsgi_app
        self._secret = str(app.config["SECRET_KEY"])
        with app.app_context():
            self._cookie = cookie_name()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = _ADDRESS.fullmatch(environ.get("PATH_INFO", "")) if environ["REQUEST_METHOD"] == "POST" else None
        if address is None:
            return self._behind(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > MAX_BODY:
            return self._behind(environ, start_response)
        body = environ["wsgi.input"].read(int(length))
        saved = self._saved(environ, address[1], body)
        if saved is None:
            environ["wsgi.input"] = io.BytesIO(body)
            return self._behind(environ, start_response)
        SAVED.inc(len(saved.receipts))
        answer = json.dumps(saving.as_json(saved), separators=(",", ":")).encode()
        start_response("200 OK", [*_HEADERS, ("Content-Length", str(len(answer)))])
        return (answer,)

    def _saved(self, environ: WSGIEnvironment, sitting: str, body: bytes) -> Saved | None:
        """Keep the entries when this is the plain case."""
        try:
            claims = read_token(self._secret, environ.get(_TOKEN, ""))
            device, entries = read_entries(json.loads(body))
        except (BadTokenError, BadEntriesError, ValueError):
            return None
        cookie = parse_cookie(environ.get("HTTP_COOKIE", "")).get(self._cookie, "")
        if claims.login != login_mark(cookie) or claims.sitting_id.hex != sitting.replace("-", ""):
            return None
        if claims.device != device:
            return None
        try:
            return saving.keep(self._app.extensions[FASTPATH], self._secret, claims, entries)
        except psycopg.Error:
            return None


def install(app: Flask) -> None:
    """Put the layer in front of the application."""
    app.wsgi_app = cast("Any", SaveFront(app))  # type: ignore[method-assign]
