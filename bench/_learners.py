"""A city of learners, for the benchmarks: rows written directly, as study, exams and issuing would have left them.

Everybody works in a real community, has two courses under way and one completed, hours in a registration period, two
past exams and one to come, eight messages, and every second person a certificate.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text

from lms.access.models import Account, LoginSession
from lms.access.sessions import new_token, token_hash
from lms.certificates.models import Certificate, CertificateDocument
from lms.credits.cycles import jobs
from lms.credits.models import Category, CreditEntry
from lms.exams.models import (
    Display,
    Exam,
    ExamSession,
    KeyRelease,
    Outcome,
    Result,
    Seat,
    SeatState,
    SessionState,
)  # fmt: skip
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import Base, db
from lms.kernel.ids import new_id
from lms.kernel.models import StoredFile
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning.models import Course, Enrolment, EnrolmentState, Lesson, LessonProgress
from lms.learning.service import import_package
from lms.messages.models import Message
from lms.orgs import queries as orgs
from lms.orgs.models import OrgKind, OrgUnit
from lms.orgs.service import load_city
from lms.people.models import Employment, IdDocument, Person, Qualification, QualificationKind
from lms.questions.models import Bank
from lms.testing.factories.certificates import make_kind

PACKAGES = Path(__file__).parent.parent / "courses"
PAST_SESSIONS, PAST_EACH = 6, 2
ENTRIES_EACH, MESSAGES_EACH, UNREAD_EACH = 12, 8, 2


@dataclass(frozen=True)
class Learner:
    """A signed-in person."""

    person_id: uuid.UUID
    cookie: str


def make_learners(count: int) -> list[Learner]:
    """The city with its four course packages and `count` learners, all signed in. Needs an app context."""
    load_city(SYSTEM)
    city = orgs.city().id
    for folder in sorted(path for path in PACKAGES.iterdir() if path.is_dir()):
        import_package(SYSTEM, folder, org_id=city, publish=True)
    kind = make_kind(city)
    people = [new_id() for _person in range(count)]
    with unit_of_work(SYSTEM) as uow:
        cookies = _people(uow, people)
        _study(uow, people)
        _hours(uow, people)
        _exams(uow, people, city)
        _certificates(uow, people[::2], kind, city)
        _messages(uow, people)
    jobs.follow()
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("ANALYZE"))  # the server's own housekeeping does it within a minute
    return [Learner(person, cookie) for person, cookie in zip(people, cookies, strict=True)]


def _put(uow: UnitOfWork, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    uow.session.execute(insert(model), rows)


def _people(uow: UnitOfWork, people: Sequence[uuid.UUID]) -> list[str]:
    now, today = clock.now(), clock.today()
    units = db.session.scalars(select(OrgUnit.id).where(OrgUnit.kind == OrgKind.COMMUNITY)).all()
    accounts = [new_id() for _person in people]
    tokens = [new_token() for _person in people]
    sealed = [
        {"id_number_sealed": person.bytes, "id_number_index": person.bytes, "id_tail_index": person.bytes[-2:]}
        for person in people
    ]
    _put(uow, Person, [
        {
            "id": person, "name": f"学员{number}", "id_document": IdDocument.RESIDENT,
            "birth_date": dt.date(1990, 1, 1), "created_at": now, "updated_at": now, **sealed[number],
        }
        for number, person in enumerate(people)
    ])  # fmt: skip
    _put(uow, Employment, [
        {"person_id": person, "org_id": units[number % len(units)], "started_on": today - dt.timedelta(days=900)}
        for number, person in enumerate(people)
    ])  # fmt: skip
    _put(uow, Account, [
        {
            "id": account, "person_id": person, "username": f"u{account.hex}", "password_hash": "none",
            "password_changed_at": now, "created_at": now,
        }
        for account, person in zip(accounts, people, strict=True)
    ])  # fmt: skip
    _put(uow, LoginSession, [
        {
            "account_id": account, "token_hash": token_hash(token), "created_at": now, "last_seen_at": now,
            "expires_at": now + dt.timedelta(hours=12), "device": "bench", "address": "127.0.0.1",
        }
        for account, token in zip(accounts, tokens, strict=True)
    ])  # fmt: skip
    return tokens


def _study(uow: UnitOfWork, people: Sequence[uuid.UUID]) -> None:
    """The first course completed, the next two half done."""
    now = clock.now()
    courses = db.session.execute(select(Course.id, Course.current_release_id).order_by(Course.slug)).all()[:3]
    enrolments: list[dict[str, Any]] = []
    progress: list[dict[str, Any]] = []
    for done, (course_id, release_id) in zip((True, False, False), courses, strict=True):
        lessons = db.session.scalars(select(Lesson.id).where(Lesson.release_id == release_id)).all()
        opened = lessons if done else lessons[: len(lessons) // 2]
        for person in people:
            enrolment = {
                "id": new_id(), "person_id": person, "course_id": course_id, "release_id": release_id, "round": 1,
                "state": EnrolmentState.COMPLETED if done else EnrolmentState.ACTIVE, "enrolled_at": now,
                "completed_at": now if done else None,
            }  # fmt: skip
            enrolments.append(enrolment)
            progress += [
                {
                    "enrolment_id": enrolment["id"], "lesson_id": lesson, "seconds": 1200, "read_to_end": True,
                    "checks_passed": [], "first_opened_at": now, "last_seen_at": now, "completed_at": now,
                }
                for lesson in opened
            ]  # fmt: skip
    _put(uow, Enrolment, enrolments)
    _put(uow, LessonProgress, progress)


def _hours(uow: UnitOfWork, people: Sequence[uuid.UUID]) -> None:
    now, today = clock.now(), clock.today()
    _put(uow, Qualification, [
        {
            "person_id": person, "kind": QualificationKind.ASSISTANT, "certificate_number": person.hex,
            "obtained_on": today - dt.timedelta(days=800), "registered_from": today - dt.timedelta(days=700),
            "registered_until": today + dt.timedelta(days=300), "recorded_at": now,
        }
        for person in people
    ])  # fmt: skip
    _put(uow, CreditEntry, [
        {
            "person_id": person, "minutes": 90, "category": list(Category)[number % 2], "source": "course",
            "source_id": "bench", "title": {"zh_CN": "一门课程"}, "key": f"{person.hex}:{number}",
            "occurred_on": today - dt.timedelta(days=40 * number), "why": {}, "recorded_at": now,
        }
        for person in people for number in range(ENTRIES_EACH)
    ])  # fmt: skip


def _exams(uow: UnitOfWork, people: Sequence[uuid.UUID], city: uuid.UUID) -> None:
    """Six past sessions, of which each person sat two; one to come that all are registered for, one still open."""
    now, week, two_hours = clock.now(), dt.timedelta(days=7), dt.timedelta(hours=2)
    exam = {
        "id": new_id(), "slug": "bench", "title": {"zh_CN": "成都社工员认定考试"}, "org_id": city,
        "bank_id": db.session.scalars(select(Bank.id).limit(1)).one(), "blueprint": {"parts": []}, "minutes": 120,
        "pass_half_points": 120, "display": Display.ONE, "key_release": KeyRelease.NEVER, "created_at": now,
    }  # fmt: skip
    opens = [now - week * 8 * (number + 1) for number in range(PAST_SESSIONS)] + [now + week, now + 2 * week]
    sessions = [
        {
            "id": new_id(), "exam_id": exam["id"], "number": number, "register_until": opens_at - dt.timedelta(days=1),
            "opens_at": opens_at, "closes_at": opens_at + two_hours,
            "state": SessionState.PUBLISHED if opens_at < now else SessionState.DRAFT,
            "published_at": opens_at + week if opens_at < now else None,
        }
        for number, opens_at in enumerate(opens, start=1)
    ]  # fmt: skip
    seats = [
        {
            "id": new_id(), "session_id": sessions[at]["id"], "person_id": person, "ticket": f"{number:06d}",
            "state": SeatState.REGISTERED, "registered_at": now,
        }
        for number, person in enumerate(people)
        for at in (number % PAST_SESSIONS, (number + 1) % PAST_SESSIONS, PAST_SESSIONS)
    ]  # fmt: skip
    past = {session["id"] for session in sessions[:PAST_SESSIONS]}
    _put(uow, Exam, [exam])
    _put(uow, ExamSession, sessions)
    _put(uow, Seat, seats)
    _put(uow, Result, [
        {
            "seat_id": seat["id"], "number": 1, "outcome": Outcome.SCORED, "half_points": 150,
            "total_half_points": 200, "passed": True, "by_point": [], "items": [], "created_at": now,
        }
        for seat in seats if seat["session_id"] in past
    ])  # fmt: skip


def _certificates(uow: UnitOfWork, people: Sequence[uuid.UUID], kind: str, city: uuid.UUID) -> None:
    now, today = clock.now(), clock.today()
    file_id = new_id()
    _put(uow, StoredFile, [{
        "id": file_id, "room": "bench", "name": "bench.pdf", "media_type": "application/pdf", "size": 0, "sha256": "0",
        "storage_key": "bench", "created_at": now,
    }])  # fmt: skip
    claims = {"kind": {"code": kind, "title": {"zh_CN": "成都社工员", "en": "Community worker"}}, "number": ""}
    issued = [
        {
            "id": new_id(), "kind": kind, "number": f"B-{number:06d}", "token": new_id().hex, "person_id": person,
            "org_id": city, "key": person.hex, "digest": "0",
            "claims": json.dumps(claims | {"number": f"B-{number:06d}"}, ensure_ascii=False), "valid_from": today,
            "valid_until": today + dt.timedelta(days=1000), "issued_at": now,
        }
        for number, person in enumerate(people)
    ]  # fmt: skip
    _put(uow, Certificate, issued)
    printed = [{"certificate_id": one["id"], "file_id": file_id, "rendered_at": now} for one in issued]
    _put(uow, CertificateDocument, printed)


def _messages(uow: UnitOfWork, people: Sequence[uuid.UUID]) -> None:
    now = clock.now()
    _put(uow, Message, [
        {
            "person_id": person, "kind": "certificates.issued", "params": {}, "key": f"{person.hex}:{number}",
            "created_at": now, "read_at": None if number < UNREAD_EACH else now,
        }
        for person in people for number in range(MESSAGES_EACH)
    ])  # fmt: skip
