"""Assignments: set by who teaches, handed in by members, marked by people who do not see each other's marks."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, update

from lms.classes import policy
from lms.classes.course_models import Assignment, Mark, Submission
from lms.classes.models import ClassGroup, GroupState, MemberState
from lms.classes.queries import members, standing, work
from lms.classes.rules.grading import GradeState
from lms.classes.service.common import hold, members_of, overtaken, tell
from lms.classes.service.settling import rule_of
from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.runtime import kernel
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.webkit.uploads import Upload

MOST_TEXT = 20_000
MOST_ROUNDS = 10
OVER = (GroupState.CLOSED, GroupState.CANCELLED)


def set_assignment(
    actor: Actor, group_id: uuid.UUID, *, title: str, brief: str, due_at: dt.datetime, capstone: bool
) -> uuid.UUID:
    """Set a piece of work and tell the members; its id. Raises `Invalid`."""
    fields = {}
    if not title.strip():
        fields["title"] = _("请填写题目")
    if due_at <= clock.now():
        fields["due"] = _("应晚于现在")
    if fields:
        raise Invalid(_("作业没有布置。"), fields=fields)
    with unit_of_work(actor) as uow:
        policy.taught_group(actor, group_id)
        group = hold(uow, group_id)
        if group.state in OVER:
            raise Conflict(_("这个班已经结束，不能再布置作业。"))
        made = Assignment(
            id=new_id(), group_id=group_id, title=title.strip(), brief=brief.strip(), due_at=due_at, capstone=capstone,
            created_by=actor.person_id, created_at=clock.now(),
        )  # fmt: skip
        uow.session.add(made)
        uow.session.flush()
        params = {"title": group.title, "work": made.title, "due": due_at}
        link = f"/classes/assignments/{made.id}"
        tell(uow, "classes.assignment", members_of(group_id), params, key=made.id.hex, link=link)
        uow.audit("class.assignment", "class_assignment", made.id, org_id=group.org_id, title=made.title)
        return made.id


def withdraw_assignment(actor: Actor, assignment_id: uuid.UUID) -> None:
    """Take a piece of work back: it is missing from nobody any more. Raises `Conflict` once the class is over."""
    with unit_of_work(actor) as uow:
        group = policy.taught_group(actor, work.assignment(assignment_id).group_id)
        group = hold(uow, group.id)
        if group.state in OVER:
            raise Conflict(
                _("这个班已经结束，作业不能再撤回。"),
                why=_("结业名单按布置过的作业计算。"),
                todo=_("请评完已交的作业。"),
            )
        taking = update(Assignment).where(Assignment.id == assignment_id, Assignment.withdrawn_at.is_(None))
        if uow.change(taking.values(withdrawn_at=clock.now())) != 1:
            raise overtaken()
        uow.audit("class.assignment.withdraw", "class_assignment", assignment_id, org_id=group.org_id)


def hand_in(actor: Actor, assignment_id: uuid.UUID, *, text: str, upload: Upload | None, key: str) -> uuid.UUID:
    """Hand one's work in, or again until it is marked; the submission's id. The same form twice is one.

    After the due date it is marked late. Raises `Invalid` for nothing, `Conflict` once it is marked or the class over.
    """
    found = work.assignment(assignment_id)
    if not text.strip() and upload is None:
        raise Invalid(_("作业没有提交。"), fields={"text": _("请写正文，或选择一个文件")})
    if len(text) > MOST_TEXT:
        raise Invalid(_("作业没有提交。"), fields={"text": _("最多 %(max)d 个字", max=MOST_TEXT)})
    with unit_of_work(actor) as uow:
        group = hold(uow, found.group_id)
        person_id, found = _member(actor, group), work.assignment(assignment_id)
        query = select(Submission).where(Submission.assignment_id == assignment_id, Submission.person_id == person_id)
        rounds = uow.session.scalars(query.order_by(Submission.round.desc())).all()
        if rounds and rounds[0].key == key:
            return rounds[0].id
        _refuse_late_change(group, found, rounds[0] if rounds else None)
        file_id = _kept(uow, upload)
        made = new_id()
        is_new = insert_new(
            uow.session, Submission, id=made, assignment_id=assignment_id, person_id=person_id,
            round=len(rounds) + 1, key=key, text=text.strip(), file_id=file_id, late=clock.now() > found.due_at,
            sent_at=clock.now(),
        )  # fmt: skip
        if not is_new:
            raise overtaken()
        uow.audit("class.hand_in", "class_submission", made, org_id=group.org_id, round=len(rounds) + 1)
        return made


def mark(actor: Actor, submission_id: uuid.UUID, *, points: int, comment: str) -> None:
    """Mark a piece of work, or correct one's own mark. A capstone takes two markers, and a third when they differ.

    Raises `Invalid`, `Forbidden` for one's own work, `Conflict` when nobody else is asked, something newer came in, or
    the mark would come too late.
    """
    if not 0 <= points <= 100:
        raise Invalid(_("评分没有保存。"), fields={"points": _("应在 0 到 100 之间")})
    sent = work.submission(submission_id)
    found = work.assignment(sent.assignment_id)
    if actor.person_id is None or sent.person_id == actor.person_id:
        raise Forbidden(_("不能给自己的作业评分。"))
    with unit_of_work(actor) as uow:
        group = policy.taught_group(actor, found.group_id)
        group, found = hold(uow, group.id), work.assignment(found.id)
        _refuse_late_mark(group, found, sent.person_id)
        now = work.works([found], rule_of(uow, group).capstone_gap)[found.id, sent.person_id]
        if now.submission.id != submission_id:
            raise Conflict(_("学员刚重新提交了作业，评分没有保存。"), todo=_("请打开新提交的作业再评。"))
        slot, revision = _slot(actor.person_id, now, capstone=found.capstone)
        is_new = insert_new(
            uow.session, Mark, id=new_id(), submission_id=submission_id, slot=slot, revision=revision,
            marker_id=actor.person_id, points=points, comment=comment.strip(), marked_at=clock.now(),
        )  # fmt: skip
        if not is_new:
            raise overtaken()
        uow.audit("class.mark", "class_submission", submission_id, org_id=group.org_id, slot=slot, points=points)
        after = work.works([found], rule_of(uow, group).capstone_gap)[found.id, sent.person_id]
        if after.grade.state is GradeState.FINAL:
            params = {"title": group.title, "work": found.title}
            key = f"{submission_id.hex}:{sum(one.revision for one in after.marks.values())}"
            link = f"/classes/assignments/{found.id}"
            tell(uow, "classes.marked", [sent.person_id], params, key=key, link=link)


def _slot(marker: uuid.UUID, now: work.Work, *, capstone: bool) -> tuple[int, int]:
    """Whose mark this is and its revision: one's own again, or the next that is asked for."""
    for slot, given in now.marks.items():
        if given.marker_id == marker:
            return slot, given.revision + 1
    if not capstone and 1 in now.marks:
        raise Conflict(_("这份作业已由另一位教师评过分。"), todo=_("要更正的，请由原来评分的教师修改。"))
    wanted = {GradeState.UNMARKED: 1, GradeState.SECOND: 2, GradeState.THIRD: 3}.get(now.grade.state)
    if wanted is None:
        raise Conflict(_("这份作业的评分已经完成，不需要再评。"))
    return wanted, 1


def _member(actor: Actor, group: ClassGroup) -> uuid.UUID:
    if actor.person_id is None:
        raise Forbidden(_("只能提交自己的作业。"))
    member = members.own(group.id, actor.person_id)
    if member is None or member.state is not MemberState.ENROLLED:
        raise NotFound(_("找不到这份作业。"))
    return actor.person_id


def _refuse_late_change(group: ClassGroup, found: Assignment, latest: Submission | None) -> None:
    if found.withdrawn_at is not None:
        raise Conflict(_("这份作业已撤回，不用交了。"))
    if group.state in OVER:
        raise Conflict(_("这个班已经结束，不能再交作业。"))
    if latest is not None and work.marks_of([latest.id])[latest.id]:
        raise Conflict(_("作业已经开始评分，不能再改。"), todo=_("如有疑问，请联系教师。"))
    if latest is not None and latest.round >= MOST_ROUNDS:
        raise Conflict(_("最多提交 %(count)d 次。", count=MOST_ROUNDS))


def _refuse_late_mark(group: ClassGroup, found: Assignment, person_id: uuid.UUID) -> None:
    """Work is still marked after the class has closed: until it is confirmed how the class ended for the person."""
    if found.withdrawn_at is not None:
        raise Conflict(_("这份作业已撤回，不用再评。"))
    if group.state is GroupState.CANCELLED:
        raise Conflict(_("这个班已取消，作业不用再评。"))
    if person_id in standing.graduations(group.id):
        raise Conflict(_("这位学员的结业结果已经确认，评分不能再变。"))


def _kept(uow: UnitOfWork, upload: Upload | None) -> uuid.UUID | None:
    if upload is None:
        return None
    row = kernel().files.put(
        uow, room="classes", name=upload.name, media_type=upload.kind.media_type, content=upload.content
    )
    uow.session.flush()
    return row.id
