"""What the claimants of every scheme share: the account as it is typed, checked and kept, and pages about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from lms.plugin_api.errors import Invalid, LmsError
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import BaseForm, me
from lms_payouts import claim_words
from lms_payouts.dto import PaymentInfo
from lms_payouts.service.accounts import check_bank_account

_LONGEST_BANK = 80
_TOO_LONG = _l("最多 %(max)d 个字")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where the money goes. The holder is always the claimant; `number` is in clear and never leaves a call."""

    number: str
    bank_name: str


class AccountForm(BaseForm):
    """Where the money goes; whether the number can be right is for the service."""

    bank_account = StringField(
        _l("银行卡号"),
        [InputRequired(_l("请填写银行卡号")), Length(max=40, message=_TOO_LONG)],
        description=_l("本人名下的储蓄卡，16 至 19 位，可以带空格。加密保存，页面上只显示后四位。"),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 40},
    )
    bank_name = StringField(
        _l("开户银行"),
        [InputRequired(_l("请填写开户银行")), Length(max=80, message=_TOO_LONG)],
        description=_l("写到支行，如：中国银行成都玉林支行。"),
        render_kw={"autocomplete": "off", "maxlength": 80},
    )

    @property
    def account(self) -> BankAccount:
        return BankAccount(self.bank_account.data or "", self.bank_name.data or "")


def account_columns(field: str, account: BankAccount, kept: bytes | None = None) -> dict[str, Any]:
    """The columns of an account, its number sealed for `field` (`<table>.<column>`).

    A number that a correction does not type again stays as it was sealed: `kept`. Raises `Invalid` naming every faulty
    field at once.
    """
    if kept is not None and not account.number.strip():
        account = replace(account, number=services().secrets.open(field, kept))
    wrong: dict[str, Any] = {}
    number = ""
    try:
        number = check_bank_account(account.number)
    except Invalid as refusal:
        wrong.update(refusal.fields)
    bank = account.bank_name.strip()
    if not 0 < len(bank) <= _LONGEST_BANK:
        wrong["bank_name"] = _("请填写开户银行，最多 %(most)d 个字", most=_LONGEST_BANK)
    if wrong:
        raise Invalid(_("收款账户没有被接受。"), todo=_("请对照银行卡改正后再提交。"), fields=wrong)
    return {
        "bank_account_sealed": services().secrets.seal(field, number),
        "account_tail": number[-4:],
        "bank_name": bank,
    }


def account_page(claim: Any, payment: PaymentInfo | None, back: str, form: AccountForm | None = None) -> str:
    """The form for another account of a claim that is to be paid; `back` is the claim's page."""
    form = form or AccountForm(formdata=None, data={"bank_name": claim.bank_name})
    name = services().people.person(me()).name
    shown = {"claim": claim, "payment": payment, "back": back, "form": form, "name": name, "claim_words": claim_words}
    return render_template("payouts/claim_account.html", **shown)


def take_account(
    claim: Any, payment: PaymentInfo | None, back: str, correct: Callable[[BankAccount], None]
) -> tuple[str, int] | Response:
    """Answer that form: `correct` takes the account, or refuses it."""
    form = AccountForm()
    if form.validate_on_submit():
        try:
            correct(form.account)
        except LmsError as refusal:
            form.show_refusal(refusal)
        else:
            flash(_("收款账户已更正，会按新账户拨付。"), "green")
            return redirect(back, 303)
    return account_page(claim, payment, back, form), 422
