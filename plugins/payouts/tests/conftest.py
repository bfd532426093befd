from __future__ import annotations

import dataclasses
import io
import itertools
import uuid

import openpyxl
import pytest
from stdnum import luhn

from lms.plugin_api.services import services
from lms.plugin_api.views import XLSX, Upload
from lms.plugin_api.work import SYSTEM, unit_of_work
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import SmallCity, make_small_city
from lms.testing.factories.people import make_person
from lms_payouts import api
from lms_payouts.rules import PaymentState
from lms_payouts.service import batches, budgets, checking, files, results

YEAR = 2026
SCHEME = "subsidies.test"
TITLE = {"zh_CN": "证书奖励", "en": "Certificate award"}
_numbers = itertools.count(1)


def card(number: int) -> str:
    """A card number that passes its check."""
    body = f"621700{number:012d}"
    return body + luhn.calc_check_digit(body)


@dataclasses.dataclass
class Till:
    """A small city with money: the short way to budgets, payments, batches and results in tests."""

    city: SmallCity

    def actor(self, role: str, org_id: uuid.UUID | None = None, name: str = ""):
        return services().access.actor_for(make_officer(role, org_id or self.city.county_a, name))

    def payer(self, org_id: uuid.UUID | None = None, name: str = ""):
        return self.actor("payouts.payer", org_id, name)

    def fund(self, yuan: int, *, org_id: uuid.UUID | None = None, scheme: str = "", year: int = YEAR) -> uuid.UUID:
        """A budget of so many 元 for a unit, by default county A."""
        self.name_scheme()
        return budgets.set_up(
            SYSTEM, org_id=org_id or self.city.county_a, year=year, scheme=scheme, amount_fen=yuan * 100,
            reason="测试预算", key=f"k{next(_numbers)}",
        )  # fmt: skip

    def name_scheme(self) -> None:
        api.name_scheme(SYSTEM, SCHEME, TITLE)

    def new(self, yuan: float = 1500, name: str = "", **changes) -> api.NewPayment:
        """A request that can be paid, for a person of its own."""
        number = next(_numbers)
        name = name or f"陈思雨{'一二三四五六七八九十'[number % 10]}{'甲乙丙丁戊己庚辛'[number % 8]}"
        made = {
            "key": f"test:{number}",
            "award_key": f"certificate:{uuid.uuid4().hex}",
            "scheme": SCHEME,
            "scheme_title": TITLE,
            "beneficiary_id": changes.get("beneficiary_id") or make_person(name, self.city.community_a),
            "org_id": self.city.county_a,
            "year": YEAR,
            "amount_fen": round(yuan * 100),
            "account_name": name,
            "bank_account": card(number),
            "bank_name": "中国工商银行成都武侯支行",
            "reference": f"SP-2026-{number:06d}",
            "proofs": ("ab" * 32,),
        }
        return api.NewPayment(**(made | changes))

    def ask(self, yuan: float = 1500, name: str = "", **changes) -> uuid.UUID:
        """A payment in line."""
        return api.request_payment(SYSTEM, self.new(yuan, name, **changes))

    def gather(self, payments, actor=None, key: str = "") -> uuid.UUID:
        return batches.gather(actor or self.payer(), self.city.county_a, payments, key or f"k{next(_numbers)}")

    def sign(self, actor, batch_id: uuid.UUID):
        return batches.sign(actor, batch_id, batches.queries.one(batch_id).digest)

    def sent(self, payments) -> uuid.UUID:
        """A batch that two officers signed and the bank has."""
        batch_id = self.gather(payments)
        for _officer in range(2):
            self.sign(self.payer(), batch_id)
        files.mark_sent(self.payer(), batch_id)
        return batch_id

    def answer(self, batch_id: uuid.UUID, bounced=(), change=None) -> bytes:
        """The template as the bank sends it back: paid, but for the serials in `bounced` (serial: reason)."""
        book = openpyxl.load_workbook(io.BytesIO(files.download_template(self.payer(), batch_id)[1]))
        sheet = book.active
        for row in sheet.iter_rows(min_row=2):
            if isinstance(row[0].value, (int, float)):
                reason = dict(bounced).get(int(row[0].value))
                row[6].value, row[7].value = ("失败", reason) if reason else ("成功", None)
        if change is not None:
            change(sheet)
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()

    def take_in(self, batch_id: uuid.UUID, content: bytes, actor=None) -> uuid.UUID:
        return results.take_in(actor or self.payer(), batch_id, Upload("回盘.xlsx", XLSX, content))

    def settle(self, batch_id: uuid.UUID, bounced=()) -> uuid.UUID:
        """Take the bank's answer in and apply it at once."""
        result_id, actor = self.take_in(batch_id, self.answer(batch_id, bounced)), self.payer()
        results.request_apply(actor, result_id)
        results.apply(actor, result_id)
        return result_id

    def state(self, payment_id: uuid.UUID) -> PaymentState:
        return api.payment(payment_id).state

    def left(self) -> int | None:
        """What county A's budget still has, in 元."""
        fen = api.budget_left(self.city.county_a, YEAR, SCHEME)
        return None if fen is None else fen // 100

    def holds(self) -> None:
        """The books hold."""
        assert checking.verify().fault == ""


@pytest.fixture
def till(city: SmallCity) -> Till:
    return Till(city)


@pytest.fixture
def open_till():
    """Make a till inside the context of an application that commits for real."""
    return lambda: Till(make_small_city())


@pytest.fixture
def in_savepoint():
    """Try something whose refusal must leave nothing behind, as a caller does that goes on."""

    def attempt(call):
        with unit_of_work(SYSTEM) as uow, uow.savepoint():
            call()

    return attempt
