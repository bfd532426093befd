"""Officers' pages of rotation training: the picture, the people, the waves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.classes import export, policy
from lms.classes.forms import WaveForm
from lms.classes.queries import data, groups, members
from lms.classes.queries import rotation as queries
from lms.classes.queries.rotation import PeopleFilter, Progress, Training
from lms.classes.rotation_models import RotationWave, WaveState
from lms.classes.service import rotating as service
from lms.classes.views.base import WORDS, bp, show_on
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.orgs import queries as orgs
from lms.people import queries as people
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

ROTATION = "rotation"


def _category() -> str:
    """The category asked for, else the one made for rotation, else the first."""
    known = [one.code for one in data.categories()]
    wanted = request.args.get("category", ROTATION)
    return wanted if wanted in known else known[0]


@bp.get("/desk/classes/rotation")
@requires(policy.VIEW)
def rotation() -> str:
    """How far each unit is covered, and the waves."""
    actor, category = current_actor(), _category()
    rows = queries.coverage(actor, category)
    page = paginate(queries.waves(actor))
    return render_template(
        "classes/rotation.html",
        category=category,
        categories=data.categories(),
        months=data.rule_on(category, clock.today()).repeat_months,
        rows=rows,
        total=sum(row.people for row in rows),
        trained=sum(row.trained for row in rows),
        page=page,
        names=orgs.paths({one.org_id for one in page.rows}),
        sums=queries.summaries([one.id for one in page.rows]),
        **WORDS,
    )


@bp.get("/desk/classes/rotation/people")
@requires(policy.VIEW)
def rotation_people() -> str:
    """Who was last trained when."""
    actor, wanted = current_actor(), _wanted()
    page = paginate(queries.people(actor, wanted), scalars=False)
    return render_template(
        "classes/rotation_people.html",
        page=page,
        wanted=wanted,
        since=queries.cutoff(wanted.category),
        units_of=members.units_of([row.id for row in page.rows]),
        categories=data.categories(),
        units=orgs.choices(access.visible_orgs(actor, policy.VIEW)),
        posts=people.posts(actor),
        **WORDS,
    )


@bp.get("/desk/classes/rotation/people.xlsx")
@requires(policy.VIEW)
def export_rotation() -> Response:
    """The same list as a spreadsheet."""
    wanted = _wanted()
    rows = db.session.execute(queries.people(current_actor(), wanted)).all()
    content = export.training_workbook(
        rows, members.units_of([row.id for row in rows]), queries.cutoff(wanted.category)
    )
    return download(_("轮训情况 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.route("/desk/classes/rotation/waves/new", methods=["GET", "POST"])
@requires(policy.EDIT)
def new_wave() -> str | tuple[str, int] | Response:
    """Plan a wave."""
    actor = current_actor()
    form = WaveForm(data={"category": _category(), "trained_before": _since(), "posts": []})
    editable = access.visible_orgs(actor, policy.EDIT)
    known = {one.id: one for one in (*orgs.tops(editable), *orgs.choices(editable))}
    form.org.choices = [(one.id.hex, one.name) for one in known.values()]
    form.category.choices = [(one.code, pick(one.title)) for one in data.categories(only_open=True)]
    form.posts.choices = [(one, one) for one in people.posts(actor)]
    if request.method == "POST" and form.validate():
        new = service.NewWave(
            org_id=uuid.UUID(form.org.data),
            category=form.category.data,
            title=form.title.data,
            posts=tuple(form.posts.data or ()),
            trained_before=form.trained_before.data,
            due_on=form.due_on.data,
        )
        try:
            wave_id = service.plan_wave(actor, new)
            return redirect(url_for("classes.wave", wave_id=wave_id), 303)
        except LmsError as refusal:
            if show_on(form, refusal) is not None:
                raise
    page = render_template("classes/wave_form.html", form=form, **WORDS)
    return page if request.method == "GET" else (page, 422)


@bp.get("/desk/classes/rotation/waves/<uuid:wave_id>")
@requires(policy.VIEW)
def wave(wave_id: uuid.UUID) -> str:
    """One wave: whom it invites, where they stand, the classes that serve it."""
    actor = current_actor()
    found = queries.wave(actor, wave_id)
    page = paginate(_narrowed(found), scalars=False)
    serving = [group for _wave, group in queries.groups_of([wave_id])]
    may_edit = access.can(actor, policy.EDIT, found.org_id)
    return render_template(
        "classes/wave.html",
        wave=found,
        category=data.category(found.category),
        unit=orgs.unit(found.org_id),
        tally=queries.tally(found),
        left=queries.how_many(queries.candidates(found)) if found.state is not WaveState.CLOSED else 0,
        page=page,
        units_of=members.units_of([row.id for row in page.rows]),
        serving=serving,
        counts=groups.counts([group.id for group in serving]),
        free=queries.free_groups(actor, found) if may_edit else (),
        may_edit=may_edit,
        waves=WaveState,
        progress=Progress,
        wanted=request.args.get("progress", type=Progress),
        **WORDS,
    )


@bp.get("/desk/classes/rotation/waves/<uuid:wave_id>.xlsx")
@requires(policy.VIEW)
def export_wave(wave_id: uuid.UUID) -> Response:
    """Its people as a spreadsheet."""
    found = queries.wave(current_actor(), wave_id)
    rows = db.session.execute(_narrowed(found)).all()
    content = export.wave_workbook(rows, members.units_of([row.id for row in rows]))
    return download(_("%(title)s 名单.xlsx", title=found.title), content)


@bp.post("/desk/classes/rotation/waves/<uuid:wave_id>/<any(invite,close,serve,release,makeup):step>")
@requires(policy.EDIT)
def move_wave(wave_id: uuid.UUID, step: str) -> Response:
    """Take a wave one step on."""
    actor, target = current_actor(), wave_id
    if step in {"serve", "release"}:
        group_id = request.form.get("group", type=uuid.UUID)
        if group_id is None:
            raise Invalid(_("班级没有加入。"), todo=_("请从列表里选择一个班。"))
        (service.serve if step == "serve" else service.release)(actor, wave_id, group_id)
    elif step == "makeup":
        due_on = request.form.get("due_on", type=dt.date.fromisoformat)
        if due_on is None:
            raise Invalid(_("补训没有安排。"), todo=_("请填写最晚完成日期。"))
        target = service.make_up(actor, wave_id, due_on=due_on)
    else:
        (service.invite if step == "invite" else service.close_wave)(actor, wave_id)
    said = {
        "invite": _("正在发送邀请，可以离开这个页面。"), "close": _("这批轮训已结束。"), "serve": _("班级已加入。"),
        "release": _("班级已移出，已有座位的学员不受影响。"), "makeup": _("补训已安排，核对后发送邀请。"),
    }  # fmt: skip
    flash(said[step], "green")
    return redirect(url_for("classes.wave", wave_id=target), 303)


def _narrowed(found: RotationWave) -> Select[Any]:
    return queries.progress(found, request.args.get("progress", type=Progress))


def _since() -> dt.date:
    since = queries.cutoff(_category())
    return since if since.year > 1900 else clock.today()


def _wanted() -> PeopleFilter:
    given = request.args
    return PeopleFilter(
        category=_category(),
        text=given.get("q", "").strip()[:60],
        post=given.get("post", "")[:60],
        org_id=given.get("org", type=uuid.UUID),
        training=given.get("training", type=Training),
    )
