"""Signing in with a provider elsewhere, and linking an identity there to one's account.

The browser leaves by a page that says where to, since a form may not lead to another site, and comes back to an address
of ours. In between its session keeps what that needs, for ten minutes and for one return.
"""

from __future__ import annotations

import hmac
import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from lms.access import providers
from lms.access.blueprint import bp
from lms.access.forms import SignInForm
from lms.access.providers import LoginDeparture, LoginReturn
from lms.access.rules import safe_next
from lms.access.service import links
from lms.access.sessions import new_token
from lms.access.views.identify import cookie_name, device
from lms.access.views.security import confirmed
from lms.access.views.sign_in import SIGN_IN_RATE, go_on, sign_in_page
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import sentences
from lms.kernel.runtime import kernel
from lms.webkit.blueprint import public, signed_in
from lms.webkit.identity import current_actor
from lms.webkit.ratelimit import rate_limited

LIFE_SECONDS = 600
_TRIP, _IDENTITY = "login_trip", "login_identity"
"""What the session keeps: of a browser that has left, and of an identity that is not linked yet."""


@bp.post("/sign-in/with/<key>")
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def external_begin(key: str) -> Any:
    """Leave for a provider, to sign in."""
    target = safe_next(request.form.get("next"))
    try:
        return _leave(key, target, link=False)
    except LmsError as refusal:
        return _refused(refusal, target)


@bp.post("/me/security/links/<key>")
@signed_in
@rate_limited("sign_in", SIGN_IN_RATE)
def link_begin(key: str) -> Any:
    """Leave for a provider, to link an identity there."""
    target = url_for("access.security")
    try:
        return _leave(key, target, link=True)
    except LmsError as refusal:
        return _refused(refusal, target)


@bp.get("/sign-in/with/<key>/back")
@public
def external_back(key: str) -> Any:
    """The browser is back. Whatever comes of it, it cannot come back with the same a second time."""
    trip = session.pop(_TRIP, {})
    try:
        return _arrive(key, trip)
    except LmsError as refusal:
        return _refused(refusal, str(trip.get("next", "")))


@bp.route("/me/security/links/new", methods=["GET", "POST"])
@signed_in
def link_confirm() -> Any:
    """Ask whether the identity just shown may open this account from now on."""
    found = session.get(_IDENTITY, {})
    if not _fresh(found):
        flash(_("没有关联：等得太久，或已经关联过。请重新开始。"), "amber")
        return redirect(url_for("access.security"))
    title = providers.title(found["provider"])

    def link(actor: Actor, current: str) -> Response:
        subject = bytes.fromhex(found["subject"])
        links.link(actor, current, device(), provider=found["provider"], subject=subject, name=found["name"])
        session.pop(_IDENTITY)
        flash(_("已关联，以后可以直接用“%(title)s”登录。", title=title), "green")
        return redirect(safe_next(found["next"]), 303)

    return confirmed(
        link,
        title=_("关联“%(title)s”", title=title),
        text=_consequences(title, found["name"]),
        action=_("关联"),
    )


@bp.route("/me/security/links/<uuid:link_id>/remove", methods=["GET", "POST"])
@signed_in
def link_remove(link_id: uuid.UUID) -> Any:
    """End a link."""
    title = providers.title(links.provider_of(current_actor(), link_id))

    def remove(actor: Actor, current: str) -> Response:
        links.unlink(actor, link_id, current, device())
        flash(_("已取消关联，不能再用“%(title)s”登录。", title=title), "amber")
        return redirect(url_for("access.security"), 303)

    text = _("取消后，要用用户名和密码登录；以后可以重新关联。")
    return confirmed(remove, title=_("取消关联“%(title)s”", title=title), text=text, action=_("取消关联"))


def _consequences(title: str, name: str) -> str:
    if name:
        what = _("关联后，“%(title)s”账号“%(name)s”可以代替密码登录您现在的账号。", title=title, name=name)
    else:
        what = _("关联后，“%(title)s”可以代替密码登录您现在的账号。", title=title)
    return sentences((what, _("如果那里登录的不是您本人，请不要关联。")))


def _leave(key: str, target: str, *, link: bool) -> str:
    """Remember the trip and show the page that leads away."""
    provider, state, secret = providers.require(key), new_token(), new_token()
    address = providers.begin(provider, LoginDeparture(_return_address(key), state, secret))
    session[_TRIP] = _kept(provider=key, state=state, secret=secret, next=target, link=link)
    host = urlsplit(address).hostname
    return render_template("access/leaving.html", title=provider.title, address=address, host=host)


def _arrive(key: str, trip: dict[str, Any]) -> Response:
    provider, sent = providers.require(key), request.args.get("state", "")
    ours = _fresh(trip) and trip["provider"] == key and hmac.compare_digest(trip["state"].encode(), sent.encode())
    if not ours:
        raise Invalid(
            _("没有登录：这次登录不是从这个浏览器开始的，或等得太久。"), todo=_("请重新开始。"), code="stale_sign_in"
        )
    back = LoginReturn(request.args.to_dict(), _return_address(key), trip["secret"])
    identity = providers.finish(provider, back)
    subject = links.subject_index(key, identity.subject)
    if not trip["link"]:
        opened = links.sign_in(key, subject, device(), former_token=request.cookies.get(cookie_name(), ""))
        if opened is not None:
            return go_on(opened, trip["next"])
    session[_IDENTITY] = _kept(provider=key, subject=subject.hex(), name=identity.name, next=trip["next"])
    if current_actor().is_anonymous:
        unlinked = _("您的“%(title)s”账号还没有和本站的账号关联。", title=provider.title)
        flash(sentences((unlinked, _("请先用本站的账号登录一次，再确认关联。"))), "blue")
    return redirect(url_for("access.link_confirm"))


def _refused(refusal: LmsError, target: str) -> Any:
    """The words on the page where one can go on: the security page for who is signed in, else the sign-in page."""
    if not current_actor().is_anonymous:
        flash(str(refusal), "rose")
        return redirect(url_for("access.security"), 303)
    return sign_in_page(SignInForm(formdata=None, next=target), refusal), refusal.status


def _return_address(key: str) -> str:
    return kernel().config.base_url.rstrip("/") + url_for("access.external_back", key=key)


def _kept(**values: Any) -> dict[str, Any]:
    return {**values, "until": clock.now().timestamp() + LIFE_SECONDS}


def _fresh(kept: dict[str, Any]) -> bool:
    return bool(kept.get("until", 0) > clock.now().timestamp())
