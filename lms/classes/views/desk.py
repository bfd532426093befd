"""Officers' pages: the list of groups, one group, making and changing it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.classes import export, policy
from lms.classes.dto import GroupFilter
from lms.classes.forms import GroupForm, ReasonForm
from lms.classes.models import ClassGroup, ClassRule, GroupState
from lms.classes.queries import data, groups, members, timetable
from lms.classes.service import groups as service
from lms.classes.views.base import WORDS, bp, desk_words, show_on
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES, OrgUnit
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


def _wanted() -> GroupFilter:
    """The filter as it stands in the address; nonsense narrows nothing."""
    given = request.args
    return GroupFilter(
        text=given.get("q", "").strip()[:60],
        category=given.get("category", "")[:40],
        state=given.get("state", type=GroupState),
        org_id=given.get("org", type=uuid.UUID),
    )


@bp.get("/desk/classes")
@requires(policy.VIEW)
def desk() -> str:
    """The groups in the officer's or trainer's sight."""
    wanted = _wanted()
    page = paginate(groups.seen(current_actor(), wanted))
    ids = [group.id for group in page.rows]
    return render_template(
        "classes/desk.html",
        page=page,
        wanted=wanted,
        counts=groups.counts(ids),
        coming=groups.next_meetings(ids),
        names=_unit_names(page.rows),
        categories=data.categories(),
        units=orgs.choices(access.visible_orgs(current_actor(), policy.VIEW)),
        **WORDS,
    )


@bp.get("/desk/classes.xlsx")
@requires(policy.VIEW)
def export_groups() -> Response:
    """The same list as a spreadsheet."""
    rows = db.session.scalars(groups.seen(current_actor(), _wanted())).all()
    content = export.groups_workbook(rows, groups.counts([one.id for one in rows]), _unit_names(rows))
    return download(_("班级 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.route("/desk/classes/new", methods=["GET", "POST"])
@requires(policy.EDIT)
def new_group() -> str | tuple[str, int] | Response:
    """Draft a group."""
    form = _offering(GroupForm.showing(None))
    if request.method == "GET":
        return _form_page(form, None)
    saved = _saved(form, None)
    return saved or (_form_page(form, None), 422)


@bp.get("/desk/classes/<uuid:group_id>")
@requires(policy.VIEW)
def desk_group(group_id: uuid.UUID) -> str:
    """One group at a glance."""
    group = policy.seen_group(current_actor(), group_id)
    quotas = members.quotas(group_id)
    return render_template(
        "classes/desk_group.html",
        rule=db.session.get_one(ClassRule, group.rule_id),
        counts=groups.counts([group_id])[group_id],
        quotas=quotas,
        taken=members.taken_by_pool(group_id),
        names=orgs.paths([*quotas, group.org_id]),
        category=data.category(group.category),
        meetings=timetable.of_group(group_id),
        reason_form=ReasonForm(formdata=None),
        **desk_words(group),
    )


@bp.route("/desk/classes/<uuid:group_id>/edit", methods=["GET", "POST"])
@requires(policy.EDIT)
def edit_group(group_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Change a group."""
    group = policy.run_group(current_actor(), group_id)
    form = _offering(GroupForm.showing(group), group)
    if request.method == "GET":
        return _form_page(form, group)
    return _saved(form, group) or (_form_page(form, group), 422)


@bp.post("/desk/classes/<uuid:group_id>/<any(open,start,close,cancel):step>")
@requires(policy.EDIT)
def move_group(group_id: uuid.UUID, step: str) -> Response:
    """Take a group one step on."""
    actor = current_actor()
    if step == "cancel":
        service.cancel_group(actor, group_id, reason=ReasonForm().reason.data or "")
    else:
        {"open": service.open_group, "start": service.start_group, "close": service.close_group}[step](actor, group_id)
    said = {
        "open": _("已开放报名。"),
        "start": _("已开班。"),
        "close": _("已结班。"),
        "cancel": _("已取消，消息已发出。"),
    }
    flash(said[step], "green")
    return redirect(url_for("classes.desk_group", group_id=group_id), 303)


def _saved(form: GroupForm, group: ClassGroup | None) -> Response | None:
    quotas = _quotas()
    if form.validate() and quotas is not None:
        try:
            if group is None:
                group_id = service.create_group(current_actor(), form.group(quotas))
            else:
                group_id = group.id
                service.change_group(current_actor(), group_id, form.group(quotas))
        except LmsError as refusal:
            if show_on(form, refusal) is not None:
                raise
        else:
            flash(_("班级已保存。"), "green")
            return redirect(url_for("classes.desk_group", group_id=group_id), 303)
    elif quotas is None:
        form.places.errors = [*form.places.errors, _("区县名额请填正整数，没有的不填")]
    return None


def _quotas() -> dict[uuid.UUID, int] | None:
    """The districts' places as typed; None when one is no number."""
    found: dict[uuid.UUID, int] = {}
    for unit in _counties():
        typed = request.form.get(f"quota-{unit.id.hex}", "").strip()
        if typed:
            if not (typed.isascii() and typed.isdigit() and 0 < int(typed) <= service.MOST_PLACES):
                return None
            found[unit.id] = int(typed)
    return found


def _offering(form: GroupForm, group: ClassGroup | None = None) -> GroupForm:
    actor = current_actor()
    units = orgs.choices(access.visible_orgs(actor, policy.EDIT))
    tops = orgs.tops(access.visible_orgs(actor, policy.EDIT))
    known = {unit.id: unit for unit in (*tops, *units)}
    if group is not None:
        known[group.org_id] = orgs.unit(group.org_id)
        known = {group.org_id: known[group.org_id]}
    courses = data.courses(actor, group.course_id if group else None)
    form.offer(known.values(), data.categories(only_open=group is None), courses, pick)
    return form


def _form_page(form: GroupForm, group: ClassGroup | None) -> str:
    kept = members.quotas(group.id) if group else {}
    typed: Mapping[str, Any] = request.form if request.method == "POST" else {
        f"quota-{org.hex}": places for org, places in kept.items()
    }  # fmt: skip
    return render_template(
        "classes/group_form.html", form=form, group=group, counties=_counties(), typed=typed, **WORDS
    )


def _counties() -> list[OrgUnit]:
    return [one for one in orgs.children(orgs.city().id) if one.kind in COUNTIES]


def _unit_names(rows: Any) -> dict[uuid.UUID, str]:
    return dict(orgs.paths({group.org_id for group in rows}))
