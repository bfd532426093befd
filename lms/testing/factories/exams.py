"""Banks, exams and sessions for tests."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from lms.access.actors import actor_for
from lms.exams import saving, service
from lms.exams.dto import Blueprint, Claims, Entry, Part
from lms.exams.models import Display, ExamSession, KeyRelease, PaperForm, Sitting
from lms.exams.service.exams import ExamPlan
from lms.exams.starting import start
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.fastpath import fastpath
from lms.questions import service as questions
from lms.questions.dto import MULTIPLE, SINGLE, ParsedItem
from lms.questions.models import Bank

_numbers = itertools.count(1)
SYLLABUS = {
    "id": "test-syllabus",
    "version": "2026",
    "title": {"zh_CN": "示例大纲", "en": "Sample syllabus"},
    "illustrative": True,
    "points": [
        {"code": "1", "title": {"zh_CN": "价值与伦理", "en": "Values"}},
        {"code": "1.1", "title": {"zh_CN": "核心价值", "en": "Core values"}},
        {"code": "1.2", "title": {"zh_CN": "专业界限", "en": "Boundaries"}},
        {"code": "2", "title": {"zh_CN": "方法", "en": "Methods"}},
        {"code": "2.1", "title": {"zh_CN": "个案工作", "en": "Casework"}},
    ],
}
LEAVES = ("1.1", "1.2", "2.1")


def make_items(single: int = 9, multiple: int = 6) -> list[ParsedItem]:
    """Sound items, spread over the leaf points. A single item's key is A; a multiple item's are A and C."""
    items = [
        ParsedItem(
            ref=f"s-{number:03d}",
            kind=SINGLE,
            stem=f"第 {number} 道单选题，正确的是（　　）。",
            options=(f"对{number}", f"错一{number}", f"错二{number}", f"错三{number}"),
            key=(0,),
            explanation="因为甲正确，其余与材料不符。",
            points=(LEAVES[number % 3],),
        )
        for number in range(single)
    ]
    return items + [
        ParsedItem(
            ref=f"m-{number:03d}",
            kind=MULTIPLE,
            stem=f"第 {number} 道多选题，正确的有（　　）。",
            options=(f"对一{number}", f"错一{number}", f"对二{number}", f"错二{number}", f"错三{number}"),
            key=(0, 2),
            explanation="因为甲、丙正确。",
            points=(LEAVES[number % 3],),
        )
        for number in range(multiple)
    ]


def make_bank(org_id: uuid.UUID, items: list[ParsedItem] | None = None) -> uuid.UUID:
    """A bank with items and the sample syllabus."""
    slug = f"bank-{next(_numbers)}"
    questions.import_bank(
        SYSTEM,
        slug=slug,
        title={"zh_CN": "示例题库", "en": "Sample bank"},
        org_id=org_id,
        syllabus_id=questions.import_syllabus(SYSTEM, SYLLABUS),
        course_slug="",
        items=make_items() if items is None else items,
    )
    return db.session.scalars(select(Bank.id).where(Bank.slug == slug)).one()


def make_plan(
    *, forms: int = 2, key_release: KeyRelease = KeyRelease.WITH_RESULTS, course_slug: str = "", shuffle: bool = True
) -> ExamPlan:
    """Six single and three multiple items in 60 minutes; 12 marks, pass at 7."""
    blueprint = Blueprint((Part(SINGLE, 6, 2), Part(MULTIPLE, 3, 4)), shuffle)
    return ExamPlan(
        title={"zh_CN": "示例考试", "en": "Sample exam"},
        blueprint=blueprint,
        minutes=60,
        pass_half_points=14,
        forms=forms,
        display=Display.ONE,
        key_release=key_release,
        course_slug=course_slug,
    )


@dataclass(frozen=True)
class MadeExam:
    """An exam with one session."""

    exam_id: uuid.UUID
    slug: str
    session_id: uuid.UUID


def make_exam(
    org_id: uuid.UUID, plan: ExamPlan | None = None, *, opens_in: int = -5, lasts: int = 120, frozen: bool = True
) -> MadeExam:
    """An exam whose session opens `opens_in` minutes from now for `lasts` minutes; papers frozen unless told not to."""
    slug = f"exam-{next(_numbers)}"
    exam_id = service.create_exam(SYSTEM, slug=slug, org_id=org_id, bank_id=make_bank(org_id), plan=plan or make_plan())
    opens_at = clock.now() + dt.timedelta(minutes=opens_in)
    closes_at = opens_at + dt.timedelta(minutes=lasts)
    session_id = service.create_session(
        SYSTEM, exam_id, opens_at=opens_at, closes_at=closes_at, register_until=closes_at
    )
    if frozen:
        service.freeze(SYSTEM, session_id, seed="test")
    return MadeExam(exam_id, slug, session_id)


def sit(session_id: uuid.UUID, person_id: uuid.UUID, wrong: Collection[int] = (), *, hand_in: bool = True) -> uuid.UUID:
    """Register, start, answer everything right except the positions in `wrong`, and hand in; the sitting's id."""
    service.register(actor_for(person_id), session_id)
    started = start(fastpath(), session_id, person_id)
    form = db.session.get_one(PaperForm, db.session.get_one(Sitting, started.sitting_id).form_id)
    entries = []
    for position, row in enumerate(form.key):
        right = sum(1 << index for index in row["key"])
        everything = (1 << len(row["order"])) - 1
        entries.append(Entry(position + 1, position, everything & ~right if position in wrong else right, marked=False))
    saving.save(fastpath(), "secret", Claims(started.sitting_id, 1, ""), entries)
    if hand_in:
        service.submit(started.sitting_id)
    return started.sitting_id


def session_row(session_id: uuid.UUID) -> ExamSession:
    """The session as stored now."""
    return db.session.scalars(
        select(ExamSession).where(ExamSession.id == session_id).execution_options(populate_existing=True)
    ).one()
