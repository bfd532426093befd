"""Either-or between schemes: what only one scheme may support for a person, whoever comes first.

A claim takes hold when it is made and gives it back when it ends without money; money that was drawn stays drawn. The
row of the person and subject is where two schemes at the same moment meet: the second waits for the first, then reads
whose it is. A scheme that is switched off keeps what it holds: its claims are still there and go on when it is back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select, update

from lms.plugin_api.errors import Conflict, Invalid
from lms.plugin_api.models import insert_new
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import pick
from lms.plugin_api.work import Actor, UnitOfWork, clock, session, unit_of_work
from lms_payouts.models import Hold


def take_hold(uow: UnitOfWork, person_id: uuid.UUID, subject: str, holder: str, title: Mapping[str, str]) -> None:
    """Count one more claim of a scheme's plugin (`holder`) for a subject, in the caller's transaction.

    Raises `Conflict` (`payouts_either_or`) naming the other scheme that supports the person in it already.
    """
    row = {"holder": holder, "title": dict(title), "uses": 1, "since": clock.now()}
    if insert_new(uow.session, Hold, person_id=person_id, subject=subject, **row):
        return
    same = (Hold.person_id == person_id, Hold.subject == subject)
    more = update(Hold).where(*same, Hold.holder == holder, Hold.uses > 0).values(uses=Hold.uses + 1)
    if uow.change(more.execution_options(synchronize_session=False)):
        return
    free = update(Hold).where(*same, Hold.uses == 0).values(**row)
    if uow.change(free.execution_options(synchronize_session=False)):
        return
    raise either_or(session.scalars(select(Hold.title).where(*same)).one())


def give_back(uow: UnitOfWork, person_id: uuid.UUID, subject: str, holder: str) -> None:
    """Count one claim less: it ended without money. The caller does it once for each claim that took hold."""
    less = update(Hold).where(
        Hold.person_id == person_id, Hold.subject == subject, Hold.holder == holder, Hold.uses > 0
    )
    uow.change(less.values(uses=Hold.uses - 1).execution_options(synchronize_session=False))


def held_by_others(person_id: uuid.UUID, holder: str) -> Mapping[str, Mapping[str, str]]:
    """What the schemes are called that stand in `holder`'s way, by subject, in one query. To say so before a claim."""
    query = select(Hold.subject, Hold.title).where(Hold.person_id == person_id, Hold.uses > 0, Hold.holder != holder)
    return {row.subject: row.title for row in session.execute(query)}


def release_hold(actor: Actor, person_id: uuid.UUID, subject: str, reason: str) -> bool:
    """Free a subject whose scheme is gone for good and so never gives it back; False when nothing held it.

    For operators, with a reason that is audited: whoever was paid by that scheme could then be paid by another.
    """
    if not reason.strip():
        raise Invalid(_("没有解除。"), fields={"reason": _("请写明理由")})
    with unit_of_work(actor) as uow:
        held = update(Hold).where(Hold.person_id == person_id, Hold.subject == subject, Hold.uses > 0)
        if not uow.change(held.values(uses=0).execution_options(synchronize_session=False)):
            return False
        uow.audit("payouts.hold.release", "payouts_hold", subject, person=person_id.hex, reason=reason.strip())
        return True


def either_or(title: Mapping[str, str]) -> Conflict:
    """The refusal of the scheme that comes second."""
    return Conflict(
        _("还不能申领。"),
        why=_("您已在办理或领过“%(title)s”。同一学历的学费报销和一次性奖励只能选一项。", title=pick(title)),
        todo=_("想改选的，先撤回还没有通过的那一项；已经到账的不能再改。"),
        code="payouts_either_or",
    )
