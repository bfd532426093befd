"""A merged person's place on panels goes to the record that is kept, with the scores that hang on it.

Applications, terms and supervision rest on work in a unit, as cases do: they stop the merging by themselves.
"""

from __future__ import annotations

import uuid

from sqlalchemy import exists, select

from lms.kernel.actor import SYSTEM
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.people.events import PersonsMerged
from lms.programmes.models import Application, PanelMember, PanelScore
from lms.programmes.queries import catalogue, rounds


def on_merged(event: PersonsMerged) -> None:
    """Leave one place of two on a panel, the one that has scored.

    Raises `Conflict` naming the programme where both have, or where somebody would have scored themselves.
    """
    with unit_of_work(SYSTEM) as uow:
        mine = select(PanelMember).where(PanelMember.person_id == event.gone_id).order_by(PanelMember.id)
        for member in uow.session.scalars(mine).all():
            _refuse_own_scores(uow, member, event.kept_id)
            same = (PanelMember.round_id == member.round_id) & (PanelMember.person_id == event.kept_id)
            other = uow.session.scalars(select(PanelMember).where(same)).first()
            if other is None:
                member.person_id = event.kept_id
            elif not _has_scored(uow, member.id):
                uow.session.delete(member)
            elif not _has_scored(uow, other.id):
                uow.session.delete(other)
                uow.session.flush()
                member.person_id = event.kept_id
            else:
                raise _refusal(_("两份档案都在“%(title)s”的同一轮打过分，不是同一个人。", title=_title(member)))
        uow.session.flush()


def _has_scored(uow: UnitOfWork, member_id: uuid.UUID) -> bool:
    return bool(uow.session.scalar(select(exists().where(PanelScore.member_id == member_id))))


def _refuse_own_scores(uow: UnitOfWork, member: PanelMember, kept_id: uuid.UUID) -> None:
    own = select(PanelScore.id).join(Application, Application.id == PanelScore.application_id)
    if uow.session.scalar(own.where(PanelScore.member_id == member.id, Application.person_id == kept_id).limit(1)):
        raise _refusal(_("一份档案在“%(title)s”给另一份打过分，不是同一个人。", title=_title(member)))


def _title(member: PanelMember) -> str:
    return pick(catalogue.load().title(rounds.round_of(member.round_id).programme))


def _refusal(why: str) -> Conflict:
    return Conflict(_("没有并入。"), why=why, todo=_("请主办单位核对，是不是同一个人。"), code="panel_twice")
