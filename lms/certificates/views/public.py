"""Verification for everybody. Nothing here changes anything, and a wrong guess learns nothing."""

from __future__ import annotations

import datetime as dt

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.certificates import queries, rules, wording
from lms.certificates.forms import VerifyForm
from lms.certificates.views.base import bp
from lms.kernel import clock
from lms.kernel.errors import NotFound
from lms.webkit.blueprint import public
from lms.webkit.ratelimit import rate_limited


@bp.route("/verify", methods=["GET", "POST"])
@public
@rate_limited("certificates.verify", "certificates.verify_per_minute")
def verify() -> str | Response | tuple[str, int]:
    """Ask by number and name. A wrong number and a wrong name get the same answer."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return render_template("certificates/verify.html", form=form, missed=False)
    typed = (form.number.data or "", form.name.data or "")
    found = queries.matching([typed]).get(typed)
    if found is None:
        return render_template("certificates/verify.html", form=form, missed=True), 404
    return redirect(url_for("certificates.verified", token=found.certificate.token))


@bp.get("/verify/<token>")
@public
def verified(token: str) -> str | tuple[str, int]:
    """The whole content of a certificate, its status on a day, and a comparison with what is printed on the paper."""
    try:
        found = queries.by_token(token)
    except NotFound:
        return render_template("certificates/forged.html"), 404
    today = clock.today()
    day = request.args.get("on", today, type=dt.date.fromisoformat)
    issued = wording.on_paper(found.claims)
    typed = {field: request.args.get(field, "")[:80] for field in issued}
    return render_template(
        "certificates/verified.html",
        found=found,
        claims=found.claims,
        status=found.status_on(day),
        sentence=wording.sentence(found, day),
        day=day,
        today=today,
        compared=rules.compare(issued, typed),
        asked=any(text.strip() for text in typed.values()),
        wording=wording,
    )
