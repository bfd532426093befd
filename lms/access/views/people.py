"""A person's account, on the person's page: open it, set a new password, unlock, disable."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from lms.access import queries
from lms.access.blueprint import bp
from lms.access.dto import Invitation
from lms.access.models import AccountState
from lms.access.rules import safe_next
from lms.access.service import accounts, activation
from lms.access.service.attempts import is_locked
from lms.access.views.codes import activation_address
from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


def account_card(actor: Actor, person_id: uuid.UUID) -> Markup:
    """The card on a person's page; the page has checked that the actor may see the person."""
    account = queries.account_of(person_id)
    return Markup(  # noqa: S704 - a rendered template
        render_template(
            "access/account_card.html",
            account=account,
            person_id=person_id,
            locked=account is not None and is_locked(account.locked_until),
            disabled=account is not None and account.state is AccountState.DISABLED,
            may_invite=actor.holds(activation.INVITE),
            may_edit=actor.holds(accounts.EDIT),
        )
    )


@bp.post("/desk/people/<uuid:person_id>/account/code")
@requires("account:invite")
def person_code(person_id: uuid.UUID) -> str:
    """Shown once, on the page that answers."""
    slip = activation.make_code(current_actor(), person_id)
    return render_template(
        "access/slips.html", made=Invitation((slip,), 0), unit=slip.name, address=activation_address()
    )


@bp.post("/desk/people/<uuid:person_id>/account/disable")
@requires("account:edit")
def person_disable(person_id: uuid.UUID) -> Response:
    accounts.disable(current_actor(), person_id, request.form.get("reason", "")[:400])
    flash(_("账号已停用，这个人的登录全部结束。"), "amber")
    return _back()


@bp.post("/desk/people/<uuid:person_id>/account/enable")
@requires("account:edit")
def person_enable(person_id: uuid.UUID) -> Response:
    accounts.enable(current_actor(), person_id)
    flash(_("账号已恢复使用。"), "green")
    return _back()


@bp.post("/desk/people/<uuid:person_id>/account/unlock")
@requires("account:edit")
def person_unlock(person_id: uuid.UUID) -> Response:
    accounts.unlock(current_actor(), person_id)
    flash(_("账号已解除锁定。"), "green")
    return _back()


def _back() -> Response:
    return redirect(safe_next(request.form.get("next")), 303)
