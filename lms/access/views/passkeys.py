"""Passkey ceremonies: what the page's script asks and answers, as JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for

from lms.access.blueprint import bp
from lms.access.dto import Opened, SignIn, Step
from lms.access.forms import ConfirmForm, PasskeyForm
from lms.access.service import passkeys
from lms.access.views.identify import cookie_name, device, set_cookie
from lms.access.views.sign_in import SIGN_IN_RATE, next_address, waiting_for
from lms.kernel.errors import Invalid, LmsError, Unauthenticated
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import public, signed_in
from lms.webkit.identity import current_actor
from lms.webkit.ratelimit import rate_limited


@bp.post("/sign-in/passkey/options")
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def passkey_sign_in_options() -> Response:
    return jsonify(passkeys.begin_sign_in())


@bp.post("/sign-in/passkey")
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def passkey_sign_in() -> Response:
    former = request.cookies.get(cookie_name(), "")
    return _signed_in(passkeys.finish_sign_in(_credential(), device(), former_token=former))


@bp.post("/sign-in/second-factor/passkey/options")
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def passkey_factor_options() -> Response:
    return jsonify(passkeys.begin_second_factor(_waiting()))


@bp.post("/sign-in/second-factor/passkey")
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def passkey_factor() -> Response:
    return _signed_in(passkeys.finish_second_factor(_waiting(), _credential(), device()))


@bp.get("/me/security/passkeys/new")
@signed_in
def passkey_new() -> str:
    return render_template("access/passkey_new.html", form=PasskeyForm(), party=passkeys.relying_party())


@bp.post("/me/security/passkeys/options")
@signed_in
def passkey_options() -> Response:
    password = _body().get("current")
    if not isinstance(password, str) or not password:
        raise Invalid(_("请输入现在的密码。"), fields={"current": _("请输入现在的密码")})
    return jsonify(passkeys.begin_registration(current_actor(), password, device()))


@bp.post("/me/security/passkeys")
@signed_in
def passkey_add() -> Response:
    passkeys.finish_registration(current_actor(), _credential(), str(_body().get("label", "")))
    flash(_("通行密钥已登记，下次登录可以不输密码。"), "green")
    return jsonify({"next": url_for("access.security")})


@bp.route("/me/security/passkeys/<uuid:passkey_id>/remove", methods=["GET", "POST"])
@signed_in
def passkey_remove(passkey_id: Any) -> Any:
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            passkeys.remove_passkey(current_actor(), passkey_id, form.current.data, device())
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("通行密钥已移除。"), "green")
            return redirect(url_for("access.security"), 303)
    text = _("移除后，这个通行密钥不能再用来登录。")
    page = render_template("access/confirm.html", form=form, title=_("移除通行密钥"), text=text, action=_("移除"))
    return page, 422 if form.is_submitted() else 200


def _signed_in(opened: Opened) -> Response:
    response = jsonify({"next": next_address(opened, str(_body().get("next", "")))})
    set_cookie(response, opened)
    return response


def _waiting() -> SignIn:
    found = waiting_for(Step.SECOND_FACTOR)
    if found is None:
        raise Unauthenticated(_("这次登录已经失效。"), todo=_("请重新输入用户名和密码。"))
    return found


def _credential() -> dict[str, Any]:
    credential = _body().get("credential")
    if not isinstance(credential, dict):
        raise Invalid(_("通行密钥没有通过验证。"), code="passkey_refused")
    return credential


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
