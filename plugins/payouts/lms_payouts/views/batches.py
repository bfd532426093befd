"""Batches: gathering, signing, sending back, the file for the bank."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import Conflict, Invalid, LmsError
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import current_actor, download, paginate, requires
from lms.plugin_api.work import clock, session
from lms_payouts import export, policy
from lms_payouts.dto import PaymentFilter, PaymentOrder
from lms_payouts.forms import ReasonForm, ResultForm
from lms_payouts.models import Batch
from lms_payouts.queries import batches as queries
from lms_payouts.queries import budgets
from lms_payouts.queries import payments as payment_queries
from lms_payouts.rules import UNFROZEN, BatchState, PaymentState
from lms_payouts.service import batches as service
from lms_payouts.service import files
from lms_payouts.views.base import bp, units, wanted_batches, wanted_payments

_A_PAGE = 50


@bp.get("/desk/payouts/batches")
@requires(policy.PAYMENT_VIEW)
def batches() -> str:
    """All batches the officer sees."""
    actor, wanted = current_actor(), wanted_batches()
    page = paginate(queries.batches(actor, wanted))
    return render_template(
        "payouts/batches.html",
        page=page,
        wanted=wanted,
        units=units(policy.PAYMENT_VIEW),
        unit_names=services().orgs.paths([one.org_id for one in page.rows]),
    )


@bp.get("/desk/payouts/batches.xlsx")
@requires(policy.PAYMENT_VIEW)
def export_batches() -> Response:
    """The same list as a spreadsheet."""
    found = session.scalars(queries.batches(current_actor(), wanted_batches())).all()
    names = services().orgs.paths(list({one.org_id for one in found}))
    return download(_("付款批次 %(day)s.xlsx", day=clock.today().isoformat()), export.batches_workbook(found, names))


@bp.get("/desk/payouts/batches/new")
@requires(policy.BATCH_EDIT)
def new_batch() -> str:
    """The waiting payments of a unit and those below it, to choose from."""
    return _choice()


def _choice(chosen: Sequence[uuid.UUID] = (), refused: LmsError | None = None) -> str:
    """The list, with what was ticked and why it could not be gathered."""
    actor, offered = current_actor(), units(policy.BATCH_EDIT)
    wanted = _waiting(offered[0].id if offered else None)
    page = paginate(payment_queries.payments(actor, wanted, policy.BATCH_EDIT), size=_A_PAGE, scalars=False)
    rows = payment_queries.as_infos(page.rows)
    return render_template(
        "payouts/batch_new.html",
        page=page,
        rows=rows,
        wanted=wanted,
        summed=payment_queries.summed(actor, wanted, policy.BATCH_EDIT),
        most=services().settings.value(service.MOST_LINES),
        units=offered,
        unit_names=services().orgs.paths([one.org_id for one in rows]),
        schemes=budgets.schemes(),
        key=new_id().hex,
        chosen=chosen,
        refused=refused,
    )


@bp.post("/desk/payouts/batches/new")
@requires(policy.BATCH_EDIT)
def gather() -> Response | tuple[str, int]:
    """Make a batch of the ticked payments, or of all that the filter shows."""
    actor, offered = current_actor(), units(policy.BATCH_EDIT)
    wanted = _waiting(offered[0].id if offered else None)
    if request.form.get("all"):
        most = services().settings.value(service.MOST_LINES)
        chosen = payment_queries.ids(actor, wanted, policy.BATCH_EDIT, most)
    else:
        chosen = request.form.getlist("payment", type=uuid.UUID)
    org_id = wanted.org_id or services().orgs.city().id
    try:
        batch_id = service.gather(actor, org_id, chosen, request.form.get("key", "")[:40] or new_id().hex)
    except (Conflict, Invalid) as error:
        return _choice(chosen, error), error.status
    flash(_("批次已建好，请核对后签批。"), "green")
    return redirect(url_for("payouts.batch", batch_id=batch_id), 303)


def _waiting(default_org: uuid.UUID | None) -> PaymentFilter:
    wanted = wanted_payments()
    order = wanted.order if "order" in request.values else PaymentOrder.OLDEST
    return replace(wanted, state=PaymentState.WAITING, org_id=wanted.org_id or default_org, order=order)


@bp.get("/desk/payouts/batches/<uuid:batch_id>")
@requires(policy.PAYMENT_VIEW)
def batch(batch_id: uuid.UUID) -> str:
    """One batch: its lines, its signatures, what comes next."""
    return _page(queries.of_actor(current_actor(), batch_id), ReasonForm(formdata=None), ResultForm(formdata=None))


def page_with_result_errors(batch_id: uuid.UUID, form: ResultForm) -> tuple[str, int]:
    """The same after a file that could not be taken in."""
    return _page(queries.of_actor(current_actor(), batch_id), ReasonForm(formdata=None), form), 422


def _page(one: Batch, reason_form: ReasonForm, result_form: ResultForm, *, refused: LmsError | None = None) -> str:
    actor = current_actor()
    page = paginate(queries.lines(one.id), size=_A_PAGE, scalars=False)
    signatures = queries.signatures(one.id)
    people = [person_id for person_id in (one.created_by, one.sent_by, one.returned_by) if person_id]
    own = queries.is_party(one.id, actor.person_id)
    open_to_sign = one.state in UNFROZEN and policy.can(actor, policy.BATCH_SIGN, one.org_id)
    return render_template(
        "payouts/batch.html",
        batch=one,
        page=page,
        lines=[queries.line_info(row) for row in page.rows],
        signatures=signatures,
        names=services().people.names(people),
        unit=services().orgs.paths([one.org_id])[one.org_id],
        outcomes=queries.outcomes(one.id),
        results=queries.results(one.id),
        open_to_sign=open_to_sign,
        own=own,
        has_signed=any(signature.person_id == actor.person_id for signature in signatures),
        downloadable=one.state in files.FROZEN and policy.can(actor, policy.FILE_DOWNLOAD, one.org_id),
        results_wanted=one.state is BatchState.SENT and policy.can(actor, policy.RESULT_IMPORT, one.org_id),
        steps=_steps(one.state),
        reason_form=reason_form,
        result_form=result_form,
        refused=refused,
    )


def _steps(state: BatchState) -> list[tuple[str, str]]:
    """The way of a batch: each step done, under way or still to come."""
    names = [_("建批次"), _("第一人签批"), _("第二人签批"), _("送银行"), _("银行回盘")]
    reached = {
        BatchState.DRAFT: 1,
        BatchState.RETURNED: 1,
        BatchState.FIRST: 2,
        BatchState.SIGNED: 3,
        BatchState.SENT: 4,
        BatchState.SETTLED: 5,
    }[state]
    return [
        (name, "done" if at < reached else "now" if at == reached and state is not BatchState.RETURNED else "todo")
        for at, name in enumerate(names)
    ]


@bp.post("/desk/payouts/batches/<uuid:batch_id>/sign")
@requires(policy.BATCH_SIGN)
def sign_batch(batch_id: uuid.UUID) -> Response | tuple[str, int]:
    """Sign as the first or the second; who comes too late sees the batch as it now is."""
    actor = current_actor()
    try:
        state = service.sign(actor, batch_id, request.form.get("digest", ""))
    except Conflict as error:
        one = queries.of_actor(actor, batch_id, policy.BATCH_SIGN)
        return _page(one, ReasonForm(formdata=None), ResultForm(formdata=None), refused=error), error.status
    if state is BatchState.SIGNED:
        flash(_("两个人已签完，批次不能再变，可以下载付款清单送银行。"), "green")
    else:
        flash(_("您已签批，还要另一个人签批。"), "green")
    return redirect(url_for("payouts.batch", batch_id=batch_id), 303)


@bp.post("/desk/payouts/batches/<uuid:batch_id>/return")
@requires(policy.BATCH_SIGN)
def return_batch(batch_id: uuid.UUID) -> Response | tuple[str, int]:
    """Send the batch back before the second signature, with a reason."""
    actor, form = current_actor(), ReasonForm()
    if form.validate_on_submit():
        try:
            service.send_back(actor, batch_id, form.reason.data.strip())
        except LmsError as error:
            if not form.take_errors(error):
                raise
        else:
            flash(_("批次已退回，其中的付款回到“待拨付”。"), "amber")
            return redirect(url_for("payouts.batch", batch_id=batch_id), 303)
    return _page(queries.of_actor(actor, batch_id, policy.BATCH_SIGN), form, ResultForm(formdata=None)), 422


@bp.post("/desk/payouts/batches/<uuid:batch_id>/file")
@requires(policy.FILE_DOWNLOAD)
def payment_file(batch_id: uuid.UUID) -> Response:
    """The payment file: the same bytes each time, each time on record."""
    number, content = files.download_payment_file(current_actor(), batch_id)
    return download(_("付款清单 %(number)s.xlsx", number=number), content)


@bp.post("/desk/payouts/batches/<uuid:batch_id>/template")
@requires(policy.FILE_DOWNLOAD)
def result_template(batch_id: uuid.UUID) -> Response:
    """The file for the bank's results."""
    number, content = files.download_template(current_actor(), batch_id)
    return download(_("回盘模板 %(number)s.xlsx", number=number), content)


@bp.post("/desk/payouts/batches/<uuid:batch_id>/sent")
@requires(policy.FILE_DOWNLOAD)
def batch_sent(batch_id: uuid.UUID) -> Response:
    """Say that the bank has it."""
    files.mark_sent(current_actor(), batch_id)
    flash(_("批次已标记为送银行。"), "green")
    return redirect(url_for("payouts.batch", batch_id=batch_id), 303)
