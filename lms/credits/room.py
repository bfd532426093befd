"""What this room brings to the application."""

from __future__ import annotations

from lms.approvals.events import CaseApproved, CaseDecided, CaseRejected, CaseResubmitted, CaseWithdrawn
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
from lms.credits.merging import on_merged
from lms.credits.pages import bp
from lms.credits.practice import record_practice
from lms.credits.registration import closing as registering
from lms.credits.registration import queries, reminding
from lms.credits.registration.cases import CASE_KIND as REGISTRATION_CASE
from lms.credits.registration.wording import MESSAGES as REGISTRATION_MESSAGES
from lms.credits.wording import MESSAGES
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.learning.events import CourseCompleted
from lms.people.events import PersonsMerged, QualificationRecorded, RosterApplied
from lms.people.service.public import StaysBehind
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
    settings=(
        SettingSpec(
            queries.FIRST_MONTHS,
            12,
            _l("取得证书后办理首次登记的期限"),
            _l("依据民发〔2009〕44 号：取得证书后 1 年内，到同一天为止。"),
            minimum=1,
            maximum=60,
            unit=_l("个月"),
        ),
        SettingSpec(
            queries.LATE_MONTHS,
            24,
            _l("首次登记逾期后仍可补办的时间"),
            _l("0 表示逾期后不可补办。再登记的窗口期和补办期在“继续教育”的“义务”里设置。"),
            minimum=0,
            maximum=600,
            unit=_l("个月"),
            illustrative=True,
        ),
        SettingSpec(
            queries.TERM_MONTHS,
            36,
            _l("登记的有效期"),
            _l("依据民发〔2009〕44 号：3 年。按通过那天有效的数值计算。"),
            minimum=1,
            maximum=120,
            unit=_l("个月"),
        ),
    ),
    jobs=(*JOBS, *drafts.JOBS, *reminding.JOBS),
    events=(CreditRecorded,),
    handlers=(
        (CourseCompleted, service.record_completion),
        (CreditRecorded, service.follow_entry),
        (PersonsMerged, on_merged),
        (QualificationRecorded, opening.on_qualification),
        (RosterApplied, on_roster),
        (ClassAttended, classwork.record_attendance),
        (PracticeCompleted, record_practice),
        (CaseApproved, closing.on_approved),
        (CaseRejected, closing.on_rejected),
        (CaseWithdrawn, closing.on_withdrawn),
        (CaseDecided, registering.on_decided),
        (CaseResubmitted, registering.on_resubmitted),
        (CaseApproved, registering.on_approved),
        (CaseRejected, registering.on_rejected),
        (CaseWithdrawn, registering.on_withdrawn),
    ),
    navigation=(
        NavItem("me", "credits.own_registrations", _l("登记与续期"), "certificate", 13),
        NavItem("me", "credits.own_claims", _l("校外学习申报"), "book", 14),
        NavItem("desk", "credits.unit_hours", _l("继续教育"), "hours", 70, "credit:view"),
    ),
    messages=(*EVIDENCE_MESSAGES, *MESSAGES, *REGISTRATION_MESSAGES),
    slots=(
        Slot("next", 30, slots.next_step),
        Slot("next", 31, slots.renew_step),
        Slot("home", 5, slots.home_card),
        Slot("figure", 40, slots.short_figure, "credit:view"),
        Slot("desk", 10, slots.remind_card, "credit:view"),
        Slot("desk", 20, slots.expiry_card, "credit:view"),
        Slot("person", 30, slots.person_card, "credit:view"),
    ),
    commands=(credits_group,),
    offers=(calendar.SOURCE, counting.MINUTES_TAUGHT, CASE_KIND, REGISTRATION_CASE, StaysBehind("credit_entry")),
)
