"""For machines that watch: is the process up, may it get requests, how is it doing."""

from __future__ import annotations

import hmac

from flask import Response, jsonify, request

from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.web import metrics as counting
from lms.web import queries
from lms.webkit.blueprint import Blueprint, public, token_checked
from lms.webkit.identity import current_actor

SLOW_JOBS_SECONDS = 300
SCARCE_MIB = 200

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> Response:
    """The process answers; nothing else is looked at."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """503 when requests would fail: no database, not migrated. Slow jobs and a full disk are told, but pages work."""
    state = queries.health()
    usable = state.database and state.migrated
    warnings = [
        name
        for name, bad in (
            ("jobs_wait", state.job_lag > SLOW_JOBS_SECONDS),
            ("disk_fills", state.disk_free < SCARCE_MIB),
        )
        if bad
    ]
    body = jsonify(
        status="ok" if usable else "unavailable",
        database=state.database,
        migrated=state.migrated,
        job_lag_seconds=state.job_lag,
        disk_free_mib=state.disk_free,
        warnings=warnings,
    )
    return body, 200 if usable else 503


@bp.get("/metrics")
@token_checked
def metrics() -> Response:
    """Prometheus's text, for the scraper with the configured token or an operator who is signed in."""
    token = kernel().config.metrics_token
    given = request.headers.get("Authorization", "")
    scraper = bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if not scraper and not current_actor().holds("job:view"):
        raise NotFound(_("找不到这个页面。"))
    return Response(counting.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
