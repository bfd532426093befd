"""Setting the figures: for the whole city, dated, never changed in place. And how many a station takes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import update

from lms.access import policy as access
from lms.kernel import clock, rulings
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import unit_of_work
from lms.orgs import queries as orgs
from lms.orgs.models import OrgKind
from lms.practice import policy, queries
from lms.practice.dto import NewFigures
from lms.practice.models import PracticePlaces, PracticeRule

MOST_MINUTES = 5000 * 60
MOST_REFLECTIONS = 500
MOST_CHARS = 2000
MOST_PLACES = 500
CREDIT_CATEGORIES = ("professional", "public")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,30}")


def save_figures(actor: Actor, new: NewFigures) -> uuid.UUID:
    """Let a category ask for these figures from a day on; their id. The right must be held on the whole city.

    Placements that began before keep theirs. Raises `Invalid` naming every fault, `Conflict` when another officer
    saved figures for the same day at the same moment.
    """
    policy.require_figures(actor)
    _check(new)
    with unit_of_work(actor) as uow:
        values = _values(new)
        entered = rulings.enter(uow, PracticeRule, PracticeRule.code == new.code, **values)
        if entered is None:
            raise Conflict(_("这条规则刚被别人改过。"), todo=_("请看过新的规则，再决定是否保存。"))
        rule_id, revision = entered
        plain = values | {"valid_from": new.valid_from.isoformat(), "revision": revision}
        uow.audit("practice.rule.save", "practice_rule", rule_id, **plain)
        return rule_id


def set_places(actor: Actor, org_id: uuid.UUID, code: str, places: int) -> None:
    """Say how many a station takes at once in a category; fewer than now are there lets those there finish."""
    access.require(actor, policy.EDIT, org_id)
    queries.category(code)
    if orgs.unit(org_id).kind is not OrgKind.STATION:
        raise Invalid(_("名额没有保存。"), why=_("只有站点可以接收实训人员。"))
    if not 0 <= places <= MOST_PLACES:
        raise Invalid(_("名额没有保存。"), fields={"places": _("应在 0 到 %(most)d 之间", most=MOST_PLACES)})
    with unit_of_work(actor) as uow:
        before = queries.places_by_station([org_id]).get((org_id, code))
        if before == places:
            return
        row = {"org_id": org_id, "code": code, "places": places, "set_at": clock.now()}
        if not insert_new(uow.session, PracticePlaces, id=new_id(), **row):
            same = (PracticePlaces.org_id == org_id) & (PracticePlaces.code == code)
            uow.change(update(PracticePlaces).where(same).values(places=places, set_at=clock.now()))
        uow.audit("practice.places.set", "org_unit", org_id, org_id=org_id, code=code, was=before, places=places)


def _values(new: NewFigures) -> dict[str, Any]:
    return {
        "code": new.code,
        "valid_from": new.valid_from,
        "title": new.title,
        "hint": new.hint,
        "least_minutes": new.least_minutes,
        "day_minutes": new.day_minutes,
        "reflections": new.reflections,
        "reflection_chars": new.reflection_chars,
        "counted_percent": new.counted_percent,
        "credit_category": new.credit_category,
        "is_open": new.is_open,
        "note": new.note.strip(),
    }


def _check(new: NewFigures) -> None:
    fields: dict[str, Any] = dict(_number_faults(new))
    if not _CODE.fullmatch(new.code):
        fields["code"] = _("请用 2 到 31 个小写字母、数字或下划线，以字母开头")
    if not new.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if new.credit_category not in CREDIT_CATEGORIES:
        fields["credit_category"] = _("请从列表里选择")
    if not new.note.strip():
        fields["note"] = _("请写明依据，如文件名和文号")
    if fields:
        raise Invalid(_("规则没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)


def _number_faults(new: NewFigures) -> Iterator[tuple[str, Any]]:
    if not 1 <= new.least_minutes <= MOST_MINUTES:
        yield "least_hours", _("应大于 0，合整分钟")
    if not 1 <= new.day_minutes <= 24 * 60:
        yield "day_hours", _("应大于 0，不超过 24 小时，合整分钟")
    for name, value, most in (
        ("reflections", new.reflections, MOST_REFLECTIONS),
        ("reflection_chars", new.reflection_chars, MOST_CHARS),
        ("counted_percent", new.counted_percent, 100),
    ):
        if not 0 <= value <= most:
            yield name, _("应在 0 到 %(most)d 之间", most=most)
