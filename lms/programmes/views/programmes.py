"""Officers' pages of programmes: what there is, from when on; set by the city."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.approvals.queries.cases import person_names
from lms.exams.models import Exam
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.programmes import policy
from lms.programmes.forms import VersionForm
from lms.programmes.models import ProgrammeVersion
from lms.programmes.queries import appointments, catalogue
from lms.programmes.service import setting
from lms.programmes.views import typed
from lms.programmes.views.base import WORDS, bp
from lms.requirements import queries as requirements
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/programmes")
@requires(policy.VIEW)
def programmes() -> str:
    """Every programme by its track."""
    return render_template(
        "programmes/programmes.html", known=catalogue.load(), today=clock.today(), may_edit=_may_edit(), **WORDS
    )


@bp.get("/desk/programmes/new")
@requires(policy.EDIT)
def new_programme() -> str:
    """The form for a programme that is not there yet."""
    return _new_page(_form(None))


@bp.post("/desk/programmes/new")
@requires(policy.EDIT)
def create_programme() -> tuple[str, int] | Response:
    """Save a programme with its first version."""
    form = _form(None)
    if not form.validate_on_submit():
        return _new_page(form), 422
    wrong: dict[str, str] = {}
    try:
        setting.create_programme(
            current_actor(), form.code.data, form.track.data, form.rung.data, form.version(typed.criteria())
        )
    except LmsError as refusal:
        wrong = form.show_refusal(refusal)
        return _new_page(form, wrong), 422
    flash(_("项目已保存。"), "green")
    return redirect(url_for("programmes.programme", code=form.code.data), 303)


@bp.get("/desk/programmes/<code>")
@requires(policy.VIEW)
def programme(code: str) -> str:
    """A programme: what counts, its history and, for the city's officers, a form for the next version."""
    return _page(code, _form(catalogue.load().entry(code).shown))


@bp.post("/desk/programmes/<code>")
@requires(policy.EDIT)
def save_programme(code: str) -> tuple[str, int] | Response:
    """Save the next version."""
    form = _form(catalogue.load().entry(code).shown)
    if not form.validate_on_submit():
        return _page(code, form), 422
    try:
        setting.save_version(current_actor(), code, form.version(typed.criteria()))
    except LmsError as refusal:
        return _page(code, form, form.show_refusal(refusal)), 422
    flash(_("新的版本已保存。已发布的选拔不受影响。"), "green")
    return redirect(url_for("programmes.programme", code=code), 303)


@bp.get("/desk/programmes/tracks/<code>/ratio")
@requires(policy.VIEW)
def ratio(code: str) -> str:
    """How many of each rung a county has and should have."""
    return _ratio_page(code, {})


@bp.post("/desk/programmes/tracks/<code>/ratio")
@requires(policy.EDIT)
def save_ratio(code: str) -> str | tuple[str, int] | Response:
    """Save the ratio of a track: programmes with the same line number count together."""
    groups: dict[int, list[str]] = {}
    for entry in catalogue.load().of(code):
        number = request.form.get(f"line-{entry.code}", 0, type=int)
        if number > 0:
            groups.setdefault(number, []).append(entry.code)
    lines = [
        {"codes": codes, "share": request.form.get(f"share-{number}", 0, type=int)}
        for number, codes in sorted(groups.items())
    ]
    workers, note = request.form.get("workers", 0, type=int), request.form.get("note", "")[:300]
    try:
        setting.save_ratio(current_actor(), code, workers, lines, note=note)
    except LmsError as refusal:
        if not refusal.fields:
            raise
        return _ratio_page(code, {name: str(text) for name, text in refusal.fields.items()}), 422
    flash(_("配备比例已保存，从今天起生效。"), "green")
    return redirect(url_for("programmes.ratio", code=code), 303)


def _ratio_page(code: str, wrong: dict[str, str]) -> str:
    known, found = catalogue.load(), catalogue.ratios(code)
    track = known.track(code)
    present = found[0] if found else None
    codes = [entry.code for entry in known.of(code)]
    return render_template(
        "programmes/ratio.html",
        track=track,
        known=known,
        entries=known.of(code),
        present=present,
        history=found,
        names=person_names(one.set_by for one in found),
        counties=appointments.by_county(current_actor(), codes, clock.today()),
        numbers=_line_numbers(present.lines if present else []),
        wrong=wrong,
        may_edit=_may_edit(),
        **WORDS,
    )


def _line_numbers(lines: list[dict[str, Any]]) -> dict[str, int]:
    return {code: number for number, line in enumerate(lines, 1) for code in line["codes"]}


def _form(version: ProgrammeVersion | None) -> VersionForm:
    tracks = [(one.code, pick(one.title)) for one in catalogue.load().tracks]
    sets = [
        (one.code, pick(one.shown.title)) for one in requirements.names() if one.versions and not one.shown.stands_for
    ]
    rows = db.session.execute(select(Exam.slug, Exam.title).order_by(Exam.slug))
    exams = [(slug, pick(title)) for slug, title in rows]
    return VersionForm.showing(version, tracks, sets, exams)


def _new_page(form: VersionForm, wrong: dict[str, str] | None = None) -> str:
    return render_template(
        "programmes/new_programme.html", form=form, criteria=typed.shown_criteria(None), wrong=wrong or {},
        may_edit=_may_edit(), **WORDS,
    )  # fmt: skip


def _page(code: str, form: VersionForm, wrong: dict[str, str] | None = None) -> str:
    known = catalogue.load()
    entry = known.entry(code)
    return render_template(
        "programmes/programme.html",
        entry=entry,
        track=known.track(entry.programme.track),
        present=entry.in_force(clock.today()),
        form=form,
        criteria=typed.shown_criteria(entry.shown),
        wrong=wrong or {},
        names=person_names(one.set_by for one in entry.versions),
        sets={one.code: one for one in requirements.names()},
        may_edit=_may_edit(),
        today=clock.today(),
        **WORDS,
    )


def _may_edit() -> bool:
    return policy.may_edit(current_actor())
