"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.people.events import PersonsMerged
from lms.people.service.public import StaysBehind
from lms.prep import slots
from lms.prep.policy import EDIT, MERGE, SEE_SIGN_UPS, VIEW
from lms.prep.queries.ready import HALF_LIFE
from lms.prep.service.merging import on_merged
from lms.prep.views import desk, practice, public
from lms.prep.views.base import bp
from lms.webkit.room import NavItem, Permission, Room, Slot

VIEWS = (public, practice, desk)
"""Importing them registers their routes."""

ROOM = Room(
    name="prep",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看备考科目和考点得分率"), roles=("trainer", "hr_officer", "auditor")),
        Permission(EDIT, _l("设置备考科目"), roles=("trainer",)),
        Permission(SEE_SIGN_UPS, _l("查看考前培训报名"), roles=("hr_officer", "auditor")),
        Permission(MERGE, _l("把自行报名的人并入名册"), roles=("hr_officer",)),
    ),
    settings=(
        SettingSpec(
            public.SIGN_UP_RATE,
            10,
            _l("每个网络地址每分钟可提交考前培训报名的次数"),
            _l("现场集中报名时常共用一个网络地址，可以临时调大。登记身份证件的次数也照此限制。"),
            minimum=1,
            maximum=1000,
            unit=_l("次"),
        ),
        SettingSpec(
            HALF_LIFE,
            30,
            _l("备考估计里一次作答的分量多久减半"),
            _l("越早的作答分量越小；天数越少，估计越看重最近的练习。"),
            minimum=1,
            maximum=730,
            unit=_l("天"),
            illustrative=True,
        ),
    ),
    handlers=((PersonsMerged, on_merged),),
    navigation=(
        NavItem("me", "prep.index", _l("考前练习"), "questions", 16),
        NavItem("desk", "prep.desk_sign_ups", _l("考前培训报名"), "people", 66, SEE_SIGN_UPS),
        NavItem("desk", "prep.desk_subjects", _l("备考科目"), "chart", 67, VIEW),
    ),
    slots=(Slot("home", 40, slots.home_card), Slot("next", 48, slots.next_step)),
    offers=(StaysBehind("prep_sign_up"),),
)
