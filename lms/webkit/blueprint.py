"""Blueprints whose every view says who may open it. A view without a policy stops the start of the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import flask
from flask import current_app, request

from lms.kernel.errors import Forbidden, Unauthenticated
from lms.kernel.i18n import gettext as _
from lms.webkit.identity import current_actor

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may open a view: everybody, whoever is signed in, a signed token, or holders of a permission (somewhere).

    Whether the permission holds for the very object on the page is the service's question.
    """

    kind: str
    permission: str | None = None


PUBLIC = Policy("public")
SIGNED_IN = Policy("signed_in")
TOKEN = Policy("token")
SECOND_FACTOR_REQUIRED = "second_factor_required"
"""Code of the error whose page is replaced by the page that sets a second factor up."""
_ATTRIBUTE = "lms_policy"


def _marked(policy: Policy) -> Callable[[F], F]:
    def mark(view: F) -> F:
        setattr(view, _ATTRIBUTE, policy)
        return view

    return mark


def public(view: F) -> F:
    """Open to everybody."""
    return _marked(PUBLIC)(view)


def signed_in(view: F) -> F:
    """Open to whoever is signed in, for what is their own."""
    return _marked(SIGNED_IN)(view)


def token_checked(view: F) -> F:
    """Open to whoever sends a signed token in a header; the view itself checks it, before anything else.

    Such a view looks up no sign-in and needs no CSRF token (a browser never adds the header by itself): its room
    exempts it with `exempt_from_csrf`.
    """
    return _marked(TOKEN)(view)


def exempt_from_csrf(app: flask.Flask, *views: Callable[..., Any]) -> None:
    """Let token-checked views do without a CSRF token. Raises `TypeError` for any other view."""
    for view in views:
        if policy_of(view) is not TOKEN:
            raise TypeError(f"{view.__name__} is not token-checked")
        app.extensions["csrf"].exempt(view)


def requires(permission: str) -> Callable[[F], F]:
    """Open to holders of `permission` on at least one unit."""
    return _marked(Policy("permission", permission))


def policy_of(view: Callable[..., Any]) -> Policy | None:
    """The policy a view declared."""
    return getattr(view, _ATTRIBUTE, None)


class Blueprint(flask.Blueprint):
    """Flask's blueprint, with a policy on every view; the route goes above it.

    @bp.get("/people")
    @requires("person:view")
    def index(): ...
    """

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        """Register a view. Raises `TypeError` for a view without a policy."""
        if view_func is not None and policy_of(view_func) is None:
            raise TypeError(f"{self.name}.{view_func.__name__} does not say who may open it")
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


def enforce_policy() -> None:
    """Before each request: stop who may not open the view. Static files have no policy and need none."""
    if request.endpoint is None or request.endpoint == "static" or request.endpoint.endswith(".static"):
        return
    policy = policy_of(current_app.view_functions[request.endpoint])
    if policy is None:
        raise TypeError(f"{request.endpoint} has no policy")
    if policy is PUBLIC or policy is TOKEN:
        return
    actor = current_actor()
    if actor.is_anonymous:
        raise Unauthenticated(_("请先登录。"), todo=_("登录后会回到刚才的页面。"))
    if policy.permission is not None and not actor.holds(policy.permission):
        if actor.needs_second_factor:
            what = _("您的管理权限要先设置二次验证才能使用。")
            raise Forbidden(what, todo=_("请到“账号与安全”设置。"), code=SECOND_FACTOR_REQUIRED)
        raise Forbidden(_("您没有打开这个页面的权限。"), todo=_("如工作需要，请联系本单位的管理员授权。"))
