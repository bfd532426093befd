"""The bank's results: upload, read what is wrong, fetch the marked file, apply."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.plugin_api.errors import LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.views import XLSX, accept, current_actor, download, requires
from lms_payouts import policy
from lms_payouts.forms import ResultForm
from lms_payouts.queries import batches as queries
from lms_payouts.result_file import FOREIGN
from lms_payouts.rules import BatchState, ResultState
from lms_payouts.service import results as service
from lms_payouts.views.base import bp
from lms_payouts.views.batches import page_with_result_errors

_MEGABYTES = 5
_SHOWN = 200


@bp.post("/desk/payouts/batches/<uuid:batch_id>/results")
@requires(policy.RESULT_IMPORT)
def upload_result(batch_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take in a result file: it is checked at once, and nothing moves yet."""
    form, actor = ResultForm(), current_actor()
    queries.of_actor(actor, batch_id, policy.RESULT_IMPORT)
    if form.validate_on_submit():
        try:
            upload = accept(request.files.get("file"), [XLSX], megabytes=_MEGABYTES)
            result_id = service.take_in(actor, batch_id, upload)
        except LmsError as error:
            if not form.take_errors(error):
                form.file.errors = [*form.file.errors, str(error)]
        else:
            return redirect(url_for("payouts.result", result_id=result_id), 303)
    return page_with_result_errors(batch_id, form)


@bp.get("/desk/payouts/results/<uuid:result_id>")
@requires(policy.PAYMENT_VIEW)
def result(result_id: uuid.UUID) -> str:
    """One result file: what is wrong with it, or what it will do and did."""
    actor = current_actor()
    found, batch = queries.result_of_actor(actor, result_id, policy.PAYMENT_VIEW)
    amounts = queries.amounts(batch.id)
    sums = {
        paid: (
            sum(one["paid"] is paid for one in found.outcomes),
            sum(amounts[one["serial"]] for one in found.outcomes if one["paid"] is paid),
        )
        for paid in (True, False)
    }
    people = [person_id for person_id in (found.uploaded_by, found.applied_by) if person_id]
    return render_template(
        "payouts/result.html",
        result=found,
        batch=batch,
        sums=sums,
        states=ResultState,
        shown=found.problems[:_SHOWN],
        open=batch.state is BatchState.SENT,
        foreign=any(problem["code"] in FOREIGN for problem in found.problems),
        names=services().people.names(people),
        may_import=policy.can(actor, policy.RESULT_IMPORT, batch.org_id),
    )


@bp.post("/desk/payouts/results/<uuid:result_id>/apply")
@requires(policy.RESULT_IMPORT)
def apply_result(result_id: uuid.UUID) -> Response:
    """Have the file applied."""
    service.request_apply(current_actor(), result_id)
    return redirect(url_for("payouts.result", result_id=result_id), 303)


@bp.post("/desk/payouts/results/<uuid:result_id>/again")
@requires(policy.RESULT_IMPORT)
def apply_again(result_id: uuid.UUID) -> Response:
    """Queue the application once more."""
    service.try_again(current_actor(), result_id)
    return redirect(url_for("payouts.result", result_id=result_id), 303)


@bp.post("/desk/payouts/results/<uuid:result_id>/marked")
@requires(policy.RESULT_IMPORT)
def marked_result(result_id: uuid.UUID) -> Response:
    """The officer's own file with the faulty cells marked."""
    name, content = service.marked(current_actor(), result_id)
    return download(_("%(name)s-标注.xlsx", name=PurePosixPath(name).stem), content)
