"""Items as a spreadsheet: read back as written, and every fault with its cell."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from lms.kernel.errors import Invalid
from lms.kernel.i18n import in_locale
from lms.questions import kinds, sheet
from lms.questions.dto import BankItem
from lms.testing.factories.exams import make_items

HEADER = (
    "编号",
    "题型",
    "题干",
    "选项 A",
    "选项 B",
    "选项 C",
    "选项 D",
    "选项 E",
    "答案",
    "解析",
    "难度",
    "考点",
    "标签",
)
ROW = ("n-1", "", "题干（　　）。", "甲", "乙", "丙", "丁", "", "B", "", "", "1.1", "")


def workbook(*rows, title="题目"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read(*rows):
    return sheet.read(workbook(*rows), "x.xlsx", kinds.CORE)


def messages(*rows):
    return [(problem.line, problem.message) for problem in read(*rows).problems]


def row(**changes):
    """A sound row with some cells changed; cells are named by their column's letter."""
    cells = list(ROW)
    for letter, text in changes.items():
        cells[ord(letter) - ord("A")] = text
    return tuple(cells)


@pytest.mark.parametrize(("written", "read_in"), [("zh_CN", "en"), ("en", "zh_CN")])
def test_what_is_written_in_either_language_reads_back_to_the_same_items(app, written, read_in):
    items = make_items(3, 2)
    items[0] = replace(
        items[0], stem="=1+1\n“第二行” _x0041_ <b>", options=("+1", "-2", "@三", "  四\n行 "), explanation="", difficulty=3,
        points=("1.1", "1.2"), tags={"source": "2023;a=b", "章": "一：二"},
    )  # fmt: skip
    items[0] = replace(items[0], options=tuple(text.strip() for text in items[0].options))
    with in_locale(written):
        content = sheet.write([BankItem(item, retired=False, number=7) for item in items], kinds.CORE)
    with in_locale(read_in):
        parsed = sheet.read(content, "x.xlsx", kinds.CORE)
    assert parsed.problems == []
    assert [replace(item, line=0) for item in parsed.items] == [replace(item, line=0) for item in items]
    assert [item.line for item in parsed.items] == [2, 3, 4, 5, 6]


def test_the_empty_sheet_says_that_it_has_no_items(app):
    parsed = sheet.read(sheet.write((), kinds.CORE), "x.xlsx", kinds.CORE)
    assert (parsed.items, parsed.problems) == ([], [])


def test_columns_stand_in_any_order_below_a_title_and_what_is_left_out_has_a_default(app):
    header, cells = HEADER[::-1], row(H="戊", I="ａ，C", K="难")[::-1]
    parsed = read(("某单位的题目",), (), ("备注", *header), ("x", *cells), row()[:0], ("y", *row(A="n-2")[::-1]))
    assert parsed.problems == []
    first, second = parsed.items
    assert (first.kind, first.key, first.difficulty) == ("multiple", (0, 2), 3)
    assert (second.kind, second.key, second.difficulty, second.tags) == ("single", (1,), 2, {})


@pytest.mark.parametrize(
    ("changes", "cell", "words"),
    [
        ({"A": "a b"}, "A2（编号）", "题目编号只能用"),
        ({"A": ""}, "A2（编号）", "题目编号只能用"),
        ({"B": "填空题"}, "B2（题型）", "题型“填空题”不存在"),
        ({"C": " "}, "C2（题干）", "题干是空的"),
        ({"C": "长" * 4001}, "C2（题干）", "超过 4000 字"),
        ({"D": ""}, "D2（选项 A）", "有空白的选项"),
        ({"E": "甲"}, "D2（选项 A）", "有两个选项文字相同"),
        ({"I": ""}, "I2（答案）", "应是正确选项的字母"),
        ({"I": "对"}, "I2（答案）", "应是正确选项的字母"),
        ({"I": "J"}, "I2（答案）", "答案指向了不存在的选项"),
        ({"B": "单项选择题", "I": "AB"}, "I2（答案）", "有且只有一个正确选项"),
        ({"I": "AB"}, "D2（选项 A）", "多项选择题应有 5 个选项"),
        ({"K": "很难"}, "K2（难度）", "应是 易、中、难"),
        ({"L": "第一章"}, "L2（考点）", "考点编码应是"),
        ({"L": ""}, "L2（考点）", "没有标明考点"),
        ({"M": "没有冒号"}, "M2（标签）", "应一行一个"),
    ],
)
def test_a_fault_is_named_with_its_cell_and_the_other_rows_are_read(app, changes, cell, words):
    parsed = read(HEADER, row(**changes), row(A="n-2"))
    assert [item.ref for item in parsed.items] == ["n-2"]
    [problem] = parsed.problems
    assert problem.line == 2
    assert problem.message.startswith(cell)
    assert words in problem.message


def test_a_number_used_twice_names_the_first_row(app):
    assert messages(HEADER, row(), row(A="n-2"), row()) == [(4, "A4（编号）：编号“n-1”在第 2 行已经用过。")]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("一", "二"), ("三", "四")], "没有找到列名"),
        ([], "没有找到列名"),
        ([("",)] * 10 + [HEADER, ROW], "没有找到列名"),
        ([("编号", "题干", "选项A", "答案"), ROW], "缺少这几列：选项 B。"),
        ([("题干", "选项 a", "Option B", "答案"), ROW], "缺少这几列：编号。"),
        ([(*HEADER, "题 干"), ROW], "出现了两次：题干。"),
    ],
)
def test_a_sheet_without_its_columns_says_which(app, rows, words):
    [(_line, message)] = messages(*rows)
    assert words in message


def test_a_sheet_with_too_many_items_or_faults_is_read_no_further(app, monkeypatch):
    monkeypatch.setattr(sheet, "MAX_ITEMS", 3)
    parsed = read(HEADER, *(row(A=f"n-{number}") for number in range(5)))
    assert len(parsed.items) == 3
    assert "最多 3 题" in parsed.problems[0].message
    monkeypatch.setattr(sheet, "MAX_PROBLEMS", 2)
    assert len(read(HEADER, *[row(C="")] * 9).problems) <= 4


def test_a_workbook_that_is_a_bomb_is_refused_before_it_is_opened(app):
    target = io.BytesIO(workbook(HEADER, ROW))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", bytes(64 << 20))
    with pytest.raises(Invalid) as refused:
        sheet.read(target.getvalue(), "x.xlsx", kinds.CORE)
    assert refused.value.code == "archive_bomb"


@pytest.mark.parametrize("content", [b"", b"::a::b{=c~d}", b"PK\x03\x04 not a workbook"])
def test_what_is_no_workbook_is_refused(app, content):
    with pytest.raises(Invalid):
        sheet.read(content, "x.xlsx", kinds.CORE)


def test_formulas_and_numbers_count_as_what_excel_shows(app):
    parsed = read(HEADER, row(D=1, E=2.5, F=True, L=1.1, K=3))
    assert parsed.problems == []
    [item] = parsed.items
    assert (item.options[:3], item.points, item.difficulty) == (("1", "2.5", "TRUE"), ("1.1",), 3)
