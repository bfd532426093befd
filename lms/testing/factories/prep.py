"""Free preparation for tests: a subject on the sample bank, somebody who signed up."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from sqlalchemy import select

from lms.access.dto import Device
from lms.exams.dto import Blueprint, Part
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.i18n import zh
from lms.prep import consent
from lms.prep.dto import NewSignUp, SubjectPlan
from lms.prep.models import PrepSubject, SignUp, Source
from lms.prep.service import signing_up, subjects
from lms.questions.dto import MULTIPLE, SINGLE
from lms.testing.factories.access import PASSWORD
from lms.testing.factories.exams import make_bank

_numbers = itertools.count(1)


def plan(**changes: Any) -> SubjectPlan:
    """Six single and three multiple items in 30 minutes; 12 marks, the line at 7."""
    values: dict[str, Any] = {
        "title": zh("社会工作综合能力（初级）", "General Ability (Junior)"),
        "blueprint": Blueprint((Part(SINGLE, 6, 2), Part(MULTIPLE, 3, 4))),
        "minutes": 30,
        "pass_half_points": 14,
        "course_slug": "",
        "is_open": True,
    }
    return SubjectPlan(**(values | changes))


def make_subject(org_id: uuid.UUID, bank_id: uuid.UUID | None = None, **changes: Any) -> PrepSubject:
    """A subject anybody may practise."""
    slug = f"subject-{next(_numbers)}"
    subject_id = subjects.create_subject(
        SYSTEM, slug=slug, org_id=org_id, bank_id=bank_id or make_bank(org_id), plan=plan(**changes)
    )
    return db.session.get_one(PrepSubject, subject_id)


def new_sign_up(org_id: uuid.UUID, **changes: Any) -> NewSignUp:
    """What a volunteer types, unlike anybody else."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "key": f"sign-up-{number}",
        "name": "苏雨桐",
        "phone": f"139{number:08d}",
        "email": "",
        "org_id": org_id,
        "source": Source.COMMUNITY,
        "username": f"volunteer{number}",
        "password": PASSWORD,
        "consent": consent.CURRENT,
    }
    return NewSignUp(**(values | changes))


def sign_up(org_id: uuid.UUID, **changes: Any) -> SignUp:
    """Somebody who signed up."""
    new = new_sign_up(org_id, **changes)
    signing_up.sign_up(new, Device("127.0.0.1", "test"))
    return db.session.scalars(select(SignUp).where(SignUp.key == new.key)).one()
