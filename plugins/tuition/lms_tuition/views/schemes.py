"""Schemes: read by officers, revised by the city's."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, requires
from lms.plugin_api.work import clock
from lms_tuition import policy
from lms_tuition.forms import SchemeForm
from lms_tuition.models import SchemeRevision
from lms_tuition.queries import schemes as stored
from lms_tuition.queries.schemes import Known
from lms_tuition.service import schemes as service
from lms_tuition.views.base import bp


@bp.get("/desk/tuition/schemes")
@requires(policy.VIEW)
def schemes() -> str:
    """Every level with what its scheme pays for a study applied for today."""
    return render_template(
        "tuition/schemes.html",
        rows=[(scheme, scheme.on(clock.today())) for scheme in stored.known()],
        may_edit=policy.may_edit_schemes(current_actor()),
    )


@bp.get("/desk/tuition/schemes/<level>")
@requires(policy.VIEW)
def scheme(level: str) -> str:
    """A level's scheme: what counts today, its history and, for the city's officers, a form for the next revision."""
    found = stored.one(level)
    return _page(found, SchemeForm.showing(_shown(found)))


@bp.post("/desk/tuition/schemes/<level>")
@requires(policy.SCHEME_EDIT)
def save_scheme(level: str) -> tuple[str, int] | Response:
    """Save a revision."""
    found = stored.one(level)
    form = SchemeForm.showing(_shown(found))
    if form.validate_on_submit():
        try:
            service.save(current_actor(), form.revision(level))
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("报销标准已保存。已提交的学历进修不受影响。"), "green")
            return redirect(url_for("tuition.scheme", level=level), 303)
    return _page(found, form), 422


def _shown(found: Known) -> SchemeRevision | None:
    return found.on(clock.today()) or next(iter(found.revisions), None)


def _page(found: Known, form: SchemeForm) -> str:
    return render_template(
        "tuition/scheme.html",
        scheme=found,
        now_in_force=found.on(clock.today()),
        names=services().people.names([row.set_by for row in found.revisions if row.set_by]),
        form=form,
        may_edit=policy.may_edit_schemes(current_actor()),
    )
