"""Free preparation: the worker practises a paper and sees how ready they are; so does a volunteer of no roster."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from lms.demo.browser import Browser, Page, words_of
from lms.demo.cast import PASSWORD, volunteer_username
from lms.demo.knowledge import MISTAKE_EVERY
from lms.demo.scene import Scene
from lms.kernel.errors import LmsError

SUBJECT = "junior-practice"
BANK = "jun-bank"
"""Its mock examination gives the key away with the results, so practice spoils no official sitting."""
COURSE = "junior-exam-prep"
NAME = "孟知秋"
SINGLE, MULTIPLE = "24", "6"
_OPTION = "//label[@class='choice']"
_NEXT = "//main//a[contains(@href, '/prep/papers/')]"


def open_subject(scene: Scene) -> str:
    """Set the subject up, open to everybody. Once is enough."""
    desk = scene.officers["trainer"]
    if not desk.get("/desk/prep/subjects").all(f"//a[contains(@href, '/{SUBJECT}')]"):
        typed = {
            "title": "初级考前练习",
            "title_en": "Junior examination practice",
            "slug": SUBJECT,
            "bank": BANK,
            "parts-0-count": SINGLE,
            "parts-1-count": MULTIPLE,
            "minutes": "30",
            "pass_marks": "21.5",
            "course": COURSE,
        }
        desk.submit(desk.get("/desk/prep/subjects/new").form(), typed)
    return desk.get(f"/desk/prep/subjects/{SUBJECT}").text("//h1", "title")


def sign_up(scene: Scene) -> str:
    """Sign up on the public page; it signs the volunteer in."""
    browser = scene.volunteer
    browser.get("/prep")
    form = browser.get("/prep/sign-up?from=friend").form()
    county = next(value for value in form.inputs["org"].value_options if value)
    typed = {
        "name": NAME,
        "phone": f"1549{scene.walk:07d}",
        "org": county,
        "username": volunteer_username(scene.walk),
        "password": PASSWORD,
        "again": PASSWORD,
        "consent": "y",
    }
    page = browser.submit(form, typed)
    return f"{NAME} is {volunteer_username(scene.walk)}: {page.text('//h1', 'title')}"


def practise(scene: Scene) -> str:
    """The worker answers a whole paper."""
    return _practise(scene, scene.learner)


def see_forecast(scene: Scene) -> str:
    """The worker sees how ready they are."""
    scene.outcome.forecast = _forecast(scene.learner)
    return scene.outcome.forecast


def practise_too(scene: Scene) -> str:
    """The volunteer answers a paper and sees how ready they are."""
    return f"{_practise(scene, scene.volunteer)}; {_forecast(scene.volunteer)}"


def _practise(scene: Scene, browser: Browser) -> str:
    """Answer a whole paper, a few items wrong; what is right and why is there after each answer."""
    known = scene.knowledge.in_words()
    page = browser.submit(browser.get(f"/prep/{SUBJECT}").form("/start"))
    for number in itertools.count(1):
        page = _answered(browser, page, {} if number % MISTAKE_EVERY == 0 else known)
        page.one("//*[contains(@class, 'is-right')]", "right option")
        scene.note(f"{number} answered")
        address = page.one(_NEXT, "way on").get("href")
        if address.endswith("/result"):
            break
        page = browser.get(address)
    result = browser.get(address)
    explained = len(result.all("//details"))
    if explained != number:
        raise LmsError(f"{number} questions were answered, {explained} are explained.")
    score = result.text("//*[contains(@class, 'score')]", "score")
    return f"{score}, {explained} explanations"


def _forecast(browser: Browser) -> str:
    """Open the subject: how ready one is, with an interval, and which points to work on first."""
    page = browser.get(f"/prep/{SUBJECT}")
    page.one("//main//ul[contains(@class, 'plain-list')]//form", "point to practise")
    return page.text("//*[name()='svg'][@class='readiness']/preceding-sibling::p[1]", "forecast")


def _answered(browser: Browser, page: Page, known: Mapping[str, frozenset[str]]) -> Page:
    """A question answered as far as it is known, else with the first option; its page with the explanation."""
    form, right = page.form(), known.get(page.text("//legend", "question"), frozenset())
    options = [
        (one.xpath(".//input")[0].get("value"), words_of(one.xpath(".//*[@lang]")[0])) for one in page.all(_OPTION)
    ]
    chosen = [value for value, words in options if words in right] or [options[0][0]]
    return browser.submit(form, {"choice": chosen})
