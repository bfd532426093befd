from __future__ import annotations

import io
import zipfile
import zlib

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage

from lms.kernel.errors import Invalid, TooLarge
from lms.webkit import uploads
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook
from lms.webkit.uploads import PDF, PNG, XLSX, accept, accept_bytes


def workbook(rows=(("a",),)) -> bytes:
    return write_workbook([SheetPlan("名册", [Column("姓名")], rows)])


def with_part(content: bytes, name: str, body: bytes = b"x") -> bytes:
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, body)
    return target.getvalue()


def take(content: bytes, name: str = "名册.xlsx", kinds=(XLSX,)):
    return accept_bytes(name, content, kinds, megabytes=5)


def test_workbooks_of_several_programs_are_taken():
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    assert take(workbook()).kind is XLSX
    assert take(other.getvalue(), "NAMES.XLSX").name == "NAMES.XLSX"


@pytest.mark.parametrize(("given", "kept"), [("../../etc/名册.xlsx", "名册.xlsx"), (r"C:\tmp\a.xlsx", "a.xlsx")])
def test_a_name_from_outside_is_never_a_path(given, kept):
    assert take(workbook(), given).name == kept


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"just text"),
        ("a.xlsx", b""),
        ("a.xlsx", b"%PDF-1.7 not a sheet"),
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.csv", b"a,b"),
        ("a", b"a,b"),
    ],
)
def test_what_is_not_what_it_says_is_refused(name, content):
    with pytest.raises(Invalid) as caught:
        take(content, name)
    assert caught.value.code == "wrong_file_type"


def test_a_zip_that_is_no_workbook_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(Invalid) as caught:
        take(target.getvalue())
    assert caught.value.code == "wrong_file_type"


def test_a_picture_called_pdf_is_refused():
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    assert take(png, "a.png", (PDF, PNG)).kind is PNG
    with pytest.raises(Invalid):
        take(png, "a.pdf", (PDF, PNG))


def test_a_file_that_is_too_big_is_refused_before_it_is_looked_at():
    with pytest.raises(TooLarge):
        accept_bytes("a.xlsx", bytes(1024 * 1024 + 1), [XLSX], megabytes=1)
    storage = FileStorage(io.BytesIO(bytes(2 << 20)), "a.xlsx")
    with pytest.raises(TooLarge):
        accept(storage, [XLSX], megabytes=1)
    assert storage.stream.tell() == (1 << 20) + 1  # the rest was never read


def test_no_file_at_all_is_said_beside_the_field():
    with pytest.raises(Invalid) as caught:
        accept(None, [XLSX], megabytes=1)
    assert "file" in caught.value.fields


def test_a_bomb_of_one_enormous_part_is_refused_without_unpacking():
    packer = zlib.compressobj(9)
    assert len(packer.compress(bytes(64 << 20)) + packer.flush()) < 100_000
    target = io.BytesIO(workbook())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", bytes(64 << 20))
    with pytest.raises(Invalid) as caught:
        take(target.getvalue())
    assert caught.value.code == "archive_bomb"


def test_a_bomb_of_many_parts_is_refused():
    target = io.BytesIO(workbook())
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(uploads.MAX_ENTRIES):
            archive.writestr(f"xl/media/{number}.txt", "x")
    with pytest.raises(Invalid) as caught:
        take(target.getvalue())
    assert caught.value.code == "archive_bomb"


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ("xl/vbaProject.bin", "宏"),
        ("xl/macrosheets/sheet1.xml", "宏"),
        ("xl/externalLinks/externalLink1.xml", "链接"),
        ("xl/connections.xml", "数据连接"),
        ("xl/embeddings/oleObject1.bin", "嵌入"),
        ("xl/activeX/activeX1.xml", "控件"),
    ],
)
def test_active_content_is_refused_by_name(part, word):
    with pytest.raises(Invalid) as caught:
        take(with_part(workbook(), part))
    assert caught.value.code == "active_content"
    assert word in str(caught.value.why)


def test_two_parts_of_one_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = with_part(workbook(), "xl/workbook.xml")
    with pytest.raises(Invalid):
        take(doubled)
