"""What the end of a case does to an application, inside the transaction that ends it."""

from __future__ import annotations

from lms.approvals.events import CaseApproved, CaseEvent, CaseRejected, CaseWithdrawn
from lms.kernel.actor import SYSTEM
from lms.kernel.uow import unit_of_work
from lms.programmes.cases import RESULT, REVIEWS
from lms.programmes.models import Application, ApplicationState
from lms.programmes.service.appointing import appoint_selected
from lms.programmes.service.common import change, overtaken


def on_approved(event: CaseApproved) -> None:
    """An application that passed its review takes part; a result that stood its notice becomes an appointment."""
    if event.kind in REVIEWS:
        _move(event, ApplicationState.IN_REVIEW, ApplicationState.ELIGIBLE)
    elif event.kind == RESULT.key:
        with unit_of_work(SYSTEM) as uow:
            appoint_selected(uow, uow.session.get_one(Application, event.subject_id))


def on_rejected(event: CaseRejected) -> None:
    """A rejected application is out; so is a result against which an objection was upheld."""
    if event.kind in REVIEWS:
        _move(event, ApplicationState.IN_REVIEW, ApplicationState.REJECTED)
    elif event.kind == RESULT.key:
        _move(event, ApplicationState.SELECTED, ApplicationState.REFUSED)


def on_withdrawn(event: CaseWithdrawn) -> None:
    """An application taken back leaves the round; who takes a result back gives the place up."""
    if event.kind in REVIEWS:
        _move(event, ApplicationState.IN_REVIEW, ApplicationState.WITHDRAWN)
    elif event.kind == RESULT.key:
        _move(event, ApplicationState.SELECTED, ApplicationState.REFUSED)


def _move(event: CaseEvent, source: ApplicationState, state: ApplicationState) -> None:
    with unit_of_work(SYSTEM) as uow:
        if not change(uow, event.subject_id, source, state):
            raise overtaken()
