"""What becomes of an application as its case goes on, inside the transaction that moves the case."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import update

from lms.access import policy as access
from lms.approvals import policy as approvals
from lms.approvals.events import CaseApproved, CaseDecided, CaseRejected, CaseResubmitted, CaseWithdrawn
from lms.approvals.queries import case_view
from lms.credits import wording as ledger
from lms.credits.cycles.standing import hold
from lms.credits.registration import queries, rules, wording
from lms.credits.registration.cases import KIND
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import EDITABLE, LIVE, State
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.people import queries as people
from lms.people.models import QualificationKind
from lms.people.service import careers

DECIDE = "approval:decide"


def on_decided(event: CaseDecided) -> None:
    """Follow a step's decision: first check passed, returned, or not passed."""
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        last = event.step == len(case_view(event.case_id).steps)
        state = rules.decided(event.step, event.outcome, last=last)
        if state is not None:
            _move(uow, event.subject_id, LIVE, state)


def on_resubmitted(event: CaseResubmitted) -> None:
    """The answer to a return is looked at anew: where the first check had passed, it stays passed."""
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        passed = case_view(event.case_id).brief.step > 1
        _move(uow, event.subject_id, (State.RETURNED,), State.FIRST_PASSED if passed else State.PENDING)


def on_approved(event: CaseApproved) -> None:
    """Register: write the period to the certificate, which opens the next cycle.

    Raises `Conflict` when hours have gone missing since it was handed in: the last approval is refused with the reason.
    """
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        row = uow.session.get_one(RegistrationApplication, event.subject_id, populate_existing=True)
        hold(uow, [row.person_id])
        one = queries.standing(row.person_id, row.qualification_id)
        if one.missing:
            raise Conflict(_("继续教育时长已不够，不能通过。"), why=wording.missing(one), todo=_("请退回申请人。"))
        today = clock.today()
        previous = one.cycle.last_day if one.cycle else None  # as it ends now: it may have been extended meanwhile
        applied = clock.local_date(row.applied_at)
        first, last = rules.term(row.kind, previous, applied, today, queries.term_months(today))
        days = {"previous_last": previous, "registered_from": first, "registered_until": last}
        _move(uow, row.id, LIVE, State.COMPLETED, **days)
        careers.register(SYSTEM, row.qualification_id, registered_from=first, registered_until=last)
        _tell(uow, row, "credits.registered", first=first, last=last)


def on_rejected(event: CaseRejected) -> None:
    """Not passed. The step has said at which check; an upheld objection is the final one."""
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        row = uow.session.get_one(RegistrationApplication, event.subject_id, populate_existing=True)
        if row.state in LIVE:
            _move(uow, row.id, LIVE, State.FINAL_FAILED)


def on_withdrawn(event: CaseWithdrawn) -> None:
    """Taken back, or not answered in time. Raises `Conflict` once the first check has passed: it is locked then."""
    if event.kind != KIND:
        return
    with unit_of_work(SYSTEM) as uow:
        row = uow.session.get_one(RegistrationApplication, event.subject_id, populate_existing=True)
        if row.state not in EDITABLE:
            raise Conflict(
                _("初审已通过，申请已锁定，不能撤回。"), todo=_("如有错误，请联系审核的单位退回。"), code="locked"
            )
        _move(uow, row.id, EDITABLE, State.WITHDRAWN)


def certify(actor: Actor, application_id: uuid.UUID) -> None:
    """Note that the registration certificate has been issued by the national system. Noted twice, it is once."""
    with unit_of_work(actor) as uow:
        row = seen(actor, application_id)
        access.require_person(actor, DECIDE, row.person_id)
        if row.person_id == actor.person_id:
            raise Forbidden(_("不能办理自己的登记。"), todo=_("请由另一位干部办理。"))
        if row.state is State.CERTIFIED:
            return
        _move(uow, row.id, (State.COMPLETED,), State.CERTIFIED)
        unit = people.present_unit(row.person_id)
        uow.audit("credit.registration.certify", "registration_application", row.id, org_id=unit)
        _tell(uow, row, "credits.certified")


def seen(actor: Actor, application_id: uuid.UUID) -> RegistrationApplication:
    """An application whose case the officer sees. Raises `NotFound`."""
    row = db.session.get(RegistrationApplication, application_id, populate_existing=True)
    if row is None or row.case_id is None:
        raise _missing()
    approvals.require_visible(actor, row.case_id)
    return row


def own(actor: Actor, application_id: uuid.UUID) -> RegistrationApplication:
    """An application of the actor's own. Raises `NotFound` for anybody else's."""
    row = db.session.get(RegistrationApplication, application_id, populate_existing=True)
    if row is None or actor.person_id is None or row.person_id != actor.person_id:
        raise _missing()
    return row


def _move(
    uow: UnitOfWork, application_id: uuid.UUID, sources: tuple[State, ...], state: State, **values: dt.date | None
) -> None:
    """Compare and swap. Raises `Conflict` when the application is in none of the states it is moved from."""
    moving = update(RegistrationApplication).where(
        RegistrationApplication.id == application_id, RegistrationApplication.state.in_(sources)
    )
    changed = uow.change(
        moving.values(state=state, changed_at=clock.now(), **values).execution_options(synchronize_session=False)
    )
    if changed != 1:
        raise Conflict(_("这件登记申请刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"))
    uow.session.expire_all()


def _tell(uow: UnitOfWork, row: RegistrationApplication, kind: str, **params: Any) -> None:
    level = in_all_locales(ledger.LEVELS[QualificationKind(row.level)])
    link = f"/me/registration/{row.id}"
    messages.send(
        uow,
        person_id=row.person_id,
        kind=kind,
        params={"level": level, **params},
        key=f"{kind}:{row.id.hex}",
        link=link,
    )


def _missing() -> NotFound:
    return NotFound(_("找不到这件登记申请。"))
