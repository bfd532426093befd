"""Applying: one application under way for a certificate, its approval case in the same transaction."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from lms.approvals import service as approvals
from lms.approvals.dto import Fact, NewCase, ProofFile
from lms.credits import wording as ledger
from lms.credits.registration import queries, rules, wording
from lms.credits.registration.cases import KIND
from lms.credits.registration.dto import Standing
from lms.credits.registration.models import RegistrationApplication
from lms.credits.registration.rules import State, Window
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden
from lms.kernel.i18n import Localized, in_all_locales, in_both, zh
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import queries as people
from lms.webkit.templating import day


def submit(actor: Actor, qualification_id: uuid.UUID, *, key: str, proofs: tuple[ProofFile, ...] = ()) -> uuid.UUID:
    """Apply for the registration of a certificate of one's own; the application's id. The same key again is one.

    Raises `Conflict` outside the window, short of hours (saying exactly what is missing) and while another application
    for the certificate is under way; `NotFound` for a certificate of somebody else.
    """
    if actor.person_id is None:
        raise Forbidden(_("只能为自己申请登记。"))
    with unit_of_work(actor) as uow:
        earlier = _by_key(uow, actor.person_id, key)
        if earlier is not None:
            return earlier
        one = queries.standing(actor.person_id, qualification_id)
        require_open(one)
        now, cycle = clock.now(), one.cycle
        application_id = new_id()
        is_new = insert_new(
            uow.session, RegistrationApplication, id=application_id, key=key, person_id=actor.person_id,
            qualification_id=qualification_id, level=one.qualification.kind.value, kind=one.kind,
            late=one.window is Window.LATE, previous_last=cycle.last_day if cycle else None,
            cycle_id=cycle.cycle_id if cycle else None, state=State.PENDING, case_number="", applied_at=now,
            changed_at=now,
        )  # fmt: skip
        if not is_new:
            earlier = _by_key(uow, actor.person_id, key)
            if earlier is None:
                raise _under_way()
            return earlier
        _open_case(uow, actor, uow.session.get_one(RegistrationApplication, application_id), one, proofs)
        return application_id


def require_open(one: Standing) -> None:
    """Raise `Conflict` unless a certificate's registration can be applied for today."""
    if one.under_way is not None:
        raise _under_way()
    if one.window not in (Window.OPEN, Window.LATE):
        raise Conflict(_("现在不能办理登记。"), why=wording.window(one), code="window")
    if one.missing:
        raise Conflict(
            _("继续教育还不够，现在不能提交。"),
            why=wording.missing(one),
            todo=wording.to_do(one),
            code="short_of_hours",
        )


def facts(one: Standing) -> tuple[Fact, ...]:
    """What the case shows of an application, in both languages."""
    row, cycle = one.qualification, one.cycle
    today = clock.today()
    term = rules.term(one.kind, cycle.last_day if cycle else None, today, today, queries.term_months(today))
    lines = [
        _fact("kind", _l("登记种类"), in_all_locales(wording.KINDS[one.kind])),
        _fact("level", _l("资格级别"), in_all_locales(ledger.LEVELS[row.kind])),
        _fact("number", _l("证书管理号"), zh(row.certificate_number)),
        _fact("obtained", _l("取得日期"), in_both(day, row.obtained_on)),
        _fact("window", _l("办理期限"), in_both(wording.window, one), met=one.window is Window.OPEN),
        _fact("term", _l("按申请当天算的登记期限"), in_both(wording.span, *term)),
    ]  # fmt: skip
    if cycle is not None:
        found = cycle.balance
        hours = in_both(
            lambda: _(
                "要求 %(required)s，已计 %(counted)s",
                required=ledger.in_unit(cycle, found.required),
                counted=ledger.in_unit(cycle, found.counted),
            )
        )
        lines.append(_fact("hours", _l("本登记周期继续教育"), hours, met=not found.missing))
    return tuple(lines)


def _by_key(uow: UnitOfWork, person_id: uuid.UUID, key: str) -> uuid.UUID | None:
    query = select(RegistrationApplication.id).where(
        RegistrationApplication.key == key, RegistrationApplication.person_id == person_id
    )
    return uow.session.scalar(query)


def _open_case(
    uow: UnitOfWork, actor: Actor, row: RegistrationApplication, one: Standing, proofs: tuple[ProofFile, ...]
) -> None:
    title = in_both(lambda: f"{wording.KINDS[row.kind]} · {ledger.LEVELS[one.qualification.kind]}")
    case = approvals.open_case(
        actor,
        NewCase(
            kind=KIND, subject_id=row.id, key=f"registration:{row.id.hex}", applicant_id=row.person_id, title=title,
            facts=facts(one), proofs=proofs,
        ),
    )  # fmt: skip
    row.case_id, row.case_number = case.case_id, case.number
    uow.session.flush()
    unit = people.present_unit(row.person_id)
    detail = {"number": case.number, "kind": row.kind.value, "level": row.level, "late": row.late}
    uow.audit("credit.registration.apply", "registration_application", row.id, org_id=unit, **detail)


def _fact(key: str, label: object, value: Localized, *, met: bool | None = None) -> Fact:
    return Fact(key=key, label=in_all_locales(label), value=value, met=met)


def _under_way() -> Conflict:
    return Conflict(
        _("这本证书的登记正在办理。"), todo=_("请在“登记与续期”里查看进展。"), code="registration_under_way"
    )
