"""An officer's list of who belongs into a group: read, checked cell by cell, marked and given back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from lms.access import policy as access
from lms.classes.models import ClassMember, MemberState
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.people import rules as people_rules
from lms.people import sealed
from lms.people.models import Person, PersonState
from lms.people.sealed import Fact
from lms.webkit.spreadsheets import Cell, Column, Marked, Row, SheetPlan, read_sheet, write_workbook

MOST_ROWS = 1000
NAME_HEADS, NUMBER_HEADS = ("姓名", "name"), ("证件号码", "身份证号", "身份证号码", "identity number", "id number")
SHEETS = ("名单", "List")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row as read, with what is wrong in its cells; `person_id` of who was found, `known` if in the group."""

    number: int
    name: str
    id_number: str
    name_fault: str = ""
    number_fault: str = ""
    person_id: uuid.UUID | None = None
    known: bool = False

    @property
    def faulty(self) -> bool:
        return bool(self.name_fault or self.number_fault)


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A list after its dry run."""

    rows: tuple[ListRow, ...]

    @property
    def new(self) -> list[ListRow]:
        """Rows that would bring somebody in."""
        return [row for row in self.rows if not row.faulty and not row.known]

    @property
    def faulty(self) -> list[ListRow]:
        return [row for row in self.rows if row.faulty]

    @property
    def known(self) -> list[ListRow]:
        return [row for row in self.rows if row.known and not row.faulty]


def template() -> bytes:
    """An empty list to fill in."""
    return write_workbook([SheetPlan(SHEETS[0], _columns(), validated_rows=MOST_ROWS)])


def marked(checked: CheckedList) -> bytes:
    """The same list with every faulty cell marked and explained."""
    rows = [(_cell(row.name, row.name_fault), _cell(row.id_number, row.number_fault)) for row in checked.rows]
    return write_workbook([SheetPlan(SHEETS[0], _columns(), rows)])


def check(actor: Actor, group_id: uuid.UUID, content: bytes) -> CheckedList:
    """Read a list and say of each cell what is wrong. Raises `Invalid` for what is no list. Four SELECTs."""
    read = _read(content)
    found = _persons(
        {sealed.index(Fact.ID_NUMBER, people_rules.compact(number)) for _no, _name, number in read if number}
    )
    mine = _visible(actor, [person.id for person in found.values()])
    judge = _Judge(found, mine, _inside(group_id))
    return CheckedList(tuple(judge.row(*one) for one in read))


@dataclass
class _Judge:
    """Says of one row after the other what is wrong with it."""

    found: Mapping[bytes, Person]
    mine: set[uuid.UUID]
    inside: set[uuid.UUID]
    seen: dict[str, int] = field(default_factory=dict)

    def row(self, number: int, name: str, id_number: str) -> ListRow:
        """The row with its faults."""
        plain = people_rules.compact(id_number)
        if not plain:
            return ListRow(number, name, id_number, number_fault=_("请填写证件号码"))
        if plain in self.seen:
            return ListRow(number, name, id_number, number_fault=_("与第 %(row)d 行是同一个人", row=self.seen[plain]))
        self.seen[plain] = number
        person = self.found.get(sealed.index(Fact.ID_NUMBER, plain))
        if person is None or person.id not in self.mine:
            fault = _("您所管的单位里没有这个人；请核对号码，或先把人员导入花名册")
            return ListRow(number, name, id_number, number_fault=fault)
        if people_rules.plain(name) != person.name:
            return ListRow(number, name, id_number, name_fault=_("与登记的姓名不一致") if name else _("请填写姓名"))
        return ListRow(number, name, id_number, person_id=person.id, known=person.id in self.inside)


def _read(content: bytes) -> list[tuple[int, str, str]]:
    """Number, name and identity number of each row below the header."""
    rows: list[Row] = []
    with read_sheet(content, SHEETS) as sheet:
        for chunk in sheet.chunks:
            rows += chunk
            if len(rows) > MOST_ROWS + 1:
                message = _("超过 %(limit)d 行，请分成几份上传。", limit=MOST_ROWS)
                raise Invalid(message, fields={"file": message})
    if not rows:
        raise _no_list(_("表格是空的。"))
    heads = [text.strip().casefold() for text in rows[0][1]]
    name_at = next((at for at, head in enumerate(heads) if head in NAME_HEADS), None)
    number_at = next((at for at, head in enumerate(heads) if head in NUMBER_HEADS), None)
    if name_at is None or number_at is None:
        raise _no_list(_("第一行里没有“姓名”和“证件号码”两列，请使用模板的表头。"))
    if len(rows) == 1:
        raise _no_list(_("表头下面没有数据。"))
    return [(number, _at(cells, name_at), _at(cells, number_at)) for number, cells in rows[1:]]


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _no_list(message: str) -> Invalid:
    return Invalid(_("这份名单没有读成。"), why=message, fields={"file": message})


def _persons(indexes: set[bytes]) -> Mapping[bytes, Person]:
    query = select(Person).where(Person.id_number_index.in_(indexes), Person.state == PersonState.ACTIVE)
    found = db.session.scalars(query)
    return {person.id_number_index: person for person in found if person.id_number_index is not None}


def _visible(actor: Actor, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    allowed = access.visible_persons(actor, "person:view")
    return set(db.session.scalars(select(Person.id).where(Person.id.in_(ids), Person.id.in_(allowed))))


def _inside(group_id: uuid.UUID) -> set[uuid.UUID]:
    query = select(ClassMember.person_id).where(
        ClassMember.group_id == group_id, ClassMember.state.in_([MemberState.ENROLLED, MemberState.WAITING])
    )
    return set(db.session.scalars(query))


def _cell(text: str, fault: str) -> Cell:
    return Marked(text, fault) if fault else text


def _columns() -> tuple[Any, ...]:
    return (
        Column(_("姓名"), 16, required=True),
        Column(_("证件号码"), 26, _("与花名册登记的一致。"), required=True),
    )
