"""Banks: the list, one bank with its items, its files, and which syllabus points it covers."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from lms.access import policy
from lms.kernel import clock
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.questions import formats, kinds, queries, sheet, wording
from lms.questions.models import ItemState
from lms.questions.queries import ItemFilter
from lms.questions.views.base import bp
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate

ANY = "all"


@bp.get("/desk/banks")
@requires("bank:view")
def banks() -> str:
    """The banks of the officer's units."""
    rows = queries.banks(current_actor())
    types = kinds.titles(key for row in rows for key in row.counts)
    return render_template("questions/banks.html", banks=rows, types=types)


@bp.get("/desk/banks/<slug>")
@requires("bank:view")
def bank(slug: str) -> str:
    """One bank: its items, searched and filtered."""
    actor = current_actor()
    found = queries.bank(actor, slug)
    wanted, row = _wanted(), queries.bank_row(found.id)
    return render_template(
        "questions/bank.html",
        bank=found,
        row=row,
        page=paginate(queries.items(found.id, wanted), scalars=False),
        wanted=wanted,
        points=queries.points(found.syllabus_id),
        wording=wording,
        types=kinds.titles(row.counts),
        offered=kinds.offered(),
        writers=formats.writers(),
        any_state=ANY,
        may_edit=policy.can(actor, "bank:edit", found.org_id),
    )


@bp.get("/desk/banks/<slug>/items.<key>")
@requires("bank:view")
def export(slug: str, key: str) -> Response:
    """The filtered items as a file of a format."""
    found, form = queries.bank(current_actor(), slug), formats.writer(key)
    content = formats.write(form, queries.export_items(found.id, _wanted()))
    return download(_file_name(pick(found.title), form.suffixes[0]), content, form.media_type)


@bp.get("/desk/banks/<slug>/blank.xlsx")
@requires("bank:edit")
def blank(slug: str) -> Response:
    """An empty spreadsheet with the columns that are read."""
    found = queries.bank(current_actor(), slug, "bank:edit")
    content = sheet.write((), kinds.offered())
    return download(_("%(bank)s 空白表格.xlsx", bank=pick(found.title)), content)


@bp.get("/desk/banks/<slug>/coverage")
@requires("bank:view")
def coverage(slug: str) -> str:
    """How many items each syllabus point has."""
    found = queries.bank(current_actor(), slug)
    return render_template(
        "questions/coverage.html",
        bank=found,
        syllabus=queries.syllabus(found.syllabus_id),
        chapters=queries.chapters(found),
        types=kinds.titles(()),
    )


def _wanted() -> ItemFilter:
    """The filter as it stands in the address; nonsense narrows nothing. Items in use are shown unless asked."""
    given = request.args
    state = given.get("state", "")
    difficulty = given.get("difficulty", 0, type=int)
    kind = given.get("kind", "")
    return ItemFilter(
        text=given.get("q", "").strip()[:60],
        kind=kind[:24],
        point=given.get("point", "").strip()[:20],
        difficulty=difficulty if difficulty in wording.DIFFICULTIES else 0,
        state="" if state == ANY else (state if state in set(ItemState) else ItemState.ACTIVE),
    )


def _file_name(title: str, suffix: str) -> str:
    return f"{title} {clock.today().isoformat()}{suffix}"
