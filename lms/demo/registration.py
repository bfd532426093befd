"""Three years of hours: two trainings of earlier years and one of today, and the registration that rests on them.

The national certificate was registered almost three years ago, so that it can be renewed now. What the worker learned
in the first two of these years was claimed and agreed to then: it is made with the services, under a stopped clock of
those days, as the neighbours' lives are. The rest is walked over HTTP.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from lms.approvals.dto import Decision, ProofFile
from lms.approvals.models import Outcome
from lms.approvals.queries import case_view
from lms.approvals.service import decide
from lms.credits.evidence.dto import Activity, NewClaim
from lms.credits.evidence.policy import own_claim
from lms.credits.evidence.rules import Unit
from lms.credits.evidence.service.claiming import submit
from lms.demo import stage
from lms.demo.award import agree
from lms.demo.browser import Page, Upload, words_of
from lms.demo.cast import CITY, COUNTY
from lms.demo.scene import Scene
from lms.demo.tuition import receipt
from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.kernel.ids import new_id
from lms.webkit.uploads import PDF

LEVEL = "intermediate"
"""社会工作师: 90 hours in three years."""
TERM, LEFT, OBTAINED_BEFORE = 36, 2, 3
"""Months: of a registration, left of it today, and from the certificate to its first registration."""
LEARNING = "training"
EARLIER = (("社区治理骨干培训", 5), ("个案管理与危机介入培训", 17))
"""Trainings of five days of eight hours, and how many months after the registration they began."""
DAYS, HOURS_A_DAY = 5, 8
ORGANISER = "成都市社会工作者协会"
TITLE, HOURS = "社区矛盾调解专题培训", "12"
"""Today's."""


def learn_in_earlier_years(scene: Scene) -> str:
    """In each of the two years the worker claimed a training, and the county agreed to its hours the day after."""
    with scene.app.app_context():
        numbers = [_claimed(scene, title, months) for title, months in EARLIER]
    return f"{', '.join(numbers)}: {DAYS * HOURS_A_DAY} hours each"


def record_certificate(scene: Scene) -> str:
    """Record the certificate and its registration on the worker's page."""
    desk, walker, (first, last) = scene.officers[CITY], scene.walker, _registered()
    page = desk.submit(desk.get("/desk/people").form("/people/find"), {"number": walker.id_number})
    obtained = clock.months_later(first, -OBTAINED_BEFORE)
    number = f"{obtained:%Y%m%d}{scene.walk:08d}"
    typed = {
        "kind": LEVEL,
        "certificate_number": number,
        "obtained_on": obtained.isoformat(),
        "registered_from": first.isoformat(),
        "registered_until": last.isoformat(),
    }
    desk.submit(desk.get(page.link("/qualifications/new")).form(), typed)
    return f"{number}, registered {first} to {last}"


def see_missing(scene: Scene) -> str:
    """Open the registration: it can be renewed now, were it not for the hours that are missing."""
    page = scene.learner.get("/me/registration")
    if page.all("//a[contains(@href, '/registration/new/')]"):
        raise LmsError("The registration can be renewed although hours are missing.", why=page.words())
    return page.text("//main//p[contains(@class, 'amber-text')]", "what is missing")


def claim_hours(scene: Scene) -> str:
    """Claim a training outside: what it will count comes first, then it is sent with its proof."""
    browser, today = scene.learner, clock.today().isoformat()
    typed = {"title": TITLE, "organiser": ORGANISER, "first_day": today, "last_day": today, "amount": HOURS}
    page = browser.submit(browser.get(f"/me/evidence/new/{LEARNING}").form(), typed)
    counted = page.text("//main//p[b[contains(@class, 'num')]]", "hours it will count")
    proof = Upload("proof-certificate", "培训合格证明.pdf", receipt(scene.walk), PDF.media_type)
    page = browser.submit(page.form(), {"step": "send"}, proof)
    scene.outcome.evidence_case = page.text("//*[@class='top-sub']", "case number")
    return f"{scene.outcome.evidence_case}, {counted}"


def county_agrees_to_hours(scene: Scene) -> str:
    return agree(scene, COUNTY.username, scene.outcome.evidence_case)


def see_three_years(scene: Scene) -> str:
    """Open the hours: what the three years ask for is met, and why each entry counts what it does."""
    page = scene.learner.get("/hours")
    page.one("//*[@class='hours']//*[contains(@class, 'strong')][contains(., '已满足')]", "word that it is met")
    for title, _months in EARLIER:
        _why(page, title)
    scene.outcome.three_years = page.one("//*[@class='hours']//*[name()='svg']", "ring").get("aria-label")
    return f"{scene.outcome.three_years}; {_why(page, TITLE)}"


def apply(scene: Scene) -> str:
    """Ask to be registered again, from what is on record."""
    browser = scene.learner
    page = browser.submit(browser.get(browser.get("/me/registration").link("/registration/new/")).form(), {"true": "y"})
    scene.outcome.registration = page.path
    scene.outcome.registration_case = page.text("//*[@class='top-sub']", "case number")
    return f"{scene.outcome.registration_case}, {page.text('//h1', 'title')}"


def county_agrees(scene: Scene) -> str:
    return agree(scene, COUNTY.username, scene.outcome.registration_case)


def city_agrees(scene: Scene) -> str:
    """The city's check registers; the worker sees from when to when."""
    agree(scene, CITY, scene.outcome.registration_case)
    page = scene.learner.get(scene.outcome.registration)
    scene.outcome.registered = page.text("//*[contains(@class, 'case-now')]//h2", "registered period")
    return scene.outcome.registered


def see_next_cycle(scene: Scene) -> str:
    """Open the hours again: the next three years stand beside the present ones, with what they ask for."""
    page = scene.learner.get("/hours")
    row = page.one(f"//table//tr[contains(., '{scene.outcome.registered}')]", "next three years")
    hours, state = (words_of(row.xpath(path)[0]) for path in ("./td[@class='num']", ".//*[contains(@class, 'tag')]"))
    scene.outcome.cycle = hours
    return f"{hours}, {state}"


def _registered() -> tuple[dt.date, dt.date]:
    """First and last day of the registration that can be renewed today."""
    last = clock.months_later(clock.today(), LEFT)
    return clock.months_later(last, -TERM) + dt.timedelta(days=1), last


def _claimed(scene: Scene, title: str, months: int) -> str:
    """The number of the case in which a training was claimed when it was over, and agreed to a day later."""
    began = clock.months_later(_registered()[0], months)
    ended = began + dt.timedelta(days=DAYS - 1)
    claimed, agreed = _mornings(ended)
    with clock.frozen(claimed):
        worker = stage.actor_of(scene.outcome.username)
        activity = Activity(
            code=LEARNING,
            title=title,
            organiser=ORGANISER,
            first_day=began,
            last_day=ended,
            halves=2 * DAYS * HOURS_A_DAY,
            unit=Unit.HOURS,
        )
        proof = ProofFile("certificate", "培训合格证明.pdf", receipt(scene.walk))
        claim = own_claim(worker, submit(worker, NewClaim(new_id().hex, activity, (proof,))))
        case_id, number = claim.case_id, claim.case_number
    assert case_id is not None  # noqa: S101 - a claim has its case since it was handed in
    with clock.frozen(agreed):
        decide(stage.actor_of(COUNTY.username), case_id, Decision(Outcome.APPROVED), seen=case_view(case_id).seal)
    return number


def _mornings(ended: dt.date) -> Iterator[dt.datetime]:
    """Ten o'clock on the two days after a training."""
    for days in (1, 2):
        yield clock.start_of_day(ended + dt.timedelta(days=days)) + dt.timedelta(hours=10)


def _why(page: Page, title: str) -> str:
    """The last reason for what an entry of the ledger counts."""
    entry = page.one(f"//li[.//*[normalize-space()='{title}']]", f"entry of {title}")
    return words_of(entry.xpath(".//details//li")[-1])
