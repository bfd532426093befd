"""Assignments: what a member sees and hands in, what a trainer sets and marks."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.classes import policy
from lms.classes.course_models import Submission
from lms.classes.forms import AssignmentForm, MarkForm, WorkForm
from lms.classes.models import ClassGroup, ClassRule, GroupState, MemberState
from lms.classes.queries import data, members
from lms.classes.queries import work as queries
from lms.classes.rules.grading import GradeState
from lms.classes.service import working as service
from lms.classes.views.base import WORDS, bp, desk_words, show_on
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.webkit import uploads
from lms.webkit.blueprint import requires, signed_in
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor, me

KINDS = (uploads.PDF, uploads.PNG, uploads.JPEG)
MEGABYTES = 10


@bp.get("/classes/assignments/<uuid:assignment_id>")
@signed_in
def own_assignment(assignment_id: uuid.UUID) -> str:
    """What is asked, what one handed in, and the grade once it is there."""
    return _own_page(assignment_id, WorkForm(formdata=None, data={"key": new_id().hex}))


@bp.post("/classes/assignments/<uuid:assignment_id>")
@signed_in
def hand_in(assignment_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Hand it in, or again."""
    form = WorkForm()
    if not form.validate():
        return _own_page(assignment_id, form), 422
    try:
        sent = request.files.get("file")
        upload = uploads.accept(sent, KINDS, megabytes=MEGABYTES) if sent and sent.filename else None
        service.hand_in(current_actor(), assignment_id, text=form.text.data or "", upload=upload, key=form.key.data)
    except LmsError as refusal:
        left = show_on(form, refusal)
        return _own_page(assignment_id, form, left), refusal.status
    flash(_("作业已提交。评分前可以重新提交，以最后一次为准。"), "green")
    return redirect(url_for("classes.own_assignment", assignment_id=assignment_id), 303)


@bp.get("/classes/submissions/<uuid:submission_id>/file")
@signed_in
def submission_file(submission_id: uuid.UUID) -> Response:
    """The file of one's own work, or of work one may mark."""
    sent = queries.submission(submission_id)
    if sent.person_id != me():
        policy.taught_group(current_actor(), queries.assignment(sent.assignment_id).group_id)
    if sent.file_id is None:
        raise NotFound(_("这次提交没有文件。"))
    row = kernel().files.row(sent.file_id)
    return download(row.name, kernel().files.read(sent.file_id), row.media_type, inline=True)


@bp.get("/desk/classes/<uuid:group_id>/assignments")
@requires(policy.VIEW)
def assignments(group_id: uuid.UUID) -> str:
    """What is set, and how far it is handed in and marked."""
    return _list_page(policy.seen_group(current_actor(), group_id), AssignmentForm(formdata=None))


@bp.post("/desk/classes/<uuid:group_id>/assignments")
@requires(policy.VIEW)
def set_assignment(group_id: uuid.UUID) -> tuple[str, int] | Response:
    """Set a piece of work."""
    group, form = policy.seen_group(current_actor(), group_id), AssignmentForm()
    if form.validate():
        try:
            service.set_assignment(
                current_actor(), group_id, title=form.title.data, brief=form.brief.data or "", due_at=form.due_at,
                capstone=form.capstone.data,
            )  # fmt: skip
        except LmsError as refusal:
            if show_on(form, refusal) is not None:
                raise
        else:
            flash(_("作业已布置，消息已发给学员。"), "green")
            return redirect(url_for("classes.assignments", group_id=group_id), 303)
    return _list_page(group, form), 422


@bp.get("/desk/classes/assignments/<uuid:assignment_id>")
@requires(policy.VIEW)
def assignment(assignment_id: uuid.UUID) -> str:
    """Who handed it in, and the grades."""
    found = queries.assignment(assignment_id)
    group = policy.taught_group(current_actor(), found.group_id)
    works = queries.works([found], _rule(group).capstone_gap)
    lines = [one for one in members.lines(group.id) if one.member.state is MemberState.ENROLLED]
    rows = [(line, works.get((assignment_id, line.member.person_id))) for line in lines]
    return render_template("classes/assignment.html", assignment=found, rows=rows, **desk_words(group))


@bp.post("/desk/classes/assignments/<uuid:assignment_id>/withdraw")
@requires(policy.VIEW)
def withdraw_assignment(assignment_id: uuid.UUID) -> Response:
    """Take it back."""
    found = queries.assignment(assignment_id)
    service.withdraw_assignment(current_actor(), assignment_id)
    flash(_("作业已撤回，不再算作缺交。"), "green")
    return redirect(url_for("classes.assignments", group_id=found.group_id), 303)


@bp.get("/desk/classes/submissions/<uuid:submission_id>")
@requires(policy.VIEW)
def submission(submission_id: uuid.UUID) -> str:
    """One piece of work, with the form for one's mark."""
    sent = queries.submission(submission_id)
    own = _own_mark(sent)
    return _mark_page(
        sent, MarkForm(formdata=None, data={"points": own.points, "comment": own.comment} if own else None)
    )


@bp.post("/desk/classes/submissions/<uuid:submission_id>")
@requires(policy.VIEW)
def mark(submission_id: uuid.UUID) -> tuple[str, int] | Response:
    """Mark it."""
    sent, form = queries.submission(submission_id), MarkForm()
    if not form.validate():
        return _mark_page(sent, form), 422
    try:
        service.mark(current_actor(), submission_id, points=form.points.data, comment=form.comment.data or "")
    except LmsError as refusal:
        if show_on(form, refusal) is not None:
            raise
        return _mark_page(sent, form), 422
    flash(_("评分已保存。"), "green")
    return redirect(url_for("classes.assignment", assignment_id=sent.assignment_id), 303)


def _own_page(assignment_id: uuid.UUID, form: WorkForm, refusal: LmsError | None = None) -> str:
    found = queries.assignment(assignment_id)
    member = members.own(found.group_id, me())
    if member is None:
        raise NotFound(_("找不到这份作业。"))
    group = db.session.get_one(ClassGroup, found.group_id)
    work = queries.works([found], _rule(group).capstone_gap).get((assignment_id, me()))
    open_to_work = member.state is MemberState.ENROLLED and group.state in {GroupState.OPEN, GroupState.RUNNING}
    return render_template(
        "classes/own_assignment.html",
        assignment=found,
        group=group,
        work=work,
        files=queries.files([work.submission]) if work else {},
        may_send=open_to_work and found.withdrawn_at is None and not (work and work.marks),
        final=work is not None and work.grade.state is GradeState.FINAL,
        rule=_rule(group),
        form=form,
        refusal=refusal,
        now=clock.now(),
        limit=MEGABYTES,
        **WORDS,
    )


def _list_page(group: ClassGroup, form: AssignmentForm) -> str:
    found = queries.of_group(group.id)
    works = queries.works(found, _rule(group).capstone_gap)
    lines = members.lines(group.id)
    people = {line.member.person_id for line in lines if line.member.state is MemberState.ENROLLED}
    sent = {
        one.id: [work for (key, person), work in works.items() if key == one.id and person in people] for one in found
    }
    return render_template(
        "classes/assignments.html",
        assignments=found,
        sent=sent,
        final=GradeState.FINAL,
        people=len(people),
        form=form,
        now=clock.now(),
        **desk_words(group),
    )


def _mark_page(sent: Submission, form: MarkForm) -> str:
    found = queries.assignment(sent.assignment_id)
    group = policy.taught_group(current_actor(), found.group_id)
    work = queries.works([found], _rule(group).capstone_gap)[found.id, sent.person_id]
    own, final = _own_mark(sent), work.grade.state is GradeState.FINAL
    shown = queries.marks_of([sent.id])[sent.id] if final else ({1: own} if own else {})
    return render_template(
        "classes/submission.html",
        assignment=found,
        sent=sent,
        newer=work.submission.id != sent.id,
        work=work,
        marks=shown,
        blind=found.capstone and not final,
        names=data.names({sent.person_id, *(one.marker_id for one in shown.values())}),
        files=queries.files([sent]),
        form=form,
        may_mark=sent.person_id != me() and (own is not None or not final),
        **desk_words(group),
    )


def _own_mark(sent: Submission) -> Any:
    marks = queries.marks_of([sent.id])[sent.id]
    return next((one for one in marks.values() if one.marker_id == me()), None)


def _rule(group: ClassGroup) -> ClassRule:
    return db.session.get_one(ClassRule, group.rule_id)
