from __future__ import annotations

import dataclasses
import datetime as dt
import io
import itertools
import json
import uuid
from typing import Any

import openpyxl
import pytest
from stdnum import luhn

from lms.approvals.jobs import settle as settle_notices
from lms.certificates import service as certificates
from lms.people.models import Person, QualificationKind
from lms.people.service import record_qualification
from lms.plugin_api.services import CaseInfo, ProofFile, services
from lms.plugin_api.views import XLSX, Upload
from lms.plugin_api.work import SYSTEM, Actor, clock, session, unit_of_work
from lms.testing.factories import approvals as cases
from lms.testing.factories.access import make_officer
from lms.testing.factories.certificates import SHIPPED, earn, make_ground, make_kind, pass_exam
from lms.testing.factories.orgs import SmallCity, make_small_city
from lms.testing.factories.people import make_person
from lms.testing.jobs import run_jobs
from lms_payouts import api as payouts
from lms_payouts.api import BankAccount
from lms_payouts.service import batches, budgets, checking, files, results
from lms_subsidies.dto import NewClaim
from lms_subsidies.models import Claim, Invitation
from lms_subsidies.queries import claims
from lms_subsidies.rules import ConditionKind
from lms_subsidies.service import claiming, schemes
from lms_subsidies.service.closing import scheme_code
from lms_subsidies.service.common import KIND

MONDAY = dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC)
"""Noon in the city, three days before the National Day week."""
FIRST = dt.date(2026, 1, 1)
BANK = "中国银行成都玉林支行"
INSURANCE = ProofFile("insurance", "社保.pdf", cases.PDF_BYTES)
_numbers = itertools.count(1)


def card(number: int) -> str:
    """A card number that passes its check."""
    body = f"621700{number:012d}"
    return body + luhn.calc_check_digit(body)


@dataclasses.dataclass
class Town:
    """A small city with the illustrative schemes and money: the short way through a claim in tests."""

    app: Any
    city: SmallCity
    kind: str = ""
    ground: Any = None
    staff: dict[tuple[str, uuid.UUID], list[Actor]] = dataclasses.field(default_factory=dict)

    # --- who works here ---

    def officer(self, role: str, org_id: uuid.UUID, number: int = 0) -> Actor:
        """The first, second, ... officer with a role on a unit."""
        known = self.staff.setdefault((role, org_id), [])
        while len(known) <= number:
            name = f"{'周吴郑王冯陈褚卫'[len(known) % 8]}{'岚敏洁涛'[len(self.staff) % 4]}"
            known.append(services().access.actor_for(make_officer(role, org_id, name)))
        return known[number]

    @property
    def chain(self) -> list[Actor]:
        """Who decides a claim from community A: street, county, city."""
        return [self.officer("hr_officer", unit) for unit in (self.city.street_a, self.city.county_a, self.city.city)]

    def payer(self, number: int = 0) -> Actor:
        return self.officer("payouts.payer", self.city.county_a, number)

    # --- what they hold ---

    def person(self, name: str = "", org_id: uuid.UUID | None = None) -> Actor:
        """A community worker, by default of community A."""
        return services().access.actor_for(make_person(name, org_id or self.city.community_a))

    def certify(self, who: Actor) -> uuid.UUID:
        """Issue a 成都社工员 certificate for a pass of its own; its id."""
        assert who.person_id is not None
        earlier = services().certificates.of_person(who.person_id)
        (pass_exam if earlier else earn)(self.ground, [who.person_id])
        return certificates.issue(SYSTEM, self.kind, who.person_id, print_now=False)

    def qualify(self, who: Actor, level: str = "assistant", obtained_on: dt.date = dt.date(2026, 6, 1)) -> uuid.UUID:
        """Record a national qualification, registered until 2028; its id."""
        assert who.person_id is not None
        record_qualification(
            SYSTEM, who.person_id, kind=QualificationKind(level), certificate_number=f"S{next(_numbers):012d}",
            obtained_on=obtained_on, registered_from=dt.date(2026, 7, 1), registered_until=dt.date(2028, 12, 31),
        )  # fmt: skip
        held = services().people.qualifications(who.person_id)
        return next(one.id for one in held if one.kind == level)

    def work(self) -> None:
        """Deliver every event and run every job that is due."""
        session.rollback()  # what was read before must not hide what happens now
        run_jobs(self.app)

    def fund(self, yuan: int = 100_000, org_id: uuid.UUID | None = None) -> None:
        """Money of county A, or of another unit, for any scheme of this year."""
        budgets.set_up(
            SYSTEM, org_id=org_id or self.city.county_a, year=clock.today().year, scheme="", amount_fen=yuan * 100,
            reason="测试预算", key=f"k{next(_numbers)}",
        )  # fmt: skip

    def raise_budget(self, yuan: int) -> None:
        """More money for county A's budget."""
        found = budgets.queries.paying(self.city.county_a, clock.today().year, "")
        budgets.adjust(SYSTEM, found, change_fen=yuan * 100, reason="追加", key=f"k{next(_numbers)}")

    def rename(self, who: Actor, name: str) -> None:
        with unit_of_work(SYSTEM) as uow:
            uow.session.get_one(Person, who.person_id).name = name

    def kind_data(self, **changes: Any) -> dict[str, Any]:
        """A further kind of certificate, like the shipped one but for `changes`."""
        return json.loads(SHIPPED.read_text(encoding="utf-8")) | changes

    # --- claiming ---

    def invitation(self, who: Actor, basis: str = "certificate:CDSGY") -> Invitation:
        session.expire_all()
        return session.query(Invitation).filter_by(person_id=who.person_id, basis=basis).one()

    def new(self, who: Actor, basis: str = "certificate:CDSGY", **changes: Any) -> NewClaim:
        number = next(_numbers)
        values: dict[str, Any] = {
            "key": f"form-{number}",
            "invitation_id": self.invitation(who, basis).id,
            "account": BankAccount(card(number), BANK),
            "declared": frozenset({ConditionKind.NOT_CIVIL_SERVANT, ConditionKind.NO_OTHER_REWARD}),
            "proofs": (INSURANCE,),
        }
        return NewClaim(**(values | changes))

    def claim(self, who: Actor, basis: str = "certificate:CDSGY", **changes: Any) -> Claim:
        """Claim an award."""
        return self.now(claiming.open_claim(who, self.new(who, basis, **changes)))

    def claimed(self, name: str = "") -> tuple[Actor, Claim]:
        """A worker of community A who has a certificate and claimed the award for it."""
        who = self.person(name)
        self.certify(who)
        self.work()
        return who, self.claim(who)

    def invitation_of(self, claim: Claim) -> Invitation:
        return session.get_one(Invitation, claim.invitation_id, populate_existing=True)

    def now(self, claim_id: uuid.UUID) -> Claim:
        """A claim as it is stored."""
        session.rollback()
        return session.get_one(Claim, claim_id, populate_existing=True)

    def case(self, claim: Claim) -> CaseInfo:
        assert claim.case_id is not None
        return services().approvals.case(claim.case_id)

    # --- deciding ---

    def approve(self, claim: Claim, *officers: Actor) -> Claim:
        assert claim.case_id is not None
        cases.approve(claim.case_id, *(officers or self.chain))
        return self.now(claim.id)

    def reject(self, claim: Claim, reason: str = "社保不足") -> Claim:
        assert claim.case_id is not None
        cases.reject(claim.case_id, self.chain[0], reason)
        return self.now(claim.id)

    def send_back(self, claim: Claim, *items: str) -> Claim:
        assert claim.case_id is not None
        cases.send_back(claim.case_id, self.chain[0], *(items or ("fact:account",)))
        return self.now(claim.id)

    def publish(self, *made: Claim) -> dt.date:
        """Put claims that wait for it into a public notice; its last day."""
        ids = [claim.case_id for claim in made if claim.case_id]
        return cases.publish(ids, self.city.city, self.officer("hr_officer", self.city.city, 1), KIND).closes_on

    def after(self, day: dt.date) -> Any:
        """The clock at noon of the day after."""
        return clock.frozen(clock.start_of_day(day + dt.timedelta(days=1)) + dt.timedelta(hours=12))

    def end_notices(self) -> dict[str, int]:
        """What the job does that ends notices."""
        return settle_notices(None, {})  # type: ignore[arg-type]

    def passed(self, name: str = "") -> tuple[Actor, Claim]:
        """A claim that every step approved and whose notice is over: approved, to be paid."""
        who, claim = self.claimed(name)
        self.approve(claim)
        with self.after(self.publish(claim)):
            self.end_notices()
        return who, self.now(claim.id)

    # --- paying ---

    def batch(self, *made: Claim) -> uuid.UUID:
        """A batch that two payers have signed and the bank has."""
        batch_id = self.gather(*made)
        for number in (1, 2):
            batches.sign(self.payer(number), batch_id, batches.queries.one(batch_id).digest)
        files.mark_sent(self.payer(1), batch_id)
        return batch_id

    def gather(self, *made: Claim) -> uuid.UUID:
        ids = [claim.payment_id for claim in made if claim.payment_id]
        return batches.gather(self.payer(), self.city.county_a, ids, f"b{next(_numbers)}")

    def bank(self, batch_id: uuid.UUID, bounced: str = "") -> None:
        """The bank's answer for a whole batch: paid, or sent back for a reason; and what follows from it."""
        results.request_apply(self.payer(1), self.bank_file(batch_id, bounced))
        self.work()

    def bank_file(self, batch_id: uuid.UUID, bounced: str = "") -> uuid.UUID:
        """The bank's answer as a file that payouts has checked and not applied yet; its id."""
        book = openpyxl.load_workbook(io.BytesIO(files.download_template(self.payer(1), batch_id)[1]))
        sheet = book.active
        assert sheet is not None
        for row in sheet.iter_rows(min_row=2):
            if isinstance(row[0].value, (int, float)):
                row[6].value, row[7].value = ("失败", bounced) if bounced else ("成功", None)
        answer = io.BytesIO()
        book.save(answer)
        return results.take_in(self.payer(1), batch_id, Upload("回盘.xlsx", XLSX, answer.getvalue()))

    def paid(self, name: str = "") -> tuple[Actor, Claim]:
        """A claim whose money has arrived."""
        who, claim = self.passed(name)
        self.bank(self.batch(claim))
        return who, self.now(claim.id)

    def payment(self, claim: Claim) -> payouts.PaymentInfo:
        assert claim.payment_id is not None
        return payouts.payment(claim.payment_id)

    def left(self, code: str = "cdsgy") -> int | None:
        """What county A's budget still has, in fen."""
        return payouts.budget_left(self.city.county_a, clock.today().year, scheme_code(code))

    def holds(self) -> None:
        """The books hold."""
        assert checking.verify().fault == ""

    def story(self, claim: Claim) -> list[str]:
        """What happened to a claim in the order it was written, whatever the clock said."""
        return [line.what.value for line in sorted(claims.story(claim.id), key=lambda line: line.id)]


def make_town(app: Any) -> Town:
    """A town inside the present context."""
    city = make_small_city()
    town = Town(app, city, make_kind(city.city), make_ground(city.city))
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
