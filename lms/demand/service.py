"""Wishing, voting, rating; and what an officer answers."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, func, select, update

from lms.classes import policy
from lms.demand import queries, rules
from lms.demand.models import ClassSurvey, Wish, WishState, WishVote
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work

LONGEST = 40
MOST_OPEN = 5


def wish(actor: Actor, title: str) -> uuid.UUID:
    """Wish for a topic and vote for it; its id. A topic that is there already gets the vote.

    Raises `Invalid` for nothing or too much text, `Conflict` for who has several open wishes.
    """
    person_id, title = _own(actor), " ".join(title.split())
    same = rules.plain(title)
    if len(same) < 2 or len(title) > LONGEST:
        raise Invalid(_("没有提交。"), fields={"title": _("请用 2 到 %(most)d 个字写明想学什么", most=LONGEST)})
    with unit_of_work(actor) as uow:
        found = uow.session.scalars(select(Wish).where(Wish.plain == same)).first()
        if found is None:
            mine = select(func.count()).where(Wish.created_by == person_id, Wish.state == WishState.OPEN)
            if (uow.session.scalar(mine) or 0) >= MOST_OPEN:
                raise Conflict(
                    _("您提的主题已有 %(count)d 个在等票。", count=MOST_OPEN),
                    todo=_("可以给别人提的投票，或过一阵再提。"),
                )
            values = {"title": title, "plain": same, "state": WishState.OPEN, "answer": "", "created_by": person_id}
            insert_new(uow.session, Wish, id=new_id(), created_at=clock.now(), **values)
            found = uow.session.scalars(select(Wish).where(Wish.plain == same)).one()
        if found.state is not WishState.OPEN:
            raise Conflict(_("这个主题已经不再投票。"), why=found.answer)
        _vote(uow, found.id, person_id)
        uow.audit("demand.wish", "course_wish", found.id)
        return found.id


def vote(actor: Actor, wish_id: uuid.UUID, *, wanted: bool) -> None:
    """Vote for a wish or take the vote back; twice is once."""
    person_id = _own(actor)
    with unit_of_work(actor) as uow:
        found = uow.session.get(Wish, wish_id)
        if found is None or found.state is WishState.HIDDEN:
            raise NotFound(_("找不到这个主题。"))
        if found.state is not WishState.OPEN:
            raise Conflict(_("这个主题已经不再投票。"), why=found.answer)
        if wanted:
            _vote(uow, wish_id, person_id)
        else:
            own = (WishVote.wish_id == wish_id) & (WishVote.person_id == person_id)
            uow.session.execute(delete(WishVote).where(own))


def answer(actor: Actor, wish_id: uuid.UUID, *, state: WishState, text: str) -> None:
    """Say what becomes of a wish. The right is that of who sets the rules of classes for the whole city."""
    policy.require_rules(actor)
    if state is not WishState.OPEN and not text.strip():
        raise Invalid(_("没有保存。"), fields={"answer": _("请写一句答复，投票的人会看到")})
    with unit_of_work(actor) as uow:
        changing = update(Wish).where(Wish.id == wish_id).values(state=state, answer=text.strip()[:200])
        if uow.change(changing) != 1:
            raise NotFound(_("找不到这个主题。"))
        uow.audit("demand.answer", "course_wish", wish_id, state=state.value, answer=text.strip())


def rate(actor: Actor, group_id: uuid.UUID, *, content: int, teaching: int, use: int, text: str) -> None:
    """Say what one thinks of a closed class one was in, once. Raises `NotFound` for any other class."""
    person_id = _own(actor)
    if group_id not in {group.id for group in queries.to_rate(person_id)}:
        raise NotFound(_("没有等您评价的这个班。"), why=_("您可能已经评价过。"))
    values = {"content": content, "teaching": teaching, "use": use, "text": text.strip()[:1000]}
    if not all(1 <= values[name] <= 5 for name in ("content", "teaching", "use")):  # type: ignore[operator]
        raise Invalid(_("没有提交。"), todo=_("请每项选 1 到 5。"))
    with unit_of_work(actor) as uow:
        made = {"id": new_id(), "group_id": group_id, "person_id": person_id, "sent_at": clock.now()}
        insert_new(uow.session, ClassSurvey, **made, **values)


def _vote(uow: UnitOfWork, wish_id: uuid.UUID, person_id: uuid.UUID) -> None:
    insert_new(uow.session, WishVote, wish_id=wish_id, person_id=person_id, voted_at=clock.now())


def _own(actor: Actor) -> uuid.UUID:
    if actor.person_id is None:
        raise Forbidden(_("请用本人的账号办理。"))
    return actor.person_id
