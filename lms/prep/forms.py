"""Forms of preparation: signing up, one's own document, subjects, merging."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DecimalField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, NumberRange, Optional

from lms.exams.dto import Blueprint, Part
from lms.exams.forms import PARTS, PartForm, codes
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import listed, zh
from lms.orgs.models import OrgUnit
from lms.people.models import IdDocument
from lms.people.wording import DOCUMENTS
from lms.prep import wording
from lms.prep.dto import NewSignUp, SubjectPlan
from lms.prep.models import PrepSubject, Source
from lms.questions import kinds
from lms.questions.dto import MULTIPLE, SINGLE
from lms.webkit.forms import BaseForm

_TOO_LONG = _l("最多 %(max)d 个字")
_NEEDED = _l("请填写这一项")


class SignUpForm(BaseForm):
    """Signing up. `website` is a trap: people do not see it."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    consent_version = HiddenField(validators=[InputRequired(), Length(max=20)])
    name = StringField(
        _l("姓名"),
        [InputRequired(_l("请填写姓名")), Length(max=60, message=_TOO_LONG)],
        render_kw={"autocomplete": "name"},
    )
    phone = StringField(
        _l("手机号码"),
        [InputRequired(_l("请填写手机号码")), Length(max=30, message=_TOO_LONG)],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    email = StringField(
        _l("电子邮箱"), [Optional(), Length(max=254, message=_TOO_LONG)], render_kw={"autocomplete": "email"}
    )
    org = SelectField(_l("所在区（市）县"), validators=[InputRequired(_l("请从列表里选择"))])
    source = SelectField(
        _l("从哪里知道的"), choices=[SelectChoice(one.value, text) for one, text in wording.SOURCES.items()]
    )
    username = StringField(
        _l("设一个用户名"),
        [InputRequired(_l("请设一个用户名")), Length(max=32, message=_TOO_LONG)],
        description=_l("字母开头，4 到 32 个字符，登录时用。"),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("设一个密码"),
        [InputRequired(_l("请设一个密码")), Length(max=200, message=_TOO_LONG)],
        description=_l("至少 10 个字符，大写、小写、数字、符号用三种；或写满 16 个字符。不要用姓名、手机号。"),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("再输入一次密码"),
        [InputRequired(_l("请再输入一次")), EqualTo("password", _l("两次输入的密码不一样"))],
        render_kw={"autocomplete": "new-password"},
    )
    consent = BooleanField(_l("我已看过并同意上面的说明"), [InputRequired(_l("请先看说明，同意的请勾选"))])
    website = StringField(_l("网站"), render_kw={"autocomplete": "off", "tabindex": "-1"})

    def offer(self, counties: Sequence[OrgUnit]) -> None:
        """Let one of these be chosen."""
        self.org.choices = [
            SelectChoice("", _l("请选择")),
            *(SelectChoice(str(unit.id), unit.name) for unit in counties),
        ]

    def sign_up(self) -> NewSignUp:
        """What was typed."""
        return NewSignUp(
            key=self.key.data,
            name=self.name.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            org_id=uuid.UUID(self.org.data),
            source=Source(self.source.data),
            username=self.username.data or "",
            password=self.password.data or "",
            consent=self.consent_version.data,
        )


class DocumentForm(BaseForm):
    """One's own identity document."""

    document = SelectField(_l("证件类型"), choices=[SelectChoice(one.value, text) for one, text in DOCUMENTS.items()])
    number = StringField(
        _l("证件号码"),
        [InputRequired(_l("请输入身份证件号码")), Length(max=40, message=_TOO_LONG)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    @property
    def kind(self) -> IdDocument:
        return IdDocument(self.document.data)


class MergeForm(BaseForm):
    """Whose record on the roster it is: one suggested, or one by number."""

    person = HiddenField()
    number = StringField(
        _l("证件号码或手机号码"), [Optional(), Length(max=40, message=_TOO_LONG)], render_kw={"autocomplete": "off"}
    )


class SubjectForm(BaseForm):
    """A subject's plan."""

    title = StringField(_l("名称"), [InputRequired(_NEEDED), Length(max=80, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=120, message=_TOO_LONG)])
    slug = StringField(
        _l("标识"),
        [InputRequired(_NEEDED), Length(max=60, message=_TOO_LONG)],
        description=_l("用于网址，建好后不能改。"),
    )
    bank = SelectField(_l("题库"), validators=[InputRequired(_NEEDED)])
    parts = FieldList(FormField(PartForm), _l("试卷"), min_entries=PARTS, max_entries=PARTS)
    minutes = IntegerField(_l("考试时长（分钟）"), [InputRequired(_NEEDED), NumberRange(1, 600)], default=120)
    pass_marks = DecimalField(
        _l("合格线（分）"), places=1, validators=[InputRequired(_NEEDED), NumberRange(0.5, 1000)], default=60
    )
    course = SelectField(_l("配套课程"), validators=[Optional()])
    is_open = BooleanField(_l("对公众开放"), default=True)

    def suggest(self) -> None:
        """A new form begins as the national exam's objective paper."""
        for row, (kind, count) in zip(self.parts, ((SINGLE, 60), (MULTIPLE, 20)), strict=False):
            row.kind.data, row.count.data = kind, count

    def show(self, subject: PrepSubject) -> None:
        """Fill in what a subject says now; its slug and bank stay."""
        blueprint = Blueprint.from_json(subject.blueprint)
        self.title.data, self.title_en.data = subject.title.get("zh_CN", ""), subject.title.get("en", "")
        self.minutes.data, self.pass_marks.data = subject.minutes, subject.pass_half_points / 2
        self.course.data, self.is_open.data = subject.course_slug, subject.is_open
        for row, part in zip(self.parts, blueprint.parts, strict=False):
            row.kind.data, row.count.data, row.points.data = part.kind, part.count, listed(part.points)

    def plan(self) -> SubjectPlan:
        """What was typed."""
        types: Any = kinds.offered()
        parts = tuple(
            Part(row.kind.data, row.count.data, types[row.kind.data].half_points, codes(row.points.data))
            for row in self.parts
            if row.count.data
        )
        return SubjectPlan(
            title=zh((self.title.data or "").strip(), (self.title_en.data or "").strip()),
            blueprint=Blueprint(parts),
            minutes=self.minutes.data or 0,
            pass_half_points=round((self.pass_marks.data or 0) * 2),
            course_slug=self.course.data or "",
            is_open=bool(self.is_open.data),
        )
