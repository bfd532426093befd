"""Seats: taken, waited for, given up. A group is held while they change; a unique key keeps each for one person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, update

from lms.classes import policy
from lms.classes.dto import Placement
from lms.classes.models import ClassGroup, ClassMember, ClassQuota, GroupState, MemberSource, MemberState
from lms.classes.queries import members as queries
from lms.classes.rules import seats as rules
from lms.classes.rules.seats import OPEN_POOL, Seat, Seated, Waiting
from lms.classes.service.common import hold, overtaken, tell
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.webkit.templating import moment

TAKES_PEOPLE = (GroupState.OPEN, GroupState.RUNNING)


def enrol(
    uow: UnitOfWork, group_id: uuid.UUID, person_id: uuid.UUID, *, source: MemberSource = MemberSource.PROGRAMME
) -> Placement:
    """Give a person a seat, or a place in the queue where every seat they might have is taken. Asked twice it is one.

    For programmes and lists: who calls has checked the right to. Raises `Conflict` for a group that takes nobody,
    that is full and has no queue, or that the person was removed from.
    """
    group = hold(uow, group_id)
    if group.state not in TAKES_PEOPLE:
        raise Conflict(_("这个班现在不收学员。"), why=_("它还没有开放报名，或已经结业。"))
    member = _member(uow, group_id, person_id)
    if member is not None and member.state in {MemberState.ENROLLED, MemberState.WAITING}:
        return placement(member)
    if member is not None and member.state is MemberState.REMOVED and source is MemberSource.SELF:
        raise Conflict(_("您已被移出这个班，不能再报名。"), why=member.reason, todo=_("如有疑问，请联系主办单位。"))
    home = queries.county_of([person_id]).get(person_id)
    sizes, taken = _sizes(uow, group), _taken(uow, group_id)
    seat = rules.seat_for(pool_of(home, sizes), sizes, taken)
    if seat is None and not group.waitlist:
        raise Conflict(_("这个班已经满员。"), why=_("它不设候补。"), todo=_("请选别的班次。"), code="class_full")
    if member is None:
        member = ClassMember(id=new_id(), group_id=group_id, person_id=person_id)
        uow.session.add(member)
    _place(uow, member, source, home, seat)
    placed = placement(member)
    if source is not MemberSource.SELF:
        _tell_placed(uow, group, member, placed)
    return placed


def sign_up(actor: Actor, group_id: uuid.UUID) -> Placement:
    """Sign up oneself. Raises `Conflict` outside the window, `NotFound` for a group that is not for the person."""
    person_id = _own(actor)
    with unit_of_work(actor) as uow:
        group = hold(uow, group_id)
        if group.state is GroupState.DRAFT or not queries.is_for(group, person_id):
            raise policy.missing_group()
        where = rules.window(clock.now(), group.enrol_from, group.enrol_until)
        if where == "before":
            raise Conflict(_("报名还没有开始。"), todo=_("%(when)s 开始报名。", when=moment(group.enrol_from)))
        if where == "over":
            raise Conflict(
                _("报名已经截止。"), why=_("截止时间是 %(when)s。", when=moment(group.enrol_until)),
                todo=_("如确需参加，请联系主办单位。"),
            )  # fmt: skip
        placed = enrol(uow, group_id, person_id, source=MemberSource.SELF)
        uow.audit("class.sign_up", "class_group", group_id, org_id=group.org_id, state=placed.state.value)
        return placed


def leave(actor: Actor, group_id: uuid.UUID) -> None:
    """Give one's seat or place in the queue up, until the class begins. Who is next in the queue moves up."""
    person_id = _own(actor)
    with unit_of_work(actor) as uow:
        group = hold(uow, group_id)
        member = _member(uow, group_id, person_id)
        if member is None or member.state not in {MemberState.ENROLLED, MemberState.WAITING}:
            raise NotFound(_("您没有报这个班。"))
        if group.state is not GroupState.OPEN:
            raise Conflict(
                _("开班以后不能自行退出。"), todo=_("请联系主办单位，由工作人员办理。"), code="class_running"
            )
        _give_up(uow, member, MemberState.LEFT, "")
        promote(uow, group)
        uow.audit("class.leave", "class_group", group_id, org_id=group.org_id)


def remove(actor: Actor, group_id: uuid.UUID, member_id: uuid.UUID, *, reason: str) -> None:
    """Take somebody out of a group. Raises `Invalid` without a reason, `Forbidden` for oneself."""
    if not reason.strip():
        raise Invalid(_("没有移出。"), fields={"reason": _("请写明理由，会告诉本人")})
    with unit_of_work(actor) as uow:
        policy.run_group(actor, group_id)
        group = hold(uow, group_id)
        member = uow.session.get(ClassMember, member_id, populate_existing=True)
        if member is None or member.group_id != group_id:
            raise NotFound(_("这个班里没有这位学员。"))
        if member.person_id == actor.person_id:
            raise Forbidden(_("不能办理自己的事。"), todo=_("请由另一位工作人员办理。"))
        if group.state not in TAKES_PEOPLE:
            raise Conflict(_("这个班已经结束，名单不再变动。"))
        take_out(uow, group, member, reason.strip())
        uow.audit(
            "class.remove", "class_group", group_id, org_id=group.org_id, person=member.person_id.hex, reason=reason
        )


def take_out(uow: UnitOfWork, group: ClassGroup, member: ClassMember, reason: str) -> None:
    """Remove a member of a held group, tell them, and let the queue move up."""
    _give_up(uow, member, MemberState.REMOVED, reason)
    params = {"title": group.title, "reason": reason}
    tell(uow, "classes.removed", [member.person_id], params, key=f"{member.id.hex}:{member.ticket}",
         link=f"/classes/{group.id}")  # fmt: skip
    promote(uow, group)


def promote(uow: UnitOfWork, group: ClassGroup) -> int:
    """Let the queue of a held group move up into free seats, and tell who did. Returns how many."""
    if group.state not in TAKES_PEOPLE:
        return 0
    sizes = _sizes(uow, group)
    waiting = uow.session.scalars(
        select(ClassMember).where(ClassMember.group_id == group.id, ClassMember.state == MemberState.WAITING)
    ).all()
    queue = [Waiting(one.id, one.ticket, pool_of(one.home, sizes)) for one in waiting]
    people_of = {one.id: one.person_id for one in waiting}
    moved = rules.promotions(queue, sizes, _taken(uow, group.id))
    for one, seat in moved:
        moving = update(ClassMember).where(ClassMember.id == one.member_id, ClassMember.state == MemberState.WAITING)
        values = {"pool": seat.pool, "seat": seat.number, "changed_at": clock.now()}
        if uow.change(moving.values(state=MemberState.ENROLLED, **values)) != 1:
            raise overtaken()
        uow.audit(
            "class.promote", "class_group", group.id, org_id=group.org_id,
            person=people_of[one.member_id].hex, ticket=one.ticket,
        )  # fmt: skip
        params = {"title": group.title, "starts": group.starts_on}
        tell(uow, "classes.promoted", [people_of[one.member_id]], params, key=f"{one.member_id.hex}:{one.ticket}",
             link=f"/classes/{group.id}")  # fmt: skip
    return len(moved)


def placement(member: ClassMember) -> Placement:
    """Where a member stands."""
    if member.state is not MemberState.WAITING:
        return Placement(member.id, member.state)
    return Placement(member.id, member.state, queries.position(member))


def pool_of(home: uuid.UUID | None, sizes: dict[str, int]) -> str:
    """The pool of a district with places of its own, else everybody's."""
    return home.hex if home is not None and home.hex in sizes else OPEN_POOL


def reseat(uow: UnitOfWork, group_id: uuid.UUID, places: int, quotas: dict[str, int]) -> None:
    """Let the people of a held group sit in one of another size; those whose seats are gone get others.

    Raises `Invalid` when the districts have more places than there are, or somebody would be left without a seat.
    """
    try:
        sizes = rules.pools(places, quotas)
    except ValueError:
        message = _("各区县的名额加起来不能超过总名额")
        raise Invalid(_("班级没有保存。"), fields={"places": message}) from None
    seated = [
        Seated(one.id, pool_of(one.home, sizes), Seat(one.pool, one.seat or 0))
        for one in uow.session.scalars(
            select(ClassMember).where(ClassMember.group_id == group_id, ClassMember.seat.is_not(None))
        )
    ]
    short = rules.without_a_seat(seated, sizes)
    if short:
        message = _("已录取 %(seated)d 人，按这些名额有 %(short)d 人没有座位", seated=len(seated), short=short)
        raise Invalid(_("班级没有保存。"), fields={"places": message})
    for one, seat in rules.moves(seated, sizes):
        moving = update(ClassMember).where(ClassMember.id == one.member_id, ClassMember.state == MemberState.ENROLLED)
        if uow.change(moving.values(pool=seat.pool, seat=seat.number)) != 1:
            raise overtaken()


def _own(actor: Actor) -> uuid.UUID:
    if actor.person_id is None:
        raise Forbidden(_("只能为自己报名。"))
    return actor.person_id


def _member(uow: UnitOfWork, group_id: uuid.UUID, person_id: uuid.UUID) -> ClassMember | None:
    query = select(ClassMember).where(ClassMember.group_id == group_id, ClassMember.person_id == person_id)
    return uow.session.scalars(query.execution_options(populate_existing=True)).first()


def _sizes(uow: UnitOfWork, group: ClassGroup) -> dict[str, int]:
    rows = uow.session.execute(select(ClassQuota.org_id, ClassQuota.places).where(ClassQuota.group_id == group.id))
    return rules.pools(group.places, {row.org_id.hex: row.places for row in rows})


def _taken(uow: UnitOfWork, group_id: uuid.UUID) -> Sequence[Seat]:
    query = select(ClassMember.pool, ClassMember.seat).where(
        ClassMember.group_id == group_id, ClassMember.seat.is_not(None)
    )
    return [Seat(row.pool, row.seat or 0) for row in uow.session.execute(query)]


def _place(
    uow: UnitOfWork, member: ClassMember, source: MemberSource, home: uuid.UUID | None, seat: Seat | None
) -> None:
    """Write the seat or the place at the end of the queue; somebody who comes back goes to the end as well."""
    with uow.session.no_autoflush:
        last = select(func.max(ClassMember.ticket)).where(ClassMember.group_id == member.group_id)
        member.ticket = (uow.session.scalar(last) or 0) + 1
    member.state = MemberState.WAITING if seat is None else MemberState.ENROLLED
    member.source, member.home, member.reason = source, home, ""
    member.pool, member.seat = (OPEN_POOL, None) if seat is None else (seat.pool, seat.number)
    member.joined_at = member.changed_at = clock.now()
    uow.session.flush()


def _give_up(uow: UnitOfWork, member: ClassMember, state: MemberState, reason: str) -> None:
    standing = ClassMember.state.in_([MemberState.ENROLLED, MemberState.WAITING])
    giving = update(ClassMember).where(ClassMember.id == member.id, standing)
    values = {"state": state, "seat": None, "pool": OPEN_POOL, "reason": reason, "changed_at": clock.now()}
    if uow.change(giving.values(**values)) != 1:
        raise overtaken()


def _tell_placed(uow: UnitOfWork, group: ClassGroup, member: ClassMember, placed: Placement) -> None:
    waits = placed.state is MemberState.WAITING
    params = {"title": group.title, "starts": group.starts_on, "position": placed.position}
    tell(uow, "classes.queued" if waits else "classes.enrolled", [member.person_id], params,
         key=f"{member.id.hex}:{member.ticket}", link=f"/classes/{group.id}")  # fmt: skip
