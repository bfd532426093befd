"""The form of a claim: an account and up to six vouchers, each with its file; and the answer to a return."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from lms.plugin_api.services import ProofFile
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import SeenField, YuanField
from lms_payouts.api import AccountForm
from lms_tuition import wording
from lms_tuition.cases import CLAIM_CASE
from lms_tuition.claim_models import Claim, Voucher
from lms_tuition.dto import MOST_VOUCHERS, Amendment, NewClaim, VoucherLine
from lms_tuition.forms import TOO_LONG
from lms_tuition.rules import Cost, Terms, Timing
from lms_tuition.service.common import VOUCHER
from lms_tuition.vouchers import VoucherKind

E = TypeVar("E", bound=enum.StrEnum)
NAMES = ("kind", "number", "code", "check", "issued_on", "amount", "cost", "claimed", "payer", "file")
"""The fields of a voucher, in the order in which they stand on its form: `line<place>_<name>`."""
_NEEDED = ("number", "issued_on", "amount", "payer")
"""What every voucher has, of whatever kind."""
_PROOF = next(proof for proof in CLAIM_CASE.proofs if proof.key == VOUCHER)
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}
_ACCEPT = ",".join(kind.media_type for kind in _PROOF.accepts)


class ClaimForm(AccountForm):
    """A claim; its vouchers are the fields `line0_kind` and so on."""

    key = HiddenField(validators=[InputRequired(), Length(max=64)])
    term = StringField(
        _l("哪一学期"),
        [InputRequired(_l("请填写，如：2026 年秋季学期")), Length(max=40, message=TOO_LONG)],
        description=_l("如：2026 年秋季学期。毕业后一次报销的写“全部学期”。"),
    )
    graduated_on = DateField(_l("毕业日期"), [Optional()])
    diploma_number = StringField(_l("毕业证书编号"), [Optional(), Length(max=40, message=TOO_LONG)])

    def suit(self, terms: Terms, *, graduated: bool) -> ClaimForm:
        """Ask only for what the terms want: payable costs, and the graduation where it is waited for."""
        costs = [SelectChoice(cost.value, text) for cost, text in wording.COSTS.items() if cost in terms.costs]
        for place in range(MOST_VOUCHERS):
            self[f"line{place}_cost"].choices = costs
            for name in _NEEDED:
                self[f"line{place}_{name}"].flags.optional = False  # a voucher left blank altogether is no fault
        if terms.timing is not Timing.GRADUATION or graduated:
            del self.graduated_on
            del self.diploma_number
        return self

    def fields(self, place: int) -> list[Any]:
        """The fields of one voucher."""
        return [self[f"line{place}_{name}"] for name in NAMES]

    def wrong_at(self, place: int) -> bool:
        return any(field.errors for field in self.fields(place))

    @property
    def shown(self) -> int:
        """How many vouchers have something typed or wrong: those that are shown open, one at least."""
        used = [place for place in range(MOST_VOUCHERS) if self._typed(place) or self.wrong_at(place)]
        return max(used, default=0) + 1

    def lines(self) -> tuple[VoucherLine, ...]:
        """The vouchers in which something was typed."""
        return tuple(self._lines())

    def claim(self, study_id: Any, proofs: Sequence[ProofFile]) -> NewClaim:
        """What was typed, with the files."""
        return NewClaim(
            key=self.key.data, study_id=study_id, term=self.term.data or "", account=self.account, lines=self.lines(),
            proofs=tuple(proofs), **self._graduation(),
        )  # fmt: skip

    def _graduation(self) -> dict[str, Any]:
        if "graduated_on" not in self:
            return {}
        return {"graduated_on": self.graduated_on.data, "diploma_number": self.diploma_number.data or ""}

    def _typed(self, place: int) -> bool:
        typed = (self[f"line{place}_{name}"].data for name in ("number", "code", "amount", "issued_on", "file"))
        return any(bool(one) for one in typed)

    def _lines(self) -> Iterator[VoucherLine]:
        for place in range(MOST_VOUCHERS):
            if not self._typed(place):
                continue
            field = {name: self[f"line{place}_{name}"] for name in NAMES}
            yield VoucherLine(
                place=place,
                kind=_member(VoucherKind, field["kind"].data, VoucherKind.FISCAL),
                code=field["code"].data or "",
                number=field["number"].data or "",
                check=field["check"].data or "",
                issued_on=field["issued_on"].data,
                amount_fen=field["amount"].fen,
                cost=_member(Cost, field["cost"].data, Cost.TUITION),
                claimed_fen=(field["claimed"] if (field["claimed"].data or "").strip() else field["amount"]).fen,
                payer=field["payer"].data or "",
                file=_file(field["file"].data),
            )


class AmendForm(ClaimForm):
    """The answer to a return. `key` holds the round that is answered; no account number keeps the one there is."""

    key = SeenField()
    bank_account = StringField(
        _l("银行卡号"),
        [Optional(), Length(max=40, message=TOO_LONG)],
        description=_l("不改就不用填。要改的，填本人名下储蓄卡的 16 至 19 位卡号。"),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 40},
    )
    note = TextAreaField(
        _l("补正说明"),
        [Optional(), Length(max=1000, message=TOO_LONG)],
        description=_l("改了什么、补了什么；没有补交的材料请写明原因。"),
        render_kw={"rows": 3},
    )

    @classmethod
    def showing(cls, claim: Claim, vouchers: Sequence[Voucher], round_: int) -> AmendForm:
        """The form with what was handed in; files that are not chosen anew are kept."""
        data: dict[str, Any] = {
            "key": round_, "term": claim.term, "bank_name": claim.bank_name, "graduated_on": claim.graduated_on,
            "diploma_number": claim.diploma_number,
        }  # fmt: skip
        for one in vouchers:
            values = {
                "kind": one.kind.value, "number": one.number, "code": one.code, "check": one.check_code,
                "issued_on": one.issued_on, "amount": one.amount_fen, "cost": one.cost.value,
                "claimed": one.claimed_fen, "payer": one.payer,
            }  # fmt: skip
            data |= {f"line{one.place}_{name}": value for name, value in values.items()}
        return cls(formdata=None, data=data)

    def amendment(self, proofs: Sequence[ProofFile]) -> Amendment:
        """What was typed, with the files."""
        return Amendment(
            seen_round=self.key.data, term=self.term.data or "",
            account=self.account, lines=self.lines(), note=self.note.data or "", proofs=tuple(proofs),
            **self._graduation(),
        )  # fmt: skip


def _member(kinds: type[E], sent: Any, default: E) -> E:
    """What was chosen; the first of the list for what no page offers."""
    return kinds(sent) if sent in {one.value for one in kinds} else default


def _file(storage: Any) -> ProofFile | None:
    """A chosen file, read no further than it may be."""
    if not getattr(storage, "filename", ""):
        return None
    return ProofFile(VOUCHER, storage.filename, storage.stream.read(_PROOF.megabytes * 1024 * 1024 + 1))


def _fields() -> dict[str, Any]:
    """The fields of one voucher, unbound."""
    return {
        "kind": SelectField(
            _l("票据种类"),
            choices=[SelectChoice(key.value, text) for key, text in wording.VOUCHERS.items()],
            validate_choice=False,
        ),
        "number": StringField(
            _l("号码"),
            [Optional(), Length(max=60, message=TOO_LONG)],
            description=_l("财政电子票据 10 位，数电发票 20 位，其他发票 8 位；可以带空格。"),
            render_kw=_DIGITS,
        ),
        "code": StringField(
            _l("代码"),
            [Optional(), Length(max=40, message=TOO_LONG)],
            description=_l("财政电子票据 8 位，其他发票 10 或 12 位；数电发票没有，不填。"),
            render_kw=_DIGITS,
        ),
        "check": StringField(
            _l("校验码"),
            [Optional(), Length(max=40, message=TOO_LONG)],
            description=_l("财政电子票据 6 位；其他发票填后 6 位；数电发票不填。"),
            render_kw={"autocomplete": "off"},
        ),
        "issued_on": DateField(_l("开票日期"), [Optional()]),
        "amount": YuanField(_l("票面金额（元）"), [Optional()]),
        "cost": SelectField(_l("报销哪项费用"), validate_choice=False),
        "claimed": YuanField(
            _l("其中报销的金额（元）"),
            [Optional()],
            description=_l("票上还有住宿、教材等费用的，只填可以报销的部分；全部报销的不填。"),
        ),
        "payer": StringField(
            _l("票上的付款人"), [Optional(), Length(max=80, message=TOO_LONG)], render_kw={"autocomplete": "off"}
        ),
        "file": FileField(
            _l("票据文件"),
            description=_l("PDF 或清楚的照片，一张票据一个文件，不超过 10 MB。"),
            render_kw={"accept": _ACCEPT},
        ),
    }


for _place in range(MOST_VOUCHERS):
    for _name, _field in _fields().items():
        setattr(ClaimForm, f"line{_place}_{_name}", _field)
