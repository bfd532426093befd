"""Officers' pages: who is in a group, and bringing a list of people in."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.classes import export, lists, policy
from lms.classes.forms import ReasonForm
from lms.classes.models import ClassGroup, MemberState
from lms.classes.queries import members
from lms.classes.service import enrolling, listing
from lms.classes.views.base import bp, desk_words
from lms.kernel.errors import LmsError
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit import uploads
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor

MEGABYTES = 2


@bp.get("/desk/classes/<uuid:group_id>/members")
@requires(policy.VIEW)
def members_page(group_id: uuid.UUID) -> str:
    """Everybody with a seat, then the queue in its order, then who left."""
    group = policy.seen_group(current_actor(), group_id)
    text, state = request.args.get("q", "").strip()[:60], request.args.get("state", type=MemberState)
    return render_template(
        "classes/members.html",
        lines=members.lines(group_id, text, state),
        text=text,
        state=state,
        reason_form=ReasonForm(formdata=None),
        **desk_words(group),
    )


@bp.get("/desk/classes/<uuid:group_id>/members.xlsx")
@requires(policy.VIEW)
def export_members(group_id: uuid.UUID) -> Response:
    """The same as a spreadsheet."""
    group = policy.seen_group(current_actor(), group_id)
    content = export.members_workbook(members.lines(group_id))
    return download(_("%(title)s 学员名单.xlsx", title=pick(group.title)), content)


@bp.post("/desk/classes/<uuid:group_id>/members/<uuid:member_id>/remove")
@requires(policy.EDIT)
def remove_member(group_id: uuid.UUID, member_id: uuid.UUID) -> Response:
    """Take somebody out, with a reason they are told."""
    enrolling.remove(current_actor(), group_id, member_id, reason=ReasonForm().reason.data or "")
    flash(_("已移出，消息已发给本人；有候补的已自动递补。"), "green")
    return redirect(url_for("classes.members_page", group_id=group_id), 303)


@bp.get("/desk/classes/list-template.xlsx")
@requires(policy.EDIT)
def list_template() -> Response:
    """An empty list."""
    return download(_("班级名单模板.xlsx"), lists.template())


@bp.route("/desk/classes/<uuid:group_id>/list", methods=["GET", "POST"])
@requires(policy.EDIT)
def upload_list(group_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Choose a list; it is checked, nothing is written."""
    group = policy.run_group(current_actor(), group_id)
    if request.method == "GET":
        return _upload_page(group, "")
    try:
        upload = uploads.accept(request.files.get("file"), [uploads.XLSX], megabytes=MEGABYTES)
        file_id = listing.keep_list(current_actor(), group_id, upload)
    except LmsError as refusal:
        return _upload_page(group, str(refusal)), refusal.status
    return redirect(url_for("classes.check_list", group_id=group_id, file_id=file_id), 303)


@bp.get("/desk/classes/<uuid:group_id>/list/<uuid:file_id>")
@requires(policy.EDIT)
def check_list(group_id: uuid.UUID, file_id: uuid.UUID) -> str:
    """What the list would do, row by row."""
    group = policy.run_group(current_actor(), group_id)
    checked = listing.check_list(current_actor(), group_id, file_id)
    return render_template("classes/list_check.html", checked=checked, file_id=file_id, **desk_words(group))


@bp.get("/desk/classes/<uuid:group_id>/list/<uuid:file_id>.xlsx")
@requires(policy.EDIT)
def marked_list(group_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """The same file with its faulty cells marked."""
    return download(_("名单（已标注）.xlsx"), lists.marked(listing.check_list(current_actor(), group_id, file_id)))


@bp.post("/desk/classes/<uuid:group_id>/list/<uuid:file_id>")
@requires(policy.EDIT)
def apply_list(group_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """Enrol everybody on it."""
    seated, waiting = listing.apply_list(current_actor(), group_id, file_id)
    flash(_("已录取 %(seated)d 人，候补 %(waiting)d 人，消息已发出。", seated=seated, waiting=waiting), "green")
    return redirect(url_for("classes.members_page", group_id=group_id), 303)


def _upload_page(group: ClassGroup, wrong: str) -> str:
    return render_template("classes/list_upload.html", wrong=wrong, limit=MEGABYTES, **desk_words(group))
