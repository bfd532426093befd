"""What this room brings to the application."""

from __future__ import annotations

from lms.access.blueprint import bp
from lms.access.cli import accounts_group, grants_group
from lms.access.service.public import on_merged
from lms.access.views import people
from lms.access.views.identify import install
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.people.events import PersonsMerged
from lms.people.service.public import StaysBehind
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="access",
    blueprints=(bp,),
    permissions=(
        Permission("grant:view", _l("查看授权")),
        Permission("grant:edit", _l("授权和撤销授权")),
        Permission("account:invite", _l("发放开通码")),
        Permission("account:edit", _l("停用、恢复和解锁账号")),
    ),
    settings=(
        SettingSpec(
            "access.officer_second_factor",
            "required",
            _l("管理人员的二次验证"),
            help=_l("必须开启时，没有二次验证就不能使用管理权限。"),
            choices=("required", "optional"),
            choice_titles={"required": _l("必须开启"), "optional": _l("由个人决定")},
        ),
        SettingSpec("access.lock_after", 5, _l("连续输错几次后锁定账号"), minimum=3, maximum=20, unit=_l("次")),
        SettingSpec("access.lock_minutes", 30, _l("锁定时长"), minimum=1, maximum=1440, unit=_l("分钟")),
        SettingSpec(
            "access.sign_ins_a_minute",
            120,
            _l("每个网络地址每分钟可尝试登录的次数"),
            help=_l("一个办公楼的人常共用一个网络地址，考试前会同时登录，不宜设得太小。"),
            minimum=5,
            maximum=10_000,
            unit=_l("次"),
        ),
        SettingSpec(
            "access.activations_a_minute",
            60,
            _l("每个网络地址每分钟可尝试开通账号的次数"),
            minimum=5,
            maximum=10_000,
            unit=_l("次"),
        ),
        SettingSpec(
            "access.activation_days", 30, _l("开通码的有效期"), minimum=1, maximum=180, unit=_l("天"), illustrative=True
        ),
        SettingSpec("access.activation_tries", 5, _l("开通码输错几次后作废"), minimum=3, maximum=20, unit=_l("次")),
    ),
    navigation=(
        NavItem("desk", "access.codes", _l("账号开通"), "key", 25, "account:invite"),
        NavItem("admin", "access.grants", _l("授权"), "key", 20, "grant:view"),
    ),
    slots=(Slot("person", 20, people.account_card, "account:invite"),),
    handlers=((PersonsMerged, on_merged),),
    commands=(accounts_group, grants_group),
    offers=(StaysBehind("account"),),
    install=install,
)
