"""The officers' part of the walk: signing in, the roster, the session, the results, the certificate. All over HTTP."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from contextlib import suppress

from lms.approvals.models import Level
from lms.demo import stage
from lms.demo.browser import Browser, Page, Refusal, Upload, words_of
from lms.demo.cast import COUNTY, EMPLOYER, MONEY, OFFICERS, PASSWORD, STREET, Officer
from lms.demo.notebook import Notebook
from lms.demo.scene import Scene
from lms.demo.stage import PRIMER
from lms.demo.steps import wait_for
from lms.kernel import clock
from lms.kernel.errors import LmsError
from lms.webkit.uploads import XLSX

KIND = "HOMEVISIT"
SESSION_HOURS = 2


def sign_in_all(scene: Scene) -> str:
    """Sign in those of the core's roles."""
    return all_in(scene, OFFICERS)


def sign_in_awarders(scene: Scene) -> str:
    """Sign in the officers of the walker's employer, street and county, and those who fund and pay."""
    with scene.app.app_context():
        stage.appoint(MONEY)
        stage.appoint([EMPLOYER], stage.employer_of(scene.outcome.username))
        street = stage.unit_above(scene.outcome.username, Level.STREET)
        county = stage.unit_above(scene.outcome.username, Level.COUNTY)
        stage.appoint([STREET], street)
        stage.appoint([COUNTY], county)
        where = f"{street.name}, {county.name}"
    return f"{where}: {all_in(scene, (EMPLOYER, STREET, COUNTY, *MONEY))}"


def all_in(scene: Scene, officers: Sequence[Officer]) -> str:
    """Sign each in with a second factor, set up on the first run, and open their first page."""
    for officer in officers:
        scene.note(officer.title)
        browser = scene.officers[officer.username] = Browser(scene.site.url)
        _sign_in(browser, officer, scene.notebook)
        browser.get(officer.desk)
    return f"{len(officers)} officers, each with a one-time code"


def import_roster(scene: Scene) -> str:
    """Upload the roster at the HR desk, wait for the check, and have it written; the same file twice is no change."""
    desk = scene.officers["hr_officer"]
    form = desk.get("/desk/imports").form()
    content = scene.roster_path.read_bytes()
    page = desk.submit(form, upload=Upload("file", scene.roster_path.name, content, XLSX.media_type))
    checked = _settled(desk, page.url, scene)
    new, changed, same, faulty = _counts(checked)
    if faulty:
        raise LmsError(f"{faulty} rows of {scene.roster_path} are faulty.", why=f"See {page.url}")
    if not new + changed:
        desk.submit(checked.form("/cancel"))
        return f"no change: all {same:,} people are there already"
    desk.submit(checked.form("/apply"))
    _settled(desk, page.url, scene)
    return f"{new:,} new, {changed:,} changed, {same:,} as they were"


def announce_session(scene: Scene) -> str:
    """Arrange a session that opens now, and have its papers drawn and frozen."""
    desk = scene.officers["exam_officer"]
    opens = dt.datetime.now(clock.CITY_ZONE).replace(second=0, microsecond=0)
    closes = f"{opens + dt.timedelta(hours=SESSION_HOURS):%Y-%m-%dT%H:%M}"
    form = desk.get(f"/desk/exams/{PRIMER}/sessions/new").form()
    times = {"opens_at": f"{opens:%Y-%m-%dT%H:%M}", "closes_at": closes, "register_until": closes}
    page = desk.submit(form, times)
    scene.outcome.session = page.path.rpartition("/")[2]
    page = desk.submit(page.form("/freeze"))
    digests = [words_of(code) for code in page.all("//table//code")]
    return f"{page.text('//h1', 'title')}, papers frozen: {', '.join(digests)}"


def hand_out_code(scene: Scene) -> str:
    """Find the next person of the roster by their number and print an activation code for them."""
    desk, walker = scene.officers["hr_officer"], scene.walker
    page = desk.submit(desk.get("/desk/people").form("/people/find"), {"number": walker.id_number})
    slip = desk.submit(page.form("/account/code"))
    scene.outcome.code = slip.text("//*[contains(@class, 'slip-code')]", "activation code")
    return f"for {walker.name}, {walker.unit}"


def publish_results(scene: Scene) -> str:
    """End the session, wait for the marking, and make the results known."""
    desk, address = scene.officers["exam_officer"], f"/desk/exams/sessions/{scene.outcome.session}"
    desk.submit(desk.get(address).form("/close"))
    wait_for(lambda: desk.get(address).has_form("/publish"), "the marking")
    page = desk.submit(desk.get(address).form("/publish"))
    marked, passed = (words_of(figure) for figure in page.all("//*[contains(@class, 'figures')]//b")[:2])
    return f"{marked} marked, {passed} passed"


def issue_certificate(scene: Scene) -> str:
    """Issue the certificate to the walker, who has become a candidate, and wait for its PDF."""
    desk, walker = scene.officers["hr_officer"], scene.walker
    listed = desk.get(f"/desk/certificates?kind={KIND}")
    row = f"//tr[td[normalize-space()='{walker.name}']]//button[@name='only']"
    person = listed.one(row, f"candidate {walker.name}").get("value")
    page = desk.submit(listed.form("/issue"), {"only": person})
    wait_for(lambda: desk.get(page.url).all("//a[contains(@href, '.pdf')]"), "the PDF")
    scene.outcome.certificate = page.text("//h1", "certificate number")
    return scene.outcome.certificate


def _sign_in(browser: Browser, officer: Officer, notebook: Notebook) -> None:
    page = browser.submit(browser.get("/sign-in").form(), {"login": officer.username, "password": PASSWORD})
    if page.path == "/sign-in/second-factor":
        _show_code(browser, page, officer.username, notebook)
    elif page.path == "/me/security/totp":
        code = notebook.set_up(officer.username, page.text("//code[@class='secret']", "secret"))
        browser.submit(page.form(), {"code": code.digits, "current": PASSWORD})
    else:
        raise LmsError(f"{officer.username} was asked for no second factor.", why=page.words())


def _show_code(browser: Browser, page: Page, username: str, notebook: Notebook) -> None:
    """Type the next code; once more with the one after it, should somebody have used the first at the same time."""
    with suppress(Refusal):
        _type_code(browser, page, username, notebook)
        return
    _type_code(browser, page, username, notebook)


def _type_code(browser: Browser, page: Page, username: str, notebook: Notebook) -> None:
    code = notebook.code(username)
    time.sleep(max(0.0, code.usable_from - clock.now().timestamp()))
    browser.submit(page.form(), {"code": code.digits})


def _settled(desk: Browser, address: str, scene: Scene) -> Page:
    """The import's page once no job of it is under way. Raises `LmsError` for one that failed."""

    def look() -> Page | None:
        page = desk.get(address)
        scene.note(" ".join(words_of(one) for one in page.all("//*[@class='job-block']//*[contains(@class, 'num')]")))
        return None if page.all("//*[@class='job-block']") else page

    page = wait_for(look, "the roster")
    assert page is not None  # noqa: S101 - `wait_for` gives what was found
    if failure := page.all(
        "//main//*[contains(@class, 'notice rose')][not(ancestor-or-self::*[@hidden] or ancestor::template)]"
    ):
        raise LmsError("The roster was refused.", why=words_of(failure[0]))
    return page


def _counts(page: Page) -> list[int]:
    """New, changed, unchanged and faulty rows."""
    figures = page.all("//*[@class='figures four']//b")
    return [int(words_of(figure).replace(",", "")) for figure in figures]
