"""A drafted policy on its way: tried out in the background, looked at, then saved or given up.

The job is the draft: its payload is what was typed, its result whom it moves. The version saved bears its id.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from lms.access import policy as access
from lms.access.policy import actor_for
from lms.credits import wording
from lms.credits.cycles.simulating import Effect, Moved, counties, simulate
from lms.credits.cycles.standing import everybody, some_of
from lms.credits.evidence.policy import RULE
from lms.credits.obligations import setting
from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.models import ObligationPolicy
from lms.credits.obligations.queries import history
from lms.credits.obligations.rules import Terms
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.i18n import current_locale, in_locale, zh
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs import queue
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.models import Job, JobState
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.orgs import queries as orgs
from lms.orgs.models import OrgUnit
from lms.people.models import Employment, Person
from lms.webkit.downloads import XLSX
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook

SIMULATE_JOB = "credits.simulate"
LISTED = 100
"""Names that the page shows; the spreadsheet has them all."""
NOWHERE = ""
EFFECTS: Mapping[Effect, Any] = {
    Effect.EXPIRES: _l("逾期或失效"),
    Effect.BOUND: _l("新纳入要求"),
    Effect.FALLS_SHORT: _l("由达标变为未达标"),
    Effect.FREED: _l("不再要求"),
    Effect.REVIVED: _l("由逾期恢复"),
    Effect.NOW_MET: _l("由未达标变为达标"),
    Effect.MORE: _l("缺口增加"),
    Effect.LESS: _l("缺口减少"),
    Effect.OTHER_DATES: _l("日期或要求有变，缺口不变"),
}


def request(actor: Actor, new: NewPolicy) -> uuid.UUID:
    """Queue the trial of a draft; the job's id. Raises `Invalid` as saving it would."""
    access.require(actor, RULE, orgs.city().id)
    setting.check(new)
    with unit_of_work(actor) as uow:
        return queue.enqueue(uow, SIMULATE_JOB, {"policy": new.plain(), "locale": current_locale()})


def run(context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Job: try the draft out, in the language of whoever asked; the result says whom it moves.

    `versions` are those of the obligation that it was tried out with.
    """
    actor = actor_for(context.created_by) if context.created_by else SYSTEM
    new = NewPolicy.parse(payload["policy"])
    with in_locale(payload["locale"]):
        total, versions = len(list(everybody())), len(history(new.obligation))
        moved = list(simulate(new, lambda number: context.progress(number, total, zh("正在试算", "Trying it out"))))
        return {**_result(actor, new, moved), "versions": versions}


def _result(actor: Actor, new: NewPolicy, moved: Sequence[Moved]) -> Mapping[str, Any]:
    where = counties(one.person_id for one in moved)
    by_county: dict[str, Counter[str]] = {}
    for one in moved:
        county = where.get(one.person_id)
        by_county.setdefault(county.hex if county else NOWHERE, Counter())[one.effect.value] += 1
    content = write_workbook([SheetPlan(_("试算名单"), _columns(new.terms), _lines(actor, new.terms, moved))])
    name = _("试算 %(day)s.xlsx", day=new.valid_from.isoformat())
    with unit_of_work(actor) as uow:
        file = kernel().files.put(uow, room="credits", name=name, media_type=XLSX, content=content)
    listed = sorted(moved, key=lambda one: (list(Effect).index(one.effect), one.person_id))[:LISTED]
    return {
        "persons": len(moved),
        "counts": Counter(one.effect.value for one in moved),
        "counties": by_county,
        "listed": [
            [one.person_id.hex, one.effect.value, one.before.missing if one.before else None,
             one.after.missing if one.after else None]
            for one in listed
        ],
        "file_id": file.id.hex,
        "name": name,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft and, once the job is done, whom it moves. Names are those the reader may see."""

    job: Job
    policy: NewPolicy
    is_saved: bool
    counts: Mapping[Effect, int]
    counties: tuple[tuple[str, Mapping[Effect, int]], ...]
    listed: tuple[tuple[str, str, Effect, int | None, int | None], ...]

    @property
    def is_done(self) -> bool:
        return self.job.state is JobState.DONE

    @property
    def persons(self) -> int:
        return sum(self.counts.values())


def draft(actor: Actor, job_id: uuid.UUID) -> Draft:
    """A draft for whoever may set policies. Raises `NotFound` or `Forbidden`."""
    access.require(actor, RULE, orgs.city().id)
    job = db.session.get(Job, job_id, populate_existing=True)
    if job is None or job.name != SIMULATE_JOB:
        raise NotFound(_("找不到这次试算。"))
    result = job.result or {}
    ids = [uuid.UUID(row[0]) for row in result.get("listed", ())]
    names = _names(actor, ids)
    units = {row.id.hex: row.name for row in db.session.scalars(select(OrgUnit).where(
        OrgUnit.id.in_([uuid.UUID(key) for key in result.get("counties", {}) if key])
    ))}  # fmt: skip
    by_county = [(units.get(key, _("没有所属区县")), _counts(one)) for key, one in result.get("counties", {}).items()]
    return Draft(
        job,
        NewPolicy.parse(job.payload["policy"]),
        db.session.get(ObligationPolicy, job_id) is not None,
        _counts(result.get("counts", {})),
        tuple(sorted(by_county, key=lambda row: -sum(row[1].values()))),
        tuple(
            (*names[person_id], Effect(effect), before, after)
            for person_id, (_hex, effect, before, after) in zip(ids, result.get("listed", ()), strict=True)
            if person_id in names
        ),
    )


def spreadsheet(actor: Actor, job_id: uuid.UUID) -> tuple[str, bytes]:
    """The whole list as the actor who asked for it may see it. Raises `NotFound` for anybody else's."""
    found = draft(actor, job_id)
    if not found.is_done or found.job.created_by != actor.person_id or not found.job.result:
        raise NotFound(_("找不到这份名单。"), todo=_("请由试算的人下载，或重新试算。"))
    return str(found.job.result["name"]), kernel().files.read(uuid.UUID(found.job.result["file_id"]))


def save(actor: Actor, job_id: uuid.UUID) -> uuid.UUID:
    """Put a draft in force that was tried out; twice, it is one version.

    Raises as `save_policy` does, `Conflict` before the trial is done and when the obligation has got another version
    since: whom the draft moves is then another matter.
    """
    found = draft(actor, job_id)
    if found.is_saved:
        return job_id
    if not found.is_done:
        raise Conflict(_("试算还没有完成。"), todo=_("请看过结果再保存。"))
    if len(history(found.policy.obligation)) != (found.job.result or {})["versions"]:
        raise Conflict(
            _("试算之后，这项义务又有了新的规定。"), todo=_("请看过新的规定，再重新试算。"), code="stale_draft"
        )
    return setting.save_policy(actor, found.policy, job_id)


def _counts(stored: Mapping[str, int]) -> Mapping[Effect, int]:
    return {effect: stored[effect.value] for effect in Effect if effect.value in stored}


def _names(actor: Actor, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[str, str]]:
    """Name and unit of those whom the actor may see."""
    query = (
        select(Person.id, Person.name, OrgUnit.name)
        .join(Employment, Employment.person_id == Person.id)
        .join(OrgUnit, OrgUnit.id == Employment.org_id)
        .where(
            Person.id.in_(ids),
            Employment.ended_on.is_(None),
            Employment.org_id.in_(access.visible_orgs(actor, "credit:view")),
        )
        .order_by(Employment.started_on, Employment.id)
    )
    return {person_id: (name, unit) for person_id, name, unit in db.session.execute(query)}


def _columns(terms: Terms) -> tuple[Column, ...]:
    unit = wording.unit_name(terms.unit)
    return (
        Column(_("姓名")),
        Column(_("单位"), 24),
        Column(_("影响"), 24),
        Column(_("不改时的状态"), 18),
        Column(_("改后的状态"), 18),
        Column(_("不改时还差（%(unit)s）", unit=unit)),
        Column(_("改后还差（%(unit)s）", unit=unit)),
        Column(_("改后最后一天")),
    )


def _lines(actor: Actor, terms: Terms, moved: Sequence[Moved]) -> Iterator[Sequence[Cell]]:
    by_id = {one.person_id: one for one in moved}
    for some in some_of(list(by_id)):
        for person_id, (name, unit) in _names(actor, some).items():
            one = by_id[person_id]
            before, after = one.before, one.after
            yield (
                name,
                unit,
                str(EFFECTS[one.effect]),
                str(wording.STATUSES[before.status]) if before else "",
                str(wording.STATUSES[after.status]) if after else "",
                before.missing / terms.unit_minutes if before else "",
                after.missing / terms.unit_minutes if after else "",
                after.last_day.isoformat() if after and after.last_day else "",
            )


JOBS = (JobSpec(SIMULATE_JOB, run, _l("试算继续教育规定")),)
