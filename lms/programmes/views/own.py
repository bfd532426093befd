"""A person's own pages: open rounds, the ladders with the fastest way, applications, appointments."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.approvals.views.base import sent_proofs
from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.programmes import policy
from lms.programmes.cases import BY_INTAKE
from lms.programmes.dto import NewApplication
from lms.programmes.forms import ApplyForm, ReasonForm
from lms.programmes.models import Intake, Round
from lms.programmes.queries import appointments, catalogue, rounds, supervision
from lms.programmes.service import ending
from lms.programmes.service.applying import apply as hand_in
from lms.programmes.service.applying import standing
from lms.programmes.views.base import WORDS, bp
from lms.requirements import checking
from lms.requirements import queries as requirements
from lms.requirements import rules as trees
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor, me


@bp.get("/programmes")
@signed_in
def home() -> str:
    """What is open, what one has applied for, what one holds."""
    today, known = clock.today(), catalogue.load()
    return render_template(
        "programmes/home.html",
        known=known,
        taking=rounds.taking(today),
        applications=rounds.own(me()),
        held=appointments.of_person(me()),
        last_day=appointments.last_day,
        is_held=appointments.is_held,
        seats=rounds.seats(me()),
        supervised=supervision.minutes(me()),
        pairs=supervision.pairs(me()),
        today=today,
        **WORDS,
    )


@bp.get("/programmes/tracks/<code>")
@signed_in
def ladder(code: str) -> str:
    """Where one stands on each rung: met, missing, and the fastest way."""
    today, known = clock.today(), catalogue.load()
    track, person = known.track(code), me()
    rows: list[dict[str, Any]] = []
    entries = [one for one in known.of(code) if one.in_force(today)]
    sets = requirements.sets_on((one.shown.entry_set for one in entries if one.shown.entry_set), today)
    held = {one.programme for one, _last in appointments.held_by(person, today)}
    open_rounds = {one.programme: one for one in rounds.taking(today)}
    for entry in entries:
        version = entry.shown
        stored = sets.get(version.entry_set)
        tree = trees.parse(stored.tree) if stored else trees.NOTHING
        assessment = checking.assess(tree, [person], today)[person]
        rows.append(
            {
                "entry": entry, "version": version, "assessment": assessment, "held": entry.code in held,
                "round": open_rounds.get(entry.code),
            }
        )  # fmt: skip
    goal = next((row for row in rows if not row["held"] and not _below_held(row, rows)), None)
    return render_template("programmes/ladder.html", track=track, rows=rows, goal=goal, today=today, **WORDS)


@bp.get("/programmes/rounds/<uuid:round_id>/apply")
@signed_in
def apply(round_id: uuid.UUID) -> str:
    """The form, or what is missing before one can apply."""
    form = ApplyForm(formdata=None, data={"key": new_id().hex})
    return _apply_page(rounds.round_of(round_id), form, {})


@bp.post("/programmes/rounds/<uuid:round_id>/apply")
@signed_in
def send_application(round_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Hand the application in. Sent twice, it is one."""
    round_, form = rounds.round_of(round_id), ApplyForm()
    if not form.validate_on_submit():
        return _apply_page(round_, form, {}), 422
    kind = BY_INTAKE[catalogue.load().version(round_.version_id).intake]
    try:
        new = NewApplication(form.key.data, form.statement.data, sent_proofs(kind))
        application_id = hand_in(current_actor(), round_id, new)
    except LmsError as refusal:
        if not refusal.fields:
            return _apply_page(round_, form, {}, refusal), refusal.status
        return _apply_page(round_, form, form.show_refusal(refusal)), 422
    flash(_("报名已提交，进展会在这里和消息里告诉您。"), "green")
    return redirect(url_for("programmes.own_application", application_id=application_id), 303)


@bp.get("/programmes/applications/<uuid:application_id>")
@signed_in
def own_application(application_id: uuid.UUID) -> str:
    """One application: where it stands, scores and place with the reason."""
    application = policy.own_application(current_actor(), application_id)
    round_ = rounds.round_of(application.round_id)
    version = catalogue.load().version(round_.version_id)
    return render_template(
        "programmes/application.html", application=application, round=round_, version=version, **WORDS
    )


@bp.get("/programmes/appointments/<uuid:appointment_id>/step-down")
@signed_in
def step_down_form(appointment_id: uuid.UUID) -> str:
    """Ask for the reason."""
    return _step_down_page(appointment_id, ReasonForm(formdata=None))


@bp.post("/programmes/appointments/<uuid:appointment_id>/step-down")
@signed_in
def step_down(appointment_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Give an appointment of one's own up."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _step_down_page(appointment_id, form), 422
    ending.step_down(current_actor(), appointment_id, form.reason.data)
    flash(_("已登记退出，今天是最后一天。"), "green")
    return redirect(url_for("programmes.home"), 303)


def _step_down_page(appointment_id: uuid.UUID, form: ReasonForm) -> str:
    found = next((one for one, _end in appointments.of_person(me()) if one.id == appointment_id), None)
    if found is None:
        raise policy.missing_appointment()
    title = catalogue.load().title(found.programme)
    return render_template("programmes/step_down.html", found=found, title=title, form=form, **WORDS)


def _apply_page(round_: Round, form: ApplyForm, wrong: dict[str, str], refusal: LmsError | None = None) -> str:
    known, today = catalogue.load(), clock.today()
    version = known.version(round_.version_id)
    return render_template(
        "programmes/apply.html",
        round=round_,
        version=version,
        track=known.entry(round_.programme).programme.track,
        assessment=standing(me(), version),
        kind=BY_INTAKE[version.intake],
        is_open=rounds.is_taking(round_, today) and version.intake is not Intake.NOMINATED,
        form=form,
        wrong=wrong,
        refusal=refusal,
        today=today,
        **WORDS,
    )


def _below_held(row: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Whether a higher rung is held already."""
    return any(other["held"] and other["entry"].programme.rung > row["entry"].programme.rung for other in rows)
