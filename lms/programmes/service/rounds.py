"""Rounds: announcing, the panel, going on to scoring, calling off."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, exists, select

from lms.approvals import service as approvals
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.messages import service as messages
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES
from lms.people.models import Person, PersonState
from lms.programmes import policy
from lms.programmes.dto import NewRound
from lms.programmes.models import ApplicationState, PanelMember, PanelScore, Round, RoundState
from lms.programmes.queries import catalogue, rounds
from lms.programmes.service.common import far_off, hold_round, is_far, move_round, overtaken

MOST_PLACES = 10_000


def announce(actor: Actor, new: NewRound) -> uuid.UUID:
    """Announce a round of a programme under its version of today; the round's id.

    Raises `Invalid` naming every fault, `Conflict` for a programme that is closed.
    """
    policy.require_edit(actor)
    today = clock.today()
    version = catalogue.load().entry(new.programme).in_force(today)
    if version is None or not version.is_open:
        raise Conflict(_("这个项目现在不开展选拔。"), todo=_("请先在项目里保存新的版本。"))
    _check(new)
    with unit_of_work(actor) as uow:
        round_id, year = new_id(), new.opens_on.year
        made = insert_new(
            uow.session, Round, id=round_id, programme=new.programme, version_id=version.id, year=year,
            number=rounds.next_number(new.programme, year), opens_on=new.opens_on, closes_on=new.closes_on,
            written_since=new.written_since, places=new.places,
            places_by=[{"org_id": unit.hex, "places": count} for unit, count in new.places_by.items()],
            state=RoundState.OPEN, announced_by=actor.person_id, announced_at=clock.now(),
        )  # fmt: skip
        if not made:
            raise overtaken()
        detail: dict[str, Any] = {
            "programme": new.programme,
            "places": new.places,
            "closes_on": new.closes_on.isoformat(),
        }
        uow.audit("programme.announce", "programme_round", round_id, **detail)
        return round_id


def _check(new: NewRound) -> None:
    fields: dict[str, Any] = {}
    if new.closes_on < new.opens_on:
        fields["closes_on"] = _("不能早于开始日期")
    elif new.closes_on < clock.today():
        fields["closes_on"] = _("请选今天或以后的日期")
    fields |= {name: far_off() for name in ("opens_on", "closes_on", "written_since") if is_far(getattr(new, name))}
    if not 1 <= new.places <= MOST_PLACES:
        fields["places"] = _("应为 1 至 10000 人")
    if min(new.places_by.values(), default=1) < 1 or sum(new.places_by.values()) > new.places:
        fields["places_by"] = _("分给区县的名额合计不能超过总名额")
    elif any(orgs.unit(unit).kind not in COUNTIES for unit in new.places_by):
        fields["places_by"] = _("名额只能分给区县")
    if fields:
        raise Invalid(_("没有发布。"), todo=_("请改好标出的地方再发布。"), fields=fields)


def begin_scoring(actor: Actor, round_id: uuid.UUID) -> None:
    """Go on to interviews and scores once applications are closed and every one is decided. Raises `Conflict`."""
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        round_ = rounds.round_of(round_id)
        if round_.closes_on >= clock.today():
            raise Conflict(_("报名还没有截止。"), todo=_("请在报名最后一天过后再开始评分。"))
        move_round(uow, round_id, RoundState.OPEN, RoundState.SCORING)
        waiting = len(rounds.standing(round_id, ApplicationState.IN_REVIEW))
        if waiting:
            raise Conflict(_("还有 %(count)d 份报名没有审核完。", count=waiting), todo=_("请先办完审核，再开始评分。"))
        uow.audit("programme.scoring", "programme_round", round_id)


def call_off(actor: Actor, round_id: uuid.UUID, reason: str) -> None:
    """Call a round off before its list is confirmed: open reviews end with it, and everybody in it is told why."""
    policy.require_edit(actor)
    if not reason.strip():
        raise Invalid(_("没有取消。"), fields={"reason": _("请写明原因")})
    with unit_of_work(actor) as uow:
        round_ = rounds.round_of(round_id)
        if round_.state in {RoundState.CONFIRMED, RoundState.CANCELLED}:
            raise Conflict(_("这一轮已经结束，不能取消。"))
        move_round(uow, round_id, round_.state, RoundState.CANCELLED)
        uow.audit("programme.call_off", "programme_round", round_id, reason=reason.strip())
        for one in rounds.standing(round_id, ApplicationState.IN_REVIEW):
            assert one.case_id is not None  # noqa: S101 - a review is a case
            approvals.withdraw(SYSTEM, one.case_id, _("这一轮选拔已取消：%(reason)s", reason=reason.strip()))
        told = {ApplicationState.REJECTED, ApplicationState.WITHDRAWN}
        for one in rounds.standing(round_id, *(state for state in ApplicationState if state not in told)):
            messages.send(
                uow, person_id=one.person_id, kind="programmes.called_off",
                params={"title": catalogue.load().title(round_.programme), "reason": reason.strip()},
                key=f"round:{round_id.hex}:called_off:{one.id.hex}", link=f"/programmes/applications/{one.id}",
            )  # fmt: skip


def name_member(actor: Actor, round_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Put somebody on the panel, before or while scores are given. Twice is once. Raises `Conflict`, `Invalid`."""
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        _keep_open(uow, round_id)
        active = select(Person.id).where(Person.id == person_id, Person.state == PersonState.ACTIVE)
        if uow.session.scalar(active) is None:
            raise Invalid(_("找不到这个人。"), fields={"person": _("请从列表里选择")})
        row = {"id": new_id(), "round_id": round_id, "person_id": person_id}
        if insert_new(uow.session, PanelMember, **row, named_by=actor.person_id, named_at=clock.now()):
            uow.audit("programme.panel", "programme_round", round_id, person=person_id.hex, on=True)
            messages.send(
                uow, person_id=person_id, kind="programmes.panel",
                params={"title": catalogue.load().title(rounds.round_of(round_id).programme)},
                key=f"panel:{row['id']}", link=f"/panels/{round_id}",
            )  # fmt: skip


def remove_member(actor: Actor, round_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Take somebody off a round's panel who has not scored yet. Raises `Conflict`, `NotFound`."""
    policy.require_edit(actor)
    with unit_of_work(actor) as uow:
        member = uow.session.get(PanelMember, member_id)
        if member is None or member.round_id != round_id:
            raise NotFound(_("这一轮没有这位评委。"))
        _keep_open(uow, round_id)
        scored = exists().where(PanelScore.member_id == member_id)
        gone = delete(PanelMember).where(PanelMember.id == member_id, ~scored)
        if uow.change(gone) != 1:
            raise Conflict(_("这位评委已经打过分，不能移出。"), todo=_("打过的分要保留；可以再增加评委。"))
        uow.audit("programme.panel", "programme_round", member.round_id, person=member.person_id.hex, on=False)


def _keep_open(uow: UnitOfWork, round_id: uuid.UUID) -> None:
    if not hold_round(uow, rounds.round_of(round_id).id, RoundState.OPEN, RoundState.SCORING):
        raise Conflict(_("这一轮的评分已经结束，评委不能再变。"))
