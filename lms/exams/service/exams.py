"""Setting up examinations."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from lms.access import policy
from lms.exams import drawing
from lms.exams.dto import Blueprint, Shortage
from lms.exams.models import Display, Exam, ExamSession, KeyRelease, SessionState
from lms.exams.rules import marks
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed, sentences
from lms.kernel.ids import new_id
from lms.kernel.uow import unit_of_work
from lms.questions import kinds
from lms.questions import queries as questions
from lms.questions.models import Bank
from lms.questions.rules import POINT

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RESERVED = {"new", "sessions", "seats"}
MAX_FORMS = 20


@dataclass(frozen=True, slots=True)
class ExamPlan:
    """What an officer says about an exam."""

    title: Mapping[str, str]
    blueprint: Blueprint
    minutes: int
    pass_half_points: int
    forms: int = 1
    display: Display = Display.ONE
    key_release: KeyRelease = KeyRelease.NEVER
    course_slug: str = ""
    certificate_kind: str = ""


def create_exam(actor: Actor, *, slug: str, org_id: uuid.UUID, bank_id: uuid.UUID, plan: ExamPlan) -> uuid.UUID:
    """Set up an exam on a bank the actor may see. Raises `Invalid` with what is wrong or missing in the bank."""
    if not _SLUG.fullmatch(slug) or len(slug) > 80 or slug in _RESERVED:
        raise Invalid(
            _("考试标识不正确。"), fields={"slug": _("只用小写字母、数字和短横线，不用 new、sessions、seats")}
        )
    _check(plan)
    with unit_of_work(actor) as uow:
        policy.require(actor, "exam:edit", org_id)
        bank = uow.session.get(Bank, bank_id)
        if bank is None:
            raise NotFound(_("找不到这个题库。"))
        policy.require(actor, "bank:view", bank.org_id)
        require_enough(plan.blueprint, bank_id)
        if uow.session.scalar(select(Exam.id).where(Exam.slug == slug)) is not None:
            raise Conflict(
                _("考试标识“%(slug)s”已被使用。", slug=slug), fields={"slug": _("请换一个标识")}, code="slug_taken"
            )
        exam = Exam(id=new_id(), slug=slug, org_id=org_id, bank_id=bank_id, created_at=clock.now())
        _take(exam, plan)
        uow.session.add(exam)
        uow.session.flush()
        uow.audit("exam.create", "exam", exam.id, org_id=org_id, slug=slug, blueprint=exam.blueprint)
        return exam.id


def edit_exam(actor: Actor, exam_id: uuid.UUID, plan: ExamPlan) -> None:
    """Change an exam. Sessions already frozen keep their papers; length and pass line are read until results are out,
    so they cannot change while a session is frozen or waits for its results.
    """  # noqa: D205
    _check(plan)
    with unit_of_work(actor) as uow:
        exam = uow.session.get(Exam, exam_id, with_for_update=True)
        if exam is None:
            raise NotFound(_("找不到这个考试。"))
        policy.require(actor, "exam:edit", exam.org_id)
        require_enough(plan.blueprint, exam.bank_id)
        before = (exam.minutes, exam.pass_half_points)
        if before != (plan.minutes, plan.pass_half_points) and under_way(exam.id):
            raise Conflict(
                _("有一期考试正在进行或等待公布成绩，时长和合格线现在不能改。"),
                todo=_("请在成绩公布后再改，或另建一个考试。"),
            )
        _take(exam, plan)
        uow.audit("exam.edit", "exam", exam.id, org_id=exam.org_id, blueprint=exam.blueprint)


def shortages(blueprint: Blueprint, bank_id: uuid.UUID) -> tuple[Shortage, ...]:
    """Which parts the bank cannot fill today."""
    try:
        drawing.draw(blueprint, questions.draw_pool(bank_id), "check")
    except drawing.ShortageError as error:
        return error.shortages
    return ()


def require_enough(blueprint: Blueprint, bank_id: uuid.UUID) -> None:
    """Raise `Invalid` naming what the bank lacks, `Conflict` where nobody answers for a type of question."""
    for part in blueprint.parts:
        kinds.require(part.kind)
    found = shortages(blueprint, bank_id)
    if found:
        why = sentences(explain_shortage(blueprint, shortage) for shortage in found)
        raise Invalid(
            _("题库的题不够组成一份试卷。"),
            why=why,
            todo=_("请补充题目，或减少题数。"),
            fields={"parts": sentences([_("题库的题不够。"), why])},
            code="bank_too_small",
        )


def explain_shortage(blueprint: Blueprint, shortage: Shortage) -> str:
    """A shortage in words."""
    part = blueprint.parts[shortage.part]
    return _(
        "第 %(number)d 部分（%(kind)s%(points)s）需要 %(wanted)d 题，只有 %(available)d 题可用。",
        number=shortage.part + 1,
        kind=kinds.title(part.kind),
        points=_("，考点 %(codes)s", codes=listed(part.points)) if part.points else "",
        wanted=shortage.wanted,
        available=shortage.available,
    )


def under_way(exam_id: uuid.UUID) -> bool:
    """Whether a session of the exam is frozen or closed, its results not yet out."""
    query = select(ExamSession.id).where(
        ExamSession.exam_id == exam_id, ExamSession.state.in_([SessionState.FROZEN, SessionState.CLOSED])
    )
    return db.session.scalar(query.limit(1)) is not None


def _take(exam: Exam, plan: ExamPlan) -> None:
    exam.title, exam.blueprint = dict(plan.title), plan.blueprint.to_json()
    exam.minutes, exam.pass_half_points, exam.forms = plan.minutes, plan.pass_half_points, plan.forms
    exam.display, exam.key_release = plan.display, plan.key_release
    exam.course_slug, exam.certificate_kind = plan.course_slug, plan.certificate_kind


def _check(plan: ExamPlan) -> None:
    fields: dict[str, str] = {}
    if not plan.title.get("zh_CN", "").strip():
        fields["title"] = _("请填写名称")
    if not 1 <= plan.minutes <= 600:
        fields["minutes"] = _("应在 1 到 600 分钟之间")
    if not 1 <= plan.forms <= MAX_FORMS:
        fields["forms"] = _("应在 1 到 %(most)d 套之间", most=MAX_FORMS)
    if not 0 < plan.pass_half_points <= plan.blueprint.half_points:
        fields["pass_marks"] = _("应大于 0，不超过满分")
    problem = _blueprint_problem(plan.blueprint)
    if problem:
        fields["parts"] = problem
    if fields:
        raise Invalid(_("有内容需要修改。"), why=sentences(fields.values()), fields=fields)


def _blueprint_problem(blueprint: Blueprint) -> str:
    if not blueprint.parts or not 1 <= blueprint.items <= 500:
        return _("一份试卷应有 1 到 500 题")
    types = kinds.offered()
    for part in blueprint.parts:
        kind = types.get(part.kind)
        if kind is None:
            return _("提供“%(kind)s”的模块没有启用", kind=kinds.title(part.kind))
        if part.half_points != kind.half_points:
            return _("%(kind)s每题 %(marks)s 分", kind=kind.title, marks=marks(kind.half_points))
        if part.count < 1:
            return _("每部分至少 1 题")
        if any(not POINT.fullmatch(code) for code in part.points):
            return _("考点编码应是“2”或“2.3”这样的数字")
    return ""
