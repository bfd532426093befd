"""Forms of practice: on a phone the application and the hours, at the desk places, decisions and figures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.kernel.i18n import Localized, zh
from lms.kernel.i18n import lazy_gettext as _l
from lms.practice import wording
from lms.practice.dto import Hours, NewFigures, Wish
from lms.practice.models import PracticeLog, PracticeRule
from lms.practice.rules import Span
from lms.practice.service.common import LONGEST_REASON
from lms.practice.service.logging import LONGEST_ACTIVITY, LONGEST_REFLECTION
from lms.practice.service.placing import LONGEST_NOTE
from lms.practice.service.setting import MOST_CHARS, MOST_PLACES, MOST_REFLECTIONS
from lms.webkit.forms import BaseForm, SeenField

_TOO_LONG = _l("最多 %(max)d 个字")
_BETWEEN = _l("应在 %(min)s 到 %(max)s 之间")
_DAY = _l("请选择日期")


class ApplyForm(BaseForm):
    """When somebody would like to be at a station."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    first_day = DateField(_l("从哪天开始"), [InputRequired(_DAY)])
    last_day = DateField(_l("到哪天为止"), [InputRequired(_DAY)])
    note = TextAreaField(
        _l("想说的话"),
        [Optional(), Length(max=LONGEST_NOTE, message=_TOO_LONG)],
        description=_l("如每周哪几天方便、做过什么。"),
        render_kw={"rows": 3},
    )

    def wish(self, org_id: uuid.UUID, code: str) -> Wish:
        """What was typed."""
        return Wish(
            key=self.key.data,
            org_id=org_id,
            code=code,
            first_day=self.first_day.data,
            last_day=self.last_day.data,
            note=(self.note.data or "").strip(),
        )


class HoursForm(BaseForm):
    """Hours at a station. `round` is the one a correction answers."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    round = SeenField()
    day = DateField(_l("日期"), [InputRequired(_DAY)])
    start = TimeField(_l("开始时间"), [InputRequired(_l("请选择时间"))])
    end = TimeField(_l("结束时间"), [InputRequired(_l("请选择时间"))])
    activity = StringField(
        _l("做了什么"),
        [InputRequired(_l("请写明做了什么")), Length(max=LONGEST_ACTIVITY, message=_TOO_LONG)],
        render_kw={"maxlength": LONGEST_ACTIVITY},
    )
    reflection = TextAreaField(
        _l("反思"),
        [Optional(), Length(max=LONGEST_REFLECTION, message=_TOO_LONG)],
        description=_l("看到了什么，哪里做得好，下次怎么改。不要写服务对象的真实姓名和住址。"),
        render_kw={"rows": 4},
    )

    def hours(self) -> Hours:
        """What was typed."""
        return Hours(
            key=self.key.data,
            span=Span(self.day.data, _minute(self.start.data), _minute(self.end.data)),
            activity=(self.activity.data or "").strip(),
            reflection=(self.reflection.data or "").strip(),
        )

    def show(self, log: PracticeLog) -> None:
        """Fill in a log that is there."""
        self.key.data, self.round.data = log.key, log.round
        self.day.data, self.activity.data, self.reflection.data = log.day, log.activity, log.reflection
        self.start.data, self.end.data = clock_time(log.begins), clock_time(log.ends)


class ReturnForm(BaseForm):
    """Why something is sent back, refused, ended or undone."""

    round = SeenField()
    reason = TextAreaField(
        _l("理由"),
        [InputRequired(_l("请写明理由，对方会看到")), Length(max=LONGEST_REASON, message=_TOO_LONG)],
        render_kw={"rows": 2},
    )


class SupervisorForm(BaseForm):
    """Who supervises: one of the station's people, or somebody by number."""

    supervisor = SelectField(_l("督导"), choices=[], validate_choice=False)
    supervisor_number = StringField(
        _l("或填督导的证件号码、手机号码"),
        [Optional(), Length(max=40, message=_TOO_LONG)],
        description=_l("不在本站任职的督导，在这里按号码查找。"),
        render_kw={"autocomplete": "off"},
    )

    def offer(self, staff: Sequence[tuple[uuid.UUID, str]], chosen: uuid.UUID | None = None) -> None:
        """Let one of these be chosen."""
        self.supervisor.choices = [
            SelectChoice("", _l("请选择")),
            *(SelectChoice(str(person_id), name) for person_id, name in staff),
        ]
        if chosen is not None and not self.is_submitted():
            self.supervisor.data = str(chosen)

    def chosen(self) -> uuid.UUID | None:
        """The one chosen from the list; None for none, or one that is not on it."""
        listed = {choice.value for choice in self.supervisor.choices or () if choice.value}
        return uuid.UUID(self.supervisor.data) if self.supervisor.data in listed else None


class AcceptForm(SupervisorForm):
    """Accepting an application."""

    first_day = DateField(_l("从哪天开始"), [InputRequired(_DAY)])
    last_day = DateField(_l("到哪天为止"), [InputRequired(_DAY)])


class AssignForm(AcceptForm):
    """Placing somebody without an application."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    number = StringField(
        _l("实训人员的证件号码或手机号码"),
        [InputRequired(_l("请填写号码")), Length(max=40, message=_TOO_LONG)],
        render_kw={"autocomplete": "off"},
    )


class PlacesForm(BaseForm):
    """How many a station takes at once in a category."""

    places = IntegerField(
        _l("同时接收人数"),
        [InputRequired(_l("请填写人数")), NumberRange(0, MOST_PLACES, _BETWEEN)],
        render_kw={"inputmode": "numeric", "min": 0, "max": MOST_PLACES},
    )


class FiguresForm(BaseForm):
    """What a category asks for from a day on."""

    code = StringField(
        _l("代码"),
        [InputRequired(_l("请填写代码")), Length(max=31, message=_TOO_LONG)],
        description=_l("小写字母、数字和下划线，如 lecture。定了不能再改。"),
    )
    title = StringField(_l("名称"), [InputRequired(_l("请填写名称")), Length(max=60, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])
    hint = StringField(_l("给学员的说明"), [Optional(), Length(max=200, message=_TOO_LONG)])
    hint_en = StringField(_l("说明的英文"), [Optional(), Length(max=300, message=_TOO_LONG)])
    least_hours = DecimalField(_l("结业至少（小时）"), [InputRequired(_l("请填写小时数"))], places=None)
    day_hours = DecimalField(_l("每天最多（小时）"), [InputRequired(_l("请填写小时数"))], places=None)
    reflections = IntegerField(
        _l("反思篇数"), [InputRequired(_l("请填写篇数")), NumberRange(0, MOST_REFLECTIONS, _BETWEEN)]
    )
    reflection_chars = IntegerField(
        _l("每篇至少字数"), [InputRequired(_l("请填写字数")), NumberRange(0, MOST_CHARS, _BETWEEN)]
    )
    counted_percent = IntegerField(
        _l("计入继续教育的比例（百分比）"),
        [InputRequired(_l("请填写比例")), NumberRange(0, 100, _BETWEEN)],
        description=_l("结业时按已签字时长的这个比例计入；0 表示不计。"),
    )
    credit_category = SelectField(
        _l("计入哪一科目"),
        choices=[SelectChoice(key, text) for key, text in wording.CREDIT_CATEGORIES.items()],
    )
    is_open = BooleanField(_l("接收新的实训"), default=True)
    valid_from = DateField(_l("从哪天起"), [InputRequired(_DAY)], description=_l("在这一天或之后开始的实训适用。"))
    note = StringField(
        _l("依据或说明"), [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=200, message=_TOO_LONG)]
    )

    @classmethod
    def showing(cls, rule: PracticeRule | None) -> FiguresForm:
        """The form for the next figures of a category, or for a new one."""
        if rule is None:
            return cls()
        form = cls(
            title=rule.title.get("zh_CN", ""),
            title_en=rule.title.get("en", ""),
            hint=rule.hint.get("zh_CN", ""),
            hint_en=rule.hint.get("en", ""),
            least_hours=Decimal(rule.least_minutes) / 60,
            day_hours=Decimal(rule.day_minutes) / 60,
            reflections=rule.reflections,
            reflection_chars=rule.reflection_chars,
            counted_percent=rule.counted_percent,
            credit_category=rule.credit_category,
            is_open=rule.is_open,
        )
        del form.code
        return form

    def figures(self, code: str = "") -> NewFigures:
        """What was typed."""
        return NewFigures(
            code=code or (self.code.data or "").strip(),
            valid_from=self.valid_from.data,
            title=_localized(self.title.data, self.title_en.data),
            hint=_localized(self.hint.data, self.hint_en.data),
            least_minutes=whole_minutes(self.least_hours.data),
            day_minutes=whole_minutes(self.day_hours.data),
            reflections=self.reflections.data,
            reflection_chars=self.reflection_chars.data,
            counted_percent=self.counted_percent.data,
            credit_category=self.credit_category.data,
            is_open=bool(self.is_open.data),
            note=self.note.data or "",
        )


def whole_minutes(hours: Decimal | None) -> int:
    """小时 as whole minutes; -1 for what does not come to whole ones, or is out of all measure."""
    if hours is None or not hours.is_finite() or not 0 <= hours <= 5000:
        return -1
    minutes = hours * 60
    return int(minutes) if minutes == minutes.to_integral_value() else -1


def clock_time(minute: int) -> dt.time:
    """A minute of the day as a time; midnight at its end shows as the last minute."""
    return dt.time(*divmod(min(minute, 24 * 60 - 1), 60))


def _minute(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _localized(chinese: str | None, english: str | None) -> Localized:
    return zh((chinese or "").strip(), (english or "").strip())
