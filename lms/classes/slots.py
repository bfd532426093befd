"""What classes put on the learner's home."""

from __future__ import annotations

import datetime as dt

from flask import render_template, url_for
from markupsafe import Markup

from lms.classes import wording
from lms.classes.models import MemberState
from lms.classes.queries import data, groups, rotation
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.webkit.room import NextStep
from lms.webkit.templating import day

SOON = dt.timedelta(hours=2)


def next_step(actor: Actor) -> NextStep | None:
    """A meeting under way or about to begin: check in."""
    if actor.person_id is None:
        return None
    own = {group.id: group for group, member in groups.own(actor.person_id) if member.state is MemberState.ENROLLED}
    for group_id, meeting in sorted(groups.next_meetings(list(own)).items(), key=lambda item: item[1].starts_at):
        if meeting.starts_at - clock.now() < SOON:
            title = _("今天上课：%(title)s", title=pick(own[group_id].title))
            text = _(
                "%(span)s，%(topic)s。", span=wording.span(meeting.starts_at, meeting.ends_at), topic=meeting.title
            )
            return NextStep(
                20, title, text, url_for("classes.check_in_page", meeting_id=meeting.id), _("去签到"), meeting.ends_at
            )
    seated = {group.category for group in own.values()}
    for wave in rotation.invitations(actor.person_id):
        if wave.category not in seated:
            title = _("参加轮训：%(title)s", title=wave.title)
            text = _("请在 %(due)s 前选一个班次报名，并完成学习。", due=day(wave.due_on))
            ends = clock.start_of_day(wave.due_on + dt.timedelta(days=1))
            return NextStep(30, title, text, url_for("classes.index"), _("去报名"), ends)
    return None


def home_card(actor: Actor) -> Markup | None:
    """The classes one is in with what comes next."""
    if actor.person_id is None:
        return None
    own = [(group, member) for group, member in groups.own(actor.person_id) if group.state.value in {"open", "running"}]
    own = [(group, member) for group, member in own if member.state is not MemberState.REMOVED]
    if not own:
        return None
    coming = groups.next_meetings([group.id for group, _member in own])
    rooms = data.rooms_by_id({one.room_id for one in coming.values() if one.room_id})
    page = render_template("classes/home_card.html", own=own[:4], coming=coming, rooms=rooms, words=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
