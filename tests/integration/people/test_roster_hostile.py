"""Files that are broken, or made to do harm: each ends with a clear word and changes nothing."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from sqlalchemy import func, select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Invalid
from lms.people.models import ImportState, Person, RosterImport, RosterProblem, RosterRow
from lms.people.roster import service
from lms.people.wording import refusal
from lms.testing.factories.rosters import check, make_roster, problems, roster_row
from lms.webkit.uploads import XLSX, accept_bytes

STREET = "玉林街道"


def saved(*rows, merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def how_many(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


HEADER = ("姓名", "证件号码", "单位", "入职日期")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable_sheet"),
        (b"PK\x03\x04 not really", "unreadable_sheet"),
        (saved(), "header_missing"),
        (saved(("a", "b"), ("c", "d")), "header_missing"),
        (saved(*[("说明",)] * 12, HEADER), "header_missing"),
        (saved(HEADER), "no_rows"),
        (saved(HEADER[:3], ("张三",)), "columns_missing"),
        (saved((*HEADER, "姓名"), ("张三",)), "columns_doubled"),
        (saved(("基本信息", "", "", ""), ("姓名", "", "", "入职日期"), ("张三",), merged="A1:D1"), "columns_missing"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_in_words(city, content, code):
    roster = check(SYSTEM, city.county_a, content)
    assert (roster.state, roster.failure["code"]) == (ImportState.FAILED, code)
    assert "%" not in refusal(code, roster.failure["params"])
    assert (how_many(RosterRow), how_many(RosterProblem), how_many(Person)) == (0, 0, 0)


def test_the_missing_columns_are_named(city):
    roster = check(SYSTEM, city.county_a, saved(("姓名", "证件号码"), ("张三", "1")))
    assert roster.failure["params"] == {"columns": ["unit", "started_on"]}
    assert "单位、入职日期" in refusal("columns_missing", roster.failure["params"])


def test_a_sheet_as_big_as_excel_allows_ends_only_its_reader(city):
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active["XFD1048576"] = "x"
    target = io.BytesIO()
    book.save(target)
    roster = check(SYSTEM, city.county_a, target.getvalue())
    assert (roster.state, roster.failure["code"]) == (ImportState.FAILED, "unreadable_sheet")


def test_too_many_rows_are_refused_and_none_is_kept(city, monkeypatch):
    monkeypatch.setattr("lms.people.roster.check.MAX_ROWS", 5)
    monkeypatch.setattr("lms.people.roster.check.BATCH", 2)
    roster = check(SYSTEM, city.county_a, [roster_row(order, STREET) for order in range(1, 9)])
    assert (roster.state, roster.failure) == (
        ImportState.FAILED, {"code": "too_many_rows", "params": {"limit": 5}},
    )  # fmt: skip
    assert how_many(RosterRow) == 0


def test_bombs_and_macros_never_reach_the_check(city):
    bomb = io.BytesIO(make_roster([roster_row(1, STREET)]))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", bytes(32 << 20))
    macro = io.BytesIO(make_roster([roster_row(1, STREET)]))
    with zipfile.ZipFile(macro, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    for hostile in (bomb, macro):
        with pytest.raises(Invalid):
            service.start_import(
                SYSTEM, accept_bytes("a.xlsx", hostile.getvalue(), [XLSX], megabytes=20), city.county_a
            )
    assert how_many(RosterImport) == 0


def test_an_identity_number_typed_as_a_number_is_explained(city):
    row = ("张三", 510107199001010011, STREET, "2024-03-01")
    assert problems(check(SYSTEM, city.county_a, saved(HEADER, row))) == {(2, "id_number", "number_rounded")}


@pytest.mark.parametrize("formula", ["=1+1", "=cmd|'/c calc'!A1", "@SUM(A1)", "+1"])
def test_what_begins_like_a_formula_is_a_name_nobody_has(city, formula):
    found = problems(check(SYSTEM, city.county_a, [roster_row(1, STREET, name=formula)]))
    assert found == {(2, "name", "name_characters")}


def test_cells_of_any_length_and_script_only_make_problems(city):
    cells = {"name": "\u202e三张", "post": "岗" * 30_000, "unit": "\U0001f600" * 500, "email": "@" * 5000}
    roster = check(SYSTEM, city.county_a, [roster_row(1, STREET, **cells)])
    assert {column for _row, column, _code in problems(roster)} == {"post", "unit", "email"}
    stored = db.session.scalars(select(RosterProblem)).all()
    assert all(len(str(problem.params)) < 200 for problem in stored)
