"""The national certificate: recorded by HR, registered by county and city, and the cycle of hours it opens."""

from __future__ import annotations

from lms.demo.award import agree
from lms.demo.browser import Upload, words_of
from lms.demo.cast import CITY, COUNTY
from lms.demo.scene import Scene
from lms.demo.tuition import receipt
from lms.kernel import clock
from lms.webkit.uploads import PDF

MONTHS_AGO = 3
"""So long ago the certificate was obtained: within the year in which it is registered first."""
LEARNING = "training"
HOURS = "12"


def record_certificate(scene: Scene) -> str:
    """Record the certificate of an assistant on the worker's page."""
    desk, walker = scene.officers[CITY], scene.walker
    page = desk.submit(desk.get("/desk/people").form("/people/find"), {"number": walker.id_number})
    obtained = clock.months_later(clock.today(), -MONTHS_AGO)
    number = f"{obtained:%Y%m%d}{scene.walk:08d}"
    typed = {"kind": "assistant", "certificate_number": number, "obtained_on": obtained.isoformat()}
    desk.submit(desk.get(page.link("/qualifications/new")).form(), typed)
    return f"{number}, {obtained}"


def apply(scene: Scene) -> str:
    """Ask for the first registration, from what is on record."""
    browser = scene.learner
    page = browser.submit(browser.get(browser.get("/me/registration").link("/registration/new/")).form(), {"true": "y"})
    scene.outcome.registration = page.path
    scene.outcome.registration_case = page.text("//*[@class='top-sub']", "case number")
    return scene.outcome.registration_case


def county_agrees(scene: Scene) -> str:
    return agree(scene, COUNTY.username, scene.outcome.registration_case)


def city_agrees(scene: Scene) -> str:
    """The city's check registers; the worker sees from when to when."""
    agree(scene, CITY, scene.outcome.registration_case)
    page = scene.learner.get(scene.outcome.registration)
    scene.outcome.registered = page.text("//*[contains(@class, 'case-now')]//h2", "registered period")
    return scene.outcome.registered


def claim_hours(scene: Scene) -> str:
    """Claim a training outside: what it will count comes first, then it is sent with its proof."""
    browser, today = scene.learner, clock.today().isoformat()
    typed = {
        "title": "社区矛盾调解专题培训",
        "organiser": "成都市社会工作者协会",
        "first_day": today,
        "last_day": today,
        "amount": HOURS,
    }
    page = browser.submit(browser.get(f"/me/evidence/new/{LEARNING}").form(), typed)
    counted = page.text("//main//p[b[contains(@class, 'num')]]", "hours it will count")
    proof = Upload("proof-certificate", "培训合格证明.pdf", receipt(scene.walk), PDF.media_type)
    page = browser.submit(page.form(), {"step": "send"}, proof)
    scene.outcome.evidence_case = page.text("//*[@class='top-sub']", "case number")
    return f"{scene.outcome.evidence_case}, {counted}"


def county_agrees_to_hours(scene: Scene) -> str:
    return agree(scene, COUNTY.username, scene.outcome.evidence_case)


def see_cycle(scene: Scene) -> str:
    """Open the hours: the cycle, what is missing in it, and why each entry counts what it does."""
    page = scene.learner.get("/hours")
    entry = page.one("//li[.//*[normalize-space()='社区矛盾调解专题培训']]", "entry of the training")
    why = [words_of(one) for one in entry.xpath(".//details//li")]
    scene.outcome.cycle = page.text("//*[@class='hours']//*[contains(@class, 'strong')]", "what is missing")
    return f"{scene.outcome.cycle}; {why[-1]}"
