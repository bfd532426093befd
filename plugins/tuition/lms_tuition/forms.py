"""Forms of studies and of officers' pages; those of claims are in `claim_forms`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lms.plugin_api.services import ProofFile
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import BaseForm, SeenField, YuanField
from lms_payouts.api import BudgetLevel, claim_words
from lms_tuition import wording
from lms_tuition.claim_models import Verdict
from lms_tuition.dto import NewRevision, NewStudy
from lms_tuition.models import SchemeRevision, Study
from lms_tuition.rules import MOST_DAYS, MOST_MONTHS, Cost, ServiceFrom, Timing

TOO_LONG = _l("最多 %(max)d 个字")
_BETWEEN = _l("应为 %(min)s 至 %(max)s")


def _choices(texts: Any) -> list[SelectChoice]:
    return [SelectChoice(getattr(key, "value", key), text) for key, text in texts.items()]


class StudyForm(BaseForm):
    """An application for a study."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    level = SelectField(_l("学历层次"), description=_l("同一层次只支持一次。"))
    school = StringField(
        _l("学校"), [InputRequired(_l("请填写学校全称")), Length(max=80, message=TOO_LONG)],
        description=_l("写全称，如：四川大学。"),
    )  # fmt: skip
    major = StringField(_l("专业"), [InputRequired(_l("请填写专业全称")), Length(max=80, message=TOO_LONG)])
    starts_on = DateField(_l("入学日期"), [InputRequired(_l("请选择日期"))])
    ends_on = DateField(_l("预计毕业日期"), [InputRequired(_l("请选择日期"))])
    reason = TextAreaField(
        _l("与工作的关系"),
        [InputRequired(_l("请写明与工作的关系")), Length(max=500, message=TOO_LONG)],
        description=_l("学这个专业对现在的工作有什么用，什么时间上课。"),
        render_kw={"rows": 3},
    )

    def offer(self, levels: Sequence[str]) -> StudyForm:
        """Offer the levels that have a scheme today."""
        self.level.choices = [SelectChoice(level, wording.level(level)) for level in levels]
        return self

    def study(self, proofs: tuple[ProofFile, ...]) -> NewStudy:
        """What was typed, with the files."""
        return NewStudy(
            key=self.key.data, level=self.level.data, school=self.school.data, major=self.major.data,
            starts_on=self.starts_on.data, ends_on=self.ends_on.data, reason=self.reason.data, proofs=proofs,
        )  # fmt: skip


class AmendStudyForm(StudyForm):
    """The answer to a return. `key` holds the round that is answered."""

    key = SeenField()
    note = TextAreaField(
        _l("补正说明"),
        [Optional(), Length(max=1000, message=TOO_LONG)],
        description=_l("改了什么、补了什么；没有补交的材料请写明原因。"),
        render_kw={"rows": 3},
    )

    @classmethod
    def showing(cls, study: Study, round_: int) -> AmendStudyForm:
        """The form with what was handed in."""
        names = ("level", "school", "major", "starts_on", "ends_on", "reason")
        data = {name: getattr(study, name) for name in names} | {"key": round_}
        form = cls(formdata=None, data=data)
        form.offer([study.level])
        return form


class SignForm(BaseForm):
    """The signature under an agreement. `seen` is the digest of the text on the page."""

    seen = HiddenField(validators=[InputRequired(), Length(max=64)])
    agreed = BooleanField(_l("我已逐条看过协议，同意全部内容。"), [InputRequired(_l("请看过协议后勾选"))])
    signed_as = StringField(
        _l("签名"),
        [InputRequired(_l("请填写您的姓名")), Length(max=80, message=TOO_LONG)],
        description=_l("填写您的姓名，与手写签名同样有效。"),
        render_kw={"autocomplete": "off"},
    )


class GraduationForm(BaseForm):
    """A graduation that an officer records."""

    graduated_on = DateField(_l("毕业日期"), [InputRequired(_l("请选择日期"))])
    diploma_number = StringField(
        _l("毕业证书编号"), [InputRequired(_l("请填写毕业证书编号")), Length(max=40, message=TOO_LONG)]
    )


class LeaveForm(BaseForm):
    """Somebody left early: the last day of work, and why."""

    left_on = DateField(
        _l("最后工作日"), [InputRequired(_l("请选择日期"))], description=_l("服务到这一天为止（含当天）。")
    )
    reason = TextAreaField(
        _l("情况和依据"),
        [InputRequired(_l("请写明情况和依据")), Length(max=500, message=TOO_LONG)],
        description=_l("如：2026 年 9 月 30 日解除劳动合同。本人可以看到。"),
        render_kw={"rows": 3},
    )


class CheckForm(BaseForm):
    """What an officer found of a voucher."""

    verdict = RadioField(
        _l("核对结果"), choices=_choices(wording.VERDICTS), validators=[InputRequired(_l("请选择"))], coerce=Verdict
    )
    note = StringField(
        _l("查验说明"),
        [Optional(), Length(max=300, message=TOO_LONG)],
        description=_l("如：已在官方网站查验，状态正常。不一致的，写明哪里不一致。"),
    )


class SchemeForm(BaseForm):
    """What a level's scheme pays from a day on."""

    title = StringField(_l("名称"), [InputRequired(_l("请填写名称")), Length(max=60, message=TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=TOO_LONG)])
    rate_percent = IntegerField(
        _l("报销比例（百分之几）"),
        [InputRequired(_l("请填写比例")), NumberRange(1, 100, _BETWEEN)],
    )
    cap = YuanField(
        _l("合计上限（元）"), [InputRequired(_l("请填写金额"))], description=_l("同一学历各次报销合计不超过这个金额。")
    )
    costs = SelectMultipleField(
        _l("可以报销的费用"),
        choices=_choices(wording.COSTS),
        coerce=Cost,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(_l("请至少选一项"))],
        description=_l("没有勾选的不报销。"),
    )
    timing = SelectField(_l("什么时候报销"), choices=_choices(wording.TIMINGS), coerce=Timing)
    claim_days = IntegerField(
        _l("几天内可以报销"),
        [InputRequired(_l("请填写天数")), NumberRange(1, MOST_DAYS, _BETWEEN)],
        description=_l("按学期报销的从开票算起，毕业后报销的从毕业算起，当天不算。"),
    )
    service_months = IntegerField(
        _l("服务期（月）"),
        [InputRequired(_l("请填写月数，没有的填 0")), NumberRange(0, MOST_MONTHS, _BETWEEN)],
        description=_l("没有服务期的填 0。"),
    )
    service_from = SelectField(_l("服务期起算"), choices=_choices(wording.SERVICE_FROM), coerce=ServiceFrom)
    budget_level = SelectField(
        _l("由哪一级预算支付"),
        choices=_choices(claim_words.BUDGET_LEVELS),
        coerce=BudgetLevel,
        description=_l("按申请时的单位算，没有这一级的由上一级支付。"),
    )
    valid_from = DateField(
        _l("从哪天起"), [InputRequired(_l("请选择日期"))], description=_l("管这一天起提交的学历进修申请。")
    )
    valid_to = DateField(_l("到哪天为止"), [Optional()], description=_l("不填表示一直有效。"))
    note = StringField(
        _l("依据或说明"), [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=TOO_LONG)]
    )

    @classmethod
    def showing(cls, shown: SchemeRevision | None) -> SchemeForm:
        """The form with what counts now in it; what was posted comes before it."""
        data: dict[str, Any] = {"claim_days": 365, "service_months": 36, "costs": [Cost.TUITION, Cost.DEFENCE]}
        if shown is not None:
            names = (
                "rate_percent", "timing", "claim_days", "service_months", "service_from", "budget_level", "valid_from",
                "valid_to",
            )  # fmt: skip
            data |= {name: getattr(shown, name) for name in names} | {
                "title": shown.title.get("zh_CN", ""),
                "title_en": shown.title.get("en", ""),
                "cap": shown.cap_fen,
                "costs": [Cost(one) for one in shown.costs],
            }
        return cls(data=data)

    def revision(self, level: str) -> NewRevision:
        """What was typed; what is wrong with it is found by the service."""
        titles = {"zh_CN": (self.title.data or "").strip(), "en": (self.title_en.data or "").strip()}
        return NewRevision(
            level=level,
            title={key: text for key, text in titles.items() if text},
            rate_percent=self.rate_percent.data,
            cap_fen=self.cap.fen,
            costs=frozenset(self.costs.data),
            timing=self.timing.data,
            service_months=self.service_months.data,
            service_from=self.service_from.data,
            claim_days=self.claim_days.data,
            budget_level=self.budget_level.data,
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            note=self.note.data or "",
        )
