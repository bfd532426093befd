"""Forms of wishes and ratings."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from lms.demand.models import WishState
from lms.demand.service import LONGEST, LONGEST_ANSWER, LONGEST_REMARK
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm

SCALE = ((5, _l("很好")), (4, _l("较好")), (3, _l("一般")), (2, _l("较差")), (1, _l("很差")))
STATES = {
    WishState.OPEN: _l("投票中"),
    WishState.PLANNED: _l("准备开发"),
    WishState.DONE: _l("已有课程"),
    WishState.HIDDEN: _l("不公开"),
}
TONES = {WishState.OPEN: "blue", WishState.PLANNED: "amber", WishState.DONE: "green", WishState.HIDDEN: "grey"}
_TOO_LONG = _l("最多 %(max)d 个字")


class WishForm(BaseForm):
    """A topic."""

    title = StringField(
        _l("想学什么"), [InputRequired(_l("请填写这一项")), Length(max=LONGEST, message=_TOO_LONG)],
        description=_l("一句话写明主题，如：失智老人家庭的支持。"), render_kw={"maxlength": LONGEST},
    )  # fmt: skip


def _scale(label: Any) -> RadioField:
    choices = [SelectChoice(str(value), text) for value, text in SCALE]
    return RadioField(label, [InputRequired(_l("请选择"))], choices=choices)


class SurveyForm(BaseForm):
    """What somebody thinks of a class."""

    content = _scale(_l("内容"))
    teaching = _scale(_l("讲授"))
    use = _scale(_l("对工作有用"))
    text = TextAreaField(
        _l("还想说的"), [Optional(), Length(max=LONGEST_REMARK, message=_TOO_LONG)],
        description=_l("主办单位会看到文字，看不到是谁写的。"), render_kw={"rows": 3},
    )  # fmt: skip


class AnswerForm(BaseForm):
    """What becomes of a wish."""

    state = SelectField(
        _l("处理"),
        [InputRequired(_l("请选择"))],
        choices=[SelectChoice(key.value, text) for key, text in STATES.items()],
    )
    answer = StringField(_l("答复"), [Optional(), Length(max=LONGEST_ANSWER, message=_TOO_LONG)])
