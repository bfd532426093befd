"""What this room brings to the application."""

from __future__ import annotations

from lms.approvals.events import CaseApproved, CaseRejected, CaseWithdrawn
from lms.credits import counting, service, slots
from lms.credits.cli import credits_group
from lms.credits.events import CreditRecorded
from lms.credits.evidence.cases import CASE_KIND
from lms.credits.evidence.policy import RULE
from lms.credits.evidence.service import closing
from lms.credits.evidence.views import bp
from lms.credits.evidence.wording import MESSAGES
from lms.credits.practice import record_practice
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.learning.events import CourseCompleted
from lms.practice.events import PracticeCompleted
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="credits",
    blueprints=(bp,),
    permissions=(
        Permission("credit:view", _l("查看继续教育时长")),
        Permission("credit:edit", _l("更正继续教育时长")),
        Permission(RULE, _l("设置校外学习计时规则")),
    ),
    settings=(
        SettingSpec(
            "credits.assistant_hours",
            72,
            _l("助理社会工作师每个登记周期的继续教育"),
            _l("依据民发〔2009〕123 号；按周期第一天有效的数值计算，之后的调整不影响已开始的周期。"),
            minimum=1,
            maximum=1000,
            unit=_l("小时"),
        ),
        SettingSpec(
            "credits.higher_hours",
            90,
            _l("社会工作师、高级社会工作师每个登记周期的继续教育"),
            _l("依据民发〔2009〕123 号；按周期第一天有效的数值计算，之后的调整不影响已开始的周期。"),
            minimum=1,
            maximum=1000,
            unit=_l("小时"),
        ),
        SettingSpec(
            "credits.renewal_months",
            3,
            _l("登记到期前可以办理续期的时间"),
            _l("依据民发〔2009〕44 号：到期前 3 个月内。"),
            minimum=1,
            maximum=36,
            unit=_l("个月"),
        ),
    ),
    events=(CreditRecorded,),
    handlers=(
        (CourseCompleted, service.record_completion),
        (PracticeCompleted, record_practice),
        (CaseApproved, closing.on_approved),
        (CaseRejected, closing.on_rejected),
        (CaseWithdrawn, closing.on_withdrawn),
    ),
    navigation=(
        NavItem("me", "credits.own_claims", _l("校外学习申报"), "book", 14),
        NavItem("desk", "credits.unit_hours", _l("继续教育"), "hours", 70, "credit:view"),
    ),
    messages=MESSAGES,
    slots=(
        Slot("next", 30, slots.next_step),
        Slot("home", 5, slots.home_card),
        Slot("figure", 40, slots.short_figure, "credit:view"),
        Slot("desk", 10, slots.remind_card, "credit:view"),
        Slot("desk", 20, slots.expiry_card, "credit:view"),
        Slot("person", 30, slots.person_card, "credit:view"),
    ),
    commands=(credits_group,),
    offers=(counting.MINUTES_TAUGHT, CASE_KIND),
)
