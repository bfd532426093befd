"""What learning puts on other rooms' pages: the learner's home, the next step, the dashboard."""

from __future__ import annotations

from flask import render_template, url_for
from markupsafe import Markup

from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.learning import queries
from lms.learning.dto import Going
from lms.webkit.once import once_per_request
from lms.webkit.room import Figure, NextStep
from lms.webkit.templating import minutes

_going = once_per_request(queries.going)


def home_card(actor: Actor) -> Markup | None:
    """The courses under way, with progress and what is left; an invitation to whoever takes none."""
    if actor.person_id is None:
        return None
    page = render_template("learning/home_card.html", courses=_going(actor.person_id)[:4])
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes


def next_step(actor: Actor) -> NextStep | None:
    """Go on with the course touched last, or begin a first one."""
    if actor.person_id is None:
        return None
    courses = _going(actor.person_id)
    if courses:
        return _go_on(courses[0])
    if queries.own_courses(actor.person_id):
        return None
    href = url_for("learning.catalogue")
    return NextStep(50, _("选一门课开始学习"), _("课程用手机就能学，学习时间自动记录。"), href, _("看看课程"))


def review_figure(actor: Actor) -> Figure | None:
    """How many releases wait for the officer to publish them."""
    count = len(queries.waiting_for_review(actor))
    if not count:
        return None
    return Figure(_("课程待审核"), count, _("等您发布或退回"), "blue", url_for("learning.desk"))


def courses_card(actor: Actor) -> Markup | None:
    """The courses of the officer's units: how many are learning, how many have completed."""
    page = queries.desk_courses(actor)
    if not page.rows:
        return None
    return Markup(render_template("learning/courses_card.html", courses=page.rows[:6]))  # noqa: S704 - our own template


def _go_on(course: Going) -> NextStep | None:
    if course.next_lesson is None:
        return None
    title = _("继续学《%(title)s》", title=pick(course.title))
    text = _(
        "第 %(number)d 课 %(lesson)s，全课程还要约 %(left)s。",
        number=course.next_lesson.position, lesson=pick(course.next_lesson.title), left=minutes(course.minutes_left),
    )  # fmt: skip
    return NextStep(40, title, text, url_for("learning.resume", enrolment_id=course.enrolment_id), _("继续学习"))
