"""The officers' list of people, a person's page, and the forms to add and correct."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from lms.kernel import clock
from lms.kernel.authority import authority
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.people import queries, service
from lms.people.dto import Order, PeopleFilter, PersonChanges, Registration
from lms.people.forms import EditForm, ExportForm, FindForm, PersonForm, RevealForm
from lms.people.models import IdDocument
from lms.people.sealed import Fact
from lms.people.views.blueprint import EDIT, REVEAL, VIEW, bp, show_on, typed_unit
from lms.people.wording import DOCUMENTS, FACTS, ORDERS, QUALIFICATIONS, REGISTRATIONS
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate
from lms.webkit.registry import registry


@bp.get("/desk/people")
@requires(VIEW)
def index() -> str:
    """The people of the officer's units: search, filter, sort, page."""
    actor, wanted = current_actor(), PeopleFilter.parse(request.args)
    page = paginate(queries.people(actor, wanted))
    return render_template(
        "people/list.html",
        page=page,
        lines=queries.lines(actor, page.rows),
        wanted=wanted,
        narrowed=bool(PeopleFilter.plain(wanted).keys() - {"order"}),
        units=queries.unit_choices(actor, VIEW, wanted.org_id),
        posts=queries.posts(actor),
        qualifications=QUALIFICATIONS,
        registrations=REGISTRATIONS,
        orders=ORDERS,
        default_order=Order.NAME,
        lapsed=Registration.LAPSED,
        find_form=FindForm(formdata=None),
        export_form=ExportForm(formdata=None),
        today=clock.today(),
        soon=clock.today() + queries.SOON,
    )


@bp.post("/desk/people/find")
@requires(VIEW)
def find() -> Response:
    """Go to the person with a whole number. By POST, so that the number stays out of addresses and logs."""
    form = FindForm()
    found = service.find_by_number(current_actor(), form.number.data or "") if form.validate() else None
    if found is None:
        flash(_("您的单位里没有这个号码的人。"), "amber")
        return redirect(url_for("people.index"), 303)  # type: ignore[return-value]
    return redirect(url_for("people.show", person_id=found), 303)  # type: ignore[return-value]


@bp.get("/desk/people/<uuid:person_id>")
@requires(VIEW)
def show(person_id: uuid.UUID) -> str:
    return person_page(person_id, RevealForm(formdata=None))


def person_page(person_id: uuid.UUID, form: RevealForm, *, revealed: tuple[Fact, str] | None = None) -> str:
    """A person's page, with one fact in clear when it was just revealed."""
    actor = current_actor()
    profile = queries.profile(actor, person_id)
    visible = authority().visible_persons(actor, EDIT)
    return render_template(
        "people/person.html",
        profile=profile,
        form=form,
        facts=FACTS,
        revealed=revealed,
        documents=DOCUMENTS,
        qualifications=QUALIFICATIONS,
        may_edit=queries.among(visible, person_id),
        may_reveal=queries.among(authority().visible_persons(actor, REVEAL), person_id),
        pieces=registry().fill("person", actor, person_id),
        today=clock.today(),
        soon=clock.today() + queries.SOON,
    )


@bp.post("/desk/people/<uuid:person_id>/reveal/<any(id_number, phone, bank_account):fact>")
@requires(REVEAL)
def reveal(person_id: uuid.UUID, fact: str) -> Any:
    """Show one sealed fact, on the page that answers and nowhere else."""
    form, chosen = RevealForm(), Fact(fact)
    revealed = None
    if form.validate():
        try:
            revealed = chosen, service.reveal(current_actor(), person_id, chosen, form.reason.data or "")
        except LmsError as refusal:
            show_on(form, refusal)
    return person_page(person_id, form, revealed=revealed), 200 if revealed else 422


@bp.route("/desk/people/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Any:
    form = PersonForm()
    if form.validate_on_submit():
        try:
            person_id = service.create_person(
                current_actor(),
                org_id=typed_unit(form.unit.data or ""),
                started_on=form.started_on.data,
                name=form.name.data or "",
                id_number=form.id_number.data or "",
                id_document=IdDocument(form.id_document.data),
                birth_date=form.birth_date.data,
                phone=form.phone.data or "",
                email=form.email.data or "",
                post=form.post.data or "",
            )
        except LmsError as refusal:
            show_on(form, refusal)
        else:
            flash(_("已登记“%(name)s”。", name=form.name.data), "green")
            return redirect(url_for("people.show", person_id=person_id), 303)
    return render_template("people/new.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/desk/people/<uuid:person_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(person_id: uuid.UUID) -> Any:
    authority().require_person(current_actor(), EDIT, person_id)
    profile = queries.profile(current_actor(), person_id)
    form = EditForm(
        name=profile.name,
        email=profile.email,
        id_document=profile.id_document.value if profile.id_document else IdDocument.RESIDENT.value,
        birth_date=profile.birth_date,
    )
    if form.validate_on_submit():
        try:
            changed = service.update_person(current_actor(), person_id, _changes(form))
        except LmsError as refusal:
            show_on(form, refusal)
        else:
            flash(_("已保存。") if changed else _("没有改动。"), "green")
            return redirect(url_for("people.show", person_id=person_id), 303)
    return render_template("people/edit.html", form=form, profile=profile), 422 if form.is_submitted() else 200


def _changes(form: EditForm) -> PersonChanges:
    """What was typed; blank sealed facts stay as they are."""
    return PersonChanges(
        name=form.name.data,
        id_document=IdDocument(form.id_document.data),
        id_number=form.id_number.data or None,
        birth_date=form.birth_date.data,
        phone="" if form.remove_phone.data else form.phone.data or None,
        email=form.email.data or "",
        bank_account=form.bank_account.data or None,
    )
