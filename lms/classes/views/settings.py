"""Categories with their rules, and rooms."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.classes import policy
from lms.classes.forms import CategoryForm, NameForm, RoomForm, RuleForm, both
from lms.classes.models import ClassCategory, TrainingRoom
from lms.classes.queries import data
from lms.classes.service import settings as service
from lms.classes.views.base import WORDS, bp, show_on
from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.webkit.blueprint import requires
from lms.webkit.forms import BaseForm
from lms.webkit.identity import current_actor


@bp.get("/desk/classes/categories")
@requires(policy.VIEW)
def categories() -> str:
    """The categories with the rule for classes that begin today."""
    rules, may_edit = data.rules_on(clock.today()), policy.may_rule(current_actor())
    return render_template(
        "classes/categories.html", categories=data.categories(), rules=rules, may_edit=may_edit, **WORDS
    )


@bp.route("/desk/classes/categories/new", methods=["GET", "POST"])
@requires(policy.RULE)
def new_category() -> str | tuple[str, int] | Response:
    """Make a category with its first rule."""
    policy.require_rules(current_actor())
    form = CategoryForm.showing(None)
    if request.method == "POST" and form.validate():
        title, code = both(form.title.data, form.title_en.data), form.code.data
        try:
            service.save_category(current_actor(), code, title, is_open=True, rule=form.rule(code))
            return _done("classes.category", code=code)
        except LmsError as refusal:
            _beside(form, refusal)
    return _status(render_template("classes/category_new.html", form=form, **WORDS))


@bp.get("/desk/classes/categories/<code>")
@requires(policy.VIEW)
def category(code: str) -> str:
    """A category: its rule, its history, and forms for the city's officers."""
    found = data.category(code)
    return _category_page(found, None, None)


@bp.post("/desk/classes/categories/<code>")
@requires(policy.RULE)
def save_category(code: str) -> tuple[str, int] | Response:
    """Save the name, or the next rule."""
    found = data.category(code)
    actor, step = current_actor(), request.form.get("step")
    name_form = NameForm() if step == "name" else None
    rule_form = RuleForm() if step != "name" else None
    form: BaseForm = name_form or rule_form or NameForm()
    if form.validate():
        try:
            if name_form is not None:
                title = both(name_form.title.data, name_form.title_en.data)
                service.save_category(actor, code, title, is_open=name_form.is_open.data)
            elif rule_form is not None:
                service.save_rule(actor, rule_form.rule(code))
            return _done("classes.category", code=code)
        except LmsError as refusal:
            _beside(form, refusal)
    return _category_page(found, name_form, rule_form), 422


@bp.get("/desk/classes/rooms")
@requires(policy.VIEW)
def rooms() -> str:
    """The rooms of the units in sight."""
    found = data.all_rooms(current_actor())
    return render_template(
        "classes/rooms.html", rooms=found, names=orgs.paths({room.org_id for room in found}), **WORDS
    )


@bp.route("/desk/classes/rooms/new", methods=["GET", "POST"])
@requires(policy.EDIT)
def new_room() -> str | tuple[str, int] | Response:
    """Add a room."""
    return _room(None)


@bp.route("/desk/classes/rooms/<uuid:room_id>", methods=["GET", "POST"])
@requires(policy.EDIT)
def edit_room(room_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Change a room."""
    return _room(data.own_room(current_actor(), room_id))


def _room(room: TrainingRoom | None) -> str | tuple[str, int] | Response:
    names = ("name", "address", "places", "active")
    form = RoomForm(data={name: getattr(room, name) for name in names} if room else None)
    units = access.visible_orgs(current_actor(), policy.EDIT)
    known = (
        [orgs.unit(room.org_id)]
        if room
        else list({one.id: one for one in (*orgs.tops(units), *orgs.choices(units))}.values())
    )
    form.org.choices = [(unit.id.hex, unit.name) for unit in known]
    if request.method == "POST" and form.validate():
        try:
            service.save_room(
                current_actor(),
                room.id if room else None,
                org_id=uuid.UUID(form.org.data),
                name=form.name.data,
                address=form.address.data or "",
                places=form.places.data,
                active=form.active.data,
            )
            return _done("classes.rooms")
        except LmsError as refusal:
            _beside(form, refusal)
    return _status(render_template("classes/room_form.html", form=form, room=room, **WORDS))


def _category_page(found: ClassCategory, name_form: NameForm | None, rule_form: RuleForm | None) -> str:
    rules = data.rules_of(found.code)
    now = data.rules_on(clock.today()).get(found.code)
    names = {"title": found.title.get("zh_CN"), "title_en": found.title.get("en"), "is_open": found.is_open}
    return render_template(
        "classes/category.html",
        category=found,
        rules=rules,
        in_force=now,
        today=clock.today(),
        names=data.names({rule.set_by for rule in rules if rule.set_by}),
        name_form=name_form or NameForm(formdata=None, data=names),
        rule_form=rule_form or _fresh(now or rules[0]),
        may_edit=policy.may_rule(current_actor()),
        **WORDS,
    )


def _fresh(rule: object) -> RuleForm:
    return RuleForm.showing(rule) if request.method == "GET" else RuleForm(formdata=None)  # type: ignore[arg-type]


def _beside(form: BaseForm, refusal: LmsError) -> None:
    if show_on(form, refusal) is not None:
        raise refusal


def _done(endpoint: str, code: str | None = None) -> Response:
    flash(_("已保存。"), "green")
    return redirect(url_for(endpoint, code=code), 303)


def _status(page: str) -> str | tuple[str, int]:
    return page if request.method == "GET" else (page, 422)
