"""Pages of the management tree: browse, search, add agencies and stations, rename, move."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy import Select

from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries
from lms.orgs.forms import AddUnitForm, RenameForm
from lms.orgs.models import OrgKind, OrgUnit
from lms.orgs.rules import KIND_TITLES, may_contain
from lms.orgs.service import add_unit, move_unit, rename_unit
from lms.webkit.blueprint import Blueprint, requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook

VIEW, EDIT = "org:view", "org:edit"
PAGE_SIZE = 50  # a county and its towns, or a street and its communities, stand on one page

bp = Blueprint("orgs", __name__, template_folder="templates")


@bp.get("/admin/orgs")
@requires(VIEW)
def index() -> Any:
    """Where browsing begins: the one unit an officer may see, or the list of several; or what a search finds."""
    tops = queries.tops(_visible())
    if len(tops) == 1 and not _asked():
        return redirect(url_for("orgs.show", unit_id=tops[0].id))
    page = paginate(_found(None), size=PAGE_SIZE, scalars=False)
    return render_template("orgs/list.html", page=page, kinds=KIND_TITLES, paths=_paths(page.rows))


@bp.get("/admin/orgs/<uuid:unit_id>")
@requires(VIEW)
def show(unit_id: uuid.UUID) -> str:
    """A unit, what stands directly below it, or what a search below it finds."""
    authority().require(current_actor(), VIEW, unit_id)
    page, above = paginate(_found(unit_id), size=PAGE_SIZE, scalars=False), queries.path(unit_id)[:-1]
    return render_template(
        "orgs/unit.html",
        unit=queries.unit(unit_id),
        above=above,
        seen=queries.among(_visible(), above),
        counts=queries.counts_within(unit_id),
        page=page,
        kinds=KIND_TITLES,
        paths=_paths(page.rows) if _asked() else {},
        asked=_asked(),
        may_edit=authority().can(current_actor(), EDIT, unit_id),
    )


@bp.get("/admin/orgs.xlsx")
@requires(VIEW)
def export() -> Response:
    """The list as it is filtered, of everything the officer may see."""
    titles = (_("编码"), _("名称"), _("类别"), _("统计代码"), _("统一社会信用代码"), _("下级单位"))
    rows = [
        (unit.code, unit.name, str(KIND_TITLES[unit.kind]), unit.gb_code or "", unit.uscc or "", below)
        for unit, below in db.session.execute(_searched())
    ]
    plan = SheetPlan(_("单位表"), [Column(title, 20) for title in titles], rows)
    return download(_("单位清单.xlsx"), write_workbook([plan]))


@bp.route("/admin/orgs/<uuid:unit_id>/add", methods=["GET", "POST"])
@requires(EDIT)
def add(unit_id: uuid.UUID) -> Any:
    authority().require(current_actor(), EDIT, unit_id)
    name, form = queries.unit(unit_id).name, AddUnitForm()
    if form.validate_on_submit():
        try:
            kind = OrgKind(form.kind.data)
            new = add_unit(
                current_actor(), kind=kind, name=form.name.data.strip(), parent_id=unit_id, uscc=form.uscc.data or ""
            )
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("已新增“%(name)s”。", name=form.name.data), "green")
            return redirect(url_for("orgs.show", unit_id=new), 303)
    page = render_template("orgs/add.html", form=form, name=name, unit_id=unit_id)
    return page, 422 if form.is_submitted() else 200


@bp.route("/admin/orgs/<uuid:unit_id>/rename", methods=["GET", "POST"])
@requires(EDIT)
def rename(unit_id: uuid.UUID) -> Any:
    authority().require(current_actor(), EDIT, unit_id)
    name = queries.unit(unit_id).name
    form = RenameForm(expected=name, name=name)
    if form.validate_on_submit():
        try:
            rename_unit(
                current_actor(),
                unit_id,
                expected=form.expected.data or "",
                name=form.name.data.strip(),
                reason=form.reason.data.strip(),
            )
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("名称已改为“%(name)s”。", name=form.name.data), "green")
            return redirect(url_for("orgs.show", unit_id=unit_id), 303)
    page = render_template("orgs/rename.html", form=form, name=name, unit_id=unit_id)
    return page, 422 if form.is_submitted() else 200


@bp.get("/admin/orgs/<uuid:unit_id>/move")
@requires(EDIT)
def choose_parent(unit_id: uuid.UUID) -> str:
    """Search for the new unit above; each one found has a button."""
    authority().require(current_actor(), EDIT, unit_id)
    unit, term = queries.unit(unit_id), request.args.get("q", "").strip()[:80]
    found = [
        one
        for one in (queries.targets(authority().visible_orgs(current_actor(), EDIT), unit_id, term) if term else ())
        if may_contain(one.kind, unit.kind)
    ]
    return render_template(
        "orgs/move.html",
        unit=unit,
        term=term,
        found=found,
        kinds=KIND_TITLES,
        paths=queries.paths(one.id for one in found),
        counts=queries.counts_within(unit_id),
        above=queries.path(unit_id)[:-1],
    )


@bp.post("/admin/orgs/<uuid:unit_id>/move/<uuid:parent_id>")
@requires(EDIT)
def move(unit_id: uuid.UUID, parent_id: uuid.UUID) -> Any:
    move_unit(current_actor(), unit_id, parent_id)
    flash(_("已移到“%(name)s”下面。", name=queries.unit(parent_id).name), "green")
    return redirect(url_for("orgs.show", unit_id=unit_id), 303)


def _visible() -> Select[uuid.UUID]:
    return authority().visible_orgs(current_actor(), VIEW)


def _asked() -> bool:
    return bool(request.args.get("q", "").strip() or request.args.get("kind"))


def _found(unit_id: uuid.UUID | None) -> Select[Any]:
    """What the address asks for: a search, or without one the units directly below (or the highest ones)."""
    if _asked():
        query = _searched()
        return query if unit_id is None else query.where(OrgUnit.id.in_(queries.within(unit_id)))
    if unit_id is None:
        return queries.listed().where(OrgUnit.id.in_([top.id for top in queries.tops(_visible())]))
    return queries.listed().where(OrgUnit.parent_id == unit_id)


def _searched() -> Select[Any]:
    query = queries.listed().where(OrgUnit.id.in_(_visible()))
    term, kind = request.args.get("q", "").strip()[:80], request.args.get("kind", "")
    if term:
        query = query.where(queries.matching(term))
    if kind in set(OrgKind):
        query = query.where(OrgUnit.kind == OrgKind(kind))
    return query


def _paths(rows: Any) -> Any:
    return queries.paths(row[0].id for row in rows)
