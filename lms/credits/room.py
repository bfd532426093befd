"""What this room brings to the application."""

from __future__ import annotations

from lms.approvals.events import CaseApproved, CaseRejected, CaseWithdrawn
from lms.classes.events import ClassAttended
from lms.credits import calendar, classwork, counting, service, slots
from lms.credits.cli import credits_group
from lms.credits.cycles import drafts, opening
from lms.credits.cycles.changing import EXCEPT
from lms.credits.cycles.jobs import JOBS, on_roster
from lms.credits.events import CreditRecorded
from lms.credits.evidence.cases import CASE_KIND
from lms.credits.evidence.policy import RULE
from lms.credits.evidence.service import closing
from lms.credits.evidence.wording import MESSAGES as EVIDENCE_MESSAGES
from lms.credits.pages import bp
from lms.credits.practice import record_practice
from lms.credits.wording import MESSAGES
from lms.kernel.i18n import lazy_gettext as _l
from lms.learning.events import CourseCompleted
from lms.people.events import QualificationRecorded, RosterApplied
from lms.practice.events import PracticeCompleted
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="credits",
    blueprints=(bp,),
    permissions=(
        Permission("credit:view", _l("查看继续教育时长")),
        Permission("credit:edit", _l("更正继续教育时长")),
        Permission(RULE, _l("设置继续教育义务和校外学习计时规则")),
        Permission(EXCEPT, _l("延长登记周期、豁免继续教育")),
    ),
    jobs=(*JOBS, *drafts.JOBS),
    events=(CreditRecorded,),
    handlers=(
        (CourseCompleted, service.record_completion),
        (CreditRecorded, service.follow_entry),
        (QualificationRecorded, opening.on_qualification),
        (RosterApplied, on_roster),
        (ClassAttended, classwork.record_attendance),
        (PracticeCompleted, record_practice),
        (CaseApproved, closing.on_approved),
        (CaseRejected, closing.on_rejected),
        (CaseWithdrawn, closing.on_withdrawn),
    ),
    navigation=(
        NavItem("me", "credits.own_claims", _l("校外学习申报"), "book", 14),
        NavItem("desk", "credits.unit_hours", _l("继续教育"), "hours", 70, "credit:view"),
    ),
    messages=(*EVIDENCE_MESSAGES, *MESSAGES),
    slots=(
        Slot("next", 30, slots.next_step),
        Slot("home", 5, slots.home_card),
        Slot("figure", 40, slots.short_figure, "credit:view"),
        Slot("desk", 10, slots.remind_card, "credit:view"),
        Slot("desk", 20, slots.expiry_card, "credit:view"),
        Slot("person", 30, slots.person_card, "credit:view"),
    ),
    commands=(credits_group,),
    offers=(calendar.SOURCE, counting.MINUTES_TAUGHT, CASE_KIND),
)
