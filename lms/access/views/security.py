"""“账号与安全”: password, second factors, where one is signed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import segno
from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.access import providers, queries
from lms.access.blueprint import bp
from lms.access.forms import ChangePasswordForm, ConfirmForm, TotpForm
from lms.access.rules import device_name, safe_next
from lms.access.service import accounts, passkeys, second_factor, sessions
from lms.access.service.attempts import NOBODY
from lms.access.views.identify import device
from lms.access.wording import outcome_text
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor


@bp.get("/me/security")
@signed_in
def security() -> str:
    actor = current_actor()
    account = queries.account(actor.account_id or NOBODY)
    return render_template(
        "access/security.html",
        account=account,
        passkeys=queries.passkeys(account.id),
        links=queries.login_links(account.id),
        providers=providers,
        codes_left=queries.recovery_codes_left(account.id),
        sessions=queries.open_sessions(account.id),
        attempts=queries.last_attempts(account.id),
        party=passkeys.relying_party(),
        device_name=device_name,
        outcome_text=outcome_text,
    )


@bp.route("/me/security/password", methods=["GET", "POST"])
@signed_in
def password() -> Any:
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            accounts.change_password(
                current_actor(), current=form.current.data, password=form.password.data, device=device()
            )
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("密码已修改，其他设备上的登录已经结束。"), "green")
            return redirect(url_for("access.security"), 303)
    return render_template("access/password.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/me/security/totp", methods=["GET", "POST"])
@signed_in
def totp() -> Any:
    """Set the authenticator app up; ends on the page with the recovery codes."""
    actor, form = current_actor(), TotpForm(next=request.args.get("next", ""))
    if queries.account(actor.account_id or NOBODY).totp_secret_sealed is not None:
        return redirect(url_for("access.security"))
    if form.validate_on_submit():
        try:
            codes = second_factor.enrol_totp(
                actor,
                sealed=form.sealed.data or "",
                code=form.code.data,
                password=form.current.data,
                device=device(),
            )
            return _codes_page(codes, safe_next(form.next.data))
        except (Invalid, Conflict) as refusal:
            if not form.take_errors(refusal):
                raise
    again = form.is_submitted() and form.sealed.data
    offer = second_factor.offered_again(actor, form.sealed.data) if again else second_factor.offer_totp(actor)
    form.sealed.data = offer.sealed
    picture = Markup(segno.make(offer.uri, error="m").svg_inline(scale=5, border=2, light="#fff"))  # noqa: S704
    page = render_template(
        "access/totp.html", form=form, offer=offer, picture=picture, needed=actor.needs_second_factor
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/me/security/totp/remove", methods=["GET", "POST"])
@signed_in
def totp_remove() -> Any:
    def remove(actor: Actor, current: str) -> Response:
        second_factor.remove_totp(actor, current, device())
        flash(_("验证器应用已关闭。"), "amber")
        return redirect(url_for("access.security"), 303)

    text = _("关闭后，登录不再询问验证码。管理人员没有二次验证就不能使用管理权限。")
    return confirmed(remove, title=_("关闭验证器应用"), text=text, action=_("关闭"))


@bp.route("/me/security/recovery-codes", methods=["GET", "POST"])
@signed_in
def recovery_codes() -> Any:
    def renew(actor: Actor, current: str) -> Any:
        return _codes_page(second_factor.new_recovery_codes(actor, current, device()), url_for("access.security"))

    text = _("手机不在身边时，可用恢复码登录，每个只能用一次。生成新的一组后，旧的全部作废。")
    return confirmed(renew, title=_("生成恢复码"), text=text, action=_("生成 10 个恢复码"))


@bp.post("/me/security/sessions/<uuid:session_id>/end")
@signed_in
def session_end(session_id: uuid.UUID) -> Response:
    sessions.revoke_session(current_actor(), session_id)
    flash(_("那台设备上的登录已经结束。"), "green")
    return redirect(url_for("access.security"), 303)


@bp.post("/me/security/sessions/end-others")
@signed_in
def sessions_end_others() -> Response:
    count = sessions.revoke_others(current_actor())
    flash(_("其他设备上的 %(count)d 个登录已经结束。", count=count), "green")
    return redirect(url_for("access.security"), 303)


def confirmed(act: Callable[[Actor, str], Any], *, title: str, text: str, action: str) -> Any:
    """A page that asks for the password before it acts."""
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            return act(current_actor(), form.current.data)
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
    page = render_template("access/confirm.html", form=form, title=title, text=text, action=action)
    return page, 422 if form.is_submitted() else 200


def _codes_page(codes: list[str], next_place: str) -> str:
    return render_template("access/recovery_codes.html", codes=codes, next_place=next_place)
