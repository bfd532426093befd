"""Persons who signed up by themselves: their record, the document they add, and its merging into the roster's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, inspect, select, update

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import Base, db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import rules, sealed, trail
from lms.people.events import PersonCreated, PersonsMerged, PersonUpdated
from lms.people.models import IdDocument, Person, PersonState
from lms.people.rules import Fault
from lms.people.sealed import Fact
from lms.people.wording import say
from lms.webkit.registry import registry

EDIT = "person:edit"
DOCUMENT_TRIES = "people.document_tries"
_REFUSED, _A_DAY = "person.document_refused", dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StaysBehind:
    """A table whose rows about a merged person stay with the old record: history, settled by the room that has it.

    Offered by rooms; `key` is the table's name. Any other row that still points to the old record stops the merging.
    """

    key: str


def add_public_person(uow: UnitOfWork, *, name: str, email: str) -> Person:
    """A record of somebody who is on no roster: a name, perhaps an address for mail, no document and no employment.

    The phone is not taken as theirs: nobody has verified it, and it must not stand in the way of who has it.
    """
    person = Person(
        id=new_id(),
        name=_checked("name", name),
        email=_checked("email", email) if email.strip() else "",
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    uow.session.add(person)
    uow.session.flush()
    uow.emit(PersonCreated(person_id=person.id))
    return person


def add_own_document(actor: Actor, document: IdDocument, number: str) -> None:
    """Add one's own identity document where there is none. Raises `Invalid`, also for one that is held already.

    One that another record holds is not said to be held: the person's officers find out, and merge the two. As a
    refusal tells all the same, it is on the trail, and after a few of them in a day `Conflict` is all there is.
    """
    if actor.person_id is None:
        raise Forbidden(_("请先登录。"))
    try:
        plain, born = rules.checked_document_number(document, number, clock.today())
    except Fault as fault:
        raise Invalid(_("证件没有登记。"), fields={"number": say(fault.code, fault.params)}) from None
    index = sealed.index(Fact.ID_NUMBER, plain)
    if _is_held(actor, actor.person_id, index):
        raise _unusable()
    with unit_of_work(actor) as uow:
        mine = update(Person).where(
            Person.id == actor.person_id, Person.id_number_index.is_(None), Person.state == PersonState.ACTIVE
        )
        values = {
            "id_document": document,
            "id_number_sealed": sealed.seal(Fact.ID_NUMBER, plain),
            "id_number_index": index,
            "id_tail_index": sealed.tail_index(plain),
            "birth_date": born,
            "updated_at": clock.now(),
        }
        if uow.change(mine.values(values)) != 1:
            raise Conflict(_("您的证件已经登记。"), todo=_("如需更正，请联系报名的区（市）县。"))
        trail.record(uow, "person.document", actor.person_id)
        uow.emit(PersonUpdated(person_id=actor.person_id, fields=("id_number",)))


def _is_held(actor: Actor, person_id: uuid.UUID, index: bytes) -> bool:
    """Whether another record has a document; that somebody came upon one stays on the trail. Raises `Conflict`."""
    with unit_of_work(actor) as uow:
        if trail.count_since(person_id, _REFUSED, clock.now() - _A_DAY) >= kernel().settings.value(DOCUMENT_TRIES):
            raise Conflict(
                _("今天登记证件的次数已用完。"),
                todo=_("请核对号码，明天再试，或联系报名的区（市）县，由干部办理。"),
                code="too_many_tries",
            )
        held = select(Person.id).where(Person.id_number_index == index, Person.id != person_id)
        if uow.session.scalar(held) is None:
            return False
        trail.record(uow, _REFUSED, person_id)
        return True


def merge_into(actor: Actor, gone_id: uuid.UUID, kept_id: uuid.UUID) -> None:
    """Merge the record of who signed up into theirs on a roster; the caller has checked the right to the former.

    Rooms move what they hold on `PersonsMerged`. Nothing may be left that points to the old record, in any table of
    the core or a plugin, besides what rooms say stays: else `Conflict` names the tables and nothing is merged.
    """
    if gone_id == kept_id:
        raise Invalid(_("没有并入。"), why=_("两份档案是同一份。"))
    if actor.person_id in {gone_id, kept_id}:
        raise Forbidden(_("不能办理自己的档案。"), todo=_("请由另一位干部办理。"))
    with unit_of_work(actor) as uow:
        authority().require_person(actor, EDIT, kept_id)
        kept = uow.session.get(Person, kept_id, populate_existing=True)
        gone = uow.session.get(Person, gone_id, populate_existing=True)
        if kept is None or gone is None or kept.state is not PersonState.ACTIVE:
            raise NotFound(_("找不到这个人。"))
        if kept.id_number_index is None:
            raise Conflict(_("没有并入。"), why=_("要并入的档案没有登记身份证件，不是名册里的人。"))
        if gone.id_number_index is not None and gone.id_number_index != kept.id_number_index:
            raise Conflict(_("没有并入。"), why=_("两份档案登记的证件号码不同，不是同一个人。"))
        standing = update(Person).where(Person.id == gone_id, Person.state == PersonState.ACTIVE)
        if uow.change(standing.values(state=PersonState.MERGED, merged_into=kept_id, updated_at=clock.now())) != 1:
            raise Conflict(_("这份档案刚刚已经并入。"))
        uow.emit(PersonsMerged(gone_id=gone_id, kept_id=kept_id))
        left = still_pointing(uow, gone_id)
        if left:
            raise Conflict(
                _("没有并入。"),
                why=_("原档案还有不能移走的记录：%(tables)s。", tables=listed(sorted(left))),
                todo=_("请联系系统管理员。"),
                code="something_stays",
            )
        trail.record(uow, "person.merge", kept_id, gone=gone_id.hex)


def still_pointing(uow: UnitOfWork, person_id: uuid.UUID) -> Mapping[str, int]:
    """How many rows of which tables point to a person, besides what rooms say stays behind. One SELECT a column.

    A plugin whose tables were never made has nothing to say.
    """
    there = set(inspect(uow.session.connection()).get_table_names())
    stays = registry().offered(StaysBehind).keys() | {Person.__tablename__}
    found: dict[str, int] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in stays or table.name not in there:
            continue
        for column in table.columns:
            if not any(key.column.table.name == Person.__tablename__ for key in column.foreign_keys):
                continue
            number = uow.session.scalar(select(func.count()).select_from(table).where(column == person_id)) or 0
            if number:
                found[table.name] = found.get(table.name, 0) + number
    return found


def _checked(field: str, typed: str) -> str:
    check = {"name": rules.checked_name, "email": rules.checked_email}[field]
    try:
        return check(typed)
    except Fault as fault:
        raise Invalid(_("有一项填得不对。"), fields={field: say(fault.code, fault.params)}) from None


def _unusable() -> Invalid:
    return Invalid(
        _("证件没有登记。"),
        why=_("这个号码现在不能由您自己登记。"),
        todo=_("请核对号码；没有抄错的，请联系报名的区（市）县，由干部办理。"),
        fields={"number": _("请核对号码")},
    )


def has_document(person_id: uuid.UUID) -> bool:
    """Whether a person's identity document is known."""
    return db.session.scalar(select(Person.id_number_index.is_not(None)).where(Person.id == person_id)) is True
