"""Reading the management tree."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import aliased

from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.orgs.models import COUNTIES, OrgClosure, OrgKind, OrgUnit


def unit(unit_id: uuid.UUID) -> OrgUnit:
    """The unit, or `NotFound`."""
    found = db.session.get(OrgUnit, unit_id)
    if found is None:
        raise NotFound(_("找不到这个单位。"))
    return found


def by_code(code: str) -> OrgUnit:
    """The unit with a management code, or `NotFound`."""
    found = db.session.scalars(select(OrgUnit).where(OrgUnit.code == code)).first()
    if found is None:
        raise NotFound(_("没有编码为“%(code)s”的单位。", code=code))
    return found


def city() -> OrgUnit:
    """The root of the tree. Raises `NotFound` before it is loaded."""
    root = db.session.scalars(select(OrgUnit).where(OrgUnit.kind == OrgKind.CITY)).first()
    if root is None:
        raise NotFound(_("还没有载入单位。"), todo=_("请先运行 lms orgs load。"))
    return root


def within(ancestor_id: uuid.UUID) -> Select[uuid.UUID]:
    """Ids of a unit and everything below it, as a SELECT to filter with."""
    return select(OrgClosure.descendant_id).where(OrgClosure.ancestor_id == ancestor_id)


def path(unit_id: uuid.UUID) -> Sequence[OrgUnit]:
    """The unit and the units above it, the city first."""
    query = select(OrgUnit).join(OrgClosure, OrgClosure.ancestor_id == OrgUnit.id)
    return db.session.scalars(query.where(OrgClosure.descendant_id == unit_id).order_by(OrgClosure.depth.desc())).all()


def names_above(unit_id: ScalarSelect[uuid.UUID]) -> Select[str]:
    """The names of the unit another SELECT finds and of the units above it, the city first."""
    query = select(OrgUnit.name).join(OrgClosure, OrgClosure.ancestor_id == OrgUnit.id)
    return query.where(OrgClosure.descendant_id == unit_id).order_by(OrgClosure.depth.desc())


def paths(unit_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """For each unit its full name from the county down, “武侯区 / 玉林街道 / 玉林东路社区”. One query."""
    query = (
        select(OrgClosure.descendant_id, OrgUnit.name, OrgUnit.kind, OrgClosure.depth)
        .join(OrgUnit, OrgUnit.id == OrgClosure.ancestor_id)
        .where(OrgClosure.descendant_id.in_(set(unit_ids)))
        .order_by(OrgClosure.depth.desc())
    )
    names: dict[uuid.UUID, list[str]] = defaultdict(list)
    for unit_id, name, kind, depth in db.session.execute(query):
        if kind is not OrgKind.CITY or depth == 0:
            names[unit_id].append(name)
    return {unit_id: " / ".join(parts) for unit_id, parts in names.items()}


def children(unit_id: uuid.UUID) -> Sequence[OrgUnit]:
    """The units directly below, by code."""
    return db.session.scalars(select(OrgUnit).where(OrgUnit.parent_id == unit_id).order_by(OrgUnit.code)).all()


def listed() -> Select[Any]:
    """Units as rows for a list: the unit, and how many units stand directly below it. By code; filter it."""
    below = aliased(OrgUnit)
    count = select(func.count()).where(below.parent_id == OrgUnit.id).correlate(OrgUnit).scalar_subquery()
    query: Any = select(OrgUnit, count.label("below")).order_by(OrgUnit.code)
    return cast("Select[Any]", query)


def targets(visible: Select[uuid.UUID], unit_id: uuid.UUID, term: str, limit: int = 30) -> Sequence[OrgUnit]:
    """Units below which a unit might be moved: visible, found by `term`, not inside it, not the one it is under."""
    parent = select(OrgUnit.parent_id).where(OrgUnit.id == unit_id).scalar_subquery()
    query = select(OrgUnit).where(
        OrgUnit.id.in_(visible), OrgUnit.id.not_in(within(unit_id)), OrgUnit.id != parent, matching(term)
    )
    return db.session.scalars(query.order_by(OrgUnit.code).limit(limit)).all()


def tops(visible: Select[uuid.UUID]) -> Sequence[OrgUnit]:
    """The highest units among the visible ones: where browsing begins."""
    inside = or_(OrgUnit.parent_id.is_(None), OrgUnit.parent_id.not_in(visible))
    return db.session.scalars(select(OrgUnit).where(OrgUnit.id.in_(visible), inside).order_by(OrgUnit.code)).all()


def counts_within(unit_id: uuid.UUID) -> Mapping[OrgKind, int]:
    """How many units of each kind stand below a unit, at any depth."""
    query = (
        select(OrgUnit.kind, func.count().label("total"))
        .join(OrgClosure, OrgClosure.descendant_id == OrgUnit.id)
        .where(OrgClosure.ancestor_id == unit_id, OrgClosure.depth > 0)
        .group_by(OrgUnit.kind)
    )
    found = {row.kind: row.total for row in db.session.execute(query)}
    return {kind: found[kind] for kind in OrgKind if kind in found}


def matching(term: str) -> ColumnElement[bool]:
    """Units whose name holds `term`, or whose code or 统一社会信用代码 begins with it."""
    return or_(
        OrgUnit.name.icontains(term, autoescape=True),
        OrgUnit.code.startswith(term, autoescape=True),
        OrgUnit.uscc == term.upper(),
    )


def among(visible: Select[uuid.UUID], units: Sequence[OrgUnit]) -> set[uuid.UUID]:
    """Which of `units` are visible."""
    wanted = [unit.id for unit in units]
    return set(db.session.scalars(select(OrgUnit.id).where(OrgUnit.id.in_(wanted), OrgUnit.id.in_(visible))))


def choices(visible: Select[uuid.UUID], most: int = 60) -> Sequence[OrgUnit]:
    """Units to choose from in a filter: from counties downwards among the visible ones, as deep as they stay few."""
    found: list[OrgUnit] = []
    for kinds in (
        COUNTIES,
        (OrgKind.STREET, OrgKind.TOWN, OrgKind.AGENCY),
        (OrgKind.COMMUNITY, OrgKind.VILLAGE, OrgKind.STATION, OrgKind.OTHER, OrgKind.DEPARTMENT),
    ):
        query = select(OrgUnit).where(OrgUnit.id.in_(visible), OrgUnit.kind.in_(kinds), OrgUnit.active)
        level = db.session.scalars(query.order_by(OrgUnit.code).limit(most + 1)).all()
        if len(found) + len(level) > most and found:
            break
        found.extend(level)
    return found
