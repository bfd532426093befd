"""What this room brings to the application."""

from __future__ import annotations

from lms.approvals.events import CaseApproved, CaseRejected, CaseWithdrawn
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.people.events import PersonsMerged
from lms.programmes import slots
from lms.programmes.cases import KINDS
from lms.programmes.cli import programmes_group
from lms.programmes.events import EVENTS, AppointmentEnded
from lms.programmes.jobs import JOBS
from lms.programmes.leaves import LEAVES
from lms.programmes.plans import slots as plan_slots
from lms.programmes.plans.jobs import JOBS as PLAN_JOBS
from lms.programmes.plans.service import looking
from lms.programmes.plans.views import bp
from lms.programmes.plans.wording import MESSAGES as PLAN_MESSAGES
from lms.programmes.policy import APPOINT, EDIT, VIEW
from lms.programmes.service import closing, merging
from lms.programmes.service.appointing import RENEWAL_MONTHS
from lms.programmes.wording import MESSAGES
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="programmes",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看选拔和聘任"), roles=("hr_officer", "auditor")),
        Permission(EDIT, _l("设置项目和开展选拔"), roles=("hr_officer",)),
        Permission(APPOINT, _l("办理聘任"), roles=("hr_officer",)),
    ),
    settings=(
        SettingSpec(
            RENEWAL_MONTHS,
            3,
            _l("任期到期前后多久可以续聘"),
            _l("到期前这么多个月起可以办理，到期后这么多个月内仍可补办。"),
            minimum=1,
            maximum=24,
            unit=_l("个月"),
            illustrative=True,
        ),
    ),
    jobs=(*JOBS, *PLAN_JOBS),
    events=EVENTS,
    handlers=(
        (CaseApproved, closing.on_approved),
        (CaseRejected, closing.on_rejected),
        (CaseWithdrawn, closing.on_withdrawn),
        (PersonsMerged, merging.on_merged),
        (AppointmentEnded, looking.on_term_ended),
    ),
    navigation=(
        NavItem("me", "programmes.home", _l("我的进阶"), "award", 16),
        NavItem("me", "programmes.supervision", _l("督导记录"), "users", 17),
        NavItem("me", "programmes.plans", _l("培养计划"), "flag", 18),
        NavItem("desk", "programmes.rounds_desk", _l("选拔"), "award", 81, VIEW),
        NavItem("desk", "programmes.appointments_desk", _l("聘任"), "badge", 82, VIEW),
        NavItem("desk", "programmes.plans_desk", _l("培养计划"), "flag", 83, VIEW),
        NavItem("desk", "programmes.programmes", _l("培育项目"), "star", 83, VIEW),
    ),
    slots=(
        Slot("next", 25, slots.next_step),
        Slot("next", 26, plan_slots.next_step),
        Slot("home", 35, slots.home_card),
        Slot("home", 36, plan_slots.home_card),
        Slot("person", 45, slots.person_card, VIEW),
    ),
    messages=(*MESSAGES, *PLAN_MESSAGES),
    commands=(programmes_group,),
    offers=(*KINDS, *LEAVES),
)
