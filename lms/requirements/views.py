"""Officers' pages of requirements: the names, what each asks for, and the editor of its draft with a preview."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals.queries.cases import person_names
from lms.kernel import clock
from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick, zh
from lms.orgs import queries as orgs
from lms.requirements import checking, editing, forms, kinds, policy, queries, rules, service, wording
from lms.requirements.kinds import RequirementType
from lms.requirements.rules import Group, How, Leaf, Node
from lms.webkit.blueprint import Blueprint, requires
from lms.webkit.forms import seen_revision
from lms.webkit.identity import current_actor

bp = Blueprint(
    "requirements",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/requirements/static",
)
COUNTED_AT_ONCE = 20_000
"""For more people than these the preview waits to be asked: a step of editing must not take seconds."""
WORDS: dict[str, Any] = {"conditions": wording}


@bp.get("/desk/requirements")
@requires(policy.VIEW)
def index() -> str:
    """Every name: what it is for, since when, whether somebody changes it."""
    text = request.args.get("q", "").strip()[:60]
    found = [one for one in queries.names() if text in one.code or text in pick(one.shown.title)]
    return render_template("requirements/index.html", names=found, text=text, today=clock.today(), **_common())


@bp.get("/desk/requirements/new")
@requires(policy.EDIT)
def new() -> str:
    """The form for a new name; with `type`, for an equivalence of a condition of that type."""
    return _new_page(forms.NewSetForm(), _asked_kind(), None)


@bp.post("/desk/requirements/new")
@requires(policy.EDIT)
def create() -> tuple[str, int] | Response:
    """Begin a name."""
    form, kind = forms.NewSetForm(), _asked_kind()
    params = forms.params_form(kind) if kind else None
    asked = forms.read(kind, params) if kind else None
    if not form.validate_on_submit() or (kind and asked is None):
        return _new_page(form, kind, params), 422
    stands_for = Leaf(kind.key, asked) if kind and asked is not None else None
    code, title = str(form.code.data), zh(str(form.title.data).strip(), (form.title_en.data or "").strip())
    try:
        service.create(current_actor(), code, title, stands_for)
    except Invalid as refusal:
        form.take_errors(refusal)
        return _new_page(form, kind, params), 422
    return redirect(url_for("requirements.edit", code=code), 303)


@bp.get("/desk/requirements/<code>")
@requires(policy.VIEW)
def show(code: str) -> str:
    """What a name asks for, since when, and what it asked for before."""
    found = queries.named(code)
    names = person_names(one.set_by for one in found.versions)
    return render_template(
        "requirements/show.html", found=found, names=names, today=clock.today(), parse=rules.parse, **_common()
    )


@bp.post("/desk/requirements/<code>/start")
@requires(policy.EDIT)
def start(code: str) -> Response:
    """Begin to change a name."""
    service.start_draft(current_actor(), code)
    return redirect(url_for("requirements.edit", code=code), 303)


@bp.get("/desk/requirements/<code>/edit")
@requires(policy.EDIT)
def edit(code: str) -> str:
    """The draft: add, nest, move, remove; `at` and `type` open the form of a condition there."""
    return _edit_page(code, forms.PublishForm(formdata=None, data={"valid_from": clock.today()}))


@bp.post("/desk/requirements/<code>/edit")
@requires(policy.EDIT)
def change(code: str) -> Response | tuple[str, int]:
    """One step of editing."""
    at, kind = _path(), _asked_kind()
    params = forms.params_form(kind) if kind else None
    if kind is not None and params is not None:
        asked = forms.read(kind, params)
        if asked is None:
            return _edit_page(code, forms.PublishForm(formdata=None), params), 422
        step = _placing(request.form.get("op") == "put", at, Leaf(kind.key, asked))
    else:
        step = _step(request.form.get("op", ""), at)
    service.change(current_actor(), code, seen_revision("edit"), step)
    return redirect(url_for("requirements.edit", code=code, org=request.form.get("org") or None, _anchor="tree"), 303)


@bp.post("/desk/requirements/<code>/publish")
@requires(policy.EDIT)
def publish(code: str) -> Response | tuple[str, int]:
    """Put the draft in force."""
    form = forms.PublishForm()
    if not form.validate_on_submit():
        return _edit_page(code, form), 422
    seen, is_open = seen_revision("edit"), "closed" not in request.form
    try:
        service.publish(
            current_actor(), code, seen, valid_from=form.valid_from.data, note=form.note.data, is_open=is_open
        )
    except Invalid as refusal:
        form.take_errors(refusal)
        return _edit_page(code, form, refusal=refusal), 422
    flash(_("条件已保存，从设定的日期起生效。"), "green")
    return redirect(url_for("requirements.show", code=code), 303)


@bp.post("/desk/requirements/<code>/discard")
@requires(policy.EDIT)
def discard(code: str) -> Response:
    """Throw the draft away."""
    service.discard(current_actor(), code)
    flash(_("草稿已丢弃，生效的条件没有变。"), "green")
    return redirect(url_for("requirements.index"), 303)


def _asked_kind() -> RequirementType | None:
    kind = kinds.known().get(request.values.get("type", ""))
    return kind if kind and forms.can_be_edited(kind) else None


def _path() -> editing.Path:
    try:
        return editing.path_of(request.values.get("at", ""))
    except ValueError:
        raise Invalid(_("这一步做不了，条件没有变。")) from None


def _placing(replacing: bool, at: editing.Path, leaf: Leaf) -> Callable[[Node], Node]:  # noqa: FBT001 - a step's kind
    return lambda tree: editing.put(tree, at, leaf) if replacing else editing.add(tree, at, leaf)


def _step(op: str, at: editing.Path) -> Callable[[Node], Node]:
    how = request.form.get("how", How.ALL, type=How)
    need = request.form.get("need", 1, type=int)
    steps: dict[str, Callable[[Node], Node]] = {
        "group": lambda tree: editing.add(tree, at, Group(How.ANY)),
        "regroup": lambda tree: editing.regroup(tree, at, how, need),
        "remove": lambda tree: editing.remove(tree, at),
        "up": lambda tree: editing.move(tree, at, -1),
        "down": lambda tree: editing.move(tree, at, 1),
        "nest": lambda tree: editing.nest(tree, at),
        "in": lambda tree: editing.move_in(tree, at),
        "out": lambda tree: editing.move_out(tree, at),
    }
    if op not in steps:
        raise Invalid(_("这一步做不了，条件没有变。"))
    return steps[op]


def _edit_page(code: str, form: forms.PublishForm, params: Any = None, refusal: LmsError | None = None) -> str:
    found, actor, today = queries.named(code), current_actor(), clock.today()
    if found.draft is None:
        raise Invalid(_("这组条件没有正在修改的草稿。"), todo=_("请先点“修改”。"))
    tree, at, kind = rules.parse(found.draft.tree), _path(), _asked_kind()
    org_id = request.values.get("org", type=uuid.UUID)
    persons = queries.persons_of(actor, policy.VIEW, org_id)
    counted = len(persons) <= COUNTED_AT_ONCE or "count" in request.values
    placing = request.values.get("op") == "put"
    if kind and params is None:
        params = forms.params_form(kind, _given(tree, at) if placing else None)
    return render_template(
        "requirements/edit.html",
        found=found,
        draft=found.draft,
        tree=tree,
        faults=[wording.fault(one) for _where, one in rules.faults(tree)],
        tally=checking.tally(tree, persons if counted else [], today),
        counted=counted,
        persons=len(persons),
        units=orgs.choices(access.visible_orgs(actor, policy.VIEW)),
        org_id=org_id,
        form=form,
        kind=kind,
        params=params,
        at=request.values.get("at", ""),
        op="put" if placing else "add",
        refusal=refusal,
        **_common(),
    )


def _given(tree: Node, at: editing.Path) -> dict[str, Any]:
    try:
        node = editing.at(tree, at)
    except ValueError:
        return {}
    return dict(node.params) if isinstance(node, Leaf) else {}


def _new_page(form: forms.NewSetForm, kind: RequirementType | None, params: Any) -> str:
    if kind and params is None:
        params = forms.params_form(kind)
    return render_template("requirements/new.html", form=form, kind=kind, params=params, **_common())


def _common() -> dict[str, Any]:
    editable = {key: kind for key, kind in sorted(kinds.known().items()) if forms.can_be_edited(kind)}
    may_edit = policy.may_edit(current_actor())
    return {"may_edit": may_edit, "kinds": editable, "speaker": wording.Speaker(), "leaf": Leaf, **WORDS}
