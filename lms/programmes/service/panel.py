"""Scoring in the interview: each member alone, and for nobody they are close to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import unit_of_work
from lms.programmes import policy
from lms.programmes.models import Application, ApplicationState, PanelScore, ProgrammeVersion, RoundState
from lms.programmes.queries import catalogue, rounds
from lms.programmes.service.common import hold_round, overtaken


def score(
    actor: Actor, application_id: uuid.UUID, points: Mapping[str, int | None], comment: str = "", seen: int = 0
) -> None:
    """Give points by criterion, or give them anew; `seen` is the revision the form showed, 0 for none.

    Raises `Invalid` naming each criterion, `Forbidden` for somebody they may not score, `Conflict` once it is closed.
    """
    with unit_of_work(actor) as uow:
        application = uow.session.get(Application, application_id, populate_existing=True)
        if application is None:
            raise policy.missing()
        member = policy.membership(actor, application.round_id)
        version = catalogue.load().version(rounds.round_of(application.round_id).version_id)
        fields = _faults(version, points)
        if fields:
            raise Invalid(_("评分没有保存。"), fields=fields)
        refuse_conflicted(actor, application_id)
        # Holding the round makes closing and scoring wait for each other: no score comes in afterwards.
        scoring = hold_round(uow, application.round_id, RoundState.SCORING)
        uow.session.refresh(application)
        if not scoring or application.state is not ApplicationState.ELIGIBLE:
            raise Conflict(_("现在不能评分。"), why=_("这一轮不在评分阶段，或这个人已不在名单里。"))
        mine = (PanelScore.application_id == application_id, PanelScore.member_id == member.id)
        last = uow.session.scalar(select(func.max(PanelScore.revision)).where(*mine)) or 0
        made = last == seen and insert_new(
            uow.session, PanelScore, id=new_id(), application_id=application_id, member_id=member.id,
            revision=last + 1, points={key: value for key, value in points.items() if value is not None},
            comment=comment.strip(), given_at=clock.now(),
        )  # fmt: skip
        if not made:
            raise overtaken()
        uow.audit("programme.score", "programme_application", application_id, revision=last + 1)


def refuse_conflicted(actor: Actor, application_id: uuid.UUID) -> None:
    """Raise `Forbidden` where the actor has to stay out. Raises `NotFound` for nobody's application."""
    assert actor.person_id is not None  # noqa: S101 - members are persons
    if is_conflicted(actor.person_id, application_id):
        raise Forbidden(
            _("这位报名人您需要回避。"), why=_("本人、您提名的人，以及您单位和下级单位的人，由其他评委评分。"),
            code="conflicted",
        )  # fmt: skip


def is_conflicted(member_person: uuid.UUID, application_id: uuid.UUID) -> bool:
    """Whether somebody has to stay out of an application."""
    from_db = select(Application.id).where(Application.id == application_id, policy.conflicted(member_person))
    return db.session.scalar(from_db) is not None


def _faults(version: ProgrammeVersion, points: Mapping[str, int | None]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for one in version.criteria:
        given = points.get(one["key"])
        if given is None or not 0 <= given <= int(one["most"]):
            fields[one["key"]] = _("应为 0 至 %(most)d 分", most=int(one["most"]))
    return fields
