"""What the city decides about classes: categories, their rules by date, and the rooms of units."""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select, update

from lms.access import policy as access
from lms.classes import policy
from lms.classes.dto import NewRule
from lms.classes.models import ClassCategory, ClassRule, TrainingRoom, flat
from lms.classes.queries import data
from lms.kernel import rulings
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import Localized
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import unit_of_work

_CODE = re.compile(r"[a-z][a-z0-9_]{1,30}")
LIMITS = {
    "late_minutes": (0, 60),
    "warn_percent": (0, 100),
    "absent_percent": (0, 100),
    "missing_assignments": (0, 50),
    "warn_days": (0, 60),
    "pass_points": (0, 100),
    "capstone_gap": (0, 100),
    "repeat_months": (0, 120),
}
"""The least and the most of each number of a rule."""


def save_category(actor: Actor, code: str, title: Localized, *, is_open: bool, rule: NewRule | None = None) -> None:
    """Name a category, or make a new one with its first rule. Raises `Invalid`; the right is that on the whole city."""
    policy.require_rules(actor)
    if not title.get("zh_CN", "").strip():
        raise Invalid(_("类别没有保存。"), fields={"title": _("请填写名称")})
    with unit_of_work(actor) as uow:
        if rule is not None:
            if not _CODE.fullmatch(code):
                message = _("请用 2 到 31 个小写字母、数字或下划线，以字母开头")
                raise Invalid(_("类别没有保存。"), fields={"code": message})
            last = uow.session.scalar(select(func.max(ClassCategory.position))) or 0
            row = {"code": code, "title": title, "position": last + 10, "is_open": is_open}
            if not insert_new(uow.session, ClassCategory, **row):
                raise Invalid(_("类别没有保存。"), fields={"code": _("这个代码已用于另一类班级")})
            save_rule(actor, rule)
        else:
            changing = update(ClassCategory).where(ClassCategory.code == code)
            if uow.change(changing.values(title=title, is_open=is_open)) != 1:
                raise NotFound(_("没有这类班级。"))
        uow.audit("class.category", "class_category", code, title=title, is_open=is_open)


def save_rule(actor: Actor, new: NewRule) -> uuid.UUID:
    """Let classes of a category that begin from a day on run by a rule; its id. Raises `Invalid`, `Conflict`."""
    policy.require_rules(actor)
    _check(new)
    with unit_of_work(actor) as uow:
        entered = rulings.enter(uow, ClassRule, ClassRule.category == new.category, **asdict(new))
        if entered is None:
            raise Conflict(_("这条规则刚被别人改过。"), todo=_("请看过新的规则，再决定是否保存。"))
        rule_id, _revision = entered
        uow.audit("class.rule", "class_rule", rule_id, **flat(asdict(new)))
        return rule_id


def save_room(
    actor: Actor, room_id: uuid.UUID | None, *, org_id: uuid.UUID, name: str, address: str, places: int, active: bool
) -> uuid.UUID:
    """Keep a room of a unit; its id. A room that is no longer used keeps its past meetings."""
    if not name.strip():
        raise Invalid(_("教室没有保存。"), fields={"name": _("请填写名称")})
    if not 1 <= places <= 5000:
        raise Invalid(_("教室没有保存。"), fields={"places": _("应在 1 到 %(most)d 之间", most=5000)})
    with unit_of_work(actor) as uow:
        values: dict[str, Any] = {"name": name.strip(), "address": address.strip(), "places": places, "active": active}
        taken = Invalid(_("教室没有保存。"), fields={"name": _("这个单位已有同名的教室")})
        if room_id is None:
            access.require(actor, policy.EDIT, org_id)
            made = new_id()
            if not insert_new(uow.session, TrainingRoom, id=made, org_id=org_id, **values):
                raise taken
        else:
            room = data.own_room(actor, room_id)
            made, org_id = room.id, room.org_id
            same = select(TrainingRoom.id).where(TrainingRoom.org_id == org_id, TrainingRoom.name == values["name"])
            if uow.session.scalar(same.where(TrainingRoom.id != made)) is not None:
                raise taken
            uow.session.execute(update(TrainingRoom).where(TrainingRoom.id == made).values(**values))
        uow.audit("class.room", "training_room", made, org_id=org_id, **values)
        return made


def _check(new: NewRule) -> None:
    fields: dict[str, Any] = {}
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(new, name) <= most:
            fields[name] = _("应在 %(least)d 到 %(most)d 之间", least=least, most=most)
    if not fields and new.warn_percent > new.absent_percent:
        fields["warn_percent"] = _("不能大于淘汰的比例：应先提醒")
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("规则没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
