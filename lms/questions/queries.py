"""Reading banks, items and syllabuses."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from lms.access import policy
from lms.kernel import search
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import Localized
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import made_at
from lms.kernel.models import AuditEntry
from lms.orgs.models import OrgUnit
from lms.people.models import Person
from lms.questions import kinds
from lms.questions.dto import (
    BankItem,
    BankRow,
    Chapter,
    DrawItem,
    FrozenItem,
    ParsedItem,
    PointCoverage,
    UseFigures,
    UseRow,
)
from lms.questions.models import Bank, Item, ItemState, ItemUse, ItemVersion, Syllabus, SyllabusPoint
from lms.questions.rules import SEARCH_KIND, percent
from lms.questions.wording import STEPS

ItemRow = tuple[Item, ItemVersion]


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What a list of items is narrowed to; empty fields do not narrow."""

    text: str = ""
    kind: str = ""
    point: str = ""
    difficulty: int = 0
    state: str = ""


IN_USE = ItemFilter(state=ItemState.ACTIVE)


def bank(actor: Actor, slug: str, permission: str = "bank:view") -> Bank:
    """The bank with a slug. Raises `NotFound` where it does not exist or belongs to a unit out of sight."""
    found = db.session.scalars(select(Bank).where(Bank.slug == slug)).first()
    if found is None:
        raise NotFound(_("找不到这个题库。"))
    policy.require(actor, permission, found.org_id)
    return found


def banks(actor: Actor, permission: str = "bank:view") -> list[BankRow]:
    """Every bank in sight with its numbers of items, in one SELECT."""
    return _bank_rows(Bank.org_id.in_(policy.visible_orgs(actor, permission)))


def bank_row(bank_id: uuid.UUID) -> BankRow:
    """One bank with its numbers of items."""
    [row] = _bank_rows(Bank.id == bank_id)
    return row


def _bank_rows(wanted: ColumnElement[bool]) -> list[BankRow]:
    query = (
        select(Bank, OrgUnit.name, Item.kind, Item.state, func.count(Item.id))
        .join(OrgUnit, OrgUnit.id == Bank.org_id)
        .outerjoin(Item, Item.bank_id == Bank.id)
        .where(wanted)
        .group_by(Bank.id, OrgUnit.id, Item.kind, Item.state)
        .order_by(Bank.created_at.desc(), Bank.id)
    )
    banks: dict[Bank, str] = {}
    active: dict[Bank, Counter[str]] = defaultdict(Counter)
    retired: Counter[Bank] = Counter()
    for row, org_name, kind, state, count in db.session.execute(query):
        banks[row] = org_name
        if state is ItemState.ACTIVE:
            active[row][kind] += count
        elif state is ItemState.RETIRED:
            retired[row] += count
    return [
        BankRow(row.id, row.slug, row.title, org_name, row.course_slug, active[row], retired[row], row.created_at)
        for row, org_name in banks.items()
    ]


def items(bank_id: uuid.UUID, wanted: ItemFilter) -> Select[Item, ItemVersion]:
    """Items with their present version, by the author's id; `text` looks for every word anywhere in the item."""
    query = (
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank_id)
        .order_by(Item.ref, Item.id)
    )
    if wanted.text:
        query = query.where(ItemVersion.id.in_(search.matching(SEARCH_KIND, wanted.text)))
    if wanted.kind:
        query = query.where(Item.kind == wanted.kind)
    if wanted.state:
        query = query.where(Item.state == ItemState(wanted.state))
    if wanted.difficulty:
        query = query.where(ItemVersion.difficulty == wanted.difficulty)
    if wanted.point:
        query = query.where(ItemVersion.id.in_(_at_point(bank_id, wanted.point)))
    return query


def item(actor: Actor, bank_slug: str, ref: str, permission: str = "bank:view") -> tuple[Bank, Item]:
    """An item of a bank by the author's id. Raises `NotFound`."""
    owner = bank(actor, bank_slug, permission)
    found = db.session.scalars(select(Item).where(Item.bank_id == owner.id, Item.ref == ref)).first()
    if found is None:
        raise NotFound(_("找不到这道题。"))
    return owner, found


def versions(item_id: uuid.UUID) -> Sequence[ItemVersion]:
    """Every version of an item, newest first."""
    query = select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number.desc())
    return db.session.scalars(query).all()


def authors(rows: Iterable[ItemVersion]) -> dict[uuid.UUID, str]:
    """Names of who made versions, by their ids."""
    people = {row.created_by for row in rows if row.created_by}
    found = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    return {row.id: row.name for row in found}


def history(item_id: uuid.UUID) -> Sequence[AuditEntry]:
    """When an item was retired and reinstated, by whom and why, newest first."""
    query = select(AuditEntry).where(
        AuditEntry.subject_type == "item", AuditEntry.subject_id == item_id.hex, AuditEntry.action.in_(STEPS)
    )
    return db.session.scalars(query.order_by(AuditEntry.seq.desc())).all()


def uses(row: Item) -> UseFigures:
    """How an item fared in examinations. One SELECT."""
    query = (
        select(ItemUse, ItemVersion.number)
        .join(ItemVersion, ItemVersion.id == ItemUse.item_version_id)
        .where(ItemVersion.item_id == row.id)
        .order_by(ItemUse.id.desc())
    )
    found = [(use, number) for use, number in db.session.execute(query)]
    if not found:
        return UseFigures(())
    newest = found[0][1]
    candidates, chosen = 0, Counter[str]()
    for use, number in found:
        if number == newest:
            candidates += use.candidates
            chosen.update(use.choices)
    shares = {name: percent(count, candidates) for name, count in chosen.items()}
    return UseFigures(
        rows=tuple(_use_row(use, number) for use, number in found),
        number=newest,
        shares={int(name): share for name, share in shares.items() if name != "none"},
        none=shares.get("none", 0),
    )


def _use_row(use: ItemUse, number: int) -> UseRow:
    return UseRow(
        number=number,
        at=made_at(use.id),
        candidates=use.candidates,
        answered=use.answered,
        percent=percent(use.half_points, use.candidates * use.worth),
        discrimination=None if use.discrimination is None else use.discrimination / 1000,
    )


def as_parsed(row: Item, version: ItemVersion) -> ParsedItem:
    """An item as its author would write it."""
    return ParsedItem(
        ref=row.ref,
        kind=row.kind,
        stem=version.stem,
        options=tuple(version.options),
        key=tuple(version.key),
        explanation=version.explanation,
        points=tuple(version.points),
        difficulty=version.difficulty,
        tags=dict(version.tags),
    )


def as_bank_item(row: Item, version: ItemVersion) -> BankItem:
    """An item as files show it."""
    return BankItem(as_parsed(row, version), row.state is ItemState.RETIRED, version.number)


def export_items(bank_id: uuid.UUID, wanted: ItemFilter = IN_USE) -> list[BankItem]:
    """The items of a bank for a file, the active ones unless asked for others."""
    return [as_bank_item(row, version) for row, version in db.session.execute(items(bank_id, wanted))]


def draw_pool(bank_id: uuid.UUID) -> list[DrawItem]:
    """What papers may be drawn from: the present versions of the active items, in a fixed order.

    Items whose type nobody answers for now are left out.
    """
    rows = db.session.execute(
        select(ItemVersion.id, Item.kind, ItemVersion.points, ItemVersion.difficulty)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.bank_id == bank_id, Item.state == ItemState.ACTIVE, Item.kind.in_(kinds.offered()))
        .order_by(Item.ref)
    )
    return [DrawItem(version_id, kind, tuple(points), difficulty) for version_id, kind, points, difficulty in rows]


def pool_of(version_ids: Sequence[uuid.UUID]) -> list[DrawItem]:
    """The pool of an earlier drawing, in the order given."""
    found = frozen_items(version_ids)
    return [DrawItem(known, found[known].kind, found[known].points, 0) for known in version_ids if known in found]


def frozen_items(version_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, FrozenItem]:
    """Item versions as papers are printed from them, by id."""
    rows = db.session.execute(
        select(ItemVersion, Item.ref, Item.kind)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemVersion.id.in_(list(version_ids)))
    )
    return {
        version.id: FrozenItem(
            version.id, ref, kind, version.stem, tuple(version.options), tuple(version.key), version.explanation,
            tuple(version.points),
        )
        for version, ref, kind in rows
    }  # fmt: skip


def syllabus(syllabus_id: uuid.UUID) -> Syllabus:
    """The syllabus with an id."""
    return db.session.get_one(Syllabus, syllabus_id)


def points(syllabus_id: uuid.UUID) -> Sequence[SyllabusPoint]:
    """The points of a syllabus in its own order."""
    query = select(SyllabusPoint).where(SyllabusPoint.syllabus_id == syllabus_id).order_by(SyllabusPoint.position)
    return db.session.scalars(query).all()


def point_titles(syllabus_id: uuid.UUID) -> dict[str, Localized]:
    """Titles by code."""
    return {row.code: dict(row.title) for row in points(syllabus_id)}


def coverage(owner: Bank) -> list[PointCoverage]:
    """How many items that can be drawn each point has; a point with points below it shows the sum. Two SELECTs."""
    counts = Counter((code, drawn.kind) for drawn in draw_pool(owner.id) for code in drawn.points)
    rows = points(owner.syllabus_id)
    codes = [row.code for row in rows]

    def below(code: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for (at, kind), count in counts.items():
            if at == code or at.startswith(f"{code}."):
                found[kind] += count
        return found

    return [
        PointCoverage(
            row.code, row.title, below(row.code), not any(other.startswith(f"{row.code}.") for other in codes)
        )
        for row in rows
    ]


def chapters(owner: Bank) -> list[Chapter]:
    """The coverage of a bank by chapter; a chapter without points below it is its own only point."""
    found: list[Chapter] = []
    rows = coverage(owner)
    for row in rows:
        if "." not in row.code:
            below = [other for other in rows if other.leaf and other.code.startswith(f"{row.code}.")]
            found.append(Chapter(row, tuple(below or [row])))
    return found


def _at_point(bank_id: uuid.UUID, point: str) -> list[uuid.UUID]:
    """Versions at a point or below it. Points are a JSON list, which the two databases search differently."""
    return [
        drawn
        for drawn, codes in db.session.execute(
            select(ItemVersion.id, ItemVersion.points)
            .join(Item, Item.current_version_id == ItemVersion.id)
            .where(Item.bank_id == bank_id)
        )
        if any(code == point or code.startswith(f"{point}.") for code in codes)
    ]
