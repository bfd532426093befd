"""What the use cases share: changing the state of a round or an application, and what is asked of people."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import update

from lms.kernel import clock
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick, sentences
from lms.kernel.uow import UnitOfWork
from lms.messages import service as messages
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES
from lms.programmes.models import Application, ApplicationState, ProgrammeVersion, Round, RoundState
from lms.programmes.queries import appointments, catalogue
from lms.requirements import checking
from lms.requirements import queries as requirements
from lms.requirements.checking import Assessment


def is_far(day: dt.date | None) -> bool:
    """Whether a day is too far off to be meant, and to be counted with."""
    return day is not None and not 1980 <= day.year <= 2199


def far_off() -> str:
    """What is said of such a day."""
    return _("应在 1980 年到 2199 年之间")


def move_round(uow: UnitOfWork, round_id: uuid.UUID, source: RoundState, state: RoundState) -> None:
    """Compare and swap: move a round on. Raises `Conflict` when it is in another state."""
    moving = update(Round).where(Round.id == round_id, Round.state == source).values(state=state)
    if uow.change(moving) != 1:
        raise overtaken()


def hold_round(uow: UnitOfWork, round_id: uuid.UUID, *states: RoundState) -> bool:
    """Keep a round as it is until the transaction ends, others who would change or rank it waiting.

    False when it is in none of the states.
    """
    touching = update(Round).where(Round.id == round_id, Round.state.in_(states)).values(state=Round.state)
    return uow.change(touching.execution_options(synchronize_session=False)) == 1


def change(
    uow: UnitOfWork, application_id: uuid.UUID, source: ApplicationState, state: ApplicationState, **values: Any
) -> bool:
    """Compare and swap: move an application on. False when it is in another state."""
    moving = update(Application).where(Application.id == application_id, Application.state == source)
    return uow.change(moving.values(state=state, **values)) == 1


def leave_out(
    uow: UnitOfWork, application: Application, source: ApplicationState, version: ProgrammeVersion, reason: str
) -> bool:
    """Take somebody out of a round; the person reads why. False when the application is in another state."""
    if not change(uow, application.id, source, ApplicationState.LEFT_OUT, reason=reason):
        return False
    uow.audit("programme.leave_out", "programme_application", application.id, org_id=application.org_id, reason=reason)
    tell(uow, application, version, "left_out", reason=reason)
    return True


def tell(uow: UnitOfWork, application: Application, version: ProgrammeVersion, what: str, **params: str) -> None:
    """Tell somebody how their application stands, once for each kind of message."""
    messages.send(
        uow, person_id=application.person_id, kind=f"programmes.{what}", params={"title": version.title, **params},
        key=f"application:{application.id.hex}:{what}", link=f"/programmes/applications/{application.id}",
    )  # fmt: skip


def held_instead(person_id: uuid.UUID, code: str) -> str | None:
    """The title of what a person holds today of a programme or of a higher rung of its ladder; None for neither."""
    known = catalogue.load()
    wanted = known.entry(code).programme
    is_ladder = known.track(wanted.track).is_ladder
    for one, _last in appointments.held_by(person_id, clock.today()):
        held = known.entry(one.programme).programme
        higher = is_ladder and held.track == wanted.track and held.rung > wanted.rung
        if held.code == wanted.code or higher:
            return pick(known.title(held.code))
    return None


def require_met(person_id: uuid.UUID, set_code: str, refusal: str, todo: str = "") -> Assessment:
    """Ask strictly: nothing is given on what could not be checked. Raises `Conflict` naming every missing condition."""
    today = clock.today()
    found = checking.assess(requirements.tree_on(set_code, today), [person_id], today, strict=True)[person_id]
    if not found.met:
        missing = sentences([finding.text for _leaf, finding in found.missing])
        raise Conflict(refusal, why=missing, todo=todo, code="unmet")
    return found


def county_of(org_id: uuid.UUID) -> uuid.UUID | None:
    """The county or zone a unit belongs to."""
    return next((unit.id for unit in orgs.path(org_id) if unit.kind in COUNTIES), None)


def overtaken() -> Conflict:
    """The refusal of who was not the first."""
    return Conflict(
        _("这里刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_round"
    )
