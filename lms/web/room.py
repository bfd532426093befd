"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.web import admin_views, calendar_views, health_views, metrics, search, slots, views
from lms.web.jobs import AUDIT_CHECK
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="web",
    blueprints=(views.bp, admin_views.bp, calendar_views.bp, health_views.bp),
    permissions=(
        Permission("setting:view", _l("查看系统设置")),
        Permission("setting:edit", _l("修改系统设置")),
        Permission("job:view", _l("查看后台任务")),
        Permission("job:edit", _l("重试和取消后台任务")),
        Permission("audit:view", _l("查看审计日志")),
        Permission("calendar:view", _l("查看工作日历")),
        Permission("calendar:edit", _l("录入放假和调休")),
    ),
    jobs=(AUDIT_CHECK,),
    navigation=(
        NavItem("learner", "web.home", _l("学习"), "learn", 10),
        NavItem("learner", "web.me", _l("我的"), "me", 40),
        NavItem("me", "credits.hours", _l("继续教育"), "hours", 20),
        NavItem("me", "access.security", _l("账号与安全"), "lock", 30),
        NavItem("desk", "web.desk", _l("工作台"), "dashboard", 10),
        NavItem("admin", "admin.settings", _l("设置"), "settings", 30, "setting:view"),
        NavItem("admin", "calendar.year", _l("工作日历"), "calendar", 35, "calendar:view"),
        NavItem("admin", "admin.jobs", _l("后台任务"), "jobs", 40, "job:view"),
        NavItem("admin", "admin.audit", _l("审计日志"), "shield", 50, "audit:view"),
    ),
    slots=(
        Slot("figure", 90, slots.failed_jobs, "job:view"),
        Slot("desk", 90, slots.health_card, "job:view"),
        Slot("search", 10, search.people_found, "person:view"),
        Slot("search", 20, search.certificates_found, "certificate:view"),
    ),
    install=metrics.install,
)
