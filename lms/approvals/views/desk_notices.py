"""Officers' pages of public notices: what waits, publishing, a notice with what was said against it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from lms.access import policy as access
from lms.access import queries as grants
from lms.approvals import export, kinds, policy, service, wording
from lms.approvals.dto import NewNotice
from lms.approvals.forms import NoticeForm, ReasonForm
from lms.approvals.kinds import CaseKind
from lms.approvals.notice_models import PublicNotice
from lms.approvals.queries import cases, notices
from lms.approvals.service.notices import MOST
from lms.approvals.views.base import bp
from lms.kernel import clock, workdays
from lms.kernel.db import db
from lms.kernel.errors import LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_token
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/notices")
@requires(policy.PUBLISH)
def desk_notices() -> str:
    """What waits for a notice, by kind, and every notice of the officer's units."""
    actor = current_actor()
    return render_template(
        "approvals/desk_notices.html",
        page=paginate(notices.desk_list(actor), scalars=False),
        waiting=notices.waiting_by_kind(actor),
        kinds=kinds.known(),
        wording=wording,
    )


@bp.get("/desk/notices/new/<kind_key>")
@requires(policy.PUBLISH)
def new_notice(kind_key: str) -> str:
    """Cases to publish, with the notice's words."""
    kind = _kind(kind_key)
    today = clock.today()
    title = _("%(year)d 年%(kind)s公示", year=today.year, kind=kind.title)
    body = _("根据有关规定，经逐级审核，现将下列人员予以公示。公示期内如有异议，请实名反映情况。")
    form = NoticeForm(formdata=None, data={"key": new_token(), "title": title, "body": body})
    return _new_page(kind, form, {}, None)


@bp.post("/desk/notices/new/<kind_key>")
@requires(policy.PUBLISH)
def publish(kind_key: str) -> tuple[str, int] | Response:
    """Publish a notice."""
    kind, form = _kind(kind_key), NoticeForm()
    ticked = request.form.getlist("case", type=uuid.UUID)
    _choices(form)
    wrong: dict[str, str] = {}
    if form.validate_on_submit():
        new = NewNotice(
            kind=kind.key,
            org_id=uuid.UUID(form.org.data),
            title=form.title.data.strip(),
            body=form.body.data.strip(),
            case_ids=tuple(ticked),
            key=f"{current_actor().person_id}:{form.key.data}",
            days=form.days.data,
        )
        try:
            done = service.publish_notice(current_actor(), new)
        except LmsError as refusal:
            wrong = form.show_refusal(refusal)
        else:
            flash(_("公示 %(number)s 已发布。", number=done.number), "green")
            return redirect(url_for("approvals.desk_notice", notice_id=done.notice_id), 303)
    return _new_page(kind, form, wrong, frozenset(ticked)), 422


@bp.get("/desk/notices/<uuid:notice_id>")
@requires(policy.PUBLISH)
def desk_notice(notice_id: uuid.UUID) -> str:
    """A notice: its cases with names in clear, and what became of them."""
    return _notice_page(_notice(notice_id), ReasonForm(formdata=None))


@bp.get("/desk/notices/<uuid:notice_id>.xlsx")
@requires(policy.PUBLISH)
def export_notice(notice_id: uuid.UUID) -> Response:
    """The list as it was published."""
    notice = _notice(notice_id)
    content = export.notice_workbook(notices.entries(notice_id))
    return download(_("公示 %(number)s.xlsx", number=notice.number), content)


@bp.post("/desk/notices/<uuid:notice_id>/void")
@requires(policy.PUBLISH)
def void(notice_id: uuid.UUID) -> tuple[str, int] | Response:
    """Take a running notice back."""
    notice, form = _notice(notice_id), ReasonForm()
    if form.validate_on_submit():
        service.void_notice(current_actor(), notice_id, form.reason.data)
        flash(_("公示已撤回，名单上的申请等待重新公示。"), "amber")
        return redirect(url_for("approvals.desk_notice", notice_id=notice_id), 303)
    return _notice_page(notice, form), 422


def _kind(key: str) -> CaseKind:
    kind = kinds.find(key)
    if kind is None:
        raise NotFound(_("没有这类申请，或负责它的功能已停用。"))
    return kind


def _notice(notice_id: uuid.UUID) -> PublicNotice:
    """A notice of the officer's units."""
    notice = notices.row(notice_id)
    access.require(current_actor(), policy.VIEW, notice.org_id)
    return notice


def _choices(form: NoticeForm) -> None:
    """Put in the units in whose name the officer publishes."""
    units = grants.tops_for(current_actor(), policy.PUBLISH)
    form.org.choices = [SelectChoice(str(unit.id), unit.name) for unit in units]


def _new_page(kind: CaseKind, form: NoticeForm, wrong: dict[str, str], ticked: frozenset[uuid.UUID] | None) -> str:
    _choices(form)
    found = db.session.scalars(notices.waiting(current_actor(), kind.key).limit(MOST)).all()
    least = max((int(case.plan["notice_days"]) for case in found), default=kind.chain.notice_days or 0)
    if form.days.data is None:
        form.days.data = least
    days = form.days.data if not form.days.errors else least
    return render_template(
        "approvals/new_notice.html",
        kind=kind,
        views=cases.views(found),
        form=form,
        wrong=wrong,
        ticked=ticked,
        least=least,
        closes_on=workdays.add_working_days(clock.today(), max(least, days)),
        wording=wording,
    )


def _notice_page(notice: PublicNotice, form: ReasonForm) -> str:
    actor = current_actor()
    more: dict[str, Any] = {"may_void": access.can(actor, policy.PUBLISH, notice.org_id)}
    entries = notices.entries(notice.id)
    return render_template(
        "approvals/desk_notice.html",
        notice=notice,
        entries=entries,
        names=notices.applicant_names(notice.id),
        held=notices.held_count(notice.id),
        columns=notices.public_columns(entries),
        publisher=cases.person_name(notice.published_by) if notice.published_by else "",
        objections=notices.objections_of(notice.id),
        form=form,
        wording=wording,
        **more,
    )
