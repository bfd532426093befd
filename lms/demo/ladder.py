"""The first rung of the supervisors' ladder: selected for it, appointed, and what the next rung asks for."""

from __future__ import annotations

from lms.demo.browser import words_of
from lms.demo.scene import Scene
from lms.demo.selection import Selection
from lms.demo.steps import wait_for

TRACK = "supervision"
RUNG = Selection("sup_assistant", "带教过两名新入职同事，参加过社区矛盾调解和入户走访培训。")


def see_appointment(scene: Scene) -> str:
    """Open one's way: the appointment is there with its term."""
    browser, held = scene.learner, "//li[.//*[contains(@class, 'tag')][normalize-space()='在任']]"
    [line] = wait_for(lambda: browser.get("/programmes").all(held), "the appointment")
    title, term = (words_of(line.xpath(path)[0]) for path in (".//*[contains(@class, 'strong')]", ".//p"))
    scene.outcome.appointment = f"{title}, {term}"
    return scene.outcome.appointment


def see_next_rung(scene: Scene) -> str:
    """Open the ladder: how one stands to the next rung, and what the first rung asks for that is not met yet."""
    page = scene.learner.get(f"/programmes/tracks/{TRACK}")
    page.one("//*[@class='ladder']/li[contains(@class, 'held')]", "rung that is held")
    rungs = [words_of(one) for one in page.all("//main//details/summary")]
    return next((one for one in rungs[1:] if "还差" in one), rungs[-1])
