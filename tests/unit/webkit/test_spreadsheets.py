from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest

from lms.kernel.errors import Invalid
from lms.webkit.spreadsheets import Column, Marked, SheetPlan, read_sheet, write_workbook


def rows_of(content: bytes, preferred=()) -> list[tuple[int, list[str]]]:
    with read_sheet(content, preferred) as sheet:
        return [row for chunk in sheet.chunks for row in chunk]


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_cells_of_every_kind_become_the_text_a_person_would_type():
    book = openpyxl.Workbook()
    book.active.append(
        ["  张三 ", 13800138000, 1.5, True, dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 8, 30), None, "x"]
    )
    assert rows_of(saved(book)) == [
        (1, ["张三", "13800138000", "1.5", "TRUE", "2024-03-01", "2024-03-01 08:30:00", "", "x"])
    ]


def test_a_number_excel_has_rounded_shows_that_it_was():
    book = openpyxl.Workbook()
    book.active.append([510107199003074210, 123456789012345])
    [(_, [identity, exact])] = rows_of(saved(book))
    assert re.fullmatch(r"5\.1010719900307\d?E\+17", identity)
    assert exact == "123456789012345"


def test_rows_keep_excels_numbers_and_empty_ones_are_left_out():
    book = openpyxl.Workbook()
    book.active["B3"] = "head"
    book.active["B6"] = "row"
    book.active["B9"] = "   "
    assert [(number, [cell for cell in cells if cell]) for number, cells in rows_of(saved(book))] == [
        (3, ["head"]), (6, ["row"]),
    ]  # fmt: skip


def test_the_preferred_sheet_is_read_and_hidden_ones_are_not():
    book = openpyxl.Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("说明").append(["notes"])
    book.create_sheet("名册").append(["people"])
    assert rows_of(saved(book), ["名册"]) == [(1, ["people"])]
    assert rows_of(saved(book)) == [(1, ["notes"])]


def test_a_formula_counts_with_the_value_excel_saved_and_is_never_computed():
    book = openpyxl.Workbook()
    book.active.append(["a", "=1+1", '=HYPERLINK("http://x")'])
    assert rows_of(saved(book)) == [(1, ["a"])]


def test_a_million_empty_rows_are_nothing():
    content = write_workbook([SheetPlan("名册", [Column("姓名")], [["张三"]])])
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                empty = b"".join(b'<row r="%d"/>' % number for number in range(3, 1_000_003))
                body = body.replace(b"</sheetData>", empty + b"</sheetData>")
            archive.writestr(entry.filename, body)
    assert rows_of(target.getvalue()) == [(1, ["姓名"]), (2, ["张三"])]


def test_a_sheet_that_claims_a_cell_in_the_last_corner_ends_its_reader_and_nothing_else():
    """Two cells span 1,048,576 rows x 16,384 columns: read naively that is hundreds of gigabytes."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "a", "z"
    with pytest.raises(Invalid) as caught:
        rows_of(saved(book))
    assert caught.value.code == "unreadable_sheet"


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x05\x06" + bytes(18)])
def test_what_cannot_be_read_is_refused(content):
    with pytest.raises(Invalid) as caught:
        rows_of(content)
    assert caught.value.code == "unreadable_sheet"


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", '=cmd|"/c calc"!A1'])
def test_nothing_written_can_become_a_formula(text):
    content = write_workbook([SheetPlan("x", [Column("a")], [[text], [Marked(text)]])])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    for cell in (sheet["A2"], sheet["A3"]):
        assert cell.data_type == "s"
        assert cell.quotePrefix
        assert cell.value.strip() == text.strip()
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_marked_cells_carry_a_note_and_columns_a_list_to_choose_from():
    plan = SheetPlan(
        "x", [Column("a", note="怎么填", choices=("甲", "乙"))], [[Marked("bad", "原因")]], validated_rows=9
    )
    sheet = openpyxl.load_workbook(io.BytesIO(write_workbook([plan]))).active
    assert "怎么填" in sheet["A1"].comment.text
    assert "原因" in sheet["A2"].comment.text
    [rule] = sheet.data_validations.dataValidation
    assert (rule.type, str(rule.sqref)) == ("list", "A2:A10")


def test_numbers_are_written_as_numbers_and_text_survives_reading_back():
    content = write_workbook([SheetPlan("x", [Column("a"), Column("b")], [[3, "０１ =x"], ["", "中文\n两行"]])])
    assert rows_of(content) == [(1, ["a", "b"]), (2, ["3", "０１ =x"]), (3, ["", "中文\n两行"])]


def test_money_is_a_number_with_two_decimals_when_the_column_says_so():
    columns = [Column("户名"), Column("金额（元）", decimals=2), Column("人数", decimals=0), Column("小时")]
    book = openpyxl.load_workbook(
        io.BytesIO(write_workbook([SheetPlan("付款", columns, [["李明", 1500.0, 2000, 1.5]])]))
    )
    cells = book.active[2]
    assert [cell.value for cell in cells] == ["李明", 1500, 2000, 1.5]
    assert [cell.number_format for cell in cells] == ["@", "#,##0.00", "#,##0", "General"]
