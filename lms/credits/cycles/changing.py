"""What an officer may do to a cycle: extend it, free a person, bind them again. By right, and with a reason kept."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select, update

from lms.access import policy as access
from lms.credits.cycles.models import ChangeKind, CreditCycle
from lms.credits.cycles.opening import record
from lms.credits.cycles.standing import hold, refresh
from lms.credits.obligations.rules import Obligation
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.people import queries as people
from lms.webkit.templating import day

EXCEPT = "credit:except"
"""The right to extend a cycle and to free from it."""
LONGEST = 36
"""Months by which a cycle can be extended at most."""
LONGEST_REASON = 300


def seen_cycle(actor: Actor, cycle_id: uuid.UUID, permission: str = "credit:view") -> CreditCycle:
    """A cycle of a person on whom the actor holds a right. Raises `NotFound` or `Forbidden`."""
    cycle = db.session.get(CreditCycle, cycle_id, populate_existing=True)
    if cycle is None or cycle.void:
        raise NotFound(_("找不到这个周期。"))
    access.require_person(actor, permission, cycle.person_id)
    return cycle


def extend(actor: Actor, cycle_id: uuid.UUID, *, last_day: dt.date, reason: str, seen: dt.date) -> None:
    """Let a cycle end later. `seen` is the end the officer saw. The original last day is kept.

    Raises `Invalid` for a day that is not later, is out of measure or reaches into the cycle that follows, `Conflict`
    when it was changed meanwhile, `Forbidden` for one's own.
    """
    with unit_of_work(actor) as uow:
        cycle = _mine_to_change(uow, actor, cycle_id, reason)
        furthest = clock.months_later(cycle.last_day, LONGEST)
        if not seen < last_day <= furthest:
            raise Invalid(
                _("没有延长。"),
                fields={"last_day": _("应晚于现在的最后一天，且不超过原定之后 %(most)d 个月", most=LONGEST)},
            )
        _require_room(uow, cycle, last_day)
        before = cycle.ends_on
        _swap(uow, cycle, seen, extended_to=last_day)
        _done(uow, cycle, ChangeKind.EXTENDED, reason, before=before.isoformat(), last_day=last_day.isoformat())
        _tell(uow, cycle, "credits.cycle_extended", reason)


def free(actor: Actor, cycle_id: uuid.UUID, *, freed: bool, reason: str, seen: dt.date) -> None:
    """Free a person from what a cycle asks for, or bind them again. Raises as `extend` does."""
    with unit_of_work(actor) as uow:
        cycle = _mine_to_change(uow, actor, cycle_id, reason)
        if cycle.freed == freed:
            raise _overtaken()
        _swap(uow, cycle, seen, freed=freed)
        _done(uow, cycle, ChangeKind.FREED if freed else ChangeKind.BOUND, reason)
        _tell(uow, cycle, "credits.cycle_freed" if freed else "credits.cycle_bound", reason)


def _mine_to_change(uow: UnitOfWork, actor: Actor, cycle_id: uuid.UUID, reason: str) -> CreditCycle:
    hold(uow, [seen_cycle(actor, cycle_id, EXCEPT).person_id])
    cycle = seen_cycle(actor, cycle_id, EXCEPT)  # as it is now that nobody else changes it
    if actor.person_id == cycle.person_id:
        raise Forbidden(_("不能办理自己的延长或豁免。"), todo=_("请由另一位干部办理。"))
    if not reason.strip() or len(reason) > LONGEST_REASON:
        message = _("请写明理由，最多 %(most)d 字", most=LONGEST_REASON)
        raise Invalid(_("没有保存。"), fields={"reason": message})
    return cycle


def _require_room(uow: UnitOfWork, cycle: CreditCycle, last_day: dt.date) -> None:
    """Of two cycles that overlap each would count the same hours."""
    if cycle.obligation is Obligation.YEAR:
        raise Invalid(_("没有延长。"), fields={"last_day": _("公历年度一年接一年，不能延长；确需照顾的，请办理豁免")})
    following = uow.session.scalar(
        select(func.min(CreditCycle.first_day)).where(
            CreditCycle.person_id == cycle.person_id,
            CreditCycle.obligation == cycle.obligation,
            CreditCycle.first_day > cycle.ends_on,
            ~CreditCycle.void,
        )
    )
    if following is not None and following <= last_day:
        message = _("应早于下一周期的第一天 %(day)s；同一天的学习不能计入两个周期", day=day(following))
        raise Invalid(_("没有延长。"), fields={"last_day": message})


def _swap(uow: UnitOfWork, cycle: CreditCycle, seen: dt.date, **values: Any) -> None:
    """Compare and swap: the cycle still ends on the day the officer saw, and is freed or not as it was."""
    ends = CreditCycle.extended_to == seen if cycle.extended_to else CreditCycle.last_day == seen
    changing = update(CreditCycle).where(CreditCycle.id == cycle.id, ends, CreditCycle.freed == cycle.freed)
    if cycle.extended_to is None:
        changing = changing.where(CreditCycle.extended_to.is_(None))
    if uow.change(changing.values(**values).execution_options(synchronize_session=False)) != 1:
        raise _overtaken()
    uow.session.refresh(cycle)


def _done(uow: UnitOfWork, cycle: CreditCycle, kind: ChangeKind, reason: str, **detail: Any) -> None:
    record(uow, cycle, kind, reason.strip())
    uow.session.flush()
    refresh(uow, [cycle.person_id])
    unit = people.present_unit(cycle.person_id)
    about = {"person": cycle.person_id.hex, "obligation": cycle.obligation.value, "reason": reason.strip()}
    uow.audit(f"credit.cycle.{kind.value}", "credit_cycle", cycle.id, org_id=unit, **about, **detail)


def _tell(uow: UnitOfWork, cycle: CreditCycle, kind: str, reason: str) -> None:
    params = {"last_day": cycle.ends_on, "reason": reason.strip()}
    key = f"{kind}:{cycle.id.hex}:{clock.now().isoformat()}"
    messages.send(uow, person_id=cycle.person_id, kind=kind, params=params, key=key, link="/hours")


def _overtaken() -> Conflict:
    return Conflict(
        _("这个周期刚有了变化，您的操作没有生效。"), todo=_("请刷新页面，看过现在的情况再办。"), code="stale_cycle"
    )
