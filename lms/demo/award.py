"""The award for the new certificate: set by HR, claimed on the phone, decided on three levels, made public."""

from __future__ import annotations

import io
from urllib.parse import quote

import pikepdf
from stdnum import luhn

from lms.demo.browser import Browser, Upload, words_of
from lms.demo.cast import CITY, COUNTY, STREET
from lms.demo.modules import OWN_PAGE
from lms.demo.officers import KIND
from lms.demo.scene import Scene
from lms.demo.steps import wait_for
from lms.kernel import clock
from lms.webkit.uploads import PDF

SCHEME = "homevisit"
AMOUNT = "500"
"""In 元, invented like everything here."""
CASE_KIND = "subsidies.claim"
_BANK = "622202"


def set_up(scene: Scene) -> str:
    """Save the award for the demonstration's certificate, and a chain whose notice is over at once. Once is enough."""
    desk, today = scene.officers[CITY], clock.today().isoformat()
    if desk.look(f"/desk/subsidies/schemes/{SCHEME}").status == 404:
        form = desk.get("/desk/subsidies/schemes/new").form()
        desk.submit(
            form,
            {
                "code": SCHEME,
                "basis": f"certificate:{KIND}",
                "title": "入户走访持证奖励",
                "title_en": "Award for home visits",
                "amount": AMOUNT,
                "valid_from": today,
                "claim_days": "365",
                "budget_level": "city",
                "conditions": ["employed_now", "not_civil_servant", "no_other_reward"],
                "note": "示例，演示用",
            },
        )
    notice_at_once(desk, CASE_KIND)
    return f"{AMOUNT} 元; street, county, city, then a notice"


def notice_at_once(desk: Browser, kind: str) -> None:
    """Let the notice of a kind of case be over at once: nobody waits in a demonstration."""
    form = desk.get(f"/desk/approvals/chains/{kind}").form()
    if form.fields["notice_days"] != "0":
        today = clock.today().isoformat()
        desk.submit(form, {"notice_days": "0", "valid_from": today, "note": "示例：演示不等公示期满"})


def claim(scene: Scene) -> str:
    """Wait for the invitation that the certificate brings, and claim: account, declarations, a proof."""
    browser, outcome = scene.learner, scene.outcome
    offer = "//section[contains(@class, 'offer')]//a/@href"
    [address] = wait_for(lambda: browser.get(OWN_PAGE).all(offer), "the invitation")
    form = browser.get(address).form()
    typed = {
        "bank_account": card_number(scene.walk),
        "bank_name": "中国银行成都玉林支行",
        "not_civil_servant": "y",
        "no_other_reward": "y",
    }
    page = browser.submit(form, typed, Upload("proof-insurance", "社保缴费证明.pdf", blank_pdf(), PDF.media_type))
    outcome.claim = page.path
    outcome.case = page.text("//*[@class='top-sub']", "case number")
    return outcome.case


def street_agrees(scene: Scene) -> str:
    return agree(scene, STREET.username, scene.outcome.case)


def county_agrees(scene: Scene) -> str:
    return agree(scene, COUNTY.username, scene.outcome.case)


def city_agrees(scene: Scene) -> str:
    return agree(scene, CITY, scene.outcome.case)


def publish_notice(scene: Scene) -> str:
    return publish(scene, CASE_KIND)


def publish(scene: Scene, kind: str) -> str:
    """Publish the list of a kind of case, of which the worker's claim is a line."""
    desk, name = scene.officers[CITY], scene.walker.name
    page = desk.submit(desk.get(f"/desk/notices/new/{kind}").form(f"/{kind}"), {"days": "0"})
    page.one(f"//main//td[contains(., '{name}')]", f"line of {name}")
    return page.text("//h1", "title")


def see_paid(scene: Scene) -> str:
    """Open the claim once the money has arrived."""
    browser, outcome = scene.learner, scene.outcome
    paid = "//*[contains(@class, 'claim-now')][contains(@class, 'green')]//h2"
    [state] = wait_for(lambda: browser.get(outcome.claim).all(paid), "the word that it was paid")
    outcome.paid = f"{AMOUNT} 元, {outcome.case}"
    return words_of(state)


def card_number(walk: int) -> str:
    """A well-formed card number that is the walker's own, of no bank's customer."""
    body = f"{_BANK}{walk:012d}"
    return body + luhn.calc_check_digit(body)


def blank_pdf() -> bytes:
    """An empty page for a proof."""
    document, content = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(content)
    return content.getvalue()


def agree(scene: Scene, username: str, number: str) -> str:
    """Find a case on the officer's list by its number or its applicant's name, and approve the step that waits."""
    desk = scene.officers[username]
    listed = desk.get(f"/desk/approvals?q={quote(number)}")
    row = listed.one(f"//tr[contains(., '{number}')]//a", f"case {number}")
    page = desk.get(row.get("href"))
    step = page.text("//form[contains(@class, 'decide')]/preceding::h2[1]", "step to decide")
    desk.submit(page.form("/decide"), {"outcome": "approved"})
    return step
