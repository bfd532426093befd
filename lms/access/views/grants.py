"""The administrators' list of grants: who may do what where, since when, until when, and why."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from lms.access import policy, queries
from lms.access.blueprint import bp
from lms.access.forms import GrantForm, ReasonForm
from lms.access.roles import roles
from lms.access.service import grant_role, revoke_grant
from lms.access.wording import STANDING_TONES, STANDINGS
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import Invalid, LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs.queries import paths
from lms.people.models import Person
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook


@bp.get("/admin/grants")
@requires("grant:view")
def grants() -> str:
    query, unit_problem = _filtered()
    page = paginate(query, scalars=False)
    return render_template(
        "access/grants.html",
        page=page,
        paths=paths(row[0].org_id for row in page.rows),
        unit_problem=unit_problem,
        roles=roles(),
        standings=STANDINGS,
        tones=STANDING_TONES,
    )


@bp.get("/admin/grants.xlsx")
@requires("grant:view")
def grants_xlsx() -> Response:
    query, _problem = _filtered()
    titles = (_("姓名"), _("角色"), _("单位"), _("开始"), _("最后一天"), _("状态"), _("授权人"), _("理由"))
    rows = [
        (
            name,
            _role_title(grant.role),
            unit,
            str(grant.valid_from),
            str(grant.valid_to or ""),
            str(STANDINGS[state]),
            giver or "",
            grant.reason,
        )
        for grant, name, unit, giver, state in db.session.execute(query)
    ]
    content = write_workbook([SheetPlan(_("授权"), [Column(title) for title in titles], rows)])
    return download(_("授权清单 %(day)s.xlsx", day=clock.today()), content)


@bp.get("/admin/grants/new")
@requires("grant:edit")
def grant_new() -> str:
    """First choose the person."""
    term = request.args.get("q", "").strip()[:60]
    people = queries.grantable(current_actor(), term) if term else []
    return render_template(
        "access/grant_person.html", term=term, people=people, paths=paths(row.org_id for row in people)
    )


@bp.route("/admin/grants/new/<uuid:person_id>", methods=["GET", "POST"])
@requires("grant:edit")
def grant_give(person_id: uuid.UUID) -> Any:
    """Then role, unit, dates and reason."""
    actor, form = current_actor(), GrantForm(valid_from=clock.today())
    policy.require_person(actor, "grant:edit", person_id)
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_("找不到这个人。"))
    name = person.name
    if form.validate_on_submit():
        try:
            unit = queries.typed_unit(actor, "grant:edit", form.unit.data)
            grant_role(
                actor,
                person_id=person_id,
                role=form.role.data,
                org_id=unit.id,
                valid_from=form.valid_from.data,
                valid_to=form.valid_to.data,
                reason=form.reason.data.strip(),
            )
        except LmsError as refusal:
            if not form.take_errors(refusal):
                raise
        else:
            flash(_("已授权：%(name)s，%(role)s。", name=name, role=_role_title(form.role.data)), "green")
            return redirect(url_for("access.grants", name=name), 303)
    units = queries.units_around(person_id)
    page = render_template(
        "access/grant_give.html", form=form, name=name, units=units, own=actor.person_id == person_id
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/admin/grants/<uuid:grant_id>/revoke", methods=["GET", "POST"])
@requires("grant:edit")
def grant_revoke(grant_id: uuid.UUID) -> Any:
    grant, name, unit = queries.grant(current_actor(), grant_id)
    role, form = _role_title(grant.role), ReasonForm()
    if form.validate_on_submit():
        revoke_grant(current_actor(), grant_id, form.reason.data.strip())
        flash(_("已撤销：%(name)s，%(role)s。", name=name, role=role), "green")
        return redirect(url_for("access.grants", name=name), 303)
    page = render_template("access/grant_revoke.html", form=form, grant=grant, name=name, unit=unit, role=role)
    return page, 422 if form.is_submitted() else 200


def _filtered() -> tuple[Any, str]:
    """The list the address asks for, and what is wrong with the unit that was typed."""
    args, actor, unit, problem = request.args, current_actor(), None, ""
    typed = args.get("unit", "").strip()[:80]
    if typed:
        try:
            unit = queries.typed_unit(actor, "grant:view", typed).id
        except Invalid as refusal:
            problem, unit = str(refusal.fields["unit"]), uuid.UUID(int=0)
    query = queries.listed_grants(
        actor,
        name=args.get("name", "").strip()[:60],
        role=args.get("role", ""),
        org_id=unit,
        state=args.get("state", ""),
    )
    return query, problem


def _role_title(key: str) -> str:
    known = roles().get(key)
    return str(known.title) if known else key
