"""A learner's classes on a phone: what is open, what one is in, signing up and leaving."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lms.classes import policy
from lms.classes.models import ClassGroup, ClassMeeting, ClassMember, ClassRule, GroupState, MeetingState, MemberState
from lms.classes.queries import data, groups, members, rotation, timetable, work
from lms.classes.queries import standing as standings
from lms.classes.rules import seats as rules
from lms.classes.service import attending, enrolling
from lms.classes.views.base import WORDS, bp
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import gettext as _
from lms.orgs import queries as orgs
from lms.webkit.blueprint import signed_in
from lms.webkit.identity import current_actor, me


@bp.get("/classes")
@signed_in
def index() -> str:
    """The classes one is in with what comes next, and those that are open."""
    own, offered = groups.own(me()), groups.offered(me())
    ids = [group.id for group, _member in own] + [group.id for group in offered]
    coming = groups.next_meetings(ids)
    return render_template(
        "classes/own.html",
        own=own,
        offered=offered,
        waves=rotation.invitations(me()),
        coming=coming,
        rooms=data.rooms_by_id({one.room_id for one in coming.values() if one.room_id}),
        counts=groups.counts(ids),
        categories={one.code: one.title for one in data.categories()},
        now=clock.now(),
        **WORDS,
    )


@bp.get("/classes/<uuid:group_id>")
@signed_in
def own_group(group_id: uuid.UUID) -> str:
    """One class: when, where, how full, and where one stands."""
    group = db.session.get(ClassGroup, group_id)
    member = members.own(group_id, me())
    if group is None or (member is None and not _is_offered(group)):
        raise policy.missing_group()
    meetings = timetable.of_group(group_id)
    return render_template(
        "classes/own_group.html",
        group=group,
        member=member,
        position=members.position(member) if member and member.state is MemberState.WAITING else 0,
        window=rules.window(clock.now(), group.enrol_from, group.enrol_until),
        is_for=members.is_for(group, me()),
        counts=groups.counts([group_id])[group_id],
        meetings=meetings,
        trainers=timetable.trainers([one.id for one in meetings]),
        rooms=data.rooms_by_id({one.room_id for one in meetings if one.room_id}),
        checkable={one.id for one in meetings if _checks_in(one)},
        category=data.category(group.category),
        conflicts=timetable.in_the_way(group_id, me()),
        **_learning(group, member),
        unit=orgs.unit(group.org_id),
        **WORDS,
    )


@bp.post("/classes/<uuid:group_id>/sign-up")
@signed_in
def sign_up(group_id: uuid.UUID) -> Response:
    """Sign up; twice is once."""
    placed = enrolling.sign_up(current_actor(), group_id)
    if placed.position:
        flash(
            _("已列入候补，排第 %(number)d 位。有空位时按顺序递补，会发消息告诉您。", number=placed.position), "amber"
        )
    else:
        flash(_("报名成功，已为您留好座位。"), "green")
    return redirect(url_for("classes.own_group", group_id=group_id), 303)


@bp.post("/classes/<uuid:group_id>/leave")
@signed_in
def leave(group_id: uuid.UUID) -> Response:
    """Give the seat up."""
    enrolling.leave(current_actor(), group_id)
    flash(_("已退出这个班，座位让给了别人。"), "green")
    return redirect(url_for("classes.index"), 303)


def _is_offered(group: ClassGroup) -> bool:
    return group.state in {GroupState.OPEN, GroupState.RUNNING} and members.is_for(group, me())


def _checks_in(meeting: ClassMeeting) -> bool:
    """Whether one may check in to a meeting now."""
    now_in = rules.window(clock.now(), *attending.check_in_window(meeting)) == "open"
    return meeting.state is MeetingState.PLANNED and now_in


def _learning(group: ClassGroup, member: ClassMember | None) -> dict[str, Any]:
    """A member's own attendance and work, and how the class ended for them."""
    if member is None or member.state is MemberState.WAITING:
        return {"assignments": (), "works": {}, "facts": None, "graduation": None}
    rule = db.session.get_one(ClassRule, group.rule_id)
    found = work.of_group(group.id)
    facts, _verdict = standings.standing(group, rule, me())
    works = {key: one for (key, person), one in work.works(found, rule.capstone_gap).items() if person == me()}
    ended = standings.graduations(group.id).get(me())
    return {"assignments": found, "works": works, "facts": facts, "graduation": ended}
