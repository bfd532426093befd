"""Pages of cycles: how things stood on a past day, the transcript, what an officer does to a cycle."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy
from lms.approvals.queries.cases import person_names
from lms.credits import queries, wording
from lms.credits.cycles import changing, story, transcript
from lms.credits.cycles.changing import EXCEPT
from lms.credits.cycles.forms import ExceptionForm, ExtensionForm
from lms.credits.cycles.models import CreditCycle
from lms.credits.cycles.ring import of_cycles
from lms.credits.evidence.views import bp
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.people.models import Person
from lms.webkit.blueprint import requires, signed_in
from lms.webkit.downloads import PDF, download
from lms.webkit.identity import current_actor, me


@bp.get("/hours/on")
@signed_in
def hours_on() -> str:
    """How the learner stood on a past day."""
    return render_template("credits/hours_on.html", **_past(me()))


@bp.get("/desk/hours/<uuid:person_id>/on")
@requires("credit:view")
def person_hours_on(person_id: uuid.UUID) -> str:
    """The same of a person, for an officer."""
    policy.require_person(current_actor(), "credit:view", person_id)
    person = db.session.get_one(Person, person_id)
    return render_template("credits/person_hours_on.html", person=person, **_past(person_id))


@bp.get("/hours/transcript.pdf")
@signed_in
def own_transcript() -> Response:
    """The learner's transcript."""
    return _transcript(me())


@bp.get("/desk/hours/<uuid:person_id>/transcript.pdf")
@requires("credit:view")
def person_transcript(person_id: uuid.UUID) -> Response:
    """A person's transcript, for an officer."""
    policy.require_person(current_actor(), "credit:view", person_id)
    return _transcript(person_id)


@bp.get("/desk/hours/cycles/<uuid:cycle_id>")
@requires("credit:view")
def cycle(cycle_id: uuid.UUID) -> str:
    """One cycle with its story and, for who may, the forms to extend it and to free from it."""
    row = changing.seen_cycle(current_actor(), cycle_id)
    return _cycle_page(row)


@bp.post("/desk/hours/cycles/<uuid:cycle_id>/extend")
@requires(EXCEPT)
def extend_cycle(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    """Let a cycle end later."""
    row, form = changing.seen_cycle(current_actor(), cycle_id, EXCEPT), ExtensionForm()
    if form.validate_on_submit():
        try:
            changing.extend(
                current_actor(), cycle_id, last_day=form.last_day.data, reason=form.reason.data, seen=_seen(form)
            )
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("周期已延长，原定日期保留在记录里。"), "green")
            return redirect(url_for("credits.cycle", cycle_id=cycle_id), 303)
    return _cycle_page(row, extension=form), 422


@bp.post("/desk/hours/cycles/<uuid:cycle_id>/free")
@requires(EXCEPT)
def free_cycle(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    """Free a person from what a cycle asks for, or bind them again."""
    row, form = changing.seen_cycle(current_actor(), cycle_id, EXCEPT), ExceptionForm()
    freed = request.form.get("freed") == "yes"
    if form.validate_on_submit():
        try:
            changing.free(current_actor(), cycle_id, freed=freed, reason=form.reason.data, seen=_seen(form))
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("已豁免本周期的要求。") if freed else _("已恢复本周期的要求。"), "green")
            return redirect(url_for("credits.cycle", cycle_id=cycle_id), 303)
    return _cycle_page(row, exception=form), 422


def _seen(form: Any) -> dt.date:
    """The last day the officer saw; one that cannot be read is none that is."""
    try:
        return dt.date.fromisoformat(form.seen.data or "")
    except ValueError:
        return dt.date.min


def _past(person_id: uuid.UUID) -> dict[str, Any]:
    """A past day, as it was known at its end and as it is known now."""
    today = clock.today()
    asked = request.args.get("day", type=dt.date.fromisoformat)
    day = min(asked or today, today)
    end = clock.start_of_day(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1)
    then, now = queries.summary(person_id, day, end), queries.summary(person_id, day)
    return {
        "day": day,
        "today": today,
        "views": [
            (_("按当天已有的记录"), then, of_cycles(then.cycles)),
            (_("按今天的记录"), now, of_cycles(now.cycles)),
        ],
        "wording": wording,
        "in_order": story.in_order,
    }


def _transcript(person_id: uuid.UUID) -> Response:
    person = db.session.get_one(Person, person_id)
    content = transcript.printed(person)
    name = _("继续教育学习证明 %(name)s %(day)s.pdf", name=person.name, day=clock.today().isoformat())
    return download(name, content, PDF)


def _cycle_page(
    row: CreditCycle, extension: ExtensionForm | None = None, exception: ExceptionForm | None = None
) -> str:
    actor = current_actor()
    changes = story.changes(row.id)
    summary = queries.summary(row.person_id)
    view = next(one for one in (*summary.cycles, *summary.past) if one.cycle_id == row.id)
    seen = {"seen": row.ends_on.isoformat()}
    return render_template(
        "credits/cycle.html",
        cycle=row,
        view=view,
        rings=of_cycles([view]),
        person=db.session.get_one(Person, row.person_id),
        changes=changes,
        names=person_names(change.changed_by for change in changes),
        extension=extension or ExtensionForm(formdata=None, data=seen),
        exception=exception or ExceptionForm(formdata=None, data=seen),
        may_except=actor.holds(EXCEPT) and actor.person_id != row.person_id,
        wording=wording,
        story=story,
    )
