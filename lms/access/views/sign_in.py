"""Signing in and out, opening an account."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from lms.access import providers, queries
from lms.access.blueprint import bp
from lms.access.dto import Opened, SignIn, Step
from lms.access.forms import ActivateForm, NewPasswordForm, SecondFactorForm, SignInForm
from lms.access.rules import safe_next
from lms.access.service import activation, passkeys, sessions
from lms.access.service import sign_in as use_cases
from lms.access.views.identify import actor_of, clear_cookie, cookie_name, device, present_sign_in, set_cookie
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import public
from lms.webkit.identity import current_actor
from lms.webkit.ratelimit import rate_limited

STEP_PAGES = {Step.SECOND_FACTOR: "access.second_factor", Step.NEW_PASSWORD: "access.new_password"}
SIGN_IN_RATE = "access.sign_ins_a_minute"


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def sign_in() -> Any:
    """The first step: username or phone number, and the password."""
    form = SignInForm(next=request.args.get("next", ""))
    if not form.is_submitted() and not current_actor().is_anonymous:
        return redirect(safe_next(form.next.data))
    error = None
    if form.validate_on_submit():
        try:
            opened = use_cases.sign_in(
                form.login.data, form.password.data, device(), former_token=request.cookies.get(cookie_name(), "")
            )
            return go_on(opened, form.next.data)
        except LmsError as refusal:
            error = refusal
    return sign_in_page(form, error), 422 if form.is_submitted() else 200


def sign_in_page(form: SignInForm, error: LmsError | None) -> str:
    """The page with every way to sign in, and why the last try failed."""
    return render_template(
        "access/sign_in.html",
        form=form,
        error=error,
        party=passkeys.relying_party(),
        providers=providers.offered().values(),
    )


@bp.route("/sign-in/second-factor", methods=["GET", "POST"])
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def second_factor() -> Any:
    """The second step, for accounts that have one."""
    found = waiting_for(Step.SECOND_FACTOR)
    if found is None:
        return redirect(url_for("access.sign_in", next=request.values.get("next") or None))
    form = SecondFactorForm(next=request.args.get("next", ""))
    error = None
    if form.validate_on_submit():
        try:
            return go_on(use_cases.show_code(found, form.code.data, device()), form.next.data)
        except LmsError as refusal:
            error = refusal
    page = render_template(
        "access/second_factor.html",
        form=form,
        error=error,
        name=found.name,
        has_passkey=bool(queries.passkeys(found.account_id)),
        party=passkeys.relying_party(),
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/sign-in/new-password", methods=["GET", "POST"])
@public
@rate_limited("sign_in", SIGN_IN_RATE)
def new_password() -> Any:
    """The last step, for accounts whose password was set by an operator."""
    found = waiting_for(Step.NEW_PASSWORD)
    if found is None:
        return redirect(url_for("access.sign_in", next=request.values.get("next") or None))
    form = NewPasswordForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            return go_on(use_cases.set_new_password(found, form.password.data), form.next.data)
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
    page = render_template("access/new_password.html", form=form, name=found.name)
    return page, 422 if form.is_submitted() else 200


@bp.route("/activate", methods=["GET", "POST"])
@public
@rate_limited("activate", "access.activations_a_minute")
def activate() -> Any:
    """Open an account with the code from the unit."""
    form = ActivateForm()
    if form.validate_on_submit():
        try:
            opened = activation.activate(
                id_number=form.id_number.data,
                code=form.code.data,
                username=form.username.data or "",
                password=form.password.data,
                device=device(),
            )
            flash(_("账号已经开通，您已登录。"), "green")
            return go_on(opened, "/")
        except LmsError as refusal:
            form.take_errors(refusal)
            return render_template("access/activate.html", form=form, error=refusal), refusal.status
    return render_template("access/activate.html", form=form, error=None), 422 if form.is_submitted() else 200


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    """End the sign-in; open to everybody, so that signing out twice is no error."""
    sessions.end_session(request.cookies.get(cookie_name(), ""))
    session.clear()
    response = redirect(url_for("access.sign_in"))
    clear_cookie(response)  # type: ignore[arg-type]
    flash(_("您已退出登录。"), "green")
    return response


def waiting_for(step: Step) -> SignIn | None:
    """The request's unfinished sign-in, if it waits for `step`."""
    found = present_sign_in()
    return found if found is not None and found.missing is step else None


def go_on(opened: Opened, target: str | None) -> Response:
    """To the next step, or to where the person wanted to go, with the cookie of the new token."""
    response = redirect(next_address(opened, target), 303)
    set_cookie(response, opened)  # type: ignore[arg-type]
    return response


def next_address(opened: Opened, target: str | None) -> str:
    """Where a sign-in leads. Officers without the second factor they need are led to set one up."""
    session.pop("csrf_token", None)  # a token from before the sign-in is worth nothing after it
    place = safe_next(target)
    kept = None if place == "/" else place
    if opened.missing is not None:
        return url_for(STEP_PAGES[opened.missing], next=kept)
    found = queries.find_sign_in(opened.token)
    if found is not None and actor_of(found).needs_second_factor:
        return url_for("access.totp", next=kept)
    return place
