"""What this room brings to the application."""

from __future__ import annotations

from lms.approvals import slots
from lms.approvals.events import EVENTS
from lms.approvals.jobs import JOBS
from lms.approvals.policy import CONFIGURE, DECIDE, JUDGE, PUBLISH, SUBSTITUTE, VIEW
from lms.approvals.queries.notices import KEPT
from lms.approvals.views import bp
from lms.approvals.wording import MESSAGES
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="approvals",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看申请和审批")),
        Permission(DECIDE, _l("办理审批")),
        Permission(CONFIGURE, _l("设置审批流程")),
        Permission(SUBSTITUTE, _l("指定代办人")),
        Permission(PUBLISH, _l("发布和撤回公示")),
        Permission(JUDGE, _l("办理公示异议")),
    ),
    settings=(
        SettingSpec(
            "approvals.objections_per_minute",
            10,
            _l("公示异议的次数限制"),
            _l("同一网络地址每分钟最多提交或查询多少次异议。"),
            minimum=1,
            maximum=1000,
            unit=_l("次"),
        ),
        SettingSpec(
            KEPT,
            30,
            _l("公示结束后名单保留多久"),
            _l("最后一天过后，名单在网上再保留这么多天，之后只留标题和日期。"),
            minimum=0,
            maximum=365,
            unit=_l("天"),
            illustrative=True,
        ),
    ),
    jobs=JOBS,
    events=EVENTS,
    navigation=(
        NavItem("me", "approvals.own", _l("我的申请"), "paper", 15),
        NavItem("desk", "approvals.work", _l("审批"), "tick", 50, VIEW),
        NavItem("desk", "approvals.desk_notices", _l("公示"), "flag", 55, PUBLISH),
        NavItem("admin", "approvals.substitutes", _l("审批代办"), "users", 25, SUBSTITUTE),
    ),
    slots=(
        Slot("next", 20, slots.next_step),
        Slot("home", 30, slots.home_card),
        Slot("figure", 5, slots.work_figure, DECIDE),
        Slot("figure", 6, slots.objections_figure, JUDGE),
        Slot("person", 50, slots.person_card, VIEW),
        Slot("search", 30, slots.cases_found, VIEW),
    ),
    messages=MESSAGES,
)
