"""Placements: applied for or assigned, accepted or refused by the station, ended early."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select, update

from lms.access import policy as access
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.dated import in_force
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.orgs import queries as orgs
from lms.practice import policy, queries, rules
from lms.practice.dto import Wish
from lms.practice.models import Placement, PracticeRule
from lms.practice.rules import PlacementState
from lms.practice.service.common import given_reason, hold_places, move, overtaken, refuse

LONGEST_NOTE = 500
BACK = dt.timedelta(days=366)
"""How far back an officer may let an assigned placement begin: practice agreed on paper is entered afterwards."""


def apply(actor: Actor, wish: Wish) -> uuid.UUID:
    """Apply for a placement of one's own; its id. The same key again is one placement.

    Raises `Invalid` naming every fault, `Conflict` when all places are taken or another placement of the category
    stands.
    """
    if actor.person_id is None:
        raise Forbidden(_("只能为自己申请实训。"))
    with unit_of_work(actor) as uow:
        earlier = _by_key(uow, wish.key, actor.person_id)
        if earlier is not None:
            return earlier
        rule = _checked(wish, clock.today())
        _require_place(uow, wish.org_id, wish.code, (wish.first_day, wish.last_day))
        placement_id = _put(uow, wish, actor.person_id, rule, PlacementState.APPLIED)
        uow.audit("practice.apply", "practice_placement", placement_id, org_id=wish.org_id, code=wish.code)
        return placement_id


def withdraw(actor: Actor, placement_id: uuid.UUID) -> None:
    """Take an application back that was not decided yet."""
    with unit_of_work(actor) as uow:
        placement = policy.own(actor, placement_id)
        move(uow, placement.id, PlacementState.APPLIED, PlacementState.WITHDRAWN, decided_at=clock.now())
        uow.audit("practice.withdraw", "practice_placement", placement.id, org_id=placement.org_id)


def assign(actor: Actor, wish: Wish, person_id: uuid.UUID, supervisor_id: uuid.UUID) -> uuid.UUID:
    """Place a person of the officer's units at a station of theirs; the placement's id. Needs no application.

    Raises `NotFound` or `Forbidden` for a person of other units.
    """
    with unit_of_work(actor) as uow:
        access.require(actor, policy.EDIT, wish.org_id)
        access.require_person(actor, policy.EDIT, person_id)
        policy.forbid_own(actor, person_id)
        hold_places(uow, wish.org_id, wish.code)  # the same form sent at once waits here, and is found below
        earlier = _by_key(uow, wish.key, person_id)
        if earlier is not None:
            return earlier
        _require_supervisor(actor, wish.org_id, supervisor_id, person_id)
        rule = _checked(wish, clock.today() - BACK)
        _require_place(uow, wish.org_id, wish.code, (wish.first_day, wish.last_day))
        decided = {"supervisor_id": supervisor_id, "decided_by": actor.person_id, "decided_at": clock.now()}
        placement_id = _put(uow, wish, person_id, rule, PlacementState.ACTIVE, **decided)
        placement = uow.session.get_one(Placement, placement_id)
        _tell_active(uow, placement, rule)
        detail = {"person": person_id.hex, "supervisor": supervisor_id.hex, **_days(wish.first_day, wish.last_day)}
        uow.audit("practice.assign", "practice_placement", placement_id, org_id=wish.org_id, code=wish.code, **detail)
        return placement_id


def accept(
    actor: Actor, placement_id: uuid.UUID, *, supervisor_id: uuid.UUID, first_day: dt.date, last_day: dt.date
) -> None:
    """Accept an application, naming who supervises; the days may be other ones than those wished for.

    Raises `Conflict` when it was decided meanwhile, or all places are taken on one of the days.
    """
    with unit_of_work(actor) as uow:
        placement = policy.looked_after(actor, placement_id)
        _require_supervisor(actor, placement.org_id, supervisor_id, placement.person_id)
        refuse(rules.term_faults(first_day, last_day, earliest=clock.today() - BACK), _("没有接收。"))
        _require_place(uow, placement.org_id, placement.code, (first_day, last_day), but=placement.id)
        rule, was = _rule(placement.code, first_day), _days(placement.first_day, placement.last_day)
        values = {"supervisor_id": supervisor_id, "first_day": first_day, "last_day": last_day, "rule_id": rule.id}
        decided = {"decided_by": actor.person_id, "decided_at": clock.now()}
        move(uow, placement.id, PlacementState.APPLIED, PlacementState.ACTIVE, **values, **decided)
        _tell_active(uow, uow.session.get_one(Placement, placement.id, populate_existing=True), rule)
        detail = {"supervisor": supervisor_id.hex, "was": was, **_days(first_day, last_day)}
        uow.audit("practice.accept", "practice_placement", placement.id, org_id=placement.org_id, **detail)


def refuse_application(actor: Actor, placement_id: uuid.UUID, reason: str) -> None:
    """Refuse an application with a reason the applicant reads."""
    _close(actor, placement_id, (PlacementState.APPLIED, PlacementState.REFUSED), reason)


def end_early(actor: Actor, placement_id: uuid.UUID, reason: str) -> None:
    """Break an active placement off. What was signed off stays on the record; it is not completed any more."""
    _close(actor, placement_id, (PlacementState.ACTIVE, PlacementState.ENDED), reason)


def change_supervisor(actor: Actor, placement_id: uuid.UUID, supervisor_id: uuid.UUID) -> None:
    """Hand an active placement to another supervisor; logs that wait go with it, what was signed stays as it is.

    Who has it already keeps it, and is told nothing.
    """
    with unit_of_work(actor) as uow:
        placement = policy.looked_after(actor, placement_id)
        before = placement.supervisor_id
        if before == supervisor_id and placement.state is PlacementState.ACTIVE:
            return
        _require_supervisor(actor, placement.org_id, supervisor_id, placement.person_id)
        handing = update(Placement).where(
            Placement.id == placement.id,
            Placement.state == PlacementState.ACTIVE,
            Placement.supervisor_id == before,
        )
        if uow.change(handing.values(supervisor_id=supervisor_id)) != 1:
            raise overtaken()
        _tell_supervisor(uow, uow.session.get_one(Placement, placement.id, populate_existing=True))
        uow.audit(
            "practice.supervisor",
            "practice_placement",
            placement.id,
            org_id=placement.org_id,
            was=before.hex if before else None,
            supervisor=supervisor_id.hex,
        )


def _close(actor: Actor, placement_id: uuid.UUID, step: tuple[PlacementState, PlacementState], reason: str) -> None:
    text, kind = given_reason(reason), f"practice.{step[1].value}"
    with unit_of_work(actor) as uow:
        placement = policy.looked_after(actor, placement_id)
        decided = {"reason": text, "decided_by": actor.person_id, "decided_at": clock.now()}
        move(uow, placement.id, step[0], step[1], **decided)
        rule = uow.session.get_one(PracticeRule, placement.rule_id)
        station = orgs.unit(placement.org_id).name
        messages.send(
            uow,
            person_id=placement.person_id,
            kind=kind,
            params={"title": rule.title, "station": station, "reason": text},
            key=f"{kind}:{placement.id.hex}",
            link=f"/me/practice/{placement.id}",
        )
        uow.audit(kind, "practice_placement", placement.id, org_id=placement.org_id, reason=text)


def _days(first_day: dt.date, last_day: dt.date) -> dict[str, Any]:
    """A term as the trail keeps it."""
    return {"first": first_day.isoformat(), "last": last_day.isoformat()}


def _by_key(uow: UnitOfWork, key: str, person_id: uuid.UUID) -> uuid.UUID | None:
    made = uow.session.execute(select(Placement.id, Placement.person_id).where(Placement.key == key)).first()
    if made is None:
        return None
    if made.person_id != person_id:
        raise overtaken()
    return uuid.UUID(str(made.id))


def _checked(wish: Wish, earliest: dt.date) -> PracticeRule:
    refuse(rules.term_faults(wish.first_day, wish.last_day, earliest=earliest), _("没有提交。"))
    if len(wish.note) > LONGEST_NOTE:
        raise Invalid(_("没有提交。"), fields={"note": _("最多 %(most)d 个字", most=LONGEST_NOTE)})
    return _rule(wish.code, wish.first_day)


def _rule(code: str, first_day: dt.date) -> PracticeRule:
    """The figures for a placement that begins on a day. Raises `Invalid` where the category takes nobody then."""
    rule = in_force(queries.category(code).rules, first_day)
    if rule is None or not rule.is_open:
        raise Invalid(_("没有提交。"), fields={"first_day": _("这类实训在这一天不接收新人")})
    return rule


def _require_place(
    uow: UnitOfWork, org_id: uuid.UUID, code: str, term: tuple[dt.date, dt.date], but: uuid.UUID | None = None
) -> None:
    """Raise `Conflict` when the station's places are taken on one of the days. They are held from here on."""
    places = hold_places(uow, org_id, code)
    if not places:
        raise Conflict(_("这个站点不接收这类实训。"), todo=_("请选择别的站点。"), code="no_places")
    taken = rules.most_at_once(queries.active_terms(org_id, code, but), term)
    if taken >= places:
        raise Conflict(
            _("这段时间没有空余名额。"),
            why=_("站点在这一类同时最多接收 %(places)d 人，这段时间里已满。", places=places),
            todo=_("请换一段时间，或选择别的站点。"),
            code="full",
        )


def _require_supervisor(actor: Actor, org_id: uuid.UUID, supervisor_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Raise `Invalid` unless it is somebody else, of the station or among the people the officer sees."""
    if supervisor_id == person_id:
        raise Invalid(_("没有办理。"), fields={"supervisor": _("督导不能是实训人员本人")})
    if not queries.can_supervise(actor, org_id, supervisor_id):
        raise Invalid(_("没有办理。"), fields={"supervisor": _("请从列表里选择")})


def _put(
    uow: UnitOfWork, wish: Wish, person_id: uuid.UUID, rule: PracticeRule, state: PlacementState, **decided: Any
) -> uuid.UUID:
    """Insert the placement. Another live one of the category is in the way; the same key sent at once is the answer."""
    placement_id = new_id()
    values = {
        "id": placement_id,
        "key": wish.key,
        "person_id": person_id,
        "org_id": wish.org_id,
        "code": wish.code,
        "rule_id": rule.id,
        "first_day": wish.first_day,
        "last_day": wish.last_day,
        "note": wish.note.strip(),
        "state": state,
        "reason": "",
        "minutes": 0,
        "counted": 0,
        "applied_at": clock.now(),
    }
    if insert_new(uow.session, Placement, **values, **decided):
        return placement_id
    earlier = _by_key(uow, wish.key, person_id)
    if earlier is not None:
        return earlier
    raise Conflict(
        _("这一类实训已有一次在申请或进行中。"),
        todo=_("同一类一次只能有一次实训，请先办完那一次。"),
        code="one_at_a_time",
    )


def _tell_active(uow: UnitOfWork, placement: Placement, rule: PracticeRule) -> None:
    params = {
        "title": rule.title,
        "station": orgs.unit(placement.org_id).name,
        "first": placement.first_day,
        "last": placement.last_day,
        "supervisor": queries.names([placement.supervisor_id]).get(placement.supervisor_id or placement.id, ""),
    }
    key, link = f"practice.active:{placement.id.hex}", f"/me/practice/{placement.id}"
    messages.send(uow, person_id=placement.person_id, kind="practice.active", params=params, key=key, link=link)
    _tell_supervisor(uow, placement)


def _tell_supervisor(uow: UnitOfWork, placement: Placement) -> None:
    """Tell who supervises from now on, also who did so before and gets it back."""
    assert placement.supervisor_id is not None  # noqa: S101 - an active placement has one
    rule = uow.session.get_one(PracticeRule, placement.rule_id)
    name = queries.names([placement.person_id])[placement.person_id]
    messages.send(
        uow,
        person_id=placement.supervisor_id,
        kind="practice.supervise",
        params={"name": name, "title": rule.title, "station": orgs.unit(placement.org_id).name},
        key=f"practice.supervise:{placement.id.hex}:{placement.supervisor_id.hex}:{clock.now().isoformat()}",
        link="/supervise",
    )
