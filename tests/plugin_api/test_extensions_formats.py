"""File formats of items: the core's spreadsheet and GIFT, and one a plugin offers, through the trainer's pages."""

from __future__ import annotations

import io
import re
from urllib.parse import unquote

import openpyxl
import pytest
from sqlalchemy import func, select

from lms.kernel.db import db
from lms.kernel.models import StoredFile
from lms.questions import formats
from lms.questions.models import Bank, Item, ItemVersion
from lms.testing.factories.exams import make_bank, make_items

LINES = "l-1|竖线题一|*甲|乙|丙|丁|1.1\nl-2|竖线题二|甲|*乙|丙|丁|1.2\n"


@pytest.fixture
def home(probe):
    """The address of a bank with six single items, and its trainer in the browser."""
    with probe.app.app_context():
        slug = db.session.get_one(Bank, make_bank(probe.city.city, make_items(6, 0))).slug
    probe.be("trainer")
    return f"/desk/banks/{slug}"


def upload(probe, home, content, name, chosen=""):
    data = {"file": (io.BytesIO(content), name), "format": chosen}
    return probe.client.post(f"{home}/upload", data=data, follow_redirects=True)


def apply(probe, check):
    seal = re.search(r'name="seal"[^>]*value="([0-9a-f]+)"', check.text)[1]
    return probe.client.post(check.request.path, data={"seal": seal}, follow_redirects=True)


def items(probe):
    with probe.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Item))


def kept(probe):
    with probe.app.app_context():
        return db.session.scalar(select(func.count()).select_from(StoredFile))


@pytest.mark.parametrize(("key", "suffix"), [("xlsx", ".xlsx"), ("gift", ".gift"), ("probe.lines", ".lines")])
def test_what_a_format_exports_comes_back_as_no_change(probe, home, key, suffix):
    page = probe.page(home)
    assert f"{home}/items.{key}" in page
    answer = probe.client.get(f"{home}/items.{key}?kind=single")
    assert unquote(answer.headers["Content-Disposition"]).endswith(suffix)
    check = upload(probe, home, answer.data, f"题目{suffix}")
    if key == "probe.lines":  # it writes neither explanations nor tags
        assert "得到新版本" in check.text
    else:
        assert "题库里已经是这些内容" in check.text


def test_a_spreadsheet_is_edited_and_uploaded_again(probe, home):
    book = openpyxl.load_workbook(io.BytesIO(probe.client.get(f"{home}/items.xlsx").data))
    sheet = book.active
    sheet["C2"] = "改过的题干（　　）。"
    sheet.append(["n-1", None, "新题", "甲", "乙", "丙", "丁", "C", None, "易", "1.2"])
    target = io.BytesIO()
    book.save(target)
    check = upload(probe, home, target.getvalue(), "题目.xlsx")
    assert "写入 2 题" in check.text
    assert "已写入：新增 1 题，修改 1 题。" in apply(probe, check).text
    assert items(probe) == 7
    with probe.app.app_context():
        added = db.session.scalars(select(ItemVersion).where(ItemVersion.stem == "新题")).one()
        assert (added.key, added.difficulty, added.points) == ([2], 1, ["1.2"])


def test_faults_of_a_spreadsheet_name_their_cells_and_nothing_is_written(probe, home):
    book = openpyxl.load_workbook(io.BytesIO(probe.client.get(f"{home}/blank.xlsx").data))
    for row in (
        ["n-1", "", "题", "甲", "乙", "", "", "", "X"],
        ["n-2", "", "题", "甲", "乙", "", "", "", "A", "", "", "9.9"],
    ):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    check = upload(probe, home, target.getvalue(), "题目.xlsx")
    assert "I2（答案）：应是正确选项的字母" in check.text
    assert "L2（考点）：没有标明考点" in check.text
    assert "考点 9.9 不在大纲中" in check.text
    assert 'name="seal"' not in check.text
    assert items(probe) == 6


@pytest.mark.parametrize("content", [b"", b"::a::b{=c~d}", b"PK\x03\x04"])
def test_a_hostile_spreadsheet_is_refused_beside_the_field_and_not_kept(probe, home, content):
    answer = upload(probe, home, content, "题目.xlsx")
    assert answer.status_code == 422
    assert "需要修改" in answer.text
    assert kept(probe) == 0


def test_a_plugins_format_is_offered_read_and_written(probe, home):
    page = probe.page(f"{home}/upload")
    assert "竖线文本" in page
    assert ".lines" in page
    check = upload(probe, home, LINES.encode(), "题目.lines")
    assert "写入 2 题" in check.text
    assert "新增 2 题" in apply(probe, check).text
    assert "l-1|竖线题一|*甲|乙|丙|丁|1.1" in probe.client.get(f"{home}/items.probe.lines").text


def test_the_chosen_format_counts_before_the_files_name(probe, home):
    by_name = upload(probe, home, LINES.encode(), "题目.txt")
    assert "没有找到答案部分" in by_name.text  # read as GIFT, whose suffix it is as well
    chosen = upload(probe, home, LINES.encode(), "题目.txt", "probe.lines")
    assert "写入 2 题" in chosen.text
    forged = upload(probe, home, LINES.encode(), "题目.txt", "probe.nothing")
    assert "需要修改" in forged.text


def test_faults_found_by_a_plugin_and_by_the_bank_are_named_by_line(probe, home):
    check = upload(probe, home, "x|y\nl-1|题|*甲|甲|9.9\nl-2|题|甲|乙|1.1\n".encode(), "题目.lines")
    for words in ("这一行的竖线太少", "有两个选项文字相同", "考点 9.9 不在大纲中", "应有且只有一个正确选项"):
        assert words in check.text
    assert items(probe) == 6


@pytest.mark.parametrize("fault", ["raises", "slow", "nothing", "no items"])
def test_a_format_that_fails_refuses_the_file_and_the_pages_stay_whole(probe, home, fault, monkeypatch):
    monkeypatch.setattr(formats, "SECONDS", 0.5)
    if fault == "slow":
        probe.plugin.BROKEN.add("slow")
    elif fault == "raises":
        probe.plugin.BROKEN.add("read_lines")
    else:
        bad = None if fault == "nothing" else formats.ParsedFile([formats.ParsedItem("x", "single", None, (), ())], [])
        probe.plugin.NONSENSE["read_lines"] = bad
    answer = upload(probe, home, LINES.encode(), "题目.lines")
    assert answer.status_code == 503
    assert "“竖线文本”格式现在不能用" in answer.text
    assert kept(probe) == 0
    assert any(hurts for _place, hurts in probe.faults())
    assert "下载空白表格" in probe.page(f"{home}/upload")
    gift = probe.client.get(f"{home}/items.gift").data
    assert "题库里已经是这些内容" in upload(probe, home, gift, "题目.gift").text


@pytest.mark.parametrize("fault", ["raises", "nonsense"])
def test_a_format_that_cannot_write_says_so_in_words(probe, home, fault):
    if fault == "raises":
        probe.plugin.BROKEN.add("write_lines")
    else:
        probe.plugin.NONSENSE["write_lines"] = "text"
    assert "“竖线文本”格式现在不能用" in probe.page(f"{home}/items.probe.lines", status=503)
    assert probe.page(home)


def test_while_the_plugin_is_off_its_format_is_gone_and_a_checked_file_cannot_be_applied(probe, home):
    check = upload(probe, home, LINES.encode(), "题目.lines")
    probe.switch(on=False)
    assert "竖线文本" not in probe.page(f"{home}/upload")
    assert "items.probe.lines" not in probe.page(home)
    probe.page(f"{home}/items.probe.lines", status=404)
    assert upload(probe, home, LINES.encode(), "题目.lines").status_code == 422
    assert "需要修改" in upload(probe, home, LINES.encode(), "题目.lines", "probe.lines").text
    assert "现在不能读取" in probe.page(check.request.path, status=409)
    seal = re.search(r'name="seal"[^>]*value="([0-9a-f]+)"', check.text)[1]
    assert probe.client.post(check.request.path, data={"seal": seal}).status_code == 302
    assert items(probe) == 6
    probe.switch(on=True)
    assert "新增 2 题" in apply(probe, check).text


def test_commands_read_and_write_every_format(probe, home, tmp_path):
    run, slug = probe.app.test_cli_runner().invoke, home.rpartition("/")[2]
    for key, suffix in (("xlsx", ".xlsx"), ("probe.lines", ".lines")):
        target = tmp_path / f"out{suffix}"
        assert run(args=["questions", "export", slug, "--format", key, "--output", str(target)]).exit_code == 0
        assert "没有问题，6 题" in run(args=["questions", "check", str(target)]).output
    assert run(args=["questions", "export", slug, "--format", "none"]).exit_code != 0
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK")
    assert run(args=["questions", "check", str(bad)]).exit_code == 1
