"""The operator's part: plugins are switched on, off and on again on the operator's page while the site runs."""

from __future__ import annotations

import time

from lms.demo.browser import Browser
from lms.demo.scene import Scene
from lms.demo.steps import wait_for
from lms.kernel.errors import NotFound
from lms.plugin_host.switchboard import FRESH_SECONDS

AWARDS, PAYOUTS, TUITION = "subsidies", "payouts", "tuition"
OWN_PAGE, TUITION_PAGE = "/me/subsidies", "/me/tuition"
PATIENCE = 20


def switch_on(scene: Scene) -> str:
    """Switch all three on, the one the others require first; what is on stays on."""
    desk = scene.officers["operator"]
    for name in (PAYOUTS, AWARDS, TUITION):
        page = desk.look(_page(name))
        if page.status == 404:
            raise NotFound(
                f"The plugin {name} is not installed.",
                todo="List it in deploy/plugins.txt and run deploy/setup.sh runtime.",
            )
        if page.has_form("/enable"):
            desk.submit(page.form("/enable"))
    for path in (OWN_PAGE, TUITION_PAGE):
        _wait_for(scene.learner, path, 200)
    return f"{PAYOUTS}, {AWARDS}, {TUITION}, the site running"


def switch_off_and_on(scene: Scene) -> str:
    """Off: its pages are gone, the academy answers as before. On: they are back with all their data."""
    desk, learner = scene.officers["operator"], scene.learner
    page = desk.submit(desk.get(_page(AWARDS)).form("/disable"), {"reason": "演示停用"})
    _wait_for(learner, OWN_PAGE, 404)
    learner.get("/certificates")
    desk.submit(page.form("/enable"))
    _wait_for(learner, scene.outcome.claim, 200)
    return f"{OWN_PAGE} answered 404; now the claim is there again"


def _page(name: str) -> str:
    return f"/admin/plugins/{name}"


def _wait_for(browser: Browser, path: str, status: int) -> None:
    """Any process of the site may answer, and each goes by what it has read for a moment: the answer has to last."""
    since: list[float] = []

    def lasts() -> bool:
        if browser.look(path).status != status:
            since.clear()
            return False
        since.append(time.monotonic())
        return since[-1] - since[0] > FRESH_SECONDS

    wait_for(lasts, f"{path} to answer {status}", PATIENCE)
