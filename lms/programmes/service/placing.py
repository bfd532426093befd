"""Putting the people a round has admitted into a class group, which keeps its own seats, timetable and attendance."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from lms.classes import policy as classes
from lms.classes.models import ClassGroup
from lms.classes.service.enrolling import TAKES_PEOPLE, enrol
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import unit_of_work
from lms.programmes import policy
from lms.programmes.models import ApplicationState
from lms.programmes.queries import rounds


def groups(actor: Actor) -> Sequence[ClassGroup]:
    """The class groups an officer sees that take people, those that begin first ahead."""
    query = select(ClassGroup).where(classes.visible(actor), ClassGroup.state.in_(TAKES_PEOPLE))
    return db.session.scalars(query.order_by(ClassGroup.starts_on, ClassGroup.id)).all()


def place(actor: Actor, round_id: uuid.UUID, group_id: uuid.UUID) -> tuple[int, int]:
    """Give everybody admitted in a round a seat, or a place in the queue, by their place; (seats, waiting).

    Twice is once. Raises `Conflict` while nobody is admitted, or for a group that takes nobody.
    """
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        classes.run_group(actor, group_id)
        admitted = sorted(rounds.standing(round_id, ApplicationState.APPOINTED), key=lambda one: one.place or 0)
        if not admitted:
            raise Conflict(_("这一轮还没有办结的人。"), todo=_("请等公示结束、办理完成后再编班。"))
        placed = [enrol(uow, group_id, one.person_id) for one in admitted]
        seats = sum(not one.position for one in placed)
        uow.audit("programme.place", "programme_round", round_id, group=group_id.hex, persons=len(placed))
        return seats, len(placed) - seats
