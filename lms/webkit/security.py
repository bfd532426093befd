"""Headers, request ids, and errors as pages or JSON."""

from __future__ import annotations

import re
import secrets
from typing import Any

import flask
import structlog
from flask import Response, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from lms.kernel import audit
from lms.kernel.errors import Conflict, Forbidden, LmsError, NotFound, TooLarge, Unauthenticated
from lms.kernel.i18n import current_locale
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.webkit.blueprint import SECOND_FACTOR_REQUIRED

log = structlog.get_logger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}
_FRAMEABLE = {
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace("ancestors 'none'", "ancestors 'self'"),
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,40}")


def install(app: flask.Flask) -> None:
    """Give each request an id, each response its headers, each error a page."""
    app.before_request(_begin)
    app.before_request(_refuse_nul)
    app.after_request(_finish)
    app.teardown_request(_forget)
    app.register_error_handler(LmsError, _refused)
    app.register_error_handler(CSRFError, lambda _error: _refused(_stale_form()))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crashed)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(5).upper()
    audit.request_id.set(g.request_id)


def _refuse_nul() -> None:
    """Stop a request with a NUL character in it: nobody types one, and PostgreSQL keeps no text that holds one."""
    typed = (text for _name, text in request.form.items(multi=True))
    if "\x00" in request.path or b"%00" in request.query_string or any("\x00" in text for text in typed):
        flask.abort(400)


def _forget(_error: BaseException | None) -> None:
    """A thread goes on to other work: what it does next must not carry this request's reference."""
    audit.request_id.set("")


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def frameable(response: Response) -> Response:
    """Let the site's own pages show a file in a frame, beside what was typed from it; no other site may."""
    response.headers.update(_FRAMEABLE)
    return response


def wants_json() -> bool:
    """Whether a script asks, not a person's navigation."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def _stale_form() -> LmsError:
    return Conflict(
        _("这张表单已过期，没有提交。"),
        why=_("您可能在另一个窗口退出或重新登录过。"),
        todo=_("请返回上一页，刷新后再提交。"),
        code="stale_form",
    )


def _refused(error: LmsError) -> Response:
    elsewhere = _way_out(error)
    if elsewhere is not None and not wants_json():
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for(elsewhere, next=back))  # type: ignore[return-value]
    return _answer(error, error.status)


def _way_out(error: LmsError) -> str | None:
    """The page that puts right what was missing, if there is one."""
    if isinstance(error, Unauthenticated):
        return "access.sign_in"
    return "access.totp" if error.code == SECOND_FACTOR_REQUIRED else None


def _http_error(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    known: dict[int, LmsError] = {
        403: Forbidden(_("您没有打开这个页面的权限。")),
        404: NotFound(_("找不到这个页面。"), why=_("地址可能有误，或内容已经移走。"), todo=_("请返回首页重新进入。")),
        405: LmsError(_("这个地址不能这样打开。"), todo=_("请返回首页重新进入。"), code="method_not_allowed"),
        413: TooLarge(_("上传的文件太大。"), todo=_("请压缩或分成几份后再传。")),
        429: LmsError(_("操作太频繁，已暂时停止受理。"), todo=_("请过一分钟再试。"), code="too_many"),
    }
    shown = known.get(error.code) or LmsError(_("请求无法处理。"), why=error.description or "", code="http_error")
    return _answer(shown, error.code)


def _crashed(error: Exception) -> Response:
    log.error("request failed", path=request.path, request_id=g.get("request_id"), exc_info=error)
    kernel().guard.failed(request.blueprint or "", f"page {request.endpoint}", error)
    if flask.current_app.testing:
        raise error
    shown = LmsError(
        _("系统出了问题，这次操作没有完成。"),
        why=_("错误已经记录，已保存的内容没有受影响。"),
        todo=_("请稍后再试；若仍不行，把参考码告诉管理员。"),
        code="internal",
    )
    return _answer(shown, 500)


def _answer(error: LmsError, status: int) -> Response:
    reference = g.get("request_id", "")
    if wants_json():
        body = {
            "code": error.code,
            "what": str(error.what),
            "why": str(error.why),
            "todo": str(error.todo),
            "fields": {name: str(message) for name, message in error.fields.items()},
            "reference": reference,
        }
        return flask.make_response(flask.jsonify(body), status)
    return flask.make_response(_error_page(error=error, status=status, reference=reference), status)


def _error_page(**values: Any) -> str:
    """The error as a page of the site; a bare page when the site's own needs what has just failed."""
    try:
        return render_template("error.html", **values)
    except Exception:  # the database is away, or a room's context is broken: the person still gets words
        log.warning("the error page failed as well", exc_info=True)
        return flask.current_app.jinja_env.get_template("error_bare.html").render(locale=current_locale(), **values)
