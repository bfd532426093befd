"""The learner's part of the walk: from the slip with the code to the certificate in hand. All over HTTP."""

from __future__ import annotations

import json
import time
from typing import Any

from lms.demo.browser import Browser, Page, words_of
from lms.demo.cast import PASSWORD, learner_username
from lms.demo.scene import Scene
from lms.demo.stage import PRIMER
from lms.kernel.errors import LmsError

READING_SECONDS = 3
"""How long the walk stays on a lesson. Study time is what the server's clock saw, so it has to stay for real."""


def open_account(scene: Scene) -> str:
    """Open an account with the code from the slip."""
    browser, outcome, walker = scene.learner, scene.outcome, scene.walker
    outcome.username = learner_username(scene.walk)
    typed = {
        "id_number": walker.id_number,
        "code": outcome.code,
        "username": outcome.username,
        "password": PASSWORD,
        "again": PASSWORD,
    }
    browser.submit(browser.get("/activate").form(), typed)
    return f"{walker.name} is {outcome.username}"


def enrol(scene: Scene) -> str:
    """Choose the course in the catalogue."""
    browser = scene.learner
    page = browser.get(browser.get("/courses").link(f"/courses/{PRIMER}"))
    scene.outcome.course = page.text("//h1", "course title")
    scene.outcome.lesson = browser.submit(page.form("/enrol")).url
    return scene.outcome.course


def study(scene: Scene) -> str:
    """Read every lesson to its end, claim the time as the page's script does, and answer the checks."""
    browser, address = scene.learner, scene.outcome.lesson
    lessons, seconds = 0, 0
    while True:
        opened = time.monotonic()
        page = browser.get(address)
        evidence = _read(browser, page, scene, opened)
        if not evidence["lesson_complete"]:
            raise LmsError(f"The lesson at {address} is not complete after all was done.", why=json.dumps(evidence))
        lessons, seconds = lessons + 1, seconds + int(evidence["seconds"])
        scene.note(f"{lessons} lessons")
        following = page.all("//a[@rel='next']")
        if not following:
            break
        address = following[0].get("href")
    if not evidence["course_complete"]:
        raise LmsError("Every lesson is complete, the course is not.", why=json.dumps(evidence))
    scene.outcome.studied = f"{lessons} lessons, {seconds} s of study time credited"
    return scene.outcome.studied


def register(scene: Scene) -> str:
    """Register for the session among those on offer."""
    browser = scene.learner
    page = browser.get(browser.get("/exams").link(scene.outcome.session))
    page = browser.submit(page.form("/register"))
    return page.text("//dl[@class='facts']//dd", "admission ticket")


def sit(scene: Scene) -> str:
    """Start, fetch the paper, and save every answer at once under a number of its own; each brings a receipt."""
    browser = scene.learner
    page = browser.get(f"/exams/sessions/{scene.outcome.session}")
    page = browser.submit(page.form("/start"))
    sitting = page.one("//*[@id='sitting']", "paper")
    paper = json.loads(browser.get(sitting.get("data-paper")).content)["items"]
    claim = browser.ask(f"{page.path}/device", {"from": 0}, _csrf(page))
    receipts = []
    for seq, choice in enumerate(scene.knowledge.choices(paper), 1):
        entry = {"seq": seq, "position": seq - 1, "choice": choice, "marked": False}
        body = {"device": claim["device"], "entries": [entry]}
        saved = browser.ask(f"{page.path}/answers", body, {sitting.get("data-header"): claim["token"]})
        receipts += [one["receipt"] for one in saved["receipts"]]
        scene.note(f"{seq} of {len(paper)} saved, receipt {receipts[-1]}")
    if len(set(receipts)) != len(paper):
        raise LmsError(f"{len(paper)} answers brought {len(set(receipts))} receipts.")
    scene.outcome.sitting, scene.outcome.token = page.path, {sitting.get("data-header"): claim["token"]}
    return f"{len(paper)} answers, {len(receipts)} receipts, the last {receipts[-1]}"


def hand_in(scene: Scene) -> str:
    """Hand in; the final receipt is the one the page shows."""
    browser, outcome = scene.learner, scene.outcome
    done = browser.ask(f"{outcome.sitting}/submit", {}, outcome.token)
    shown = browser.get(done["url"]).text("//*[contains(@class, 'receipt')]", "final receipt")
    if shown != done["receipt"]:
        raise LmsError(f"The final receipt was {done['receipt']}, the page shows {shown}.")
    return f"{done['answered']} of {done['items']} answered, final receipt {shown}"


def see_result(scene: Scene) -> str:
    """Open the published result with its map by syllabus point."""
    browser = scene.learner
    page = browser.get(browser.get("/exams").link("/exams/results/"))
    points = page.all("//table[@class='bars']//tr")
    scene.outcome.score = page.text("//*[contains(@class, 'score')]", "score")
    return f"{scene.outcome.score}, {len(points)} syllabus points"


def see_hours(scene: Scene) -> str:
    """Find the course in one's ledger of hours."""
    browser, course = scene.learner, scene.outcome.course
    entry = browser.get("/hours").one(f"//li[.//*[normalize-space()='{course}']]", f"entry for {course}")
    scene.outcome.hours = words_of(entry.xpath(".//*[contains(@class, 'num')]")[0])
    return f"{scene.outcome.hours}, {course}"


def _read(browser: Browser, page: Page, scene: Scene, opened: float) -> dict[str, Any]:
    """One lesson: stay, claim what was read, answer. Returns the evidence as the server has it."""
    panel = page.one("//*[@data-study]", "study panel")
    time.sleep(READING_SECONDS)
    for form in page.document.forms:
        ref = (form.action or "").rpartition("/checks/")[2]
        if ref in scene.knowledge.checks:
            browser.submit(form, {"choice": [str(place) for place in scene.knowledge.checks[ref]]})
    # an honest claim, and one of ten minutes more: the server credits no second that did not pass
    claims = {"tab": panel.get("data-tab"), "beats": [[1, READING_SECONDS], [2, 600]], "end": True}
    evidence = browser.ask(panel.get("data-url"), claims, _csrf(page))
    if not READING_SECONDS <= evidence["seconds"] <= time.monotonic() - opened:
        passed = time.monotonic() - opened
        raise LmsError(f"{evidence['seconds']} s of study time were credited in {passed:.1f} s.")
    return evidence


def _csrf(page: Page) -> dict[str, str]:
    """What the page's script sends along to show that it belongs to the page."""
    return {"X-CSRFToken": page.one("//meta[@name='csrf-token']", "form token").get("content")}
