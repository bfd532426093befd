"""What the use cases share: changing the state of a round or an application."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import update

from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES
from lms.programmes.models import Application, ApplicationState, Round, RoundState


def move_round(uow: UnitOfWork, round_id: uuid.UUID, source: RoundState, state: RoundState) -> None:
    """Compare and swap: move a round on. Raises `Conflict` when it is in another state."""
    moving = update(Round).where(Round.id == round_id, Round.state == source).values(state=state)
    if uow.change(moving) != 1:
        raise overtaken()


def change(
    uow: UnitOfWork, application_id: uuid.UUID, source: ApplicationState, state: ApplicationState, **values: Any
) -> bool:
    """Compare and swap: move an application on. False when it is in another state."""
    moving = update(Application).where(Application.id == application_id, Application.state == source)
    return uow.change(moving.values(state=state, **values)) == 1


def county_of(org_id: uuid.UUID) -> uuid.UUID | None:
    """The county or zone a unit belongs to."""
    return next((unit.id for unit in orgs.path(org_id) if unit.kind in COUNTIES), None)


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这里刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_round"
    )
