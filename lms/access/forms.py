"""Forms of this room."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, DateField, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from lms.access.roles import roles
from lms.kernel.i18n import lazy_gettext as _l
from lms.webkit.forms import BaseForm

_TOO_LONG = Length(max=200, message=_l("太长了"))


def _needed(message: Any) -> list[Any]:
    return [InputRequired(message), _TOO_LONG]


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        _needed(_l("请设一个密码")),
        description=_l("至少 10 个字符，大写、小写、数字、符号用三种；或写满 16 个字符。不要用姓名、手机号。"),
        render_kw={"autocomplete": "new-password"},
    )


def _again() -> PasswordField:
    return PasswordField(
        _l("再输入一次新密码"),
        [InputRequired(_l("请再输入一次")), EqualTo("password", _l("两次输入的密码不一样"))],
        render_kw={"autocomplete": "new-password"},
    )


def _current_password() -> PasswordField:
    return PasswordField(
        _l("现在的密码"), _needed(_l("请输入现在的密码")), render_kw={"autocomplete": "current-password"}
    )


class SignInForm(BaseForm):
    login = StringField(
        _l("用户名或手机号"),
        _needed(_l("请输入用户名或手机号")),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(_l("密码"), _needed(_l("请输入密码")), render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class SecondFactorForm(BaseForm):
    code = StringField(
        _l("验证码"),
        _needed(_l("请输入验证码")),
        description=_l("验证器应用当前显示的 6 位数字；手机不在身边时，可输入一个恢复码。"),
        render_kw={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"},
    )
    next = HiddenField()


class NewPasswordForm(BaseForm):
    password = _new_password(_l("新密码"))
    again = _again()
    next = HiddenField()


class ActivateForm(BaseForm):
    id_number = StringField(
        _l("身份证件号码"),
        _needed(_l("请输入身份证件号码")),
        description=_l("自行报名、没有登记证件的，填用户名。"),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    code = StringField(
        _l("开通码"),
        _needed(_l("请输入纸条上的开通码")),
        description=_l("单位人事干部发的 10 位开通码，或报名的区（市）县发的重设码；大小写和短横都不影响。"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    username = StringField(
        _l("设一个用户名"),
        [Optional(), _TOO_LONG],
        description=_l("字母开头，4 到 32 个字符；以后也可以用手机号登录。重设密码时不用填。"),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = _new_password(_l("设一个密码"))
    again = _again()


class ChangePasswordForm(BaseForm):
    current = _current_password()
    password = _new_password(_l("新密码"))
    again = _again()


class TotpForm(BaseForm):
    sealed = HiddenField()
    code = StringField(
        _l("应用显示的 6 位验证码"),
        _needed(_l("请输入验证码")),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )
    current = _current_password()
    next = HiddenField()


class ConfirmForm(BaseForm):
    current = _current_password()


class PasskeyForm(BaseForm):
    label = StringField(
        _l("给它起个名字"),
        [InputRequired(_l("请起个名字")), Length(max=60, message=_l("最多 60 个字"))],
        description=_l("例如“办公室电脑”“我的手机”，以后便于辨认。"),
    )
    current = _current_password()


class CodesForm(BaseForm):
    """Activation codes of a unit. `unit` is a name or a code."""

    unit = StringField(
        _l("单位"), _needed(_l("请填写单位名称或编码")), description=_l("填写单位的全名或编码，包括它的所有下级单位。")
    )
    again = BooleanField(_l("已领过开通码但还没开通的人也重新发码（旧码作废）"))
    batch = HiddenField()


class GrantForm(BaseForm):
    role = SelectField(
        _l("角色"),
        choices=lambda: [
            SelectChoice("", _l("请选择")),
            *(SelectChoice(key, one.title) for key, one in roles().items()),
        ],
        validators=[InputRequired(_l("请选择角色"))],
    )
    unit = StringField(
        _l("单位"),
        _needed(_l("请填写单位名称或编码")),
        description=_l("授权对这个单位和它的所有下级单位有效。填写全名或编码。"),
        render_kw={"list": "units"},
    )
    valid_from = DateField(_l("开始日期"), [InputRequired(_l("请选择日期"))], description=_l("从这一天开始有效。"))
    valid_to = DateField(_l("最后一天"), [Optional()], description=_l("不填表示一直有效，直到撤销。"))
    reason = TextAreaField(
        _l("授权理由"),
        [InputRequired(_l("请写明理由，审计时会看到")), Length(max=400, message=_l("最多 400 个字"))],
        render_kw={"rows": 2},
    )


class ReasonForm(BaseForm):
    reason = TextAreaField(
        _l("理由"),
        [InputRequired(_l("请写明理由，审计时会看到")), Length(max=400, message=_l("最多 400 个字"))],
        render_kw={"rows": 2},
    )
