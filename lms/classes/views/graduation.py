"""Officers' pages: where everybody stands, warnings, elimination, graduation, alumni."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.access import policy as access
from lms.classes import export, policy
from lms.classes.models import ClassRule, GroupState
from lms.classes.queries import data, members
from lms.classes.queries import standing as queries
from lms.classes.service import graduating as service
from lms.classes.views.base import WORDS, bp, desk_words
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import ngettext, pick
from lms.orgs import queries as orgs
from lms.webkit.blueprint import requires
from lms.webkit.downloads import download
from lms.webkit.identity import current_actor
from lms.webkit.paging import paginate


@bp.get("/desk/classes/<uuid:group_id>/graduation")
@requires(policy.VIEW)
def graduation(group_id: uuid.UUID) -> str:
    """Attendance and work of everybody, what follows, and how it ended."""
    group = policy.seen_group(current_actor(), group_id)
    rule = db.session.get_one(ClassRule, group.rule_id)
    found = queries.standings(group, rule)
    waiting = [one for one in found if one.graduation is None]
    return render_template(
        "classes/graduation.html",
        standings=found,
        waiting=waiting,
        ready=group.state is GroupState.CLOSED and all(one.verdict.decided for one in waiting),
        seal=service.seal(found),
        rule=rule,
        **desk_words(group),
    )


@bp.get("/desk/classes/<uuid:group_id>/graduation.xlsx")
@requires(policy.VIEW)
def export_graduation(group_id: uuid.UUID) -> Response:
    """The same as a spreadsheet."""
    group = policy.seen_group(current_actor(), group_id)
    found = queries.standings(group, db.session.get_one(ClassRule, group.rule_id))
    return download(_("%(title)s 结业名单.xlsx", title=pick(group.title)), export.standings_workbook(found))


@bp.post("/desk/classes/<uuid:group_id>/graduation/warn")
@requires(policy.EDIT)
def warn(group_id: uuid.UUID) -> Response:
    """Warn who comes near a limit."""
    sent = service.warn_group(current_actor(), group_id)
    said = ngettext("已发出 %(num)d 条提醒。", "已发出 %(num)d 条提醒。", sent) if sent else _("没有需要新发的提醒。")
    flash(said, "green")
    return redirect(url_for("classes.graduation", group_id=group_id), 303)


@bp.post("/desk/classes/<uuid:group_id>/graduation/<uuid:member_id>/eliminate")
@requires(policy.EDIT)
def eliminate(group_id: uuid.UUID, member_id: uuid.UUID) -> Response:
    """Take out who is over a limit."""
    service.eliminate(current_actor(), group_id, member_id)
    flash(_("已淘汰，消息已发给本人。"), "green")
    return redirect(url_for("classes.graduation", group_id=group_id), 303)


@bp.post("/desk/classes/<uuid:group_id>/graduation/confirm")
@requires(policy.EDIT)
def confirm_graduation(group_id: uuid.UUID) -> Response:
    """Confirm the computed list."""
    passed, others = service.confirm(current_actor(), group_id, seen=request.form.get("seal", ""))
    flash(
        _("结业名单已确认：%(passed)d 人结业，%(others)d 人未结业，消息已发出。", passed=passed, others=others), "green"
    )
    return redirect(url_for("classes.graduation", group_id=group_id), 303)


@bp.get("/desk/classes/alumni")
@requires(policy.VIEW)
def alumni() -> str:
    """Everybody who graduated from a class in sight."""
    wanted = _wanted()
    page = paginate(queries.alumni(current_actor(), **wanted), scalars=False)
    return render_template(
        "classes/alumni.html",
        page=page,
        wanted=wanted,
        units_of=members.units_of([row[0].person_id for row in page.rows]),
        categories=data.categories(),
        years=range(clock.today().year, clock.today().year - 10, -1),
        units=orgs.choices(access.visible_orgs(current_actor(), policy.VIEW)),
        **WORDS,
    )


@bp.get("/desk/classes/alumni.xlsx")
@requires(policy.VIEW)
def export_alumni() -> Response:
    """The same list as a spreadsheet."""
    rows = db.session.execute(queries.alumni(current_actor(), **_wanted())).all()
    units = members.units_of([row[0].person_id for row in rows])
    return download(_("结业学员 %(day)s.xlsx", day=clock.today().isoformat()), export.alumni_workbook(rows, units))


def _wanted() -> dict[str, Any]:
    given = request.args
    return {
        "text": given.get("q", "").strip()[:60],
        "category": given.get("category", "")[:40],
        "year": given.get("year", type=int),
        "org_id": given.get("org", type=uuid.UUID),
    }
