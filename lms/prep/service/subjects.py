"""Setting subjects up: a bank, a blueprint, a course. Never a bank whose items official sittings keep secret."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from sqlalchemy import select

from lms.access import policy as access
from lms.exams.models import Exam, KeyRelease
from lms.exams.service.exams import require_enough
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.prep import policy
from lms.prep.dto import SubjectPlan
from lms.prep.models import PrepSubject
from lms.questions.models import Bank

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_MINUTES = 600


def create_subject(actor: Actor, *, slug: str, org_id: uuid.UUID, bank_id: uuid.UUID, plan: SubjectPlan) -> uuid.UUID:
    """Set a subject up. Raises `Invalid` with what is wrong, or missing in the bank."""
    if not _SLUG.fullmatch(slug) or len(slug) > 60 or slug in {"papers", "sign-up"}:
        raise Invalid(_("科目没有保存。"), fields={"slug": _("只用小写字母、数字和短横线")})
    access.require(actor, policy.EDIT, org_id)
    bank = db.session.get(Bank, bank_id)
    if bank is None:
        raise NotFound(_("找不到这个题库。"))
    access.require(actor, "bank:view", bank.org_id)
    _check(plan, bank_id)
    with unit_of_work(actor) as uow:
        if uow.session.scalar(select(PrepSubject.id).where(PrepSubject.slug == slug)) is not None:
            raise Conflict(_("科目没有保存。"), fields={"slug": _("这个标识已被使用，请换一个")}, code="slug_taken")
        subject_id = new_id()
        row = PrepSubject(id=subject_id, slug=slug, org_id=org_id, bank_id=bank_id, created_at=clock.now())
        _take(row, plan)
        uow.session.add(row)
        uow.session.flush()
        uow.audit("prep.subject.create", "prep_subject", subject_id, org_id=org_id, slug=slug, blueprint=row.blueprint)
        return subject_id


def edit_subject(actor: Actor, slug: str, plan: SubjectPlan) -> None:
    """Change a subject. Papers that were drawn stay as they are."""
    with unit_of_work(actor) as uow:
        row = policy.subject_for(actor, slug, policy.EDIT)
        _check(plan, row.bank_id)
        _take(row, plan)
        uow.session.flush()
        uow.audit("prep.subject.edit", "prep_subject", row.id, org_id=row.org_id, blueprint=row.blueprint)


def require_public_bank(bank_id: uuid.UUID) -> None:
    """Raise while an official exam draws from the bank and never publishes its key: practice would give it away."""
    secret = select(Exam.id).where(Exam.bank_id == bank_id, Exam.key_release == KeyRelease.NEVER)
    if db.session.scalar(secret.limit(1)) is not None:
        raise Conflict(
            _("这个题库不能用来练习。"),
            why=_("有正式考试从它组卷，并且不公布答案；练习会把答案公开。"),
            todo=_("请另建一个练习题库。"),
            fields={"bank": _("有正式考试使用且不公布答案")},
            code="bank_is_secret",
        )


def _take(row: PrepSubject, plan: SubjectPlan) -> None:
    row.title, row.blueprint = dict(plan.title), plan.blueprint.to_json()
    row.minutes, row.pass_half_points = plan.minutes, plan.pass_half_points
    row.course_slug, row.is_open = plan.course_slug, plan.is_open


def _check(plan: SubjectPlan, bank_id: uuid.UUID) -> None:
    fields = dict(_faults(plan))
    if fields:
        raise Invalid(_("科目没有保存。"), todo=_("请改好标出的地方再保存。"), fields=fields)
    require_public_bank(bank_id)
    require_enough(plan.blueprint, bank_id)


def _faults(plan: SubjectPlan) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if not plan.title.get("zh_CN", "").strip():
        found["title"] = _("请填写名称")
    if not plan.blueprint.parts or any(part.count < 1 for part in plan.blueprint.parts):
        found["parts"] = _("一份试卷应有 1 到 500 题")
    if not 1 <= plan.minutes <= MOST_MINUTES:
        found["minutes"] = _("应在 1 到 600 分钟之间")
    if not 0 < plan.pass_half_points <= plan.blueprint.half_points:
        found["pass_marks"] = _("应大于 0，不超过满分")
    return found
