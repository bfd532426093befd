"""Applying and nominating: only who meets the conditions, once in a round, through the approval chain of the intake."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from lms.access import policy as access
from lms.approvals import service as approvals
from lms.approvals.dto import Fact, NewCase
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales, zh
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people import queries as people
from lms.programmes import policy, wording
from lms.programmes.cases import BY_INTAKE
from lms.programmes.dto import NewApplication
from lms.programmes.models import Application, ApplicationState, Intake, ProgrammeVersion, Round
from lms.programmes.queries import catalogue, rounds
from lms.programmes.service.common import county_of, held_instead, overtaken, require_met
from lms.requirements import checking
from lms.requirements import queries as requirements
from lms.requirements.checking import Assessment

LONGEST = 2000


def apply(actor: Actor, round_id: uuid.UUID, new: NewApplication) -> uuid.UUID:
    """Hand in one's own application and open its case; the application's id. The same key again is one application.

    Raises `Conflict` naming every condition that is missing, or that one has applied; `Invalid` for a bad statement.
    """
    if actor.person_id is None:
        raise Forbidden(_("请先登录。"))
    return _hand_in(actor, actor.person_id, round_id, new)


def nominate(actor: Actor, round_id: uuid.UUID, person_id: uuid.UUID, new: NewApplication) -> uuid.UUID:
    """Nominate somebody of one's units where the programme is entered by nomination. Raises as `apply`."""
    access.require_person(actor, policy.NOMINATE, person_id)
    if actor.person_id == person_id:
        raise Forbidden(_("不能提名自己。"), todo=_("请由另一位干部提名。"), code="own_nomination")
    return _hand_in(actor, person_id, round_id, new)


def standing(person_id: uuid.UUID, version: ProgrammeVersion) -> Assessment:
    """How a person stands to the conditions for entering, today."""
    today = clock.today()
    tree = requirements.tree_on(version.entry_set, today)
    return checking.assess(tree, [person_id], today)[person_id]


def _hand_in(actor: Actor, person_id: uuid.UUID, round_id: uuid.UUID, new: NewApplication) -> uuid.UUID:
    _check_statement(new.statement)
    with unit_of_work(actor) as uow:
        made = _made(uow, new.key)
        if made is not None:
            return _same(made, person_id, round_id)
        round_ = _read_locked(uow, round_id)
        version = catalogue.load().version(round_.version_id)
        _require_open(round_, version, by_nominator=actor.person_id != person_id)
        _refuse_holder(person_id, version)
        todo = _("满足后再报名；怎样最快，见“我的进阶”。")
        found = require_met(person_id, version.entry_set, _("还不满足报名条件。"), todo)
        org_id = people.present_unit(person_id)
        if org_id is None:
            raise Conflict(_("还不能报名。"), why=_("人员档案里没有在职单位。"), code="no_unit")
        nominator = actor.person_id if actor.person_id != person_id else None
        row = _row(round_id, person_id, org_id, new, found) | {"nominated_by": nominator}
        if not insert_new(uow.session, Application, **row):
            made = _made(uow, new.key)
            if made is None:
                raise _applied_before()
            return _same(made, person_id, round_id)
        application = uow.session.get_one(Application, row["id"])
        _open_case(uow, actor, application, version, new)
        return application.id


def _made(uow: UnitOfWork, key: str) -> Application | None:
    return uow.session.scalars(select(Application).where(Application.key == key)).first()


def _read_locked(uow: UnitOfWork, round_id: uuid.UUID) -> Round:
    """The round, which nobody moves on or calls off until the transaction ends. Raises `NotFound`."""
    uow.session.execute(select(Round.id).where(Round.id == round_id).with_for_update(read=True))
    return rounds.round_of(round_id)


def _require_open(round_: Round, version: ProgrammeVersion, *, by_nominator: bool) -> None:
    if not rounds.is_taking(round_, clock.today()):
        raise Conflict(
            _("现在不在报名时间。"), why=wording.window(round_.opens_on, round_.closes_on), code="round_closed"
        )
    if by_nominator != (version.intake is Intake.NOMINATED):
        raise Conflict(_("这个项目由%(who)s报名。", who=wording.WHO[version.intake]), code="other_intake")


def _refuse_holder(person_id: uuid.UUID, version: ProgrammeVersion) -> None:
    """Raise `Conflict` for who holds this already, or a higher rung of the same ladder."""
    title = held_instead(person_id, version.programme)
    if title is not None:
        raise Conflict(_("您现任“%(title)s”，不用报名。", title=title), todo=_("任期快到时请办理续聘。"), code="held")


def _check_statement(statement: str) -> None:
    text = statement.strip()
    if not text or len(text) > LONGEST:
        problem = _("请写明理由和主要业绩") if not text else _("最多 %(max)d 个字", max=LONGEST)
        raise Invalid(_("报名没有提交。"), fields={"statement": problem})


def _row(
    round_id: uuid.UUID, person_id: uuid.UUID, org_id: uuid.UUID, new: NewApplication, found: Assessment
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key": new.key,
        "round_id": round_id,
        "person_id": person_id,
        "org_id": org_id,
        "county_id": county_of(org_id),
        "statement": new.statement.strip(),
        "found": [{"met": one.met, "text": in_all_locales(one.finding.text)} for one in found.leaves() if one.finding],
        "case_number": "",
        "state": ApplicationState.IN_REVIEW,
        "reason": "",
        "why": [],
        "applied_at": clock.now(),
    }


def _open_case(
    uow: UnitOfWork, actor: Actor, application: Application, version: ProgrammeVersion, new: NewApplication
) -> None:
    case = approvals.open_case(
        actor,
        NewCase(
            kind=BY_INTAKE[version.intake].key,
            subject_id=application.id,
            key=f"programme:{application.id.hex}",
            applicant_id=application.person_id,
            org_id=application.org_id,
            title=version.title,
            facts=_facts(application, version),
            proofs=new.proofs,
        ),
    )
    application.case_id, application.case_number = case.case_id, case.number
    uow.session.flush()
    uow.audit(
        "programme.apply", "programme_application", application.id, org_id=application.org_id, number=case.number,
        programme=version.programme,
    )  # fmt: skip


def _facts(application: Application, version: ProgrammeVersion) -> tuple[Fact, ...]:
    conditions = tuple(
        Fact(key=f"condition-{number}", label=in_all_locales(_l("条件")), value=one["text"], met=one["met"])
        for number, one in enumerate(application.found, 1)
    )
    return (
        Fact(key="programme", label=in_all_locales(_l("项目")), value=dict(version.title), public=True),
        Fact(key="statement", label=in_all_locales(_l("理由和主要业绩")), value=zh(application.statement)),
        *conditions,
    )


def _same(made: Application, person_id: uuid.UUID, round_id: uuid.UUID) -> uuid.UUID:
    if (made.person_id, made.round_id) != (person_id, round_id):
        raise overtaken()
    return made.id


def _applied_before() -> Conflict:
    return Conflict(
        _("这一轮已经报过名。"), todo=_("进展见“我的进阶”；要重新报名，请先撤回原来的申请。"), code="applied"
    )
