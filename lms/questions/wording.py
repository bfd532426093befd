"""The field's own words for what the code calls otherwise. Texts are looked up when shown, in the reader's language."""

from __future__ import annotations

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.questions.dto import MAX_OPTIONS, QuestionType
from lms.questions.models import ItemState
from lms.questions.rules import MAX_TEXT

DIFFICULTIES = {1: _l("易"), 2: _l("中"), 3: _l("难")}
STATES = {ItemState.ACTIVE: _l("在用"), ItemState.RETIRED: _l("已停用")}
STATE_TONES = {ItemState.ACTIVE: "green", ItemState.RETIRED: "grey"}
STEPS = {"item.retire": _l("停用"), "item.reinstate": _l("恢复使用")}


def explain(fault: str, kind: QuestionType | None = None) -> str:
    """The words for a code of `rules.faults`; `kind` is the type of the item it was found in."""
    if kind is not None and fault in {"options_count", "key_count"}:
        return option_count(kind) if fault == "options_count" else right_count(kind)
    texts: dict[str, str] = {
        "ref": _("题目编号只能用文字、数字和“-”“_”“.”，最长 60 个字符。"),
        "kind": _("题型不存在，或提供它的模块没有启用。"),
        "stem": _("题干是空的。"),
        "options": _("选项应有 2 到 %(most)d 个。", most=MAX_OPTIONS),
        "option_empty": _("有空白的选项。"),
        "option_twice": _("有两个选项文字相同。"),
        "key": _("答案指向了不存在的选项。"),
        "difficulty": _("难度只能是 1、2 或 3。"),
        "points": _("考点编码应是“2”或“2.3”这样的数字。"),
        "no_points": _("没有标明考点：GIFT 里写“[tag:point:编码]”，表格里填“考点”一列。"),
        "long": _("有一段文字超过 %(most)d 字。", most=MAX_TEXT),
    }
    return texts[fault]


def option_count(kind: QuestionType) -> str:
    """How many options an item of a type has in a bank."""
    fewest, most = kind.options
    if fewest == most:
        return _("%(kind)s应有 %(count)d 个选项。", kind=kind.title, count=most)
    return _("%(kind)s应有 %(fewest)d 到 %(most)d 个选项。", kind=kind.title, fewest=fewest, most=most)


def right_count(kind: QuestionType) -> str:
    """How many right options an item of a type has."""
    fewest, most = kind.right
    if most == 1:
        return _("%(kind)s应有且只有一个正确选项。", kind=kind.title)
    if fewest == most:
        return _("%(kind)s应有 %(count)d 个正确选项，且至少有一个错误选项。", kind=kind.title, count=most)
    return _(
        "%(kind)s应有 %(fewest)d 到 %(most)d 个正确选项，且至少有一个错误选项。",
        kind=kind.title,
        fewest=fewest,
        most=most,
    )
