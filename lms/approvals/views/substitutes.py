"""Substitutes: who decides while somebody is away."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from lms.approvals import policy, service
from lms.approvals.dto import Substitution
from lms.approvals.forms import SubstituteForm
from lms.approvals.queries import cases
from lms.approvals.queries import substitutes as stored
from lms.approvals.views.base import bp
from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/approvals/substitutes")
@requires(policy.SUBSTITUTE)
def substitutes() -> str:
    """The officer's own arrangements, and those of the people they manage."""
    actor = current_actor()
    form = _form(SubstituteForm(formdata=None, data={"absent": str(actor.person_id), "valid_from": clock.today()}))
    return _page(form)


@bp.post("/desk/approvals/substitutes")
@requires(policy.SUBSTITUTE)
def name_substitute() -> tuple[str, int] | Response:
    """Name a substitute."""
    form = _form(SubstituteForm())
    if form.validate_on_submit():
        new = Substitution(
            absent_id=uuid.UUID(form.absent.data),
            stand_in_id=uuid.UUID(form.stand_in.data),
            valid_from=form.valid_from.data,
            valid_to=form.valid_to.data,
            reason=form.reason.data,
        )
        try:
            service.name_substitute(current_actor(), new)
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("已指定代办人，对方会收到消息。"), "green")
            return redirect(url_for("approvals.substitutes"), 303)
    return _page(form), 422


@bp.post("/desk/approvals/substitutes/<uuid:substitute_id>/end")
@requires(policy.SUBSTITUTE)
def end_substitute(substitute_id: uuid.UUID) -> Response:
    """End an arrangement at once."""
    service.end_substitute(current_actor(), substitute_id)
    flash(_("代办已结束。"), "green")
    return redirect(url_for("approvals.substitutes"), 303)


def _form(form: SubstituteForm) -> SubstituteForm:
    """Put in who may be named."""
    actor = current_actor()
    ask = SelectChoice("", _("请选择"))
    form.absent.choices = [ask, *(SelectChoice(str(row.id), row.name) for row in stored.absentees(actor))]
    form.stand_in.choices = [ask, *(SelectChoice(str(row.id), row.name) for row in stored.stand_ins(actor))]
    return form


def _page(form: SubstituteForm) -> str:
    page = paginate(stored.arrangements(current_actor()), scalars=False)
    return render_template(
        "approvals/substitutes.html",
        page=page,
        form=form,
        names=cases.person_names(row[0].made_by for row in page.rows),
        today=clock.today(),
    )
