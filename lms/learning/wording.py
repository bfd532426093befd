"""The field's own words for what the code calls otherwise."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.learning import rules
from lms.learning.models import EnrolmentState

TIERS = {
    "foundation": _l("基础"),
    "assistant": _l("助理"),
    "intermediate": _l("中级"),
    "senior": _l("高级"),
    "supervisor": _l("督导"),
    "management": _l("管理"),
}
CATEGORIES = {"professional": _l("专业科目"), "public": _l("公需科目")}
RELEASE_STATES = {
    rules.IMPORTED: _l("已导入"),
    rules.IN_REVIEW: _l("审核中"),
    rules.RETURNED: _l("已退回"),
    rules.PUBLISHED: _l("已发布"),
    rules.WITHDRAWN: _l("已撤下"),
}
RELEASE_TONES = {
    rules.IMPORTED: "grey",
    rules.IN_REVIEW: "blue",
    rules.RETURNED: "amber",
    rules.PUBLISHED: "green",
    rules.WITHDRAWN: "rose",
}
STEP_ACTIONS = {
    rules.IN_REVIEW: _l("送审"),
    rules.PUBLISHED: _l("发布"),
    rules.RETURNED: _l("退回修改"),
    rules.WITHDRAWN: _l("撤下"),
}
STEP_DONE = {
    rules.IN_REVIEW: _l("已送审，等待另一位同事发布。"),
    rules.PUBLISHED: _l("已发布，新选课的人从现在起学习这个版本。"),
    rules.RETURNED: _l("已退回，理由会显示在这个版本的记录里。"),
    rules.WITHDRAWN: _l("已撤下。正在学的人可以学完，不再接受新选课。"),
}
ENROLMENT_STATES = {
    EnrolmentState.ACTIVE: _l("学习中"),
    EnrolmentState.COMPLETED: _l("已学完"),
    EnrolmentState.WITHDRAWN: _l("已退出"),
}
LESSON_STATES = {"todo": _l("未开始"), "started": _l("学习中"), "done": _l("已学完")}
