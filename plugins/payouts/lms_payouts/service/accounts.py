"""Bank accounts: checked, sealed, and made recognisable without being readable."""

from __future__ import annotations

import uuid
from typing import Any

from lms.plugin_api.errors import Invalid
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms_payouts import wording
from lms_payouts.rules import Fault, checked_bank_account, same_name

FIELD = "payouts_payment.bank_account"
"""What an account number is bound to: payments and the lines of batches, between which it is copied sealed."""
_LONGEST_NAME = 80


def check_bank_account(text: str) -> str:
    """An account number without blanks. Raises `Invalid` with the field `bank_account`."""
    try:
        return checked_bank_account(text)
    except Fault as fault:
        raise Invalid(
            _("银行卡号没有被接受。"), fields={"bank_account": wording.FAULTS[fault.code]}, code=fault.code
        ) from None


def checked(beneficiary_id: uuid.UUID, account_name: str, bank_account: str, bank_name: str) -> dict[str, Any]:
    """The columns of an account that may be paid to. Raises `Invalid` naming every faulty field at once."""
    wrong: dict[str, Any] = {}
    try:
        number = check_bank_account(bank_account)
    except Invalid as error:
        number, wrong = "", dict(error.fields)
    name = services().people.person(beneficiary_id).name
    if len(account_name.strip()) > _LONGEST_NAME or not same_name(account_name, name):
        wrong["account_name"] = _("户名应与领款人姓名一致")
    if not 0 < len(bank_name.strip()) <= _LONGEST_NAME:
        wrong["bank_name"] = _("请填写开户银行，最多 %(most)d 个字", most=_LONGEST_NAME)
    if wrong:
        raise Invalid(_("收款账户没有被接受。"), todo=_("请对照银行卡改正后再提交。"), fields=wrong)
    return {
        "account_name": account_name.strip(),
        "bank_account_sealed": services().secrets.seal(FIELD, number),
        "bank_account_index": index_of(number),
        "account_tail": number[-4:],
        "bank_name": bank_name.strip(),
    }


def index_of(number: str) -> bytes:
    """The keyed index of a compact account number: equal for equal numbers, useless without the key."""
    return services().secrets.index(FIELD, number)


def opened(sealed: bytes) -> str:
    """The clear number, for the payment file alone; whoever asks writes an audit entry."""
    return services().secrets.open(FIELD, sealed)
