"""What this room brings to the application."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.settings import SettingSpec
from lms.people.cli import people_group
from lms.people.events import EVENTS
from lms.people.jobs import JOBS
from lms.people.roster.job import IMPORT
from lms.people.service import public
from lms.people.slots import coverage_card, expiring_figure, people_figure
from lms.people.views import bp
from lms.people.views.blueprint import EDIT, REVEAL, VIEW
from lms.webkit.room import NavItem, Permission, Room, Slot

ROOM = Room(
    name="people",
    blueprints=(bp,),
    permissions=(
        Permission(VIEW, _l("查看人员")),
        Permission(EDIT, _l("登记和更正人员")),
        Permission(REVEAL, _l("查看完整的证件、手机和银行卡号码")),
        Permission(IMPORT, _l("导入名册")),
    ),
    settings=(
        SettingSpec(
            public.DOCUMENT_TRIES,
            5,
            _l("自行报名的人每天可以试几次不能登记的证件号码"),
            _l("超过的当天不能再登记，以免有人借此打听谁在名册里。"),
            minimum=1,
            maximum=50,
            unit=_l("次"),
        ),
    ),
    jobs=JOBS,
    events=EVENTS,
    navigation=(
        NavItem("desk", "people.index", _l("人员"), "people", 20, VIEW),
        NavItem("desk", "people.imports", _l("导入名册"), "import", 30, IMPORT),
    ),
    slots=(
        Slot("figure", 10, people_figure, VIEW),
        Slot("figure", 20, expiring_figure, VIEW),
        Slot("desk", 30, coverage_card, VIEW),
    ),
    commands=(people_group,),
)
