"""Reading applications, and what each certificate of a person can be applied for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, exists, or_, select

from lms.approvals import policy as approvals
from lms.approvals.models import ApprovalCase
from lms.credits import queries as ledger
from lms.credits.cycles.dto import CycleView
from lms.credits.cycles.models import RANK
from lms.credits.dto import HoursSummary
from lms.credits.obligations.rules import Obligation
from lms.credits.registration import rules
from lms.credits.registration.dto import ApplicationFilter, Standing
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import Days, Kind
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.runtime import kernel
from lms.orgs import queries as orgs
from lms.people.models import Qualification

FIRST_MONTHS, LATE_MONTHS, TERM_MONTHS = (
    "credits.first_months", "credits.first_late_months", "credits.term_months",
)  # fmt: skip


def standings(person_id: uuid.UUID) -> list[Standing]:
    """Each certificate of a person, the highest first. Six SELECTs and the settings."""
    held = db.session.scalars(select(Qualification).where(Qualification.person_id == person_id)).all()
    summary, latest = ledger.summary(person_id), _latest(person_id)
    highest_first = sorted(held, key=lambda row: RANK[row.kind.value], reverse=True)
    return [_standing(row, summary, latest.get(row.id)) for row in highest_first]


def standing(person_id: uuid.UUID, qualification_id: uuid.UUID) -> Standing:
    """One of them. Raises `NotFound`."""
    for one in standings(person_id):
        if one.qualification.id == qualification_id:
            return one
    raise NotFound(_("找不到这本证书。"))


def own(person_id: uuid.UUID) -> Select[RegistrationApplication]:
    """A person's applications, the latest first."""
    query = select(RegistrationApplication).where(RegistrationApplication.person_id == person_id)
    return query.order_by(RegistrationApplication.applied_at.desc(), RegistrationApplication.id.desc())


def seen(actor: Actor, wanted: ApplicationFilter) -> Select[RegistrationApplication, ApprovalCase]:
    """The applications whose cases an officer sees, the latest first."""
    query = select(RegistrationApplication, ApprovalCase).join(
        ApprovalCase, ApprovalCase.id == RegistrationApplication.case_id
    )
    query = query.where(approvals.visible(actor))
    if wanted.text:
        texts = ApprovalCase.applicant_name, RegistrationApplication.case_number
        query = query.where(or_(*(column.contains(wanted.text, autoescape=True) for column in texts)))
    if wanted.org_id is not None:
        query = query.where(ApprovalCase.org_id.in_(orgs.within(wanted.org_id)))
    if wanted.kind is not None:
        query = query.where(RegistrationApplication.kind == wanted.kind)
    if wanted.state is not None:
        query = query.where(RegistrationApplication.state == wanted.state)
    if wanted.late:
        query = query.where(RegistrationApplication.late)
    return query.order_by(RegistrationApplication.applied_at.desc(), RegistrationApplication.id.desc())


def under_way(person_id: uuid.UUID) -> bool:
    """Whether a person has an application under way. One SELECT."""
    query = exists().where(
        RegistrationApplication.person_id == person_id, RegistrationApplication.state.in_(rules.LIVE)
    )
    return bool(db.session.scalar(select(query)))


def _latest(person_id: uuid.UUID) -> Mapping[uuid.UUID, RegistrationApplication]:
    rows: Sequence[RegistrationApplication] = db.session.scalars(
        own(person_id).execution_options(populate_existing=True)
    ).all()
    return {row.qualification_id: row for row in reversed(rows)}


def _standing(row: Qualification, summary: HoursSummary, latest: RegistrationApplication | None) -> Standing:
    today = clock.today()
    cycle = _cycle_of(row, summary)
    if cycle is None:
        settings = kernel().settings
        months, late = (settings.value(key, today) for key in (FIRST_MONTHS, LATE_MONTHS))
        days = rules.first_days(row.obtained_on, months, late)
        return Standing(row, Kind.FIRST, days, days.on(today), None, latest)
    days = Days(cycle.days.window_from, cycle.last_day, cycle.days.late_until)
    return Standing(row, Kind.RENEWAL, days, days.on(today), cycle, latest)


def _cycle_of(row: Qualification, summary: HoursSummary) -> CycleView | None:
    """The cycle of a certificate's registration as it is recorded now."""
    if row.registered_from is None:
        return None
    found = [
        cycle
        for cycle in (*summary.cycles, *summary.past)
        if cycle.obligation is Obligation.REGISTRATION and cycle.first_day == row.registered_from
    ]
    return found[0] if found else None


def term_months(on: dt.date) -> int:
    """For how long a registration counts that begins on a day."""
    return int(kernel().settings.value(TERM_MONTHS, on))
