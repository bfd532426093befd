"""What the shell and the operators' pages read."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from lms.access import policy
from lms.kernel import clock, migrate
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.models import AuditEntry, DeliveryState, Job, JobState, OutboxDelivery, SettingValue
from lms.kernel.runtime import kernel
from lms.kernel.settings import SettingSpec
from lms.messages.models import Dispatch, DispatchState
from lms.orgs import queries as orgs
from lms.people.models import Employment, Person
from lms.web.jobs import AUDIT_CHECK

RECURRING = "every:%"


def unit_line(person_id: uuid.UUID) -> str:
    """Where the person works, for the line above the greeting: “武侯区 · 玉林街道 · 玉林东路社区”. One query."""
    newest = (
        select(Employment.org_id)
        .where(Employment.person_id == person_id, Employment.ended_on.is_(None))
        .order_by(Employment.started_on.desc(), Employment.id)
        .limit(1)
    )
    return " · ".join(db.session.scalars(orgs.names_above(newest.scalar_subquery())).all()[-3:])


@dataclass(frozen=True, slots=True)
class SettingNow:
    """A setting with its value today and, where one is planned, the next change."""

    spec: SettingSpec
    value: Any
    illustrative: bool
    following: SettingValue | None

    @property
    def room(self) -> str:
        """Who declared it: the part of the key before the first dot."""
        return self.spec.key.partition(".")[0]


def settings_now() -> Sequence[SettingNow]:
    """Every declared setting, by key. One query whatever their number."""
    rows = db.session.scalars(select(SettingValue).order_by(SettingValue.valid_from, SettingValue.revision)).all()
    today = clock.today()
    present = {row.key: row for row in rows if row.valid_from <= today}
    following = {row.key: row for row in reversed(rows) if row.valid_from > today}
    return [
        SettingNow(
            spec=spec,
            value=present[key].value if key in present else spec.default,
            illustrative=spec.illustrative and key not in present,
            following=following.get(key),
        )
        for key, spec in sorted(kernel().settings.specs.items())
    ]


def names_of(person_ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names for a page of rows."""
    wanted = {person_id for person_id in person_ids if person_id is not None}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))) if wanted else ()
    return {row.id: row.name for row in rows}


def jobs(actor: Actor, *, state: str = "", name: str = "", recurring: bool = False) -> Select[Job]:
    """Jobs the actor may see, newest first; those that run by themselves only when asked for or when they failed."""
    query = select(Job) if _sees_all_jobs(actor) else select(Job).where(Job.created_by == actor.person_id)
    if state in list(JobState):
        query = query.where(Job.state == JobState(state))
    if name:
        query = query.where(Job.name == name)
    if not recurring:
        query = query.where(Job.key.is_(None) | Job.key.not_like(RECURRING) | (Job.state == JobState.FAILED))
    return query.order_by(Job.created_at.desc(), Job.id.desc())


def job(actor: Actor, job_id: uuid.UUID) -> Job:
    """A job the actor started, or any job for operators of the city. Raises `NotFound`."""
    found = db.session.get(Job, job_id, populate_existing=True)
    if found is None or (found.created_by != actor.person_id and not _sees_all_jobs(actor)):
        raise NotFound(_("找不到这个任务。"))
    return found


def _sees_all_jobs(actor: Actor) -> bool:
    """Jobs belong to no unit, and their errors may name anybody: all of them are for holders on the city only."""
    return actor.holds("job:view") and policy.can(actor, "job:view", orgs.city().id)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to show of the log; empty fields do not filter. Days are city days, both included."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def audit_log(actor: Actor, wanted: AuditFilter) -> Select[AuditEntry]:
    """Entries the actor may see, newest first: of the units granted; the whole log for who is granted the city."""
    query = select(AuditEntry).where(*_audit_conditions(wanted))
    if not policy.can(actor, "audit:view", orgs.city().id):
        query = query.where(AuditEntry.org_id.in_(policy.visible_orgs(actor, "audit:view")))
    return query.order_by(AuditEntry.seq.desc())


def _audit_conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor:
        conditions.append(AuditEntry.actor_name.contains(wanted.actor, autoescape=True))
    if wanted.action:
        conditions.append(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.subject:
        subject = wanted.subject.replace("-", "").lower()
        conditions.append((AuditEntry.subject_id == wanted.subject) | (AuditEntry.subject_id == subject))
    if wanted.since:
        conditions.append(AuditEntry.at >= clock.start_of_day(wanted.since))
    if wanted.until:
        conditions.append(AuditEntry.at < clock.start_of_day(wanted.until + dt.timedelta(days=1)))
    return conditions


def last_audit_check() -> Job | None:
    """The newest walk over the chain that has ended or is under way."""
    query = select(Job).where(Job.name == AUDIT_CHECK.name, Job.state != JobState.CANCELLED)
    return db.session.scalars(query.order_by(Job.created_at.desc()).limit(1)).first()


@dataclass(frozen=True, slots=True)
class Health:
    """What a load balancer and an operator want to know. Lag is in seconds, space in MiB."""

    database: bool
    migrated: bool
    job_lag: int
    disk_free: int


def health() -> Health:
    """Look at the database, the oldest waiting job and the disk."""
    free = shutil.disk_usage(kernel().config.data_dir).free // (1 << 20)
    try:
        migrated = migrate.current(db.session.connection()) == migrate.head()
        lag = job_lag() if migrated else 0
    except Exception:  # noqa: BLE001 - whatever the driver raises, the database is not usable
        return Health(database=False, migrated=False, job_lag=0, disk_free=free)
    return Health(database=True, migrated=migrated, job_lag=lag, disk_free=free)


def job_lag() -> int:
    """How many seconds the oldest due job has been waiting."""
    now = clock.now()
    oldest = db.session.scalar(select(func.min(Job.run_at)).where(Job.state == JobState.QUEUED, Job.run_at <= now))
    return int((now - oldest).total_seconds()) if oldest else 0


def waiting() -> dict[str, int]:
    """Counts for the metrics: jobs by state, parked events, mail that waits or failed."""
    counts = {f"jobs_{state}": 0 for state in JobState}
    for state, number in db.session.execute(select(Job.state, func.count()).group_by(Job.state)):
        counts[f"jobs_{state}"] = number
    parked = select(func.count()).select_from(OutboxDelivery).where(OutboxDelivery.state == DeliveryState.PARKED)
    counts["events_parked"] = db.session.scalar(parked) or 0
    for unsent in (DispatchState.QUEUED, DispatchState.FAILED):
        letters = select(func.count()).select_from(Dispatch).where(Dispatch.state == unsent)
        counts[f"mail_{unsent}"] = db.session.scalar(letters) or 0
    return counts
