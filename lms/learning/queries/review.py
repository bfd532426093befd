"""What a trainer and a reviewer see of one release, and of uploads under way."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from lms.access import policy
from lms.access.models import Grant
from lms.access.roles import roles_holding
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import Localized
from lms.kernel.i18n import gettext as _
from lms.kernel.models import Job
from lms.learning import rules
from lms.learning.models import Course, CourseRelease, Lesson, ReleaseStep
from lms.learning.queries.desk import release_for
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people.models import Person


@dataclass(frozen=True, slots=True)
class StepRow:
    """One thing that happened to a release. `by` is empty for an operator's command."""

    state: str
    by: str
    at: dt.datetime
    note: str


@dataclass(frozen=True)
class ReleasePage:
    """A release with its lessons and steps; `actions` are the states the reader may take it to."""

    course: Course
    org: OrgUnit
    release: CourseRelease
    lessons: Sequence[Lesson]
    steps: Sequence[StepRow]
    actions: Sequence[str]
    own: bool

    @property
    def state(self) -> str:
        return self.steps[-1].state

    @property
    def current(self) -> bool:
        return self.course.current_release_id == self.release.id


def release_page(actor: Actor, release_id: uuid.UUID) -> ReleasePage:
    """A release for whoever may view the course on the desk."""
    course, release, steps = release_for(actor, release_id)
    people = {step.by for step in steps if step.by}
    names = {
        row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    }
    following = [
        state for state in rules.STEPS[steps[-1].state] if policy.can(actor, rules.NEEDED[state], course.org_id)
    ]
    lessons = select(Lesson).where(Lesson.release_id == release_id).order_by(Lesson.position)
    return ReleasePage(
        course=course,
        org=orgs.unit(course.org_id),
        release=release,
        lessons=db.session.scalars(lessons).all(),
        steps=[StepRow(step.state, names.get(step.by, "") if step.by else "", step.at, step.note) for step in steps],
        actions=sorted(following, key=list(rules.STEPS).index),
        own=actor.person_id in rules.makers(release.created_by, [(step.state, step.by) for step in steps]),
    )


def own_import(actor: Actor, job_id: uuid.UUID) -> Job:
    """The actor's own upload. Anybody else's is `NotFound`."""
    job = db.session.get(Job, job_id, populate_existing=True)
    if job is None or job.name != rules.IMPORT_JOB or job.created_by != actor.person_id:
        raise NotFound(_("找不到这次上传。"))
    return job


def recent_imports(actor: Actor, limit: int = 10) -> Sequence[Job]:
    """The actor's newest uploads."""
    query = select(Job).where(Job.name == rules.IMPORT_JOB, Job.created_by == actor.person_id)
    return db.session.scalars(query.order_by(Job.created_at.desc(), Job.id).limit(limit)).all()


def own_units(actor: Actor, permission: str) -> Sequence[OrgUnit]:
    """The units the permission was granted on, not those below them."""
    granted = select(Grant.org_id).where(
        Grant.person_id == actor.person_id,
        Grant.role.in_(roles_holding(permission)),
        policy.in_force(clock.today()),
    )
    return db.session.scalars(select(OrgUnit).where(OrgUnit.id.in_(granted)).order_by(OrgUnit.code)).all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A release that waits for somebody to publish or return it."""

    id: uuid.UUID
    title: Localized
    version: str
    at: dt.datetime


def waiting_for_review(actor: Actor) -> list[Waiting]:
    """Releases in review that the actor may publish, the longest wait first."""
    newest = select(func.max(ReleaseStep.position)).where(ReleaseStep.release_id == CourseRelease.id)
    query = (
        select(CourseRelease.id, CourseRelease.title, CourseRelease.version, ReleaseStep.at)
        .join(Course, Course.id == CourseRelease.course_id)
        .join(ReleaseStep, ReleaseStep.release_id == CourseRelease.id)
        .where(
            ReleaseStep.state == rules.IN_REVIEW,
            ReleaseStep.position == newest.correlate(CourseRelease).scalar_subquery(),
            Course.org_id.in_(policy.visible_orgs(actor, "course:publish")),
        )
        .order_by(ReleaseStep.at, CourseRelease.id)
    )
    return [Waiting(*row) for row in db.session.execute(query)]
