"""Nominating somebody: whom, and why."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals.queries.cases import person_names
from lms.approvals.views.base import sent_proofs
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.programmes import policy
from lms.programmes.cases import NOMINATED
from lms.programmes.dto import NewApplication
from lms.programmes.forms import ApplyForm
from lms.programmes.queries import catalogue, rounds
from lms.programmes.service.applying import nominate as hand_in
from lms.programmes.service.applying import standing
from lms.programmes.views.base import WORDS, bp, found_people
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/rounds/<uuid:round_id>/nominate")
@requires(policy.NOMINATE)
def nominate_whom(round_id: uuid.UUID) -> str:
    """Find the person."""
    round_ = rounds.round_of(round_id)
    return render_template(
        "programmes/nominate_whom.html",
        round=round_,
        version=catalogue.load().version(round_.version_id),
        found=found_people(current_actor()),
        **WORDS,
    )


@bp.get("/desk/rounds/<uuid:round_id>/nominate/<uuid:person_id>")
@requires(policy.NOMINATE)
def nominate(round_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """The form, with how the person stands to the conditions."""
    access.require_person(current_actor(), policy.NOMINATE, person_id)
    return _page(round_id, person_id, ApplyForm(formdata=None, data={"key": new_id().hex}), {})


@bp.post("/desk/rounds/<uuid:round_id>/nominate/<uuid:person_id>")
@requires(policy.NOMINATE)
def send_nomination(round_id: uuid.UUID, person_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Hand the nomination in. Sent twice, it is one."""
    actor, form = current_actor(), ApplyForm()
    access.require_person(actor, policy.NOMINATE, person_id)
    if not form.validate_on_submit():
        return _page(round_id, person_id, form, {}), 422
    try:
        new = NewApplication(form.key.data, form.statement.data, sent_proofs(NOMINATED))
        application_id = hand_in(actor, round_id, person_id, new)
    except LmsError as refusal:
        if not refusal.fields:
            return _page(round_id, person_id, form, {}, refusal), refusal.status
        return _page(round_id, person_id, form, form.show_refusal(refusal)), 422
    flash(_("提名已提交。"), "green")
    return redirect(url_for("programmes.desk_application", subject_id=application_id), 303)


def _page(
    round_id: uuid.UUID,
    person_id: uuid.UUID,
    form: ApplyForm,
    wrong: dict[str, str],
    refusal: LmsError | None = None,
) -> str:
    round_ = rounds.round_of(round_id)
    version = catalogue.load().version(round_.version_id)
    return render_template(
        "programmes/nominate.html",
        round=round_,
        version=version,
        person_id=person_id,
        name=person_names([person_id])[person_id],
        assessment=standing(person_id, version),
        kind=NOMINATED,
        form=form,
        wrong=wrong,
        refusal=refusal,
        **WORDS,
    )
