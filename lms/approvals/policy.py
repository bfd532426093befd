"""Who may see a case and who may decide it. One condition serves lists and single cases, so the two cannot drift.

Who may decide holds the role of the present step by a grant on the step's unit or above it, or stands in today for
somebody who does. Nobody decides a case of their own, and nobody decides two different steps of one case; for a
substitute both hold of the absent person too.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from lms.access import policy as access
from lms.approvals import kinds
from lms.approvals.models import ApprovalCase, ApprovalDecision, ApprovalSubstitute, CaseState
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, LmsError, NotFound
from lms.kernel.i18n import gettext as _

VIEW, DECIDE, CONFIGURE = "approval:view", "approval:decide", "approval:configure"
PUBLISH, JUDGE, SUBSTITUTE = "notice:publish", "objection:decide", "substitute:edit"


def decidable(actor: Actor) -> ColumnElement[bool]:
    """The open cases whose present step the actor may decide. One small SELECT finds whom they stand in for."""
    persons = principals(actor)
    if not persons:
        return false()
    return and_(
        ApprovalCase.state == CaseState.OPEN,
        ApprovalCase.kind.in_(kinds.known()),
        _is_free(persons[0]),
        or_(*(_reaches(person) & _is_free(person) for person in persons)),
    )


def visible(actor: Actor) -> ColumnElement[bool]:
    """The cases of the actor's units, those they may decide, and those they decided."""
    if actor is SYSTEM:
        return true()
    decided = exists().where(ApprovalDecision.case_id == ApprovalCase.id, _took_part(actor.person_id))
    seen = ApprovalCase.org_id.in_(access.visible_orgs(actor, VIEW))
    return or_(seen, decidable(actor), decided if actor.holds(VIEW) else false())


def is_own(actor: Actor, case: ApprovalCase) -> bool:
    """Whether the actor applied, or handed the application in for somebody. The machine itself may act for anybody."""
    return actor is SYSTEM or (actor.person_id is not None and actor.person_id in {case.applicant_id, case.opened_by})


def principals(actor: Actor) -> list[uuid.UUID]:
    """The actor, then the persons they stand in for today; nobody without the right to decide (second factor)."""
    if actor.person_id is None or not actor.holds(DECIDE):
        return []
    today = clock.today()
    absent = select(ApprovalSubstitute.absent_id).where(
        ApprovalSubstitute.stand_in_id == actor.person_id,
        ApprovalSubstitute.revoked_at.is_(None),
        ApprovalSubstitute.valid_from <= today,
        ApprovalSubstitute.valid_to >= today,
    )
    return [actor.person_id, *db.session.scalars(absent.distinct().order_by(ApprovalSubstitute.absent_id))]


def require_visible(actor: Actor, case_id: uuid.UUID) -> None:
    """Raise `NotFound` for a case the actor may not see."""
    if not db.session.scalar(select(exists().where(ApprovalCase.id == case_id, visible(actor)))):
        raise NotFound(_("找不到这件申请。"))


def require_own(actor: Actor, case: ApprovalCase) -> None:
    """Raise `NotFound` for a case that is not the actor's own. The system acts when what a case rests on is gone."""
    if actor is not SYSTEM and not is_own(actor, case):
        raise NotFound(_("找不到这件申请。"))


def acting_for(actor: Actor, case: ApprovalCase) -> uuid.UUID | None:
    """For whom the actor decides the present step: None for themselves, else the absent person.

    Raises `Conflict` for a case that is not open, `Forbidden` in words for one they see and may not decide, `NotFound`
    for the rest.
    """
    kinds.require(case.kind)
    persons = principals(actor)
    may = [_reaches(person) & _is_free(person) & _is_free(persons[0]) for person in persons]
    answers: Sequence[bool] = (
        db.session.execute(select(*may).where(ApprovalCase.id == case.id, ApprovalCase.state == CaseState.OPEN)).first()
        if may
        else None
    ) or ()
    found = next((person for person, yes in zip(persons, answers, strict=False) if yes), None)
    if found is None:
        require_visible(actor, case.id)
        raise _why_not(actor, case)
    return None if found == actor.person_id else found


def may_decide(actor: Actor, case_id: uuid.UUID) -> bool:
    """Whether the actor may decide the case's present step now: what a page offers."""
    return bool(db.session.scalar(select(exists().where(ApprovalCase.id == case_id, decidable(actor)))))


def _why_not(actor: Actor, case: ApprovalCase) -> LmsError:
    if case.state is not CaseState.OPEN:
        return Conflict(_("这件申请现在不在审核中。"), todo=_("请刷新页面查看它的进展。"), code="not_open")
    if is_own(actor, case):
        return Forbidden(_("不能审批自己的申请。"), todo=_("请由另一位干部办理。"), code="own_case")
    took_part = exists().where(ApprovalDecision.case_id == case.id, _took_part(actor.person_id))
    if db.session.scalar(select(took_part)):
        return Forbidden(
            _("您已办理过这件申请的另一个环节。"), why=_("同一人不能办理同一件申请的两个环节。"),
            todo=_("请由另一位干部办理。"), code="two_steps",
        )  # fmt: skip
    return Forbidden(_("这个环节不由您办理。"), todo=_("如工作需要，请联系本单位的管理员授权。"))


def _reaches(person_id: uuid.UUID) -> ColumnElement[bool]:
    """The person holds the present step's role on its unit or above."""
    return access.has_duty(person_id, ApprovalCase.at_role, ApprovalCase.at_org_id)


def _is_free(person_id: uuid.UUID) -> ColumnElement[bool]:
    """The case is not the person's own, and they have had no hand in another of its steps."""
    elsewhere = exists().where(
        ApprovalDecision.case_id == ApprovalCase.id,
        ApprovalDecision.step != ApprovalCase.step_at,
        _took_part(person_id),
    )
    return and_(
        ApprovalCase.applicant_id != person_id,
        or_(ApprovalCase.opened_by.is_(None), ApprovalCase.opened_by != person_id),
        ~elsewhere,
    )


def _took_part(person_id: uuid.UUID | None) -> ColumnElement[bool]:
    return or_(ApprovalDecision.decided_by == person_id, ApprovalDecision.on_behalf_of == person_id)
