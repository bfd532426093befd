"""One item: reading it, comparing its versions, editing, retiring and reinstating it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy
from lms.kernel.errors import Conflict, Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.questions import compare, kinds, queries, render, service, wording
from lms.questions.dto import Change
from lms.questions.forms import ItemForm, StepForm
from lms.questions.models import Bank, Item, ItemVersion
from lms.questions.rules import letters
from lms.questions.views.base import bp
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/banks/<slug>/items/<ref>")
@requires("bank:view")
def item(slug: str, ref: str) -> str:
    """An item with its key, versions and how it fared."""
    bank, found = queries.item(current_actor(), slug, ref)
    return _item_page(bank, found, StepForm(formdata=None))


def _item_page(bank: Bank, found: Item, form: StepForm) -> str:
    rows = queries.versions(found.id)
    old, new = _compared(rows)
    uses = queries.uses(found)
    return render_template(
        "questions/item.html",
        bank=bank,
        item=found,
        form=form,
        versions=rows,
        current=next(row for row in rows if row.id == found.current_version_id),
        authors=queries.authors(rows),
        old=old,
        new=new,
        changes=_changes(found, old, new),
        history=queries.history(found.id),
        uses=uses,
        used=next((row for row in rows if row.number == uses.number), None),
        titles=queries.point_titles(bank.syllabus_id),
        wording=wording,
        kinds=kinds,
        offered=found.kind in kinds.offered(),
        letters=letters,
        html=render.html,
        may_edit=policy.can(current_actor(), "bank:edit", bank.org_id),
    )


@bp.route("/desk/banks/<slug>/items/<ref>/edit", methods=["GET", "POST"])
@requires("bank:edit")
def edit(slug: str, ref: str) -> str | tuple[str, int] | Response:
    """Edit an item: saving makes a new version."""
    actor = current_actor()
    bank, found = queries.item(actor, slug, ref, "bank:edit")
    newest = queries.versions(found.id)[0]
    kind = kinds.require(found.kind)
    form = ItemForm()
    form.begin(queries.as_parsed(found, newest), kind, newest.id, queries.points(bank.syllabus_id))
    refusal: LmsError | None = None
    if form.validate_on_submit():
        try:
            written = service.edit_item(actor, found.id, form.parsed(), seen_version=form.seen_version())
        except (Conflict, Invalid) as error:
            refusal = error
        else:
            flash(_("已保存为新的版本。") if written else _("内容没有变化，没有生成新版本。"), "green")
            return redirect(url_for("questions.item", slug=slug, ref=ref))
    page = {"bank": bank, "item": found, "kind": kind, "form": form, "letters": letters, "refusal": refusal}
    page |= {"option_count": wording.option_count(kind), "right_count": wording.right_count(kind)}
    if isinstance(refusal, Conflict):
        newest = queries.versions(found.id)[0]
        form.seen.data = newest.id.hex
        page |= {"newest": newest, "changes": compare.changes(queries.as_parsed(found, newest), form.parsed())}
    return render_template("questions/edit.html", **page), refusal.status if refusal else 200


@bp.post("/desk/banks/<slug>/items/<ref>/<any(retire, reinstate):step>")
@requires("bank:edit")
def change_state(slug: str, ref: str, step: str) -> str | tuple[str, int] | Response:
    """Retire or reinstate an item, with a reason."""
    actor = current_actor()
    bank, found = queries.item(actor, slug, ref, "bank:edit")
    form = StepForm()
    if not form.validate_on_submit():
        return _item_page(bank, found, form), Invalid.status
    act = service.retire_item if step == "retire" else service.reinstate_item
    done = _("已停用，以后的试卷不再抽到这道题。") if step == "retire" else _("已恢复使用。")
    try:
        act(actor, found.id, reason=form.reason.data or "")
        flash(done, "green")
    except Conflict as error:
        flash(str(error), "amber")
    return redirect(url_for("questions.item", slug=slug, ref=ref))


def _compared(rows: Sequence[ItemVersion]) -> tuple[ItemVersion, ItemVersion]:
    """The two versions asked for, older first; the newest and the one before it where nothing sensible was asked."""
    numbers = {row.number: row for row in rows}
    new = numbers.get(request.args.get("to", 0, type=int), rows[0])
    default = numbers.get(new.number - 1, new)
    old = numbers.get(request.args.get("from", 0, type=int), default)
    return (old, new) if old.number <= new.number else (new, old)


def _changes(found: Item, old: ItemVersion, new: ItemVersion) -> list[Change]:
    return compare.changes(queries.as_parsed(found, old), queries.as_parsed(found, new))
