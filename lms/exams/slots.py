"""What examinations put on the learner's home and the officers' dashboard."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import func, select

from lms.access import policy
from lms.exams import analysis, queries, wording
from lms.exams.models import Exam, ExamSession, SessionState
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.once import once_per_request
from lms.webkit.room import Figure, NextStep
from lms.webkit.templating import moment

SHOWN = 4


@once_per_request
def _ahead(person_id: uuid.UUID) -> list[queries.Entrance]:
    """What the person may register for, is registered for, or is sitting."""
    return [one for one in queries.offered(person_id) if one.under_way or one.sitting is None]


def next_step(actor: Actor) -> NextStep | None:
    """An exam under way, one today, or a registration that ends within a week."""
    if actor.person_id is None:
        return None
    now = clock.now()
    offered = _ahead(actor.person_id)
    for entrance in offered:
        if entrance.under_way and entrance.sitting is not None:
            href = url_for("exams.sitting", sitting_id=entrance.sitting.id)
            text = _("请在 %(when)s 前交卷。", when=moment(entrance.sitting.deadline_at))
            title = _("正在考试：%(title)s", title=pick(entrance.exam.title))
            return NextStep(10, title, text, href, _("继续作答"), entrance.sitting.deadline_at)
    for entrance in offered:
        session = entrance.session
        if entrance.registered and clock.local_date(session.opens_at) <= clock.today() and now < session.closes_at:
            text = _(
                "%(opens)s 开考，%(closes)s 结束。", opens=moment(session.opens_at), closes=moment(session.closes_at)
            )
            title = _("今天有考试：%(title)s", title=pick(entrance.exam.title))
            return NextStep(20, title, text, _page(entrance), _("进入考场"), session.closes_at)
    for entrance in offered:
        due = entrance.session.register_until
        if entrance.may_register and (due - now).days < 7:
            title = _("报名“%(title)s”", title=pick(entrance.exam.title))
            text = _("%(when)s 开考。", when=moment(entrance.session.opens_at))
            return NextStep(30, title, text, _page(entrance), _("去报名"), due)
    return None


def home_card(actor: Actor) -> Markup | None:
    """Exams with their countdown: the person's own first, then what is open for registration."""
    if actor.person_id is None:
        return None
    offered = sorted(_ahead(actor.person_id), key=lambda one: (not one.registered, one.session.opens_at))
    if not offered:
        return None
    page = render_template("exams/home_card.html", entrances=offered[:SHOWN])
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def agenda_card(actor: Actor) -> Markup | None:
    """The sessions that need somebody, with what each waits for."""
    rows = queries.agenda(actor)
    if not rows:
        return None
    page = render_template("exams/agenda_card.html", rows=rows, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def scores_card(actor: Actor) -> Markup | None:
    """How the scores of the last published session are spread."""
    found = queries.last_published(actor)
    if found is None:
        return None
    session, exam = found
    results = [row for row, _ticket in queries.scores(session.id) if row.half_points is not None]
    scores = [row.half_points or 0 for row in results]
    if not scores:
        return None
    bands = analysis.distribution(scores, results[0].total_half_points, exam.pass_half_points)
    passed = sum(1 for row in results if row.passed)
    page = render_template(
        "exams/scores_card.html", session=session, exam=exam, bands=bands, passed=passed, count=len(scores)
    )
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def waiting_figure(actor: Actor) -> Figure:
    """Sessions whose results wait to be published."""
    query = (
        select(func.count(ExamSession.id))
        .join(Exam, Exam.id == ExamSession.exam_id)
        .where(
            ExamSession.state == SessionState.CLOSED,
            Exam.org_id.in_(policy.visible_orgs(actor, "exam:view")),
        )
    )
    count = db.session.scalar(query) or 0
    return Figure(
        label=_("待公布成绩的考试"),
        value=count,
        note=_("评分完成后由考务干部公布"),
        tone="amber" if count else "green",
        href=url_for("exams.desk_index"),
    )


def _page(entrance: queries.Entrance) -> str:
    return url_for("exams.session", session_id=entrance.session.id)
