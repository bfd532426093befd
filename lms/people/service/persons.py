"""Adding persons, correcting what we hold of them, and showing a sealed fact to who has a reason."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.errors import Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import rules, sealed, trail
from lms.people.dto import PersonChanges
from lms.people.events import PersonCreated, PersonUpdated
from lms.people.models import IdDocument, Person, PersonState
from lms.people.rules import Fault
from lms.people.sealed import Fact
from lms.people.service.careers import start_employment
from lms.people.wording import say

VIEW, EDIT, REVEAL = "person:view", "person:edit", "person:reveal"
SHORTEST_REASON = 4


def create_person(
    actor: Actor,
    *,
    org_id: uuid.UUID,
    started_on: dt.date,
    name: str,
    id_number: str,
    id_document: IdDocument = IdDocument.RESIDENT,
    birth_date: dt.date | None = None,
    phone: str = "",
    email: str = "",
    post: str = "",
) -> uuid.UUID:
    """Add a person employed by `org_id` and return the id.

    A number we hold already under the same name is the same person: they are employed, nothing else changes. Raises
    `Invalid` with a message for each faulty field.
    """
    with unit_of_work(actor) as uow:
        authority().require(actor, EDIT, org_id)
        number, born = _checked("id_number", rules.checked_document_number, id_document, id_number, clock.today())
        checked_name = _checked("name", rules.checked_name, name)
        held = uow.session.scalar(select(Person).where(Person.id_number_index == sealed.index(Fact.ID_NUMBER, number)))
        if held is not None:
            _require_same(held, checked_name)
            start_employment(actor, held.id, org_id=org_id, post=post, started_on=started_on)
            return held.id
        if born is None and birth_date is None:
            raise _invalid("birth_date", Fault("required"))
        person = Person(
            id=new_id(),
            name=checked_name,
            birth_date=born or birth_date,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        _set_identity(person, id_document, number)
        _set_phone(uow.session, person, phone)
        person.email = _checked("email", rules.checked_email, email) if email.strip() else ""
        uow.session.add(person)
        uow.session.flush()
        uow.audit("person.create", "person", person.id, org_id=org_id)
        uow.emit(PersonCreated(person_id=person.id))
        start_employment(actor, person.id, org_id=org_id, post=post, started_on=started_on)
        return person.id


def update_person(actor: Actor, person_id: uuid.UUID, changes: PersonChanges) -> tuple[str, ...]:
    """Correct what we hold of a person; returns the names of the fields that really changed.

    Raises `Invalid` with a message for each faulty field.
    """
    with unit_of_work(actor) as uow:
        authority().require_person(actor, EDIT, person_id)
        person = uow.session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
        before = _state(person)
        if changes.name is not None:
            person.name = _checked("name", rules.checked_name, changes.name)
        if changes.birth_date is not None and person.id_document is not IdDocument.RESIDENT:
            person.birth_date = changes.birth_date
        if changes.id_number:
            _correct_identity(uow.session, person, changes)
        if changes.phone is not None:
            _set_phone(uow.session, person, changes.phone)
        if changes.email is not None:
            person.email = _checked("email", rules.checked_email, changes.email) if changes.email.strip() else ""
        if changes.bank_account is not None:
            _set_bank_account(person, changes.bank_account)
        changed = tuple(name for name, value in _state(person).items() if before[name] != value)
        if changed:
            _told(uow, person, changed)
        return changed


def reveal(actor: Actor, person_id: uuid.UUID, fact: Fact, reason: str) -> str:
    """The clear text of one sealed fact, for a stated reason; who looked, at what and why is audited first."""
    given = " ".join(reason.split())
    if len(given) < SHORTEST_REASON:
        raise Invalid(_("请写明查看的理由。"), fields={"reason": _("至少 %(count)d 个字", count=SHORTEST_REASON)})
    with unit_of_work(actor) as uow:
        authority().require_person(actor, REVEAL, person_id)
        stored = getattr(uow.session.get_one(Person, person_id), f"{fact.value}_sealed")
        if stored is None:
            raise NotFound(_("没有登记这一项。"))
        trail.record(uow, "person.reveal", person_id, field=fact.value, reason=given[:200])
    return sealed.opened(fact, stored)


def find_by_number(actor: Actor, number: str) -> uuid.UUID | None:
    """The person with exactly this identity or phone number among those the actor may see."""
    compact = rules.compact(number)
    try:
        phone = rules.checked_phone(number)
    except Fault:
        phone = compact  # no phone has such a number
    query = select(Person.id).where(
        or_(
            Person.id_number_index == sealed.index(Fact.ID_NUMBER, compact),
            Person.phone_index == sealed.index(Fact.PHONE, phone),
        ),
        Person.id.in_(authority().visible_persons(actor, VIEW)),
        Person.state == PersonState.ACTIVE,
    )
    return db.session.scalars(query.order_by(Person.created_at).limit(1)).first()


def _checked(field: str, check: Callable[..., Any], *given: Any) -> Any:
    """Apply a rule, turning its `Fault` into the message of a form's field."""
    try:
        return check(*given)
    except Fault as fault:
        raise _invalid(field, fault) from None


def _invalid(field: str, fault: Fault) -> Invalid:
    return Invalid(_("有一项填得不对。"), fields={field: say(fault.code, fault.params)})


def _require_same(held: Person, name: str) -> None:
    if held.state is not PersonState.ACTIVE:
        raise _invalid("id_number", Fault("person_merged"))
    if held.name != name:
        raise _invalid("name", Fault("name_differs"))


def _set_identity(person: Person, document: IdDocument, number: str) -> None:
    person.id_document = document
    person.id_number_sealed = sealed.seal(Fact.ID_NUMBER, number)
    person.id_number_index = sealed.index(Fact.ID_NUMBER, number)
    person.id_tail_index = sealed.tail_index(number)


def _correct_identity(session: Session, person: Person, changes: PersonChanges) -> None:
    document = changes.id_document or person.id_document or IdDocument.RESIDENT
    number, born = _checked("id_number", rules.checked_document_number, document, changes.id_number, clock.today())
    index = sealed.index(Fact.ID_NUMBER, number)
    if session.scalar(select(exists().where(Person.id_number_index == index, Person.id != person.id))):
        raise _invalid("id_number", Fault("id_number_taken"))
    if index != person.id_number_index or document is not person.id_document:
        _set_identity(person, document, number)
    person.birth_date = born or person.birth_date


def _set_phone(session: Session, person: Person, typed: str) -> None:
    if not typed.strip():
        person.phone_sealed = person.phone_index = None
        return
    number = _checked("phone", rules.checked_phone, typed)
    index = sealed.index(Fact.PHONE, number)
    taken = exists().where(Person.phone_index == index, Person.state == PersonState.ACTIVE, Person.id != person.id)
    with session.no_autoflush:
        if session.scalar(select(taken)):
            raise _invalid("phone", Fault("phone_taken"))
    if index != person.phone_index:
        person.phone_sealed, person.phone_index = sealed.seal(Fact.PHONE, number), index


def _set_bank_account(person: Person, typed: str) -> None:
    if not typed.strip():
        person.bank_account_sealed = person.bank_account_index = None
        return
    number = _checked("bank_account", rules.checked_bank_account, typed)
    index = sealed.index(Fact.BANK_ACCOUNT, number)
    if index != person.bank_account_index:
        person.bank_account_sealed, person.bank_account_index = sealed.seal(Fact.BANK_ACCOUNT, number), index


def _state(person: Person) -> dict[str, Any]:
    """What can be compared: the keyed indexes stand for the sealed facts."""
    return {
        "name": person.name,
        "id_document": person.id_document,
        "id_number": person.id_number_index,
        "birth_date": person.birth_date,
        "phone": person.phone_index,
        "email": person.email,
        "bank_account": person.bank_account_index,
    }


def _told(uow: UnitOfWork, person: Person, changed: tuple[str, ...]) -> None:
    person.updated_at = clock.now()
    uow.session.flush()
    trail.record(uow, "person.update", person.id, fields=list(changed))
    uow.emit(PersonUpdated(person_id=person.id, fields=changed))
