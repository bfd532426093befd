"""Bringing in a syllabus."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lms.access import policy
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.questions.models import Bank, Syllabus, SyllabusPoint
from lms.questions.rules import POINT


def import_syllabus(actor: Actor, syllabus: Mapping[str, Any]) -> uuid.UUID:
    """Bring in a syllabus as a course package writes it; the same text twice changes nothing.

    `{"id", "title": {"zh_CN", "en"}, "version", "illustrative", "points": [{"code", "title"}]}`. Raises `Invalid` for
    a point without a proper code, or one that appears twice; `Conflict` for a change to a syllabus that banks of units
    out of the actor's reach use.
    """
    if not actor.holds("bank:edit"):
        raise Forbidden(_("您没有导入考试大纲的权限。"), todo=_("如工作需要，请联系本单位的管理员授权。"))
    points = list(syllabus["points"])
    _check(points)
    with unit_of_work(actor) as uow:
        session = uow.session
        row = session.scalars(select(Syllabus).where(Syllabus.slug == syllabus["id"])).first()
        if row is None:
            row = Syllabus(id=new_id(), slug=str(syllabus["id"]))
            session.add(row)
        row.title, row.version = dict(syllabus["title"]), str(syllabus["version"])
        row.illustrative = bool(syllabus.get("illustrative", False))
        changed = session.is_modified(row) or row in session.new
        session.flush()
        if _write_points(session, row.id, points) or changed:
            _require_reach(session, actor, row.id)
            uow.audit("syllabus.import", "syllabus", row.id, slug=row.slug, points=len(points))
        return row.id


def _require_reach(session: Session, actor: Actor, syllabus_id: uuid.UUID) -> None:
    """A syllabus belongs to whoever uses it: nobody changes it under another unit's bank."""
    foreign = Bank.org_id.not_in(policy.visible_orgs(actor, "bank:edit"))
    if session.scalar(select(Bank.id).where(Bank.syllabus_id == syllabus_id, foreign).limit(1)) is not None:
        raise Conflict(
            _("考试大纲没有改动。"),
            why=_("另一个单位的题库也在用这份大纲。"),
            todo=_("请为改过的大纲换一个标识，或请上级单位导入。"),
            code="syllabus_in_use",
        )


def _check(points: Sequence[Mapping[str, Any]]) -> None:
    codes = [str(point["code"]) for point in points]
    for code in codes:
        if not POINT.fullmatch(code):
            raise Invalid(_("考点编码“%(code)s”不正确。", code=code), todo=_("请写成“2”或“2.3”这样的数字。"))
        if codes.count(code) > 1:
            raise Invalid(_("考点编码“%(code)s”出现了两次。", code=code), todo=_("请为每个考点用不同的编码。"))


def _write_points(session: Session, syllabus_id: uuid.UUID, points: Sequence[Mapping[str, Any]]) -> bool:
    """Make the stored points equal to `points`. Returns whether anything changed."""
    stored = {
        row.code: row for row in session.scalars(select(SyllabusPoint).where(SyllabusPoint.syllabus_id == syllabus_id))
    }
    changed = False
    for position, point in enumerate(points):
        code, title = str(point["code"]), dict(point["title"])
        row = stored.pop(code, None)
        if row is None:
            row = SyllabusPoint(id=new_id(), syllabus_id=syllabus_id, code=code, title=title, position=position)
            session.add(row)
            changed = True
        elif (row.title, row.position) != (title, position):
            row.title, row.position, changed = title, position, True
    if stored:
        session.execute(delete(SyllabusPoint).where(SyllabusPoint.id.in_([row.id for row in stored.values()])))
    return changed or bool(stored)
