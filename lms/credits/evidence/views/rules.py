"""How outside learning counts: read by officers, set by the city's."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.approvals.queries.cases import person_names
from lms.credits.evidence import policy, queries
from lms.credits.evidence.dto import Kind
from lms.credits.evidence.forms import RuleForm
from lms.credits.evidence.service.setting import save_rule as save
from lms.credits.evidence.views.base import WORDS
from lms.credits.views import bp
from lms.kernel import clock
from lms.kernel.dated import in_force
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.webkit.blueprint import requires
from lms.webkit.identity import current_actor


@bp.get("/desk/hours/rules")
@requires("credit:view")
def evidence_rules() -> str:
    """Every kind with the rule for what ends today."""
    found = [(kind, in_force(kind.rules, clock.today())) for kind in queries.kinds()]
    return render_template("credits/evidence_rules.html", rows=found, may_edit=_may_edit(), **WORDS)


@bp.get("/desk/hours/rules/new")
@requires(policy.RULE)
def new_rule() -> str:
    """The form for a kind that is not there yet."""
    return _new_page(RuleForm.showing(None))


@bp.post("/desk/hours/rules/new")
@requires(policy.RULE)
def create_rule() -> tuple[str, int] | Response:
    """Save the first rule of a kind."""
    form = RuleForm()
    if form.code.data in {kind.code for kind in queries.kinds()}:
        form.validate()
        form.code.errors = [*form.code.errors, _("这个代码已用于另一类学习")]
        return _new_page(form), 422
    return _saved(form) or (_new_page(form), 422)


@bp.get("/desk/hours/rules/<code>")
@requires("credit:view")
def evidence_rule(code: str) -> str:
    """A kind: the rule in force, its history and, for the city's officers, a form for the next."""
    kind = queries.kind(code)
    return _page(kind, _form(kind))


@bp.post("/desk/hours/rules/<code>")
@requires(policy.RULE)
def save_rule(code: str) -> tuple[str, int] | Response:
    """Save the next rule of a kind."""
    kind = queries.kind(code)
    form = _form(kind)
    return _saved(form, code) or (_page(kind, form), 422)


def _form(kind: Kind) -> RuleForm:
    return RuleForm.showing(in_force(kind.rules, clock.today()) or kind.rules[0])


def _saved(form: RuleForm, code: str = "") -> Response | None:
    """Save what was typed and go to the kind's page; None with the faults beside the fields."""
    if not form.validate_on_submit():
        return None
    new = form.rule(code)
    try:
        save(current_actor(), new)
    except LmsError as refusal:
        form.show_refusal(refusal)
        return None
    flash(_("规则已保存。已提交的申报不受影响。"), "green")
    return redirect(url_for("credits.evidence_rule", code=new.code), 303)


def _new_page(form: RuleForm) -> str:
    return render_template("credits/evidence_new_rule.html", form=form, may_edit=_may_edit(), **WORDS)


def _page(kind: Kind, form: RuleForm) -> str:
    return render_template(
        "credits/evidence_rule.html",
        kind=kind,
        now_in_force=in_force(kind.rules, clock.today()),
        form=form,
        names=person_names(rule.set_by for rule in kind.rules),
        may_edit=_may_edit(),
        today=clock.today(),
        **WORDS,
    )


def _may_edit() -> bool:
    return policy.may_edit_rules(current_actor())
