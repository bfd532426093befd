from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, make_transient

from lms.kernel import audit
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.audit import Fault, first_fault
from lms.kernel.db import db
from lms.kernel.ids import new_id
from lms.kernel.models import AuditEntry
from lms.kernel.uow import unit_of_work


def record(what: str, **detail: object) -> None:
    with unit_of_work(SYSTEM) as uow:
        uow.audit("test.record", "thing", what, **detail)


def entries() -> list[AuditEntry]:
    found = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)))
    for entry in found:
        make_transient(entry)  # the tests change them in memory only
    return found


def test_an_entry_says_who_did_what_to_what_where_and_in_which_request(app):
    who, org, request = Actor(person_id=new_id(), name="王芳"), new_id(), audit.request_id.set("REF12345")
    subject = new_id()
    with unit_of_work(who) as uow:
        uow.audit("person.update", "person", subject, org_id=org, fields=["phone"])
    audit.request_id.reset(request)
    [entry] = entries()
    assert (entry.seq, entry.actor_id, entry.actor_name, entry.action) == (1, who.person_id, "王芳", "person.update")
    assert (entry.subject_type, entry.subject_id, entry.org_id) == ("person", subject.hex, org)
    assert (entry.detail, entry.request_id, entry.prev_hash) == ({"fields": ["phone"]}, "REF12345", audit.GENESIS)


def test_the_chain_holds_over_all_that_json_can_say(app):
    record("1", text="武侯区 “玉林”", number=2**40, half=0.5, nothing=None, nested={"b": [1, True], "a": {}})
    record("2")
    assert first_fault(entries()) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("detail", {"quietly": "changed"}),
        ("actor_name", "别人"),
        ("action", "test.other"),
        ("subject_id", "x"),
        ("request_id", "x"),
        ("prev_hash", "0" * 64),
        ("hash", "0" * 64),
    ],
)
def test_a_changed_entry_is_found(app, name, value):
    for number in range(3):
        record(str(number))
    changed = entries()
    setattr(changed[1], name, value)
    fault = first_fault(changed)
    assert fault is not None
    assert fault.seq == 2


def test_a_changed_entry_with_its_hash_made_to_fit_is_found_at_the_next_one(app):
    for number in range(3):
        record(str(number))
    changed = entries()
    changed[1].detail = {"quietly": "changed"}
    changed[1].hash = audit.digest(changed[1])
    assert first_fault(changed) == Fault(3, "entry 3 does not follow the one before it")


def test_a_removed_entry_and_an_entry_put_in_are_found(app):
    for number in range(4):
        record(str(number))
    chain = entries()
    assert first_fault([*chain[:1], *chain[2:]]) == Fault(2, "entry 2 is missing")
    assert first_fault(chain[1:]) == Fault(1, "entry 1 is missing")
    assert first_fault([chain[0], chain[0], *chain[1:]]) == Fault(2, "entry 2 is missing")


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor_name = 'x'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_the_log(app, statement):
    record("kept")
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement))


def test_the_chain_has_no_fork_when_many_write_at_the_same_moment(real_app):
    """Each writer on a connection of its own; some write several entries, some fail after writing."""
    barrier = threading.Barrier(6)

    def write(number: int) -> None:
        with real_app.app_context():
            barrier.wait()
            for step in range(6):
                try:
                    with unit_of_work(SYSTEM) as uow:
                        uow.audit("test.record", "thing", f"{number}-{step}")
                        record(f"{number}-{step} again")
                        _ = 1 // (step - 3)
                except ZeroDivisionError:
                    pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with real_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 6 * 5 * 2
        assert first_fault(db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))) is None


def test_nothing_is_chained_when_nothing_was_recorded(app):
    audit.append(Session(), [])
    assert entries() == []
