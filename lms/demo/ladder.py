"""The first rung of the supervisors' ladder: recommended, scored by a panel, made public, appointed.

A round is scored after its last day, which no walk can wait for: its announcement and the worker's application are made
with the services, under a stopped clock of yesterday, as the neighbours' lives are. The rest is walked over HTTP.
"""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import quote

from lms.access.actors import actor_for
from lms.demo import stage
from lms.demo.award import agree, notice_at_once, publish
from lms.demo.browser import Page, words_of
from lms.demo.cast import CITY, COUNTY, EMPLOYER, OFFICERS, PROGRAMMES
from lms.demo.officers import all_in
from lms.demo.scene import Scene
from lms.demo.steps import wait_for
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import NotFound
from lms.kernel.ids import new_id
from lms.programmes.dto import NewApplication, NewRound
from lms.programmes.policy import own_application
from lms.programmes.service import applying, rounds

RUNG, TRACK = "sup_assistant", "supervision"
RESULT = "programmes.result"
PANEL = ("trainer", "exam_officer", "marker")
"""Three of the core's officers: none of them works above the worker's community."""
_PER_CENT = (90, 80, 85)
"""What each member gives of a criterion's most."""


def sign_in(scene: Scene) -> str:
    """Sign in the officer who runs the rounds, and let the notice of a result be over at once. Once is enough."""
    with scene.app.app_context():
        stage.appoint([PROGRAMMES])
    notice_at_once(scene.officers[CITY], RESULT)
    return all_in(scene, [PROGRAMMES])


def begin_yesterday(scene: Scene) -> str:
    """Yesterday a round was open for the day, and the worker applied."""
    with scene.app.app_context(), clock.frozen(clock.now() - dt.timedelta(days=1)):
        day = clock.today()
        new = NewRound(programme=RUNG, opens_on=day, closes_on=day, written_since=day, places=1, places_by={})
        round_id = rounds.announce(SYSTEM, new)
        application = NewApplication(new_id().hex, "带教过两名新入职同事，参加过社区矛盾调解和入户走访培训。", ())
        worker = _actor(scene.outcome.username)
        found = own_application(worker, applying.apply(worker, round_id, application))
        scene.outcome.round, scene.outcome.application = str(round_id), f"/programmes/applications/{found.id}"
        scene.outcome.application_case = found.case_number
    return f"{day}, {scene.outcome.application_case}"


def recommend(scene: Scene) -> str:
    """The employer recommends, the county compares the papers."""
    steps = [agree(scene, one.username, scene.outcome.application_case) for one in (EMPLOYER, COUNTY)]
    return ", ".join(steps)


def name_panel(scene: Scene) -> str:
    """Find three members by name, put them on the panel, and begin the scoring."""
    desk, address = scene.officers[PROGRAMMES.username], f"/desk/rounds/{scene.outcome.round}"
    names = [one.name for one in OFFICERS if one.username in PANEL]
    for name in names:
        desk.submit(desk.get(f"{address}?find={quote(name)}").form("/panel"))
    desk.submit(desk.get(address).form("/scoring"))
    return ", ".join(names)


def score(scene: Scene) -> str:
    """Each member scores by themselves."""
    given = []
    for username, per_cent in zip(PANEL, _PER_CENT, strict=True):
        browser, panel = scene.officers[username], f"/panels/{scene.outcome.round}"
        page = browser.get(browser.get(panel).link(f"{panel}/"))
        points = {name: str(most * per_cent // 100) for name, most in _criteria(page).items()}
        browser.submit(page.form(), points)
        given.append(browser.get(panel).text("//main//li//*[contains(@class, 'num')]", "points given"))
    return ", ".join(given)


def rank(scene: Scene) -> str:
    """Close the scores, which ranks, and confirm the list."""
    desk, address = scene.officers[PROGRAMMES.username], f"/desk/rounds/{scene.outcome.round}"
    desk.submit(desk.get(address).form("/rank"))
    desk.submit(desk.get(address).form("/confirm"))
    page = scene.learner.get(scene.outcome.application)
    return page.text("//main//ul[contains(@class, 'plain')]/li", "reason of the place")


def publish_result(scene: Scene) -> str:
    """Another officer of the city agrees to the result and publishes the notice."""
    agree(scene, CITY, scene.walker.name)
    return publish(scene, RESULT)


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


def _criteria(page: Page) -> dict[str, int]:
    """The criteria on a member's form, each with its most points, which its label says."""
    found = {}
    for one in page.all("//input[@inputmode='numeric']"):
        label = page.text(f"//label[@for='{one.get('id')}']", "label")
        found[str(one.get("name"))] = int("".join(re.findall(r"\d", label)))
    return found


def _actor(username: str) -> Actor:
    person_id = stage.person_of(username)
    if person_id is None:
        raise NotFound(f"Nobody is called {username}.")
    return actor_for(person_id)
