"""Waves of rotation training: planned by an officer, invited in a job, made up for by another wave."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from lms.access import policy as access
from lms.classes import policy
from lms.classes.queries import data
from lms.classes.queries import rotation as queries
from lms.classes.rotation_models import RotationGroup, RotationPerson, RotationWave, WaveState
from lms.classes.service.common import overtaken, tell
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new, insert_new_rows
from lms.kernel.jobs import queue
from lms.kernel.uow import unit_of_work

INVITE = "classes.invite"
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewWave:
    """What an officer plans: whom, and until when."""

    org_id: uuid.UUID
    category: str
    title: str
    posts: tuple[str, ...]
    trained_before: dt.date
    due_on: dt.date


def plan_wave(actor: Actor, new: NewWave) -> uuid.UUID:
    """Plan a wave; its id. Nobody is invited yet. Raises `Invalid` naming every fault."""
    fields = {}
    if not new.title.strip():
        fields["title"] = _("请填写名称")
    if new.due_on < clock.today():
        fields["due_on"] = _("不能早于今天")
    if new.trained_before > clock.today():
        fields["trained_before"] = _("不能晚于今天")
    if fields:
        raise Invalid(_("这批轮训没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
    access.require(actor, policy.EDIT, new.org_id)
    with unit_of_work(actor) as uow:
        data.category(new.category)
        made = _row(actor, new) | {"source_id": None}
        uow.session.add(RotationWave(**made))
        uow.session.flush()
        uow.audit(
            "class.wave.plan", "rotation_wave", made["id"], org_id=new.org_id, title=new.title, posts=list(new.posts)
        )
        return uuid.UUID(str(made["id"]))


def make_up(actor: Actor, wave_id: uuid.UUID, *, due_on: dt.date) -> uuid.UUID:
    """Plan a wave for those of a closed one who were not trained; its id. Asked twice it is the same one."""
    if due_on < clock.today():
        raise Invalid(_("补训没有安排。"), fields={"due_on": _("不能早于今天")})
    with unit_of_work(actor) as uow:
        before = queries.wave(actor, wave_id, policy.EDIT)
        if before.state is not WaveState.CLOSED:
            raise Conflict(_("这批轮训还没有结束。"), todo=_("请先结束它，再安排补训。"))
        title = _("%(title)s（补训）", title=before.title)[:80]
        new = NewWave(before.org_id, before.category, title, tuple(before.posts), before.trained_before, due_on)
        row = _row(actor, new) | {"source_id": before.id}
        if not insert_new(uow.session, RotationWave, **row):
            existing = select(RotationWave.id).where(RotationWave.source_id == before.id)
            return uow.session.scalars(existing).one()
        uow.audit("class.wave.make_up", "rotation_wave", row["id"], org_id=before.org_id, source=before.id.hex)
        return uuid.UUID(str(row["id"]))


def invite(actor: Actor, wave_id: uuid.UUID) -> uuid.UUID:
    """Let a job invite everybody the wave is for and has not invited yet; the job's id. Again for newcomers."""
    with unit_of_work(actor) as uow:
        found = queries.wave(actor, wave_id, policy.EDIT)
        if found.state is WaveState.CLOSED:
            raise Conflict(_("这批轮训已经结束，不再邀请。"))
        rounds = found.rounds + 1
        job_id = queue.enqueue(uow, INVITE, {"wave": wave_id.hex}, key=f"{INVITE}:{wave_id.hex}:{rounds}")
        same = (RotationWave.id == wave_id) & (RotationWave.rounds == found.rounds)
        changing = update(RotationWave).where(same, RotationWave.state != WaveState.CLOSED)
        if uow.change(changing.values(state=WaveState.OPEN, rounds=rounds, job_id=job_id)) != 1:
            raise overtaken()
        uow.audit("class.wave.invite", "rotation_wave", wave_id, org_id=found.org_id, round=rounds)
        return job_id


def invite_some(wave_id: uuid.UUID) -> int:
    """Invite the next people of a wave and tell them, in one transaction; how many. 0 when there are no more."""
    with unit_of_work(SYSTEM) as uow:
        found = db.session.get_one(RotationWave, wave_id, populate_existing=True)
        if found.state is not WaveState.OPEN:
            return 0
        people = uow.session.scalars(queries.candidates(found).limit(AT_ONCE)).all()
        rows = [{"wave_id": wave_id, "person_id": one, "invited_at": clock.now()} for one in people]
        new = insert_new_rows(uow.session, RotationPerson, rows, RotationPerson.person_id)
        params = {"title": found.title, "due": found.due_on}
        tell(uow, "classes.invited", sorted(new), params, key=wave_id.hex, link="/classes")
        return len(people)


def serve(actor: Actor, wave_id: uuid.UUID, group_id: uuid.UUID) -> None:
    """Let a class of the same category serve a wave: whom the wave invited may sign up for it."""
    with unit_of_work(actor) as uow:
        found = queries.wave(actor, wave_id, policy.EDIT)
        group = policy.run_group(actor, group_id)
        if group.category != found.category:
            raise Invalid(_("班级没有加入。"), fields={"group": _("类别与这批轮训不同")})
        if not insert_new(uow.session, RotationGroup, group_id=group_id, wave_id=wave_id):
            raise Conflict(_("这个班已经用于一批轮训。"))
        uow.audit("class.wave.serve", "rotation_wave", wave_id, org_id=found.org_id, group=group_id.hex)


def release(actor: Actor, wave_id: uuid.UUID, group_id: uuid.UUID) -> None:
    """Take a class out of a wave; who has a seat keeps it."""
    with unit_of_work(actor) as uow:
        found = queries.wave(actor, wave_id, policy.EDIT)
        own = (RotationGroup.group_id == group_id) & (RotationGroup.wave_id == wave_id)
        if uow.change(delete(RotationGroup).where(own)) != 1:
            raise overtaken()
        uow.audit("class.wave.release", "rotation_wave", wave_id, org_id=found.org_id, group=group_id.hex)


def close_wave(actor: Actor, wave_id: uuid.UUID) -> None:
    """End a wave. Who was not trained can be asked to a make-up wave."""
    with unit_of_work(actor) as uow:
        found = queries.wave(actor, wave_id, policy.EDIT)
        closing = update(RotationWave).where(RotationWave.id == wave_id, RotationWave.state == WaveState.OPEN)
        if uow.change(closing.values(state=WaveState.CLOSED)) != 1:
            raise overtaken()
        uow.audit("class.wave.close", "rotation_wave", wave_id, org_id=found.org_id)


def _row(actor: Actor, new: NewWave) -> dict[str, Any]:
    return {
        "id": new_id(),
        "org_id": new.org_id,
        "category": new.category,
        "title": new.title.strip(),
        "posts": list(new.posts),
        "trained_before": new.trained_before,
        "due_on": new.due_on,
        "state": WaveState.PLANNED,
        "rounds": 0,
        "created_by": actor.person_id,
        "created_at": clock.now(),
    }
