"""Practice of a merged person goes to the record that is kept. What was signed stays as it is, with its placement."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from lms.kernel.actor import SYSTEM
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, pick
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import moving
from lms.people.events import PersonsMerged
from lms.practice import queries
from lms.practice.models import Placement, PracticeLog
from lms.practice.rules import LIVE, STANDING
from lms.practice.service.common import hold_person
from lms.webkit.templating import day


def on_merged(event: PersonsMerged) -> None:
    """Move placements and logs, of who is in practice and of who supervises.

    Raises `Conflict` where that would give one person two placements of a category at once, two places at one time,
    or themselves to supervise.
    """
    with unit_of_work(SYSTEM) as uow:
        for person_id in sorted((event.gone_id, event.kept_id)):
            hold_person(uow, person_id)
        placements = _placements(uow, event)
        _refuse_two_at_once(placements, event)
        _refuse_two_places(uow, event)
        for model in (Placement, PracticeLog):
            moving.move(uow, event, model)
        moving.move(uow, event, Placement, "supervisor_id")


def _placements(uow: UnitOfWork, event: PersonsMerged) -> Sequence[Placement]:
    both = [event.gone_id, event.kept_id]
    return uow.session.scalars(select(Placement).where(Placement.person_id.in_(both))).all()


def _refuse_two_at_once(placements: Sequence[Placement], event: PersonsMerged) -> None:
    live: Mapping[uuid.UUID, set[str]] = {
        person: {one.code for one in placements if one.person_id == person and one.state in LIVE}
        for person in (event.gone_id, event.kept_id)
    }
    twice = sorted(live[event.gone_id] & live[event.kept_id])
    if twice:
        titles = queries.titles()
        raise Conflict(
            _("没有并入。"),
            why=_(
                "两份档案都在申请或参加同一类实训：%(titles)s。", titles=listed(pick(titles[code]) for code in twice)
            ),
            todo=_("请先撤回或结束其中一次，再并入。"),
            code="practice_twice",
        )
    if any(one.supervisor_id in {event.gone_id, event.kept_id} for one in placements):
        raise Conflict(_("没有并入。"), why=_("一份档案是另一份的实训督导，不是同一个人。"), code="practice_own")


def _refuse_two_places(uow: UnitOfWork, event: PersonsMerged) -> None:
    query = select(PracticeLog).where(PracticeLog.state.in_(STANDING))
    mine, theirs = (
        [log.span for log in uow.session.scalars(query.where(PracticeLog.person_id == person))]
        for person in (event.gone_id, event.kept_id)
    )
    days = sorted({one.day for one in mine for other in theirs if one.touches(other)})
    if days:
        raise Conflict(
            _("没有并入。"),
            why=_("两份档案在同一时间都记了实训时长：%(days)s。", days=listed(day(one) for one in days)),
            todo=_("请先撤回、退回或冲销其中一份，再并入。"),
            code="practice_overlaps",
        )
