from __future__ import annotations

import dataclasses
import datetime as dt
import io
import itertools
import uuid
from typing import Any

import openpyxl
import pytest
from lms_tuition.agreement import digest
from lms_tuition.claim_models import Claim, Verdict
from lms_tuition.dto import NewClaim, NewStudy, VoucherLine
from lms_tuition.models import Study
from lms_tuition.queries import claims
from lms_tuition.rules import Cost
from lms_tuition.service import checking as vouchers
from lms_tuition.service import claiming, schemes, studying
from lms_tuition.service.common import CLAIM_KIND
from lms_tuition.vouchers import VoucherKind
from stdnum import luhn

from lms.approvals.jobs import settle as settle_notices
from lms.plugin_api.services import CaseInfo, ProofFile, services
from lms.plugin_api.views import XLSX, Upload
from lms.plugin_api.work import SYSTEM, Actor, clock, session
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.orgs import SmallCity, make_small_city
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs
from lms_payouts.api import BankAccount
from lms_payouts.service import batches, budgets, checking, files, results

MONDAY = dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC)
"""Noon in the city, three days before the National Day week."""
FIRST = dt.date(2026, 1, 1)
BANK = "中国银行成都玉林支行"
_numbers = itertools.count(1)


def card(number: int) -> str:
    """A card number that passes its check."""
    body = f"621700{number:012d}"
    return body + luhn.calc_check_digit(body)


def paper(number: int | None = None) -> ProofFile:
    """A voucher's file, another each time unless a number is given."""
    number = next(_numbers) if number is None else number
    return ProofFile("voucher", f"票据{number}.pdf", cases.PDF_BYTES + f"% {number}\n".encode())


DIPLOMA = ProofFile("diploma", "毕业证书.pdf", cases.PDF_BYTES + b"% diploma\n")


def line(place: int = 0, **changes: Any) -> VoucherLine:
    """A fiscal e-receipt of 8,000 元 that nobody has used."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "place": place, "kind": VoucherKind.FISCAL, "code": "51010126", "number": f"{number:010d}", "check": "a1b2c3",
        "issued_on": dt.date(2026, 9, 1), "amount_fen": 800_000, "cost": Cost.TUITION, "claimed_fen": 800_000,
        "payer": "陈思雨", "file": paper(),
    }  # fmt: skip
    return VoucherLine(**(values | changes))


@dataclasses.dataclass
class Town:
    """A small city with the illustrative schemes and money: the short way through a study and a claim in tests."""

    app: Any
    city: SmallCity
    staff: dict[tuple[str, uuid.UUID], list[Actor]] = dataclasses.field(default_factory=dict)

    def officer(self, role: str, org_id: uuid.UUID, number: int = 0) -> Actor:
        """The first, second, ... officer with a role on a unit."""
        known = self.staff.setdefault((role, org_id), [])
        while len(known) <= number:
            name = f"{'周吴郑王冯陈褚卫'[len(known) % 8]}{'岚敏洁涛'[len(self.staff) % 4]}"
            known.append(services().access.actor_for(make_officer(role, org_id, name)))
        return known[number]

    @property
    def chain(self) -> list[Actor]:
        """Who decides a claim from community A: employer, street, county, city."""
        city = self.city
        units = (city.community_a, city.street_a, city.county_a, city.city)
        return [self.officer("hr_officer", unit) for unit in units]

    def payer(self, number: int = 0) -> Actor:
        return self.officer("payouts.payer", self.city.county_a, number)

    def person(self, name: str = "陈思雨", org_id: uuid.UUID | None = None) -> Actor:
        """A community worker, by default of community A."""
        return services().access.actor_for(make_person(name, org_id or self.city.community_a))

    def fund(self, yuan: int = 100_000) -> None:
        """Money of county A for any scheme of this year."""
        budgets.set_up(
            SYSTEM, org_id=self.city.county_a, year=clock.today().year, scheme="", amount_fen=yuan * 100,
            reason="测试预算", key=f"k{next(_numbers)}",
        )  # fmt: skip

    def work(self) -> None:
        """Deliver every event and run every job that is due."""
        session.rollback()  # what was read before must not hide what happens now
        run_jobs(self.app)

    # --- studying ---

    def new_study(self, level: str = "bachelor", **changes: Any) -> NewStudy:
        values: dict[str, Any] = {
            "key": f"study-{next(_numbers)}", "level": level, "school": "四川大学", "major": "社会工作",
            "starts_on": dt.date(2026, 9, 1), "ends_on": dt.date(2029, 6, 30), "reason": "与岗位一致，周末上课",
            "proofs": (ProofFile("enrolment", "录取通知书.pdf", cases.PDF_BYTES),),
        }  # fmt: skip
        return NewStudy(**(values | changes))

    def study(self, who: Actor, level: str = "bachelor", **changes: Any) -> Study:
        """Apply for a study."""
        return self.study_now(studying.apply(who, self.new_study(level, **changes)))

    def agreed(self, who: Actor, level: str = "bachelor", **changes: Any) -> Study:
        """A study that the employer and the street agreed to."""
        study = self.study(who, level, **changes)
        assert study.case_id is not None
        cases.approve(study.case_id, *self.chain[:2])
        return self.study_now(study.id)

    def sign(self, who: Actor, study: Study) -> None:
        name = services().people.person(study.person_id).name
        studying.sign(who, study.id, signed_as=name, seen=digest(studying.proposed_agreement(who, study.id)))

    def signed(self, who: Actor, level: str = "bachelor", **changes: Any) -> Study:
        """A study whose agreement is signed: something can be claimed."""
        study = self.agreed(who, level, **changes)
        self.sign(who, study)
        return self.study_now(study.id)

    def study_now(self, study_id: uuid.UUID) -> Study:
        session.rollback()
        return session.get_one(Study, study_id, populate_existing=True)

    # --- claiming ---

    def new(self, study: Study, *lines: VoucherLine, **changes: Any) -> NewClaim:
        number = next(_numbers)
        values: dict[str, Any] = {
            "key": f"form-{number}", "study_id": study.id, "term": "2026 年秋季学期",
            "account": BankAccount(card(number), BANK), "lines": lines or (line(),),
        }  # fmt: skip
        return NewClaim(**(values | changes))

    def claim(self, who: Actor, study: Study, *lines: VoucherLine, **changes: Any) -> Claim:
        return self.now(claiming.open_claim(who, self.new(study, *lines, **changes)))

    def claimed(self, *lines: VoucherLine, name: str = "陈思雨") -> tuple[Actor, Claim]:
        """A claim of somebody of community A."""
        who = self.person(name)
        return who, self.claim(who, self.signed(who), *lines)

    def now(self, claim_id: uuid.UUID) -> Claim:
        """A claim as it is stored."""
        session.rollback()
        return session.get_one(Claim, claim_id, populate_existing=True)

    def case(self, claim: Claim | Study) -> CaseInfo:
        assert claim.case_id is not None
        return services().approvals.case(claim.case_id)

    def check(self, claim: Claim, verdict: Verdict = Verdict.RIGHT, remark: str = "已查验") -> None:
        """The street's officer compares every voucher."""
        for voucher in claims.vouchers(claim.id):
            vouchers.check_voucher(self.chain[1], voucher.id, verdict, remark)

    def approve(self, claim: Claim, *officers: Actor) -> Claim:
        assert claim.case_id is not None
        cases.approve(claim.case_id, *(officers or self.chain))
        return self.now(claim.id)

    def publish(self, *made: Claim) -> dt.date:
        """Put claims that wait for it into a public notice; its last day."""
        ids = [claim.case_id for claim in made if claim.case_id]
        return cases.publish(ids, self.city.city, self.officer("hr_officer", self.city.city, 1), CLAIM_KIND).closes_on

    def after(self, day: dt.date) -> Any:
        """The clock at noon of the day after."""
        return clock.frozen(clock.start_of_day(day + dt.timedelta(days=1)) + dt.timedelta(hours=12))

    def pass_on(self, claim: Claim) -> Claim:
        """Compare, approve, publish and end the notice: approved, to be paid."""
        self.check(claim)
        self.approve(claim)
        with self.after(self.publish(claim)):
            settle_notices(None, {})  # type: ignore[arg-type]
        return self.now(claim.id)

    # --- paying ---

    def pay(self, claim: Claim, bounced: str = "") -> Claim:
        """A batch signed by two payers, sent, and answered by the bank; what follows from it."""
        assert claim.payment_id is not None
        batch_id = self.send(claim)
        book = openpyxl.load_workbook(io.BytesIO(files.download_template(self.payer(1), batch_id)[1]))
        sheet = book.active
        assert sheet is not None
        for row in sheet.iter_rows(min_row=2):
            if isinstance(row[0].value, (int, float)):
                row[6].value, row[7].value = ("失败", bounced) if bounced else ("成功", None)
        answer = io.BytesIO()
        book.save(answer)
        result_id = results.take_in(self.payer(1), batch_id, Upload("回盘.xlsx", XLSX, answer.getvalue()))
        results.request_apply(self.payer(1), result_id)
        self.work()
        return self.now(claim.id)

    def gather(self, claim: Claim) -> uuid.UUID:
        assert claim.payment_id is not None
        return batches.gather(self.payer(), self.city.county_a, [claim.payment_id], f"b{next(_numbers)}")

    def send(self, claim: Claim) -> uuid.UUID:
        batch_id = self.gather(claim)
        for number in (1, 2):
            batches.sign(self.payer(number), batch_id, batches.queries.one(batch_id).digest)
        files.mark_sent(self.payer(1), batch_id)
        return batch_id

    def paid(self, *lines: VoucherLine, name: str = "陈思雨") -> tuple[Actor, Claim]:
        """A claim whose money has arrived."""
        who, claim = self.claimed(*lines, name=name)
        return who, self.pay(self.pass_on(claim))

    def holds(self) -> None:
        """The books hold."""
        assert checking.verify().fault == ""


def make_town(app: Any) -> Town:
    """A town inside the present context."""
    town = Town(app, make_small_city())
    schemes.seed(SYSTEM, FIRST)
    return town


@pytest.fixture(autouse=True)
def monday():
    with clock.frozen(MONDAY):
        yield


@pytest.fixture
def town(app, monday) -> Town:
    return make_town(app)


@pytest.fixture
def funded(town) -> Town:
    town.fund()
    return town


@pytest.fixture(scope="session")
def open_town():
    """Make a town inside the context of an application that commits for real."""
    return make_town


@pytest.fixture(scope="session")
def diploma():
    """A diploma's file."""
    return DIPLOMA


@pytest.fixture(scope="session")
def make_line():
    """Make the line of a voucher."""
    return line
