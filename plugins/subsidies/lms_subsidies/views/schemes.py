"""Schemes: read by officers, revised by the city's."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, requires
from lms.plugin_api.work import clock
from lms_subsidies import policy, wording
from lms_subsidies.forms import SchemeForm
from lms_subsidies.queries import schemes as stored
from lms_subsidies.queries.schemes import Known
from lms_subsidies.service import schemes as service
from lms_subsidies.views.base import bp


@bp.get("/desk/subsidies/schemes")
@requires(policy.VIEW)
def schemes() -> str:
    """Every scheme with what it grants for a certificate obtained today."""
    known = stored.known()
    taken = frozenset(scheme.basis for scheme in known)
    return render_template(
        "subsidies/schemes.html",
        rows=[(scheme, scheme.on(clock.today())) for scheme in known],
        kinds=services().certificates.kinds(),
        may_edit=policy.may_edit_schemes(current_actor()),
        is_complete=not wording.bases(taken),
    )


@bp.get("/desk/subsidies/schemes/new")
@requires(policy.EDIT)
def new_scheme() -> str:
    """The form for a scheme that is not there yet."""
    return _new_page(_form(None), {})


@bp.post("/desk/subsidies/schemes/new")
@requires(policy.EDIT)
def create_scheme() -> tuple[str, int] | Response:
    """Save a new scheme."""
    form = _form(None)
    answer = _saved(form)
    return answer if isinstance(answer, Response) else (_new_page(form, answer), 422)


@bp.get("/desk/subsidies/schemes/<code>")
@requires(policy.VIEW)
def scheme(code: str) -> str:
    """A scheme: what counts today, its history and, for the city's officers, a form for the next revision."""
    found = stored.one(code)
    return _scheme_page(found, _form(found), {})


@bp.post("/desk/subsidies/schemes/<code>")
@requires(policy.EDIT)
def save_scheme(code: str) -> tuple[str, int] | Response:
    """Save a revision."""
    found = stored.one(code)
    form = _form(found)
    answer = _saved(form)
    return answer if isinstance(answer, Response) else (_scheme_page(found, form, answer), 422)


def _form(found: Known | None) -> SchemeForm:
    if found is not None:
        shown = found.on(clock.today()) or next(iter(found.revisions), None)
        return SchemeForm.showing(wording.bases(), found.code, found.basis, shown)
    taken = frozenset(known.basis for known in stored.known())
    return SchemeForm.showing(wording.bases(taken), "", "", None)


def _saved(form: SchemeForm) -> Response | dict[str, str]:
    """Save what was typed and go to the scheme, or say what is wrong."""
    if not form.validate_on_submit():
        return {}
    new = form.revision()
    try:
        service.save(current_actor(), new)
    except LmsError as refusal:
        return form.show_refusal(refusal)
    flash(_("奖励标准已保存。符合的人会在几分钟内收到邀请；已提交的申领不受影响。"), "green")
    return redirect(url_for("subsidies.scheme", code=new.code), 303)


def _new_page(form: SchemeForm, wrong: dict[str, str]) -> str:
    may_edit = policy.may_edit_schemes(current_actor())
    return render_template("subsidies/new_scheme.html", form=form, wrong=wrong, may_edit=may_edit)


def _scheme_page(found: Known, form: SchemeForm, wrong: dict[str, str]) -> str:
    return render_template(
        "subsidies/scheme.html",
        scheme=found,
        basis=wording.basis(found.basis),
        now_in_force=found.on(clock.today()),
        names=services().people.names([row.set_by for row in found.revisions if row.set_by]),
        form=form,
        wrong=wrong,
        may_edit=policy.may_edit_schemes(current_actor()),
    )
