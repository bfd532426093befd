"""A round of a programme: recommended, compared, scored by a panel, ranked, made public.

A round is scored after its last day, which no walk can wait for: its announcement and the worker's application are made
with the services, under a stopped clock of yesterday, as the neighbours' lives are. The rest is walked over HTTP.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import quote

from lms.demo import stage
from lms.demo.award import agree, notice_at_once, publish
from lms.demo.browser import Page
from lms.demo.cast import CITY, COUNTY, EMPLOYER, OFFICERS, PROGRAMMES
from lms.demo.officers import all_in
from lms.demo.scene import Scene, Selected
from lms.kernel import clock
from lms.kernel.actor import SYSTEM
from lms.kernel.ids import new_id
from lms.programmes.dto import NewApplication, NewRound
from lms.programmes.policy import own_application
from lms.programmes.service import applying, rounds

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


@dataclass(frozen=True, slots=True)
class Selection:
    """The steps of one programme's selection, in the order in which they are walked."""

    programme: str
    statement: str
    """What the worker writes about themselves."""

    def begin_yesterday(self, scene: Scene) -> str:
        """Yesterday a round was open for the day, and the worker applied."""
        with scene.app.app_context(), clock.frozen(clock.now() - dt.timedelta(days=1)):
            day = clock.today()
            new = NewRound(
                programme=self.programme, opens_on=day, closes_on=day, written_since=day, places=1, places_by={}
            )
            round_id = rounds.announce(SYSTEM, new)
            worker = stage.actor_of(scene.outcome.username)
            application = NewApplication(new_id().hex, self.statement, ())
            found = own_application(worker, applying.apply(worker, round_id, application))
            scene.outcome.selected[self.programme] = Selected(
                f"/desk/rounds/{round_id}", f"/panels/{round_id}", f"/programmes/applications/{found.id}"
            )
            scene.outcome.application_case = found.case_number
        return f"{day}, {scene.outcome.application_case}"

    def recommend(self, scene: Scene) -> str:
        """The employer recommends, the county compares the papers."""
        steps = [agree(scene, one.username, scene.outcome.application_case) for one in (EMPLOYER, COUNTY)]
        return ", ".join(steps)

    def name_panel(self, scene: Scene) -> str:
        """Find three members by name, put them on the panel, and begin the scoring."""
        desk, address = scene.officers[PROGRAMMES.username], self.about(scene).desk
        names = [one.name for one in OFFICERS if one.username in PANEL]
        for name in names:
            desk.submit(desk.get(f"{address}?find={quote(name)}").form("/panel"))
        desk.submit(desk.get(address).form("/scoring"))
        return ", ".join(names)

    def score(self, scene: Scene) -> str:
        """Each member scores by themselves."""
        given = []
        for username, per_cent in zip(PANEL, _PER_CENT, strict=True):
            browser, panel = scene.officers[username], self.about(scene).panel
            page = browser.get(browser.get(panel).link(f"{panel}/"))
            points = {name: str(most * per_cent // 100) for name, most in _criteria(page).items()}
            browser.submit(page.form(), points)
            given.append(browser.get(panel).text("//main//li//*[contains(@class, 'num')]", "points given"))
        return ", ".join(given)

    def rank(self, scene: Scene) -> str:
        """Close the scores, which ranks, and confirm the list."""
        desk, address = scene.officers[PROGRAMMES.username], self.about(scene).desk
        desk.submit(desk.get(address).form("/rank"))
        desk.submit(desk.get(address).form("/confirm"))
        page = scene.learner.get(self.about(scene).application)
        return page.text("//main//ul[contains(@class, 'plain')]/li", "reason of the place")

    def select(self, scene: Scene) -> str:
        """The panel, its scores and the list in one."""
        self.name_panel(scene)
        return f"{self.score(scene)}; {self.rank(scene)}"

    def publish_result(self, scene: Scene) -> str:
        """Another officer of the city agrees to the result and publishes the notice."""
        agree(scene, CITY, scene.walker.name)
        return publish(scene, RESULT)

    def about(self, scene: Scene) -> Selected:
        """Where this walk's round and the worker's application in it are."""
        return scene.outcome.selected[self.programme]


def _criteria(page: Page) -> dict[str, int]:
    """The criteria on a member's form, each with its most points, which its label says."""
    found = {}
    for one in page.all("//input[@inputmode='numeric']"):
        label = page.text(f"//label[@for='{one.get('id')}']", "label")
        found[str(one.get("name"))] = int("".join(re.findall(r"\d", label)))
    return found
