"""Spreadsheets: read to rows of plain text, written with styles, notes and marked cells; formulas never."""

from __future__ import annotations

import io
import marshal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import xlsxwriter

from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _

Row = tuple[int, list[str]]
"""A row's number as Excel shows it, and its cells as text."""

RUN_AHEAD = 1 << 20  # bytes the reading process may be ahead of who takes the rows
MAX_NOTES = 5000  # Excel becomes slow with more; marked cells stay red beyond
_BASE = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
_RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Sheet:
    """A sheet being read: how many rows it reaches down, and its non-empty rows in chunks.

    Reading goes on in its process from the start; the first of the two that is asked for waits for it.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.chunks = self._chunks()

    @cached_property
    def height(self) -> int:
        kind, height = _next_message(self._stream)
        if kind != "total":
            raise unreadable()
        return int(height)

    def _chunks(self) -> Iterator[list[Row]]:
        if self.height:
            kind, content = _next_message(self._stream)
            while kind != "end":
                yield content
                kind, content = _next_message(self._stream)


@contextmanager
def read_sheet(content: bytes, preferred: Sequence[str] = ()) -> Iterator[Sheet]:
    """Read the sheet named in `preferred`, else the first visible one. Raises `Invalid`, also while rows are taken.

    Reading runs in a process of limited memory and time, see `lms.webkit.sheet_reader`. Formulas are never computed:
    the value Excel saved counts.
    """
    command = [sys.executable, "-m", "lms.webkit.sheet_reader", *preferred]
    with tempfile.TemporaryFile() as source:
        source.write(content)
        source.seek(0)
        with subprocess.Popen(
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=RUN_AHEAD,
            pipesize=RUN_AHEAD,
        ) as reader:
            try:
                yield Sheet(reader.stdout)
            finally:
                reader.kill()


def _next_message(stream: Any) -> tuple[str, Any]:
    length = int.from_bytes(stream.read(4), "big")
    message = stream.read(length)
    if not length or len(message) < length:  # the reader was ended in the middle
        raise unreadable()
    return marshal.loads(message)  # type: ignore[no-any-return]  # noqa: S302 - written by our own process


def unreadable() -> Invalid:
    """The refusal of a workbook whose reading failed or ran out of memory or time."""
    return Invalid(
        _("这个表格读不出来。"),
        why=_("文件已损坏，或展开后太大。"),
        todo=_("请把数据复制到我们的模板里，再上传。"),
        code="unreadable_sheet",
    )


@dataclass(frozen=True, slots=True)
class Column:
    """A column to write. `choices` and `date` become Excel's data validation on empty rows below.

    Numbers show as many `decimals` as are given, with thousands marked: money has 2. None shows them as they are.
    """

    title: str
    width: int = 14
    note: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    date: bool = False
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A faulty cell: shown red, with what is wrong as a note."""

    text: str
    note: str = ""


Cell = str | float | Marked
"""What a cell to write may hold; numbers are written as numbers, so that people can add them up."""


@dataclass(frozen=True)
class SheetPlan:
    """A sheet to write: header, rows of text and numbers, and how many empty rows below get data validation."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]] = ()
    validated_rows: int = 0
    wrap: bool = False


@dataclass
class _Writer:
    """One workbook being written, row by row in constant memory."""

    book: Any
    notes: int = 0
    formats: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        add = self.book.add_format
        header = _BASE | {"bold": True, "font_color": "#ffffff", "bottom": 1, "text_wrap": True}
        text = _BASE | {"num_format": "@"}
        self.formats = {
            "header": add(header | {"bg_color": "#51625b"}),
            "required": add(header | {"bg_color": "#0b6e4f"}),
            "text": add(text),
            "number": add(_BASE),
            "quoted": add(text | {"quote_prefix": True}),
            "wrapped": add(text | {"text_wrap": True}),
            "marked": add(text | {"bg_color": "#fbe9ef", "font_color": "#8f1f43", "border": 1, "quote_prefix": True}),
        }

    def sheet(self, plan: SheetPlan) -> None:
        sheet = self.book.add_worksheet(plan.title)
        sheet.freeze_panes(1, 0)
        plain = self.formats["wrapped" if plan.wrap else "text"]
        for at, column in enumerate(plan.columns):
            sheet.set_column(at, at, column.width, plain)
            if plan.validated_rows:
                self._validate(sheet, at, column, plan.validated_rows)
        for at, column in enumerate(plan.columns):
            sheet.write_string(0, at, column.title, self.formats["required" if column.required else "header"])
            if column.note:
                sheet.write_comment(0, at, column.note, {"x_scale": 2, "y_scale": 1.2})
        numeric = [self._numeric(column.decimals) for column in plan.columns]
        for number, cells in enumerate(plan.rows, 1):
            self._row(sheet, number, cells, plain, numeric)

    def _numeric(self, decimals: int | None) -> Any:
        """The format of a column's numbers, made once for a workbook."""
        if decimals is None:
            return self.formats["number"]
        name = f"number {decimals}"
        if name not in self.formats:
            shown = {"num_format": "#,##0" + ("." + "0" * decimals if decimals else "")}
            self.formats[name] = self.book.add_format(_BASE | shown)
        return self.formats[name]

    def _row(self, sheet: Any, number: int, cells: Sequence[Cell], plain: Any, numeric: Sequence[Any]) -> None:
        for at, cell in enumerate(cells):
            if isinstance(cell, Marked):
                sheet.write_string(number, at, cell.text, self.formats["marked"])
                if cell.note and self.notes < MAX_NOTES:
                    self.notes += 1
                    sheet.write_comment(number, at, cell.note, {"x_scale": 2})
            elif isinstance(cell, (int, float)):
                sheet.write_number(number, at, cell, numeric[at] if at < len(numeric) else self.formats["number"])
            elif cell:
                sheet.write_string(number, at, cell, self.formats["quoted"] if cell[0] in _RISKY_STARTS else plain)

    @staticmethod
    def _validate(sheet: Any, at: int, column: Column, rows: int) -> None:
        if column.choices:
            sheet.data_validation(1, at, rows, at, {"validate": "list", "source": list(column.choices)})


def write_workbook(plans: Sequence[SheetPlan]) -> bytes:
    """Write an .xlsx and return its bytes.

    Every cell but a number is written as text: nothing that a person typed can become a formula, and a cell that
    begins like one carries Excel's own text prefix, so it stays text when somebody edits it.
    """
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        writer = _Writer(book)
        for plan in plans:
            writer.sheet(plan)
    return target.getvalue()
