"""Wishing, voting, rating; and what an officer answers."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, func, select

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

LONGEST, LONGEST_ANSWER, LONGEST_REMARK = 40, 200, 1000
MOST_OPEN = 5


def wish(actor: Actor, title: str) -> uuid.UUID:
    """Wish for a topic and vote for it; its id. A topic that is there already gets the vote.

    Raises `Invalid` for nothing or too much text, `Conflict` for who has several open wishes.
    """
    person_id, title = _own(actor), " ".join(title.split())
    same = rules.plain(title)
    if len(same) < 2 or max(len(title), len(same)) > LONGEST:  # spelt out, a ligature is several letters
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
    text = text.strip()
    if state is not WishState.OPEN and not text:
        raise Invalid(_("没有保存。"), fields={"answer": _("请写一句答复，投票的人会看到")})
    if len(text) > LONGEST_ANSWER:
        raise Invalid(_("没有保存。"), fields={"answer": _("最多 %(max)d 个字", max=LONGEST_ANSWER)})
    with unit_of_work(actor) as uow:
        found = uow.session.get(Wish, wish_id, populate_existing=True, with_for_update=True)
        if found is None:
            raise NotFound(_("找不到这个主题。"))
        was = {"state": found.state.value, "answer": found.answer}
        found.state, found.answer = state, text
        uow.audit("demand.answer", "course_wish", wish_id, was=was, state=state.value, answer=text)


def rate(actor: Actor, group_id: uuid.UUID, *, content: int, teaching: int, use: int, text: str) -> None:
    """Say what one thinks of a closed class one was in, once. Raises `NotFound` for any other class."""
    person_id, text = _own(actor), text.strip()
    if group_id not in {group.id for group in queries.to_rate(person_id)}:
        raise not_to_rate()
    if not all(1 <= mark <= 5 for mark in (content, teaching, use)):
        raise Invalid(_("没有提交。"), todo=_("请每项选 1 到 5。"))
    if len(text) > LONGEST_REMARK:
        raise Invalid(_("没有提交。"), fields={"text": _("最多 %(max)d 个字", max=LONGEST_REMARK)})
    with unit_of_work(actor) as uow:
        made = {"id": new_id(), "group_id": group_id, "person_id": person_id, "sent_at": clock.now()}
        marks = {"content": content, "teaching": teaching, "use": use}
        if not insert_new(uow.session, ClassSurvey, **made, **marks, text=text):
            raise not_to_rate()


def not_to_rate() -> NotFound:
    """The refusal of who rates a class that is not theirs to rate, or rates it twice."""
    return NotFound(_("没有等您评价的这个班。"), why=_("您可能已经评价过。"))


def _vote(uow: UnitOfWork, wish_id: uuid.UUID, person_id: uuid.UUID) -> None:
    insert_new(uow.session, WishVote, wish_id=wish_id, person_id=person_id, voted_at=clock.now())


def _own(actor: Actor) -> uuid.UUID:
    if actor.person_id is None:
        raise Forbidden(_("请用本人的账号办理。"))
    return actor.person_id
