"""Names of things in the exam room, in the reader's language."""

from __future__ import annotations

from lms.exams.dto import Blueprint
from lms.exams.models import Outcome, SessionState
from lms.exams.rules import marks
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.questions import kinds


def paper(blueprint: Blueprint) -> str:
    """A paper in one line: 单项选择题 60 题、多项选择题 20 题，满分 100 分."""
    totals: dict[str, int] = {}
    for part in blueprint.parts:
        totals[part.kind] = totals.get(part.kind, 0) + part.count
    parts = listed(_("%(kind)s %(count)d 题", kind=kinds.title(kind), count=count) for kind, count in totals.items())
    return _("%(kinds)s，满分 %(marks)s 分", kinds=parts, marks=marks(blueprint.half_points))


def worths() -> str:
    """What one question of each type is worth: 单项选择题每题 1 分、多项选择题每题 2 分."""
    types = kinds.offered().values()
    return listed(_("%(kind)s每题 %(marks)s 分", kind=one.title, marks=marks(one.half_points)) for one in types)


def session_state(state: SessionState) -> tuple[str, str]:
    """A session's state in words, and its colour."""
    names = {
        SessionState.DRAFT: (_("待组卷"), "amber"),
        SessionState.FROZEN: (_("已组卷"), "blue"),
        SessionState.CLOSED: (_("待公布"), "amber"),
        SessionState.PUBLISHED: (_("已公布"), "green"),
        SessionState.CANCELLED: (_("已取消"), "grey"),
    }
    return names[state]


def outcome(value: Outcome) -> str:
    """An outcome in words."""
    return {Outcome.SCORED: _("有成绩"), Outcome.ABSENT: _("缺考"), Outcome.VOID: _("成绩无效")}[value]
