"""Warnings, elimination and graduation: computed by the class's rule, confirmed by an officer, never one's own."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence

from lms.classes import policy, wording
from lms.classes.course_models import ClassWarning, Graduation, Outcome
from lms.classes.events import ClassAttended, ClassGraduated
from lms.classes.models import ClassGroup, ClassMember, CreditMode, GroupState, MemberState
from lms.classes.queries import groups as listed_groups
from lms.classes.queries import standing as queries
from lms.classes.queries.standing import Standing
from lms.classes.rules.grading import Cause, Facts
from lms.classes.service.common import hold, overtaken, tell
from lms.classes.service.enrolling import take_out
from lms.classes.service.settling import rule_of
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Forbidden
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales, sentences
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work

Why = tuple[Facts, Sequence[Cause]]
"""What was known of a person, and what it came to."""


def warn_group(actor: Actor, group_id: uuid.UUID) -> int:
    """Warn every member who comes near a limit and was not warned of it; how many warnings are new."""
    with unit_of_work(actor) as uow:
        group = policy.run_group(actor, group_id)
        rule, sent = rule_of(uow, group), 0
        for one in queries.standings(group, rule):
            if one.graduation is not None or one.line.member.state is not MemberState.ENROLLED:
                continue
            for cause in one.verdict.warn:
                person = one.line.member.person_id
                row = {"group_id": group_id, "person_id": person, "cause": cause, "sent_at": clock.now()}
                if insert_new(uow.session, ClassWarning, id=new_id(), **row):
                    params = {
                        "title": group.title,
                        "cause": in_all_locales(wording.CAUSES[cause]),
                        "days": rule.warn_days,
                    }
                    key = f"{group_id.hex}:{cause.value}"
                    tell(uow, "classes.warned", [person], params, key=key, link=f"/classes/{group_id}")
                    sent += 1
        if sent:
            uow.audit("class.warn", "class_group", group_id, org_id=group.org_id, warnings=sent)
        return sent


def warn_everywhere() -> int:
    """The same for every class under way: what the job does each day."""
    return sum(warn_group(SYSTEM, group_id) for group_id in listed_groups.running())


def eliminate(actor: Actor, group_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Take out a member who is over a limit and was warned in time. Raises `Conflict` where the rule forbids it."""
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        group = hold(uow, group_id)
        rule = rule_of(uow, group)
        member = uow.session.get(ClassMember, member_id, populate_existing=True)
        if member is None or member.group_id != group_id:
            raise overtaken()
        if member.person_id == actor.person_id:
            raise Forbidden(_("不能办理自己的事。"), todo=_("请由另一位工作人员办理。"))
        facts, verdict = queries.standing(group, rule, member.person_id)
        if not verdict.eliminate or group.state is not GroupState.RUNNING:
            raise Conflict(
                _("还不能淘汰这位学员。"),
                why=_("没有超过规定的限度，或提醒后还不到 %(days)d 天。", days=rule.warn_days),
            )
        reason = sentences(str(wording.CAUSES[cause]) for cause in verdict.eliminate)
        _write(uow, group, member.person_id, Outcome.ELIMINATED, (facts, verdict.eliminate))
        take_out(uow, group, member, reason)
        uow.audit(
            "class.eliminate", "class_group", group_id, org_id=group.org_id, person=member.person_id.hex, reason=reason
        )


def seal(standings: Sequence[Standing]) -> str:
    """What a list looked like: who confirms it says which one they saw."""
    seen = sorted(
        (one.line.member.person_id.hex, [cause.value for cause in one.verdict.lacking], one.facts.attended)
        for one in standings
        if not one.graduation
    )
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def confirm(actor: Actor, group_id: uuid.UUID, *, seen: str) -> tuple[int, int]:
    """Confirm the computed list of a closed class: how many graduated and how many did not.

    Raises `Conflict` while something is open, or when the list is not the one that was `seen`; `Forbidden` for who is
    on it.
    """
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        group = hold(uow, group_id)
        if group.state is not GroupState.CLOSED:
            raise Conflict(_("结班以后才能确认结业名单。"))
        found = queries.standings(group, rule_of(uow, group))
        in_order = sorted(found, key=lambda one: one.line.member.person_id)  # that in which persons are locked
        waiting = [one for one in in_order if one.graduation is None]
        if any(one.line.member.person_id == actor.person_id for one in waiting):
            raise Forbidden(_("您也在这份名单上，不能由您确认。"), todo=_("请由另一位工作人员办理。"))
        if any(not one.verdict.decided for one in waiting):
            raise Conflict(_("还有作业没评完，不能确认结业名单。"), todo=_("请先请教师评完全部作业。"))
        if seal(found) != seen:
            raise Conflict(_("名单刚有了变化，没有确认。"), todo=_("请看过新的名单再确认。"), code="stale_list")
        for one in waiting:
            outcome = Outcome.GRADUATED if one.verdict.graduates else Outcome.NOT_GRADUATED
            _write(uow, group, one.line.member.person_id, outcome, (one.facts, one.verdict.lacking))
            _tell_outcome(uow, group, one, outcome)
        passed = sum(1 for one in waiting if one.verdict.graduates)
        uow.audit("class.graduate", "class_group", group_id, org_id=group.org_id, graduated=passed, people=len(waiting))
        return passed, len(waiting) - passed


def _write(uow: UnitOfWork, group: ClassGroup, person_id: uuid.UUID, outcome: Outcome, why: Why) -> None:
    """Record how it ended, once, and tell the other rooms what counts."""
    facts, causes = why
    values = {
        "id": new_id(), "group_id": group.id, "person_id": person_id, "outcome": outcome, "minutes": facts.attended,
        "planned": facts.planned, "decided_on": clock.today(), "decided_by": uow.actor.person_id,
        "decided_at": clock.now(),
        "facts": {"absent": facts.absent, "missing": facts.missing, "causes": [cause.value for cause in causes]},
    }  # fmt: skip
    if not insert_new(uow.session, Graduation, **values):
        raise overtaken()
    if outcome is not Outcome.GRADUATED:
        return
    uow.emit(
        ClassGraduated(
            group_id=group.id, person_id=person_id, category=group.category, title=group.title,
            graduated_on=clock.today(),
        )
    )  # fmt: skip
    rule = rule_of(uow, group)
    if rule.credit_mode is CreditMode.GRADUATION and facts.attended:
        uow.emit(
            ClassAttended(
                occasion=f"{group.id.hex}{person_id.hex}", person_id=person_id, title=group.title,
                category=rule.credit_category, minutes=facts.attended, planned=facts.planned,
                attended_on=clock.today(),
            )
        )  # fmt: skip


def _tell_outcome(uow: UnitOfWork, group: ClassGroup, one: Standing, outcome: Outcome) -> None:
    kind = "classes.graduated" if outcome is Outcome.GRADUATED else "classes.not_graduated"
    person = one.line.member.person_id
    tell(uow, kind, [person], {"title": group.title}, key=group.id.hex, link=f"/classes/{group.id}")
