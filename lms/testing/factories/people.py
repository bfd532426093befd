"""Persons for tests."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

from stdnum.cn import ric

from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.people.models import Employment, IdDocument, Person

LONG_AGO = dt.date(2020, 1, 1)
"""A day before any that a test speaks of, so that no test depends on the day it runs."""
_numbers = itertools.count(1)


def make_id_number(order: int, born: dt.date = dt.date(1990, 1, 1)) -> str:
    """A valid resident number of 武侯区; `order` (from 1) tells people apart, past 999 by later birthdays."""
    days, rest = divmod(order, 1000)
    body = f"510107{born + dt.timedelta(days=days):%Y%m%d}{rest:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def make_person(name: str = "", org_id: uuid.UUID | None = None, phone: str = "", id_number: str = "") -> uuid.UUID:
    """Create a person, employed by `org_id` since `LONG_AGO` when given, and return the id."""
    order = next(_numbers)
    number, cipher = id_number or make_id_number(order, dt.date(1970, 1, 1)), kernel().cipher
    person = Person(
        id=new_id(),
        name=name or f"张三{order}",
        id_document=IdDocument.RESIDENT,
        id_number_sealed=cipher.encrypt(number, context="person.id_number"),
        id_number_index=cipher.blind_index(number, context="person.id_number"),
        id_tail_index=cipher.blind_index(number[-4:], context="person.id_tail"),
        birth_date=dt.datetime.strptime(number[6:14], "%Y%m%d").replace(tzinfo=clock.CITY_ZONE).date(),
        phone_sealed=cipher.encrypt(phone, context="person.phone") if phone else None,
        phone_index=cipher.blind_index(phone, context="person.phone") if phone else None,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(person)
        uow.session.flush()
        if org_id is not None:
            uow.session.add(Employment(id=new_id(), person_id=person.id, org_id=org_id, started_on=LONG_AGO))
    return person.id
