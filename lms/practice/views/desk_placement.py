"""One placement at the desk: decide on it, hand it over, undo signed hours, confirm its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.practice import policy, queries
from lms.practice.forms import AcceptForm, ReturnForm, SupervisorForm
from lms.practice.models import Placement, PracticeEntry
from lms.practice.portfolio import portfolio
from lms.practice.printing import printed
from lms.practice.service import completing, placing, signing
from lms.practice.views.base import WORDS, bp, show_on, typed_supervisor
from lms.webkit.blueprint import requires
from lms.webkit.downloads import PDF, download
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor

Answer = tuple[str, int] | Response


@bp.get("/desk/practice/<uuid:placement_id>")
@requires(policy.VIEW)
def desk_placement(placement_id: uuid.UUID) -> str:
    """A placement with its record, and what the officer may do."""
    return _page(policy.seen(current_actor(), placement_id))


@bp.post("/desk/practice/<uuid:placement_id>/accept")
@requires(policy.EDIT)
def accept(placement_id: uuid.UUID) -> Answer:
    """Accept an application, naming the supervisor."""
    placement = policy.looked_after(current_actor(), placement_id)
    form = AcceptForm()
    form.offer(queries.staff(placement.org_id, placement.person_id))

    def call() -> None:
        placing.accept(
            current_actor(),
            placement_id,
            supervisor_id=typed_supervisor(form),
            first_day=form.first_day.data,
            last_day=form.last_day.data,
        )

    return _done(placement, "accept", form, call, _("已接收，本人和督导会收到通知。"))


@bp.post("/desk/practice/<uuid:placement_id>/refuse")
@requires(policy.EDIT)
def refuse(placement_id: uuid.UUID) -> Answer:
    """Refuse an application."""
    form = ReturnForm(prefix="refuse-")
    placement = policy.looked_after(current_actor(), placement_id)
    return _done(
        placement,
        "refuse",
        form,
        lambda: placing.refuse_application(current_actor(), placement_id, form.reason.data or ""),
        _("已答复申请人。"),
    )


@bp.post("/desk/practice/<uuid:placement_id>/end")
@requires(policy.EDIT)
def end(placement_id: uuid.UUID) -> Answer:
    """Break a placement off."""
    form = ReturnForm(prefix="end-")
    placement = policy.looked_after(current_actor(), placement_id)
    return _done(
        placement,
        "end",
        form,
        lambda: placing.end_early(current_actor(), placement_id, form.reason.data or ""),
        _("这次实训已结束，已签字的时长保留。"),
    )


@bp.post("/desk/practice/<uuid:placement_id>/supervisor")
@requires(policy.EDIT)
def supervisor(placement_id: uuid.UUID) -> Answer:
    """Hand the placement to another supervisor."""
    placement = policy.looked_after(current_actor(), placement_id)
    form = SupervisorForm()
    form.offer(queries.staff(placement.org_id, placement.person_id))
    return _done(
        placement,
        "supervisor",
        form,
        lambda: placing.change_supervisor(current_actor(), placement_id, typed_supervisor(form)),
        _("已换督导。"),
    )


@bp.post("/desk/practice/<uuid:placement_id>/complete")
@requires(policy.EDIT)
def complete(placement_id: uuid.UUID) -> Response:
    """Confirm that the placement is complete."""
    completing.complete(current_actor(), placement_id)
    flash(_("已确认结业，时长已计入继续教育。"), "green")
    return redirect(url_for("practice.desk_placement", placement_id=placement_id), 303)


@bp.route("/desk/practice/entries/<uuid:entry_id>/undo", methods=["GET", "POST"])
@requires(policy.EDIT)
def undo(entry_id: uuid.UUID) -> str | Answer:
    """Undo signed hours, with a reason."""
    entry = db.session.get(PracticeEntry, entry_id)
    if entry is None:
        raise policy.missing()
    placement = policy.looked_after(current_actor(), entry.placement_id)
    form, refusal = ReturnForm(), None
    if form.validate_on_submit():
        try:
            signing.reverse(current_actor(), entry_id, form.reason.data or "")
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(_("已冲销。"), "green")
            return redirect(url_for("practice.desk_placement", placement_id=placement.id), 303)
    [line] = queries.lines([placement])
    page = render_template("practice/undo.html", entry=entry, line=line, form=form, refusal=refusal, **WORDS)
    return (page, 422) if form.is_submitted() else page


@bp.get("/desk/practice/<uuid:placement_id>/portfolio.pdf")
@requires(policy.VIEW)
def desk_portfolio(placement_id: uuid.UUID) -> Response:
    """The portfolio of whoever is placed."""
    placement = policy.seen(current_actor(), placement_id)
    found = portfolio(placement.person_id)
    return download(_("实务实训档案 %(name)s.pdf", name=found.name), printed(found), PDF)


def _done(placement: Placement, name: str, form: BaseForm, call: Callable[[], None], said: str) -> Answer:
    """Do it and go back to the page, or show the page with what is wrong."""
    refusal = None
    if form.validate_on_submit():
        try:
            call()
        except LmsError as refused:
            refusal = show_on(form, refused)
        else:
            flash(said, "green")
            return redirect(url_for("practice.desk_placement", placement_id=placement.id), 303)
    return _page(placement, refusal, **{name: form}), 422


def _page(placement: Placement, refusal: LmsError | None = None, **sent: Any) -> str:
    [line] = queries.lines([placement])
    staff = queries.staff(placement.org_id, placement.person_id)
    forms: dict[str, Any] = {
        "accept": AcceptForm(formdata=None, first_day=placement.first_day, last_day=placement.last_day),
        "refuse": ReturnForm(formdata=None, prefix="refuse-"),
        "end": ReturnForm(formdata=None, prefix="end-"),
        "supervisor": SupervisorForm(formdata=None),
    }
    for form in (forms["accept"], forms["supervisor"]):
        form.offer(staff, placement.supervisor_id)
    entries = queries.entries_of([placement.id])
    return render_template(
        "practice/desk_placement.html",
        line=line,
        entries=entries,
        undone={entry.reverses_id for entry in entries if entry.reverses_id},
        names=queries.names({entry.signed_by for entry in entries} | {placement.decided_by}),
        missing=WORDS["words"].missing(line.progress),
        may_edit=policy.may_edit(current_actor(), placement),
        forms=forms | sent,
        refusal=refusal,
        **WORDS,
    )
