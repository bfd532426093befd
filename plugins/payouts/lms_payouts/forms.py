"""Forms of the pages."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import BaseForm, YuanField

RAISE, LOWER = "raise", "lower"
RETURN, WAIVE = "return", "waive"


def _reason(label: object, description: object = "") -> TextAreaField:
    return TextAreaField(
        label,
        validators=[InputRequired(_l("请写明理由")), Length(max=300, message=_l("最多 300 字"))],
        description=description,
    )


class BudgetForm(BaseForm):
    """A new budget. `key` makes the form count once however often it is sent."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    org_id = SelectField(_l("单位"))
    year = IntegerField(
        _l("年度"),
        validators=[InputRequired(_l("请填写年度")), NumberRange(2000, 2100, _l("应在 %(min)s 到 %(max)s 之间"))],
    )
    scheme = SelectField(
        _l("资助项目"), description=_l("有专项预算的项目只用专项预算；没有的，用“不限资助项目”的预算。")
    )
    amount = YuanField(_l("金额（元）"), validators=[InputRequired(_l("请填写金额"))])
    reason = _reason(_l("批准依据"), _l("如预算批复的文号。写入资金台账，不能再改。"))


class AdjustForm(BaseForm):
    """More or less money for a budget."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    direction = RadioField(
        _l("调整"), choices=[SelectChoice(RAISE, _l("增加")), SelectChoice(LOWER, _l("减少"))], default=RAISE
    )
    amount = YuanField(_l("金额（元）"), validators=[InputRequired(_l("请填写金额"))])
    reason = _reason(_l("批准依据"), _l("如预算调整的文号。写入资金台账，不能再改。"))


class ReasonForm(BaseForm):
    """Why something is sent back or cancelled."""

    reason = _reason(_l("理由"))


class ResultForm(BaseForm):
    """The bank's results."""

    file = FileField(_l("回盘文件"), description=_l("Excel（.xlsx），用本批次的回盘模板填写。"))


class SettleForm(BaseForm):
    """What came back of a receivable, or is not to come back. `key` makes the form count once."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    kind = RadioField(
        _l("事项"), choices=[SelectChoice(RETURN, _l("退款到账")), SelectChoice(WAIVE, _l("免予退还"))], default=RETURN
    )
    amount = YuanField(_l("金额（元）"), validators=[InputRequired(_l("请填写金额"))])
    on = DateField(_l("到账日期"), validators=[InputRequired(_l("请选择日期"))])
    note = StringField(
        _l("凭证或依据"),
        validators=[InputRequired(_l("请写明凭证号或依据")), Length(max=300, message=_l("最多 300 字"))],
        description=_l("退款写银行回单号；免予退还写批准的文号。本人可以看到。"),
    )
