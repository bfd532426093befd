"""An examination with candidates, for the benchmarks: rows written directly, as freezing would have left them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from lms.access.models import Account, LoginSession
from lms.access.sessions import new_token, token_hash
from lms.exams.models import (
    Display,
    Exam,
    ExamSession,
    KeyRelease,
    PaperForm,
    Seat,
    SeatState,
    SessionState,
    Sitting,
    SittingState,
)
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs.models import OrgKind
from lms.questions.models import Bank, Syllabus
from lms.testing.factories.orgs import make_unit
from lms.testing.factories.people import make_person

ITEMS = 80


@dataclass(frozen=True)
class Candidate:
    """A registered person with a sign-in cookie."""

    person_id: uuid.UUID
    seat_id: uuid.UUID
    cookie: str


@dataclass(frozen=True)
class Setting:
    """A frozen session and its candidates."""

    session_id: uuid.UUID
    form_id: uuid.UUID
    candidates: list[Candidate]


def make_exam(candidates: int) -> Setting:
    """A session that is open now, one paper form of 80 items, and so many seats. Needs an app context."""
    city = make_unit(None, OrgKind.CITY, "成都市")
    now = clock.now()
    with unit_of_work(SYSTEM) as uow:
        syllabus = Syllabus(id=new_id(), slug="bench", version="1", title={"zh_CN": "大纲"}, illustrative=True)
        bank = Bank(
            id=new_id(), slug="bench", title={"zh_CN": "题库"}, org_id=city, syllabus_id=syllabus.id, created_at=now
        )
        exam = Exam(
            id=new_id(), slug="bench", title={"zh_CN": "考试"}, org_id=city, bank_id=bank.id, blueprint={"parts": []},
            minutes=120, pass_half_points=120, display=Display.ONE, key_release=KeyRelease.NEVER, created_at=now,
        )  # fmt: skip
        for row in (syllabus, bank, exam):
            uow.session.add(row)
            uow.session.flush()
        session_id, form_id = _session(uow, exam.id, 1)
    people = [make_person() for _candidate in range(candidates)]
    with unit_of_work(SYSTEM) as uow:
        cookies = [_sign_in(uow, number, person) for number, person in enumerate(people)]
    return _seated(session_id, form_id, people, cookies)


def another_session(setting: Setting, number: int) -> Setting:
    """The same candidates in a further session of the same exam."""
    with unit_of_work(SYSTEM) as uow:
        exam_id = uow.session.get_one(ExamSession, setting.session_id).exam_id
        session_id, form_id = _session(uow, exam_id, number)
    people = [one.person_id for one in setting.candidates]
    return _seated(session_id, form_id, people, [one.cookie for one in setting.candidates])


def _session(uow: UnitOfWork, exam_id: uuid.UUID, number: int) -> tuple[uuid.UUID, uuid.UUID]:
    now, hour = clock.now(), dt.timedelta(hours=1)
    session = ExamSession(
        id=new_id(), exam_id=exam_id, number=number, register_until=now, opens_at=now - hour, closes_at=now + 3 * hour,
        state=SessionState.FROZEN, frozen_at=now,
    )  # fmt: skip
    uow.session.add(session)
    uow.session.flush()
    form = PaperForm(
        id=new_id(), session_id=session.id, number=1, content=[{"stem": "题" * 60}] * ITEMS, key=[{}] * ITEMS,
        digest="0" * 64, items=ITEMS, total_half_points=200, created_at=now,
    )  # fmt: skip
    uow.session.add(form)
    uow.session.flush()
    return session.id, form.id


def _sign_in(uow: UnitOfWork, number: int, person: uuid.UUID) -> str:
    now, token = clock.now(), new_token()
    account = Account(
        id=new_id(), person_id=person, username=f"bench{number}", password_hash="none", password_changed_at=now,
        created_at=now,
    )  # fmt: skip
    uow.session.add(account)
    uow.session.flush()
    uow.session.add(
        LoginSession(
            id=new_id(), account_id=account.id, token_hash=token_hash(token), created_at=now, last_seen_at=now,
            expires_at=now + dt.timedelta(hours=12), second_factor_at=now, device="bench", address="127.0.0.1",
        )
    )  # fmt: skip
    return token


def _seated(session_id: uuid.UUID, form_id: uuid.UUID, people: list[uuid.UUID], cookies: list[str]) -> Setting:
    seats = [
        Seat(
            id=new_id(), session_id=session_id, person_id=person, form_id=form_id, ticket=f"B{number:06d}",
            state=SeatState.REGISTERED, registered_at=clock.now(),
        )
        for number, person in enumerate(people)
    ]  # fmt: skip
    with unit_of_work(SYSTEM) as uow:
        uow.session.add_all(seats)
    rows = zip(people, seats, cookies, strict=True)
    return Setting(session_id, form_id, [Candidate(person, seat.id, cookie) for person, seat, cookie in rows])


def make_sittings(setting: Setting) -> list[uuid.UUID]:
    """Begin every candidate's sitting."""
    now = clock.now()
    with unit_of_work(SYSTEM) as uow:
        sittings = [
            Sitting(
                id=new_id(), seat_id=one.seat_id, session_id=setting.session_id, person_id=one.person_id,
                form_id=setting.form_id, items=ITEMS, device=1, started_at=now,
                deadline_at=now + dt.timedelta(hours=2), state=SittingState.OPEN,
            )
            for one in setting.candidates
        ]  # fmt: skip
        uow.session.add_all(sittings)
    return [sitting.id for sitting in sittings]
