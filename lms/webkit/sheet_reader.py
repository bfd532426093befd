"""Reads one sheet of an .xlsx in a process of its own: `python -m lms.webkit.sheet_reader`.

The workbook comes on standard input; chunks of rows leave on standard output, marshalled. Memory and processor time are
limited, so a hostile file ends this process and nothing else. Only for `lms.webkit.spreadsheets`.

Messages, in order: `("total", rows)`, any number of `("rows", [(number, [text, ...]), ...])`, `("end", None)`; or
`("refused", code)`. Each is its length in four bytes and its marshalled form.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import marshal
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import python_calamine

MEMORY = 2 << 30
SECONDS = 120
CHUNK = 1000
MAX_COLUMNS = 100
_EXACT = 10**15  # Excel keeps 15 digits of a number


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with contextlib.suppress(BrokenPipeError):
        send_sheet(sys.stdin.buffer.read(), sys.argv[1:], sys.stdout.buffer)


def send_sheet(content: bytes, preferred: list[str], out: BinaryIO) -> None:
    """Write the messages for the first sheet named in `preferred`, else the first visible one."""
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        sheet = book.get_sheet_by_name(_sheet_name(book, preferred))
    except (python_calamine.CalamineError, StopIteration):
        _send(out, "refused", "unreadable")
        return
    _send(out, "total", sheet.total_height + 1)
    chunk: list[tuple[int, list[str]]] = []
    for row in _rows(sheet):
        chunk.append(row)
        if len(chunk) == CHUNK:
            _send(out, "rows", chunk)
            chunk = []
    _send(out, "rows", chunk)
    _send(out, "end", None)


def _send(out: BinaryIO, kind: str, content: Any) -> None:
    message = marshal.dumps((kind, content))
    out.write(len(message).to_bytes(4, "big") + message)


def _sheet_name(book: python_calamine.CalamineWorkbook, preferred: list[str]) -> str:
    visible = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        and sheet.visible == python_calamine.SheetVisibleEnum.Visible
    ]
    return next(iter([name for name in preferred if name in visible] + visible))


def _rows(sheet: python_calamine.CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them, numbered as Excel shows them."""
    for number, cells in enumerate(sheet.iter_rows(), 1):
        kept = cells[:MAX_COLUMNS]
        try:
            texts = list(map(str.strip, kept))  # type: ignore[arg-type]
        except TypeError:  # numbers, dates or the like among them
            texts = [cell.strip() if isinstance(cell, str) else plain_cell(cell) for cell in kept]
        if any(texts):
            yield number, texts


def plain_cell(value: Any) -> str:
    """A cell that is not text, as a person would have typed it.

    A whole number of 16 digits or more has lost its last digits in Excel: it is written as Excel shows it,
    5.10107199001011E+17, so that whoever reads it can tell.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        if value != value or abs(value) >= _EXACT:  # noqa: PLR0124 - not a number
            mantissa, _, exponent = f"{value:.14E}".partition("E")
            return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() else str(value)
    return str(value)


if __name__ == "__main__":
    main()
