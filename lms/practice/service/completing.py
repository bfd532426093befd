"""Completing a placement: computed from its figures, confirmed by the station's officer, told to the other rooms."""

from __future__ import annotations

import uuid

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both, sentences
from lms.kernel.uow import unit_of_work
from lms.messages import service as messages
from lms.orgs import queries as orgs
from lms.practice import policy, queries, wording
from lms.practice.dto import PlacementLine
from lms.practice.events import PracticeCompleted
from lms.practice.models import PracticeRule
from lms.practice.rules import PlacementState
from lms.practice.service.common import hold_person, move
from lms.webkit.templating import minutes


def complete(actor: Actor, placement_id: uuid.UUID) -> None:
    """Confirm that a placement is complete. Its hours become continuing education in the same transaction.

    Raises `Conflict` saying what is missing, also when logs still wait to be signed.
    """
    with unit_of_work(actor) as uow:
        placement = policy.looked_after(actor, placement_id)
        hold_person(uow, placement.person_id)
        [line] = queries.lines([placement])
        _require_complete(line)
        rule = uow.session.get_one(PracticeRule, placement.rule_id)
        progress, today = line.progress, clock.today()
        done = {"minutes": progress.minutes, "counted": progress.counted, "completed_on": today}
        decided = {"decided_by": actor.person_id, "decided_at": clock.now()}
        move(uow, placement.id, PlacementState.ACTIVE, PlacementState.COMPLETED, **done, **decided)
        station = orgs.unit(placement.org_id).name
        uow.emit(
            PracticeCompleted(
                placement_id=placement.id,
                person_id=placement.person_id,
                code=placement.code,
                title=dict(rule.title),
                station=station,
                minutes=progress.minutes,
                counted=progress.counted,
                counted_percent=rule.counted_percent,
                category=rule.credit_category,
                completed_on=today,
            )
        )
        messages.send(
            uow,
            person_id=placement.person_id,
            kind="practice.completed",
            params={"title": rule.title, "station": station, "hours": in_both(minutes, progress.minutes)},
            key=f"practice.completed:{placement.id.hex}",
            link="/me/practice/portfolio",
        )
        uow.audit(
            "practice.complete",
            "practice_placement",
            placement.id,
            org_id=placement.org_id,
            minutes=progress.minutes,
            counted=progress.counted,
        )


def _require_complete(line: PlacementLine) -> None:
    missing = wording.missing(line.progress)
    if missing:
        raise Conflict(_("还不能确认结业。"), why=sentences(missing), code="not_complete")
    if line.waiting:
        raise Conflict(
            _("还不能确认结业。"),
            why=_("有 %(number)d 条记录在等督导签字。", number=line.waiting),
            todo=_("请督导先签字或退回。"),
            code="logs_waiting",
        )
