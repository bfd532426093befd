"""Forms of the pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from lms_payouts.api import DEGREE_TITLES, AccountForm, BudgetLevel, claim_words
from lms_subsidies import wording
from lms_subsidies.dto import Amendment, NewClaim, NewRevision
from lms_subsidies.explaining import STATEMENTS
from lms_subsidies.models import SchemeRevision
from lms_subsidies.rules import DECLARED, MOST_DAYS, MOST_MONTHS, Condition, ConditionKind, Stacking

_TOO_LONG = _l("最多 %(max)d 个字")


class ClaimForm(AccountForm):
    """A claim: account and declarations; the files are read beside it."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    not_civil_servant = BooleanField(STATEMENTS[ConditionKind.NOT_CIVIL_SERVANT])
    no_other_reward = BooleanField(STATEMENTS[ConditionKind.NO_OTHER_REWARD])

    def ask_for(self, wanted: Collection[ConditionKind]) -> None:
        """Leave only the declarations that the terms want."""
        for kind in DECLARED - set(wanted):
            if kind.value in self:
                delattr(self, kind.value)

    @property
    def declared(self) -> frozenset[ConditionKind]:
        return frozenset(kind for kind in DECLARED if kind.value in self and self[kind.value].data)

    def claim(self, invitation_id: Any, proofs: tuple[ProofFile, ...]) -> NewClaim:
        """What was typed, with the files."""
        return NewClaim(
            key=self.key.data,
            invitation_id=invitation_id,
            account=self.account,
            declared=self.declared,
            proofs=proofs,
        )


class AmendForm(ClaimForm):
    """The answer to a return. `key` holds the round that is answered; no account number keeps the one there is."""

    key = SeenField()
    bank_account = StringField(
        _l("银行卡号"),
        [Optional(), Length(max=40, message=_TOO_LONG)],
        description=_l("不改就不用填。要改的，填本人名下储蓄卡的 16 至 19 位卡号。"),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 40},
    )
    note = TextAreaField(
        _l("补正说明"),
        [Optional(), Length(max=1000, message=_TOO_LONG)],
        description=_l("改了什么、补了什么；没有补交的材料请写明原因。"),
        render_kw={"rows": 3},
    )

    def amendment(self, proofs: tuple[ProofFile, ...]) -> Amendment:
        """What was typed, with the files."""
        return Amendment(
            account=self.account,
            seen_round=self.key.data,
            declared=self.declared,
            note=self.note.data or "",
            proofs=proofs,
        )


class SettleForm(BaseForm):
    """Whether money that went out is to come back, and why."""

    decision = RadioField(
        _l("是否追回"),
        choices=[SelectChoice("recall", _l("追回，登记为应退款")), SelectChoice("keep", _l("不追回"))],
        validators=[InputRequired(_l("请选择"))],
    )
    note = TextAreaField(
        _l("处理情况"),
        [InputRequired(_l("请写明处理情况")), Length(max=500, message=_TOO_LONG)],
        description=_l("写明核实的情况和依据。本人可以看到。"),
        render_kw={"rows": 3},
    )


class SchemeForm(BaseForm):
    """What a scheme grants from a day on."""

    code = StringField(
        _l("代码"),
        [InputRequired(_l("请填写代码")), Length(max=31, message=_TOO_LONG)],
        description=_l("小写字母、数字和连字符，如 cdsgy。定了不能再改，预算按它设立。"),
    )
    basis = SelectField(
        _l("奖励什么"),
        validators=[InputRequired(_l("请选择"))],
        description=_l("一种证书或一级资格只有一项奖励。定了不能再改。"),
    )
    title = StringField(_l("名称"), [InputRequired(_l("请填写名称")), Length(max=60, message=_TOO_LONG)])
    title_en = StringField(_l("英文名称"), [Optional(), Length(max=80, message=_TOO_LONG)])
    amount = YuanField(
        _l("金额（元）"),
        [InputRequired(_l("请填写金额，最多两位小数"))],
        description=_l("一次性奖励，最多两位小数。"),
    )
    valid_from = DateField(
        _l("从哪天起取得的"),
        [InputRequired(_l("请选择日期"))],
        description=_l("按证书签发或资格取得的日期算，可以早于今天；已取得的人会收到邀请。"),
    )
    valid_to = DateField(_l("到哪天为止取得的"), [Optional()], description=_l("不填表示一直有效。"))
    claim_days = IntegerField(
        _l("取得后几天内可以申领"),
        [InputRequired(_l("请填写天数")), NumberRange(1, MOST_DAYS, _l("应为 %(min)s 至 %(max)s 天"))],
        description=_l("取得当天不算，最后一天含当天。"),
    )
    budget_level = SelectField(
        _l("由哪一级预算支付"),
        choices=[SelectChoice(key.value, text) for key, text in claim_words.BUDGET_LEVELS.items()],
        description=_l("按申领时的单位算，没有这一级的由上一级支付。"),
    )
    stacking = SelectField(
        _l("与较低级别奖励的关系"),
        choices=[SelectChoice(key.value, text) for key, text in wording.STACKINGS.items()],
        description=_l("只对国家职业资格有意义。先领较高级别的，再领较低级别时按同一规则。"),
    )
    conditions = SelectMultipleField(
        _l("申领条件"),
        choices=[SelectChoice(key.value, text) for key, text in wording.CONDITIONS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    months = IntegerField(
        _l("连续任职满几个月"),
        [Optional(), NumberRange(1, MOST_MONTHS, _l("应为 %(min)s 至 %(max)s 个月"))],
        description=_l("勾选了“连续任职满规定月数”时填写。"),
    )
    reclaim = BooleanField(_l("未通过后可以再次申领"))
    degree = SelectField(
        _l("与学费报销二选一"),
        choices=[SelectChoice("", _l("不限制")), *(SelectChoice(key, text) for key, text in DEGREE_TITLES.items())],
        validators=[Optional()],
        description=_l(
            "这项奖励是对哪一级在职学历的。选了的，同一人同一学历报销学费的，不能再领；领了的，不能再报销。"
        ),
    )
    note = StringField(
        _l("依据或说明"),
        [InputRequired(_l("请写明依据，如文件名和文号")), Length(max=300, message=_TOO_LONG)],
    )

    @classmethod
    def showing(
        cls, bases: Sequence[tuple[str, str]], code: str, basis: str, shown: SchemeRevision | None
    ) -> SchemeForm:
        """The form with what counts now in it; what was posted comes before it."""
        data: dict[str, Any] = {"code": code, "basis": basis, "claim_days": 365}
        if shown is not None:
            conditions = [Condition.parse(one) for one in shown.conditions]
            data |= {
                "title": shown.title.get("zh_CN", ""),
                "title_en": shown.title.get("en", ""),
                "amount": shown.amount_fen,
                "valid_from": shown.valid_from,
                "valid_to": shown.valid_to,
                "claim_days": shown.claim_days,
                "budget_level": shown.budget_level.value,
                "stacking": shown.stacking.value,
                "conditions": [one.kind.value for one in conditions],
                "months": next((one.months for one in conditions if one.months), None),
                "reclaim": shown.reclaim,
                "degree": shown.degree,
            }
        form = cls(data=data)
        form.basis.choices = [SelectChoice(key, title) for key, title in bases]
        if code:
            form.code.render_kw = form.basis.render_kw = {"readonly": True}
            form.basis.choices = [choice for choice in form.basis.choices if choice.value == basis]
        return form

    def revision(self) -> NewRevision:
        """What was typed; what is wrong with it is found by the service."""
        return NewRevision(
            code=(self.code.data or "").strip(),
            basis=self.basis.data or "",
            title={key: text for key, text in self._titles() if text},
            amount_fen=self.amount.fen,
            valid_from=self.valid_from.data,
            valid_to=self.valid_to.data,
            claim_days=self.claim_days.data,
            budget_level=BudgetLevel(self.budget_level.data),
            conditions=tuple(
                Condition(kind, (self.months.data or 0) if kind is ConditionKind.EMPLOYED_MONTHS else 0)
                for kind in map(ConditionKind, self.conditions.data)
            ),
            stacking=Stacking(self.stacking.data),
            reclaim=self.reclaim.data,
            degree=self.degree.data or "",
            note=self.note.data or "",
        )

    def _titles(self) -> tuple[tuple[str, str], ...]:
        return ("zh_CN", (self.title.data or "").strip()), ("en", (self.title_en.data or "").strip())
