"""Supervision on a phone: the sessions, writing one, signing on both sides."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.kernel.db import db
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.programmes.forms import LogForm, ReasonForm, ReflectionForm, today_form
from lms.programmes.queries import supervision as queries
from lms.programmes.service import supervising
from lms.programmes.supervision_models import LogState, SupervisionLog, SupervisionPair
from lms.programmes.views.base import WORDS, bp
from lms.webkit.blueprint import signed_in
from lms.webkit.forms import seen_revision
from lms.webkit.identity import current_actor, me
from lms.webkit.paging import paginate


@bp.get("/supervision")
@signed_in
def supervision() -> str:
    """Hours given and received, whom one supervises, and the sessions."""
    page = paginate(queries.logs(me()), scalars=False)
    given, received = queries.minutes(me())
    return render_template(
        "programmes/supervision.html", page=page, pairs=queries.pairs(me()), given=given, received=received, me=me(),
        **WORDS,
    )  # fmt: skip


@bp.get("/supervision/pairs/<uuid:pair_id>/new")
@signed_in
def new_log(pair_id: uuid.UUID) -> str:
    """The form for a session."""
    return _form_page(_own_pair(pair_id), today_form(LogForm, key=new_id().hex, minutes=60))


@bp.post("/supervision/pairs/<uuid:pair_id>/new")
@signed_in
def write_log(pair_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Save it as a draft."""
    pair, form = _own_pair(pair_id), LogForm()
    if not form.validate_on_submit():
        return _form_page(pair, form), 422
    try:
        log_id = supervising.write(current_actor(), pair_id, str(form.key.data)[:80], form.session())
    except LmsError as refusal:
        form.show_refusal(refusal)
        return _form_page(pair, form), 422
    return redirect(url_for("programmes.log", log_id=log_id), 303)


@bp.get("/supervision/<uuid:log_id>")
@signed_in
def log(log_id: uuid.UUID) -> str:
    """One session."""
    return _page(log_id, ReflectionForm(formdata=None))


@bp.get("/supervision/<uuid:log_id>/edit")
@signed_in
def edit_log(log_id: uuid.UUID) -> str:
    """The form to change a draft."""
    found, pair = _seen(log_id)
    data = {"held_on": found.held_on, "minutes": found.minutes, "plan": found.plan, "content": found.content}
    return _form_page(_own_pair(pair.id), LogForm(formdata=None, data={**data, "edit": found.edit}), found)


@bp.post("/supervision/<uuid:log_id>/edit")
@signed_in
def save_log(log_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Save a changed draft."""
    found, pair = _seen(log_id)
    form = LogForm()
    if not form.validate_on_submit():
        return _form_page(_own_pair(pair.id), form, found), 422
    try:
        supervising.rewrite(current_actor(), log_id, form.edit.data, form.session())
    except LmsError as refusal:
        form.show_refusal(refusal)
        return _form_page(_own_pair(pair.id), form, found), 422
    return redirect(url_for("programmes.log", log_id=log_id), 303)


@bp.post("/supervision/<uuid:log_id>/<any(sign, drop):step>")
@signed_in
def sign_log(log_id: uuid.UUID, step: str) -> Response:
    """The supervisor signs, or throws the draft away."""
    seen = seen_revision("edit")
    if step == "drop":
        supervising.drop(current_actor(), log_id, seen)
        flash(_("草稿已作废。"), "green")
        return redirect(url_for("programmes.supervision"), 303)
    supervising.sign(current_actor(), log_id, seen)
    flash(_("已签字，等对方写反思并确认。"), "green")
    return redirect(url_for("programmes.log", log_id=log_id), 303)


@bp.post("/supervision/<uuid:log_id>/agree")
@signed_in
def agree(log_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """The other adds a reflection and signs."""
    form = ReflectionForm()
    if not form.validate_on_submit():
        return _page(log_id, form), 422
    supervising.agree(current_actor(), log_id, seen_revision("edit"), form.reflection.data)
    flash(_("已确认，时长已计入，记录不再改动。"), "green")
    return redirect(url_for("programmes.log", log_id=log_id), 303)


@bp.post("/supervision/<uuid:log_id>/return")
@signed_in
def return_log(log_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """The other sends it back."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(log_id, ReflectionForm(formdata=None), form), 422
    supervising.send_back(current_actor(), log_id, seen_revision("edit"), form.reason.data)
    flash(_("已退回，请对方修改。"), "green")
    return redirect(url_for("programmes.supervision"), 303)


def _seen(log_id: uuid.UUID) -> tuple[SupervisionLog, SupervisionPair]:
    """A session one has a hand in. Raises `NotFound`."""
    row = db.session.execute(queries.logs(me()).where(SupervisionLog.id == log_id)).first()
    if row is None:
        raise NotFound(_("找不到这份督导记录。"))
    return row[0], row[1]


def _own_pair(pair_id: uuid.UUID) -> tuple[SupervisionPair, str, str]:
    found = queries.pair(pair_id)
    if found is None or found[0].supervisor_id != me():
        raise NotFound(_("找不到这对督导关系。"))
    return found


def _form_page(pair: tuple[SupervisionPair, str, str], form: LogForm, found: SupervisionLog | None = None) -> str:
    return render_template("programmes/log_form.html", pair=pair, form=form, log=found, **WORDS)


def _page(log_id: uuid.UUID, form: ReflectionForm, returning: ReasonForm | None = None) -> str:
    found, pair = _seen(log_id)
    named = queries.pair(pair.id)
    return render_template(
        "programmes/log.html",
        log=found,
        pair=named,
        mine=pair.supervisor_id == me(),
        theirs=pair.person_id == me(),
        waits=found.state is LogState.SIGNED,
        form=form,
        returning=returning or ReasonForm(formdata=None),
        **WORDS,
    )
