"""Officers' pages of rounds: announcing, the list, the panel, the ranking, confirming."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.approvals.queries.cases import person_names
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Invalid, LmsError
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES, OrgUnit
from lms.programmes import export, policy
from lms.programmes.forms import ReasonForm, RoundForm, today_form
from lms.programmes.models import ApplicationState, Round, RoundState
from lms.programmes.queries import catalogue, rounds
from lms.programmes.queries.rounds import ApplicationFilter
from lms.programmes.service import placing, selecting
from lms.programmes.service import rounds as running
from lms.programmes.views import typed
from lms.programmes.views.base import WORDS, bp, found_people
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/rounds")
@requires(policy.VIEW)
def rounds_desk() -> str:
    """Every round, the latest first."""
    state, programme = request.args.get("state", type=RoundState), request.args.get("programme", "")[:40]
    page = paginate(rounds.listed(state, programme))
    return render_template(
        "programmes/rounds.html",
        page=page,
        counts=rounds.counts(one.id for one in page.rows),
        known=catalogue.load(),
        state=state,
        programme=programme,
        may_edit=policy.may_edit(current_actor()),
        today=clock.today(),
        **WORDS,
    )


@bp.get("/desk/rounds/new/<code>")
@requires(policy.EDIT)
def new_round(code: str) -> str:
    """The form for a round of a programme."""
    return _new_page(code, today_form(RoundForm), {})


@bp.post("/desk/rounds/new/<code>")
@requires(policy.EDIT)
def announce(code: str) -> tuple[str, int] | Response:
    """Announce it."""
    form = RoundForm()
    if not form.validate_on_submit():
        return _new_page(code, form, {}), 422
    try:
        round_id = running.announce(current_actor(), form.new(code, typed.places(_counties())))
    except LmsError as refusal:
        return _new_page(code, form, form.show_refusal(refusal)), 422
    flash(_("选拔已发布。"), "green")
    return redirect(url_for("programmes.round_desk", round_id=round_id), 303)


@bp.get("/desk/rounds/<uuid:round_id>")
@requires(policy.VIEW)
def round_desk(round_id: uuid.UUID) -> str:
    """One round with its applications, panel and what can be done next."""
    actor, round_, wanted, known = current_actor(), rounds.round_of(round_id), _wanted(), catalogue.load()
    page = paginate(rounds.applications(actor, round_id, wanted), scalars=False)
    version = known.version(round_.version_id)
    scores = rounds.latest_scores(round_id) if _may_compare(actor, round_) else {}
    units = orgs.paths(row[0].org_id for row in page.rows)
    panel = rounds.panel(round_id)
    may_edit = policy.may_edit(actor)
    return render_template(
        "programmes/round.html",
        round=round_,
        version=version,
        page=page,
        wanted=wanted,
        units=units,
        choices=orgs.choices(access.visible_orgs(actor, policy.VIEW)),
        counts=rounds.counts([round_id]).get(round_id, {}),
        marks=rounds.marks(scores, version),
        scores=scores,
        points_of=rounds.points_of,
        panel=panel,
        panel_names={member.id: name for member, name in panel},
        kept={uuid.UUID(one["org_id"]): one["places"] for one in round_.places_by},
        counties={one.id: one.name for one in _counties()},
        found=found_people(actor) if may_edit else (),
        may_edit=may_edit,
        groups=placing.groups(actor) if may_edit and round_.state is RoundState.CONFIRMED else (),
        today=clock.today(),
        **WORDS,
    )


@bp.get("/desk/rounds/<uuid:round_id>.xlsx")
@requires(policy.VIEW)
def export_round(round_id: uuid.UUID) -> Response:
    """The list as it is filtered, as a spreadsheet."""
    rounds.round_of(round_id)
    rows = db.session.execute(rounds.applications(current_actor(), round_id, _wanted())).all()
    content = export.round_workbook([(row[0], row[1]) for row in rows])
    return download(_("选拔名单 %(day)s.xlsx", day=clock.today().isoformat()), content)


@bp.post("/desk/rounds/<uuid:round_id>/<any(scoring, rank, confirm, reserve):step>")
@requires(policy.EDIT)
def move_on(round_id: uuid.UUID, step: str) -> Response:
    """Go on to the next step."""
    steps: dict[str, tuple[Callable[[Actor, uuid.UUID], Any], str]] = {
        "scoring": (running.begin_scoring, _("评分已开始，评委可以打分。")),
        "rank": (selecting.close_scores, _("评分已结束，名次和说明见名单。")),
        "confirm": (selecting.confirm, _("名单已确认，入选人员进入审定和公示。")),
        "reserve": (selecting.call_up, _("已按名次递补。")),
    }
    do, said = steps[step]
    do(current_actor(), round_id)
    flash(said, "green")
    return _back(round_id)


@bp.post("/desk/rounds/<uuid:round_id>/<any(reopen, cancel):step>")
@requires(policy.EDIT)
def go_back(round_id: uuid.UUID, step: str) -> Response:
    """Take a ranking back, or call the round off; each wants a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        raise Invalid(_("没有办理。"), todo=_("请写明原因。"))
    if step == "reopen":
        selecting.reopen_scores(current_actor(), round_id, form.reason.data)
        flash(_("评分已重新打开。"), "green")
    else:
        running.call_off(current_actor(), round_id, form.reason.data)
        flash(_("这一轮已取消，已通知报名人。"), "green")
    return _back(round_id)


@bp.post("/desk/rounds/<uuid:round_id>/class")
@requires(policy.EDIT)
def place_in_class(round_id: uuid.UUID) -> Response:
    """Put the people admitted into a class group."""
    group_id = request.form.get("group", uuid.UUID(int=0), type=uuid.UUID)
    seats, waiting = placing.place(current_actor(), round_id, group_id)
    flash(_("已编班：%(seats)d 人有座位，%(waiting)d 人候补。", seats=seats, waiting=waiting), "green")
    return _back(round_id)


@bp.post("/desk/rounds/<uuid:round_id>/panel")
@requires(policy.EDIT)
def add_member(round_id: uuid.UUID) -> Response:
    """Put somebody on the panel."""
    person_id = request.form.get("person", type=uuid.UUID)
    if person_id is None:
        raise Invalid(_("请从列表里选择评委。"))
    running.name_member(current_actor(), round_id, person_id)
    flash(_("评委已加入，已通知本人。"), "green")
    return _back(round_id)


@bp.post("/desk/rounds/<uuid:round_id>/panel/<uuid:member_id>/remove")
@requires(policy.EDIT)
def remove_member(round_id: uuid.UUID, member_id: uuid.UUID) -> Response:
    """Take somebody off the panel."""
    running.remove_member(current_actor(), round_id, member_id)
    flash(_("评委已移出。"), "green")
    return _back(round_id)


@bp.get("/desk/rounds/applications/<uuid:subject_id>")
@requires(policy.VIEW)
def desk_application(subject_id: uuid.UUID) -> str:
    """One application for officers."""
    return _application_page(subject_id, ReasonForm(formdata=None))


@bp.post("/desk/rounds/applications/<uuid:subject_id>/leave-out")
@requires(policy.EDIT)
def leave_out(subject_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Take somebody out of the round."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _application_page(subject_id, form), 422
    selecting.leave_out(current_actor(), subject_id, form.reason.data)
    flash(_("已移出，已通知本人。"), "green")
    return redirect(url_for("programmes.desk_application", subject_id=subject_id), 303)


def _application_page(subject_id: uuid.UUID, form: ReasonForm) -> str:
    actor = current_actor()
    application = policy.seen_application(actor, subject_id)
    round_ = rounds.round_of(application.round_id)
    version = catalogue.load().version(round_.version_id)
    scores = rounds.latest_scores(round_.id) if _may_compare(actor, round_) else {}
    return render_template(
        "programmes/desk_application.html",
        application=application,
        round=round_,
        version=version,
        name=person_names([application.person_id])[application.person_id],
        unit=orgs.paths([application.org_id])[application.org_id],
        scores=scores.get(application.id, {}),
        mark=rounds.marks(scores, version).get(application.id),
        panel_names={member.id: name for member, name in rounds.panel(round_.id)},
        points_of=rounds.points_of,
        form=form,
        may_edit=policy.may_edit(actor),
        **WORDS,
    )


def _may_compare(actor: Actor, round_: Round) -> bool:
    """Whether an officer sees what members gave: while scores are given only who runs the round and gives none."""
    if round_.state is not RoundState.SCORING:
        return True
    return policy.may_edit(actor) and all(
        member.person_id != actor.person_id for member, _name in rounds.panel(round_.id)
    )


def _new_page(code: str, form: RoundForm, wrong: dict[str, str]) -> str:
    entry = catalogue.load().entry(code)
    given = {one.id: request.form.get(f"places-{one.id}", "") for one in _counties()}
    return render_template(
        "programmes/new_round.html", entry=entry, form=form, wrong=wrong, counties=_counties(), typed=given,
        may_edit=policy.may_edit(current_actor()), **WORDS,
    )  # fmt: skip


def _counties() -> list[OrgUnit]:
    query = select(OrgUnit).where(OrgUnit.kind.in_(COUNTIES), OrgUnit.active).order_by(OrgUnit.code)
    return list(db.session.scalars(query))


def _wanted() -> ApplicationFilter:
    given = request.args
    return ApplicationFilter(
        text=given.get("q", "").strip()[:60],
        state=given.get("state", type=ApplicationState),
        org_id=given.get("org", type=uuid.UUID),
    )


def _back(round_id: uuid.UUID) -> Response:
    return redirect(url_for("programmes.round_desk", round_id=round_id), 303)
