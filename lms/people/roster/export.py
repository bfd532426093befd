"""The filtered list of people as a roster file, which the import reads back: unchanged people are no change."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.authority import authority
from lms.kernel.db import db
from lms.kernel.errors import Forbidden, Invalid, NotFound
from lms.kernel.i18n import current_locale, in_locale, zh
from lms.kernel.i18n import gettext as _
from lms.kernel.jobs import queue
from lms.kernel.jobs.worker import JobContext
from lms.kernel.models import Job
from lms.kernel.uow import unit_of_work
from lms.people import queries, sealed
from lms.people.dto import PeopleFilter
from lms.people.models import Employment, Person, Qualification
from lms.people.roster import files
from lms.people.roster.job import acting
from lms.people.roster.layout import COLUMNS, SHEET
from lms.people.roster.units import UnitFinder
from lms.people.sealed import Fact
from lms.people.service.persons import REVEAL, SHORTEST_REASON, VIEW
from lms.people.wording import DOCUMENTS, QUALIFICATIONS
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook

EXPORT_JOB = "people.export_roster"
BATCH = 2000


def request_export(actor: Actor, wanted: PeopleFilter, *, clear: bool, reason: str = "") -> uuid.UUID:
    """Queue an export; returns the job's id. Clear numbers need `person:reveal` and a reason, which is audited."""
    reason = " ".join(reason.split())
    if clear and not actor.holds(REVEAL):
        raise Forbidden(_("您没有导出完整号码的权限。"), todo=_("可以导出遮盖了号码的名册。"))
    if clear and len(reason) < SHORTEST_REASON:
        raise Invalid(_("导出完整号码要写明用途。"), fields={"reason": _("至少 %(count)d 个字", count=SHORTEST_REASON)})
    with unit_of_work(actor) as uow:
        job_id = queue.enqueue(uow, EXPORT_JOB, {"filter": wanted.plain(), "clear": clear, "locale": current_locale()})
        kept = {key: value for key, value in wanted.plain().items() if key != "text"}
        uow.audit("person.export", "job", job_id, org_id=wanted.org_id, clear=clear, reason=reason[:200], wanted=kept)
        return job_id


def export_roster(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Job: write the file, in the language of whoever asked; the result names it."""
    with in_locale(payload["locale"]):
        return _export(context, payload)


def _export(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    actor = acting(context.created_by)
    wanted = PeopleFilter.parse(payload["filter"])
    writer = _Exporter.begin(actor, clear=payload["clear"])
    ids = db.session.scalars(queries.people(actor, wanted).with_only_columns(Person.id)).all()
    columns = [Column(str(column.title), column.width, required=column.required) for column in COLUMNS]
    plan = SheetPlan(str(SHEET), columns, writer.rows(context, ids))
    content = write_workbook([plan])
    with unit_of_work(actor) as uow:
        file = files.keep(uow, f"{SHEET}-{clock.today():%Y%m%d}.xlsx", content)
        return {"file_id": file.id.hex, "name": file.name, "rows": len(ids)}


def export_job(actor: Actor, job_id: uuid.UUID) -> Job:
    """An export the actor asked for. Raises `NotFound` for anybody else's."""
    job = db.session.get(Job, job_id, populate_existing=True)
    if job is None or job.name != EXPORT_JOB or job.created_by != actor.person_id:
        raise NotFound(_("找不到这次导出。"))
    return job


def exported_file(actor: Actor, job_id: uuid.UUID) -> tuple[str, bytes]:
    """Name and content of a finished export."""
    result = export_job(actor, job_id).result
    if not result:
        raise NotFound(_("这次导出还没有完成。"), todo=_("请稍后再来。"))
    return str(result["name"]), files.fetch(uuid.UUID(result["file_id"]))


@dataclass(frozen=True)
class _Exporter:
    actor: Actor
    clear: bool
    units: UnitFinder
    visible: frozenset[uuid.UUID]

    @classmethod
    def begin(cls, actor: Actor, *, clear: bool) -> _Exporter:
        visible = frozenset(db.session.scalars(authority().visible_orgs(actor, VIEW)))
        return cls(actor, clear, UnitFinder.load(visible), visible)

    def rows(self, context: JobContext, ids: Sequence[uuid.UUID]) -> Iterator[list[str]]:
        """One row a person: the present employment in the actor's units, the highest national certificate."""
        for at in range(0, len(ids), BATCH):
            batch = ids[at : at + BATCH]
            persons = {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_(batch)))}
            jobs, held = queries.present_jobs(self.actor, batch), queries.highest(batch)
            revealed = self._revealed(batch)
            for person_id in batch:
                if person_id in persons and person_id in jobs:
                    person = persons[person_id]
                    yield self._row(person, jobs[person_id], held.get(person_id), clear=person_id in revealed)
            db.session.expunge_all()
            context.progress(min(at + BATCH, len(ids)), len(ids), zh("正在导出", "Exporting"))

    def _revealed(self, ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
        """For whom the numbers may stand clear."""
        if not self.clear:
            return frozenset()
        allowed = authority().visible_persons(self.actor, REVEAL)
        return frozenset(db.session.scalars(select(Person.id).where(Person.id.in_(ids), Person.id.in_(allowed))))

    def _row(self, person: Person, job: Employment, held: Qualification | None, *, clear: bool) -> list[str]:
        show = sealed.opened if clear else sealed.masked
        row = [
            person.name,
            str(DOCUMENTS[person.id_document]) if person.id_document else "",
            show(Fact.ID_NUMBER, person.id_number_sealed) if person.id_number_sealed else "",
            _day(person.birth_date if clear else None),
            show(Fact.PHONE, person.phone_sealed) if person.phone_sealed else "",
            person.email,
            self.units.label(job.org_id),
            job.post,
            _day(job.started_on),
            _day(job.ended_on),
        ]
        if held is None:
            return row
        days = (held.obtained_on, held.registered_from, held.registered_until)
        return [*row, str(QUALIFICATIONS[held.kind]), held.certificate_number, *map(_day, days)]


def _day(value: dt.date | None) -> str:
    return str(value) if value else ""
