"""The money: a budget, a batch signed by two, the file for the bank and the bank's answer. All over HTTP."""

from __future__ import annotations

import hashlib
import io

import python_calamine

from lms.demo import tuition
from lms.demo.award import SCHEME
from lms.demo.browser import Upload, words_of
from lms.demo.scene import Scene
from lms.demo.steps import wait_for
from lms.kernel import clock
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook
from lms.webkit.uploads import XLSX

BUDGET = "1000000"
"""In 元, for the whole city and a year."""
_SUM = "//*[contains(@class, 'big-money')]"
_GREEN = "//*[contains(@class, 'notice')][contains(@class, 'green')]"


def fund(scene: Scene) -> str:
    """Set up the city's budgets for award and tuition and the year, where there are none yet."""
    sums = [_fund(scene, scheme) for scheme in (f"subsidies.{SCHEME}", f"tuition.{tuition.LEVEL}")]
    return ", ".join(f"{one} 元" for one in sums)


def _fund(scene: Scene, scheme: str) -> str:
    desk, year = scene.officers["budgeter"], clock.today().year
    standing = desk.get(f"/desk/payouts/budgets?year={year}&scheme={scheme}")
    if not standing.all("//table//a"):
        form = desk.get("/desk/payouts/budgets/new").form()
        desk.submit(form, {"year": str(year), "scheme": scheme, "amount": BUDGET, "reason": "示例：演示预算"})
        standing = desk.get(f"/desk/payouts/budgets?year={year}&scheme={scheme}")
    return standing.text(_SUM, "budget")


def sign_batch(scene: Scene) -> str:
    """Gather all that waits into a batch; the payer signs it first, another payer second."""
    first, second = scene.officers["payer"], scene.officers["second_payer"]
    address = "/desk/payouts/batches/new"
    wait_for(lambda: first.get(address).all("//button[@name='all']"), "the payment")
    page = first.submit(first.get(address).form(address), {"all": "1"})
    scene.outcome.batch = page.path
    first.submit(page.form("/sign"))
    page = second.submit(second.get(page.path).form("/sign"))
    return f"{page.text('//h1', 'title')}, {page.text(_SUM, 'sum')} 元"


def send_file(scene: Scene) -> str:
    """Download the payment file; downloading it again gives the same bytes."""
    desk, batch = scene.officers["payer"], scene.outcome.batch
    content = desk.submit(desk.get(batch).form("/file")).content
    path = scene.site.folder / "payments" / f"{batch.rpartition('/')[2]}.xlsx"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return f"{path}, SHA-256 {hashlib.sha256(content).hexdigest()[:12]}"


def write_result(scene: Scene) -> str:
    """Fill in the template as the bank would, bring it back, have it checked and written."""
    desk, batch = scene.officers["payer"], scene.outcome.batch
    template = desk.submit(desk.get(batch).form("/template")).content
    upload = Upload("file", "回盘.xlsx", all_paid(template), XLSX.media_type)
    page = desk.submit(desk.get(batch).form("/results"), upload=upload)
    desk.submit(page.form("/apply"))
    wait_for(lambda: desk.get(page.path).all(_GREEN), "the result to be written")
    return " ".join(map(words_of, desk.get(batch).all("//ul[contains(@class, 'flow')]/li[1]/a/*")))


def all_paid(template: bytes) -> bytes:
    """The result template with success on every line, which begins with its number."""
    sheet = python_calamine.load_workbook(io.BytesIO(template)).get_sheet_by_index(0)
    titles, *rows = sheet.to_python()
    result = titles.index("结果")
    filled: list[list[str | float]] = []
    for row in rows:
        cells = [cell if isinstance(cell, float) else str(cell) for cell in row]
        filled.append([*cells[:result], "成功" if isinstance(row[0], float) else "", *cells[result + 1 :]])
    return write_workbook([SheetPlan(sheet.name, [Column(str(title), 20) for title in titles], filled)])
