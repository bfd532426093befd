"""Work handed in, with its marks and grades."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lms.classes.course_models import Assignment, Mark, Submission
from lms.classes.rules.grading import Grade, grade
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import StoredFile


@dataclass(frozen=True, slots=True)
class Work:
    """The latest of what a member handed in for an assignment, with the marks that hold, by slot."""

    submission: Submission
    marks: Mapping[int, Mark]
    grade: Grade


def assignment(assignment_id: uuid.UUID) -> Assignment:
    """An assignment as it is now. Raises `NotFound`."""
    found = db.session.get(Assignment, assignment_id, populate_existing=True)
    if found is None:
        raise NotFound(_("找不到这份作业。"))
    return found


def submission(submission_id: uuid.UUID) -> Submission:
    """What was handed in. Raises `NotFound`."""
    found = db.session.get(Submission, submission_id)
    if found is None:
        raise NotFound(_("找不到这份作业。"))
    return found


def of_group(group_id: uuid.UUID) -> Sequence[Assignment]:
    """The assignments of a group by their due date, withdrawn ones left out."""
    query = select(Assignment).where(Assignment.group_id == group_id, Assignment.withdrawn_at.is_(None))
    return db.session.scalars(query.order_by(Assignment.due_at, Assignment.id)).all()


def works(assignments: Sequence[Assignment], gap: int) -> Mapping[tuple[uuid.UUID, uuid.UUID], Work]:
    """The work of each assignment and person. Two SELECTs, whatever their number."""
    by_id = {one.id: one for one in assignments}
    query = select(Submission).where(Submission.assignment_id.in_(by_id)).order_by(Submission.round)
    latest = {(one.assignment_id, one.person_id): one for one in db.session.scalars(query)}
    marks = marks_of([one.id for one in latest.values()])
    return {
        key: Work(
            one,
            marks[one.id],
            grade(
                {slot: mark.points for slot, mark in marks[one.id].items()},
                capstone=by_id[one.assignment_id].capstone,
                gap=gap,
            ),
        )
        for key, one in latest.items()
    }


def marks_of(submission_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[int, Mark]]:
    """The marks that hold, by submission and slot. One SELECT."""
    found: dict[uuid.UUID, dict[int, Mark]] = defaultdict(dict)
    query = select(Mark).where(Mark.submission_id.in_(submission_ids)).order_by(Mark.revision)
    for mark in db.session.scalars(query):
        found[mark.submission_id][mark.slot] = mark
    return found


def files(submissions: Sequence[Submission]) -> Mapping[uuid.UUID, str]:
    """The names of files by id. One SELECT."""
    ids = {one.file_id for one in submissions if one.file_id}
    return dict(db.session.execute(select(StoredFile.id, StoredFile.name).where(StoredFile.id.in_(ids))).all())
