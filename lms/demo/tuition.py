"""The worker's degree study: agreed by the employer, signed for, its first fee claimed, compared and decided."""

from __future__ import annotations

import datetime as dt
import io

import pikepdf

from lms.demo.award import agree, card_number, notice_at_once, publish
from lms.demo.browser import Upload, words_of
from lms.demo.cast import CITY, COUNTY, EMPLOYER, STREET
from lms.demo.modules import TUITION_PAGE
from lms.demo.scene import Scene
from lms.demo.steps import wait_for
from lms.kernel import clock
from lms.webkit.uploads import PDF

LEVEL = "bachelor"
FEE = "6000"
"""In 元, of which the invented scheme pays four fifths."""
CASE_KIND = "tuition.claim"
_NOW = "//*[contains(@class, 'claim-now')]"


def set_up(scene: Scene) -> str:
    """Say what is paid for a bachelor's degree, and a chain whose notice is over at once. Once is enough."""
    desk, today = scene.officers[CITY], clock.today().isoformat()
    address = f"/desk/tuition/schemes/{LEVEL}"
    page = desk.get(address)
    if not page.all("//caption[contains(., '变更记录')]"):
        typed = {
            "title": "本科学费报销",
            "title_en": "Tuition, bachelor",
            "rate_percent": "80",
            "cap": "20000",
            "costs": ["tuition", "defence"],
            "timing": "term",
            "claim_days": "365",
            "service_months": "36",
            "service_from": "payment",
            "budget_level": "city",
            "valid_from": today,
            "note": "示例，演示用",
        }
        page = desk.submit(page.form(), typed)
    notice_at_once(desk, CASE_KIND)
    return words_of(page.one("//dl[contains(@class, 'facts')]//dd", "what is paid"))


def apply(scene: Scene) -> str:
    """Ask the employer to agree to a study; employer and street do."""
    browser, today = scene.learner, clock.today()
    form = browser.get(f"{TUITION_PAGE}/studies/new").form()
    typed = {
        "level": LEVEL,
        "school": "锦城开放大学",
        "major": "社会工作",
        "starts_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=1000)).isoformat(),
        "reason": "与社区工作一致，周末上课",
    }
    page = browser.submit(form, typed, _proof("proof-enrolment", "录取通知书", scene.walk))
    number = page.text("//dt[contains(., '申请编号')]/following-sibling::dd", "application number")
    scene.outcome.study = page.path
    for officer in (EMPLOYER, STREET):
        agree(scene, officer.username, number)
    return f"{number}: {EMPLOYER.title} and {STREET.title} agree"


def sign(scene: Scene) -> str:
    """Sign the service agreement."""
    browser, study = scene.learner, scene.outcome.study
    form = browser.get(f"{study}/agreement").form()
    browser.submit(form, {"agreed": "y", "signed_as": scene.walker.name})
    digest = browser.get(f"{study}/agreement").text("//*[contains(@class, 'digest')]", "digest")
    return digest[:20]


def claim(scene: Scene) -> str:
    """Claim the first term's fee against the school's receipt."""
    browser, study = scene.learner, scene.outcome.study
    typed = {
        "term": "第一学期",
        "line0_kind": "fiscal",
        "line0_code": "51010126",
        "line0_number": f"{scene.walk:010d}",
        "line0_check": "a1b2c3",
        "line0_issued_on": clock.today().isoformat(),
        "line0_amount": FEE,
        "bank_account": card_number(scene.walk),
        "bank_name": "中国银行成都玉林支行",
    }
    form = browser.get(f"{study}/claim").form()
    page = browser.submit(form, typed, _proof("line0_file", "学费票据", scene.walk))
    scene.outcome.tuition = page.path
    scene.outcome.tuition_case = page.text("//*[@class='top-sub']", "case number")
    return scene.outcome.tuition_case


def compare(scene: Scene) -> str:
    """The street's officer compares the receipt with its file."""
    desk, claim_id = scene.officers[STREET.username], scene.outcome.tuition.rpartition("/")[2]
    page = desk.get(f"/desk/tuition/claims/{claim_id}")
    address = str(page.one("//form[contains(@action, '/vouchers/')]", "voucher to compare").action)
    page = desk.submit(page.form(address.rpartition("/")[2]), {"verdict": "right", "note": "已在官方网站查验"})
    return page.text("//*[@class='card-head']//h2[contains(., '票据')]", "voucher")


def decide(scene: Scene) -> str:
    """Employer, street, county and city agree, and the list is published; the money is then asked for."""
    number = scene.outcome.tuition_case
    for username in (EMPLOYER.username, STREET.username, COUNTY.username, CITY):
        agree(scene, username, number)
    title = publish(scene, CASE_KIND)
    ready = f"{_NOW}//h2[contains(., '待拨付')]"
    wait_for(lambda: scene.learner.get(scene.outcome.tuition).all(ready), "the payment of the tuition")
    return title


def see_paid(scene: Scene) -> str:
    """Open the claim once the money has arrived."""
    browser, outcome = scene.learner, scene.outcome
    paid = f"{_NOW}[contains(@class, 'green')]"
    wait_for(lambda: browser.get(outcome.tuition).all(paid), "the word that the tuition was paid")
    page = browser.get(outcome.tuition)
    amount = page.text("//*[contains(@class, 'big-fen')]", "amount")
    outcome.tuition_paid = f"{amount}, {outcome.tuition_case}"
    return words_of(page.all(f"{_NOW}//p")[-1])


def receipt(walk: int) -> bytes:
    """An empty page that is another file for each walk: a voucher's file is used once."""
    document, content = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.docinfo["/Title"] = f"walk {walk}"
    document.save(content)
    return content.getvalue()


def _proof(field: str, name: str, walk: int) -> Upload:
    return Upload(field, f"{name}.pdf", receipt(walk), PDF.media_type)
