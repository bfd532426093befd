"""The types of question there are: offered by rooms and plugins, looked up by key.

An item may outlive its type: the plugin that offers it is off or gone. Then the item is shown, but not drawn or edited,
and papers that hold it are marked when the type is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.questions.dto import MAX_OPTIONS, MULTIPLE, SINGLE, QuestionType
from lms.questions.rules import MULTIPLE_WORTH, SINGLE_WORTH, multiple_half_points, single_half_points
from lms.webkit.registry import registry

TYPE_OFF = "question_type_off"
"""Code of the refusal while nobody answers for a type."""

CORE: Mapping[str, QuestionType] = {
    one.key: one
    for one in (
        QuestionType(
            SINGLE,
            _l("单项选择题"),
            half_points=SINGLE_WORTH,
            options=(2, MAX_OPTIONS),
            right=(1, 1),
            several=False,
            score=single_half_points,
        ),
        QuestionType(
            MULTIPLE,
            _l("多项选择题"),
            half_points=MULTIPLE_WORTH,
            options=(5, 5),  # on a paper of the national exam
            right=(2, 4),  # with more, a part of them would be worth the full mark
            several=True,
            score=multiple_half_points,
            hint=_l("选出所有正确的选项。选错不得分，少选每个 0.5 分。"),
        ),
    )
}
"""The two types of the national exam's objective papers."""


def offered() -> dict[str, QuestionType]:
    """The types somebody answers for now, by key."""
    return registry().offered(QuestionType)


def known() -> dict[str, QuestionType]:
    """The types that are installed, switched on or not, by key."""
    return registry().known(QuestionType)


def require(key: str) -> QuestionType:
    """The type with a key. Raises `Conflict` while nobody answers for it."""
    found = offered().get(key)
    if found is None:
        raise Conflict(
            _("“%(kind)s”现在不能使用。", kind=title(key)),
            why=_("提供这种题型的模块已停用或没有安装。"),
            todo=_("已有的题目原样保留；请联系系统管理员启用模块。"),
            code=TYPE_OFF,
        )
    return found


def title(key: str) -> str:
    """What people call a type; one that is gone goes by its key."""
    found = known().get(key)
    return str(found.title) if found else _("题型 %(key)s", key=key)


def titles(present: Iterable[str]) -> dict[str, str]:
    """What people call the types offered now, and those that items are `present` of, by key."""
    return {key: title(key) for key in dict.fromkeys([*offered(), *present])}
