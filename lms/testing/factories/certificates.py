"""People who have earned a certificate, for tests and the benchmark: rows as the course and exam rooms leave them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from lms.certificates import sandbox, service
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
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.learning.models import Course, CourseRelease, Enrolment, EnrolmentState, ReleaseStep
from lms.testing.factories.exams import make_bank

SLUG = "chengdu-social-worker"
SHIPPED = Path(sandbox.__file__).parent / "kinds" / "cdsgy.json"


def make_kind(org_id: uuid.UUID, **changes: Any) -> str:
    """The shipped kind 成都社工员, with `changes`; its code."""
    return service.define_kind(SYSTEM, json.loads(SHIPPED.read_text(encoding="utf-8")) | changes, org_id=org_id)


@dataclass(frozen=True)
class Ground:
    """A course and an exam people can have passed."""

    course_id: uuid.UUID
    release_id: uuid.UUID
    exam_id: uuid.UUID


def make_ground(org_id: uuid.UUID, slug: str = SLUG) -> Ground:
    """The course and the exam that the shipped kind asks for."""
    bank_id, now, title = make_bank(org_id), clock.now(), {"zh_CN": "成都社工员", "en": "Community social worker"}
    ground = Ground(new_id(), new_id(), new_id())
    release = CourseRelease(
        id=ground.release_id, course_id=ground.course_id, version="2026.1", digest=new_id().hex, title=title,
        summary={}, category="professional", tier="foundation", open_to_public=False, credit_minutes=720, manifest={},
        created_at=now,
    )  # fmt: skip
    exam = Exam(
        id=ground.exam_id, slug=slug, title={"zh_CN": "成都社工员认定考试"}, org_id=org_id, bank_id=bank_id,
        blueprint={}, minutes=120, pass_half_points=120, display=Display.ONE, key_release=KeyRelease.NEVER,
        created_at=now,
    )  # fmt: skip
    with unit_of_work(SYSTEM) as uow:
        uow.session.add(Course(id=ground.course_id, slug=slug, org_id=org_id, created_at=now))
        uow.session.flush()
        uow.session.add_all([release, exam])
        uow.session.flush()
        uow.session.add(ReleaseStep(release_id=release.id, position=1, state="published", by=None, at=now))
    return ground


def complete_course(ground: Ground, people: Sequence[uuid.UUID]) -> None:
    """Let these people have completed the course."""
    now = clock.now()
    same = {
        "course_id": ground.course_id, "release_id": ground.release_id, "round": 1, "state": EnrolmentState.COMPLETED,
        "enrolled_at": now, "completed_at": now,
    }  # fmt: skip
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(insert(Enrolment), [{"id": new_id(), "person_id": person, **same} for person in people])


def pass_exam(ground: Ground, people: Sequence[uuid.UUID], *, passed: bool = True, published: bool = True) -> None:
    """Let these people have sat one more session of the exam."""
    now = clock.now()
    with unit_of_work(SYSTEM) as uow:
        session_id = _session(uow, ground, published=published)
        seats = [
            {
                "id": new_id(), "session_id": session_id, "person_id": person, "ticket": f"{number:04d}",
                "state": SeatState.REGISTERED, "registered_at": now,
            }
            for number, person in enumerate(people, start=1)
        ]  # fmt: skip
        result = {
            "number": 1, "outcome": Outcome.SCORED, "half_points": 150 if passed else 90, "total_half_points": 200,
            "passed": passed, "by_point": [], "items": [], "created_at": now,
        }  # fmt: skip
        uow.session.execute(insert(Seat), seats)
        uow.session.execute(insert(Result), [{"id": new_id(), "seat_id": seat["id"], **result} for seat in seats])


def earn(ground: Ground, people: Sequence[uuid.UUID]) -> None:
    """Let these people have everything a certificate needs."""
    complete_course(ground, people)
    pass_exam(ground, people)


def _session(uow: UnitOfWork, ground: Ground, *, published: bool) -> uuid.UUID:
    now = clock.now()
    earlier = uow.session.scalars(select(ExamSession.number).where(ExamSession.exam_id == ground.exam_id)).all()
    session = ExamSession(
        id=new_id(),
        exam_id=ground.exam_id,
        number=max(earlier, default=0) + 1,
        register_until=now,
        opens_at=now.replace(microsecond=0, second=0),
        closes_at=now.replace(microsecond=999999, second=59),
        state=SessionState.PUBLISHED if published else SessionState.CLOSED,
        published_at=now if published else None,
    )
    uow.session.add(session)
    uow.session.flush()
    return session.id
