"""The files for the bank and from it, as sheets: what is paid, and the same with what became of it.

Both are in Chinese whatever the language of the officer's page: a bank reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lms.plugin_api.views import Cell, Column, Marked, SheetPlan, write_workbook
from lms_payouts.result_file import DIGEST_LABEL, NUMBER_LABEL, SUM_LABEL, Layout, Row
from lms_payouts.rules import sheet_yuan
from lms_payouts.wording import TITLES

SHEET = "付款清单"
PAYMENT_COLUMNS = ("serial", "account_name", "bank_account", "bank_name", "amount", "reference")
RESULT_COLUMNS = (*PAYMENT_COLUMNS, "result", "reason")
PROBLEM_TITLE = "问题"
_WIDTHS = {"serial": 9, "account_name": 14, "bank_account": 24, "bank_name": 30, "amount": 16, "reference": 26}


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line with its whole account number."""

    serial: int
    account_name: str
    bank_account: str
    bank_name: str
    amount_fen: int
    reference: str


def payment_file(number: str, digest: str, lines: Iterable[FileLine]) -> bytes:
    """The payment file: one line per payment, the sum, the batch's number and its digest."""
    return _workbook(PAYMENT_COLUMNS, number, digest, lines)


def result_template(number: str, digest: str, lines: Iterable[FileLine]) -> bytes:
    """The same with columns for the bank's result and, for what failed, the reason."""
    return _workbook(RESULT_COLUMNS, number, digest, lines)


def _workbook(keys: Sequence[str], number: str, digest: str, lines: Iterable[FileLine]) -> bytes:
    columns = [
        Column(
            TITLES[key],
            _WIDTHS.get(key, 20),
            required=key == "result",
            choices=("成功", "失败") if key == "result" else (),
            decimals=2 if key == "amount" else None,
        )
        for key in keys
    ]
    listed = list(lines)
    validated = len(listed) if "result" in keys else 0
    return write_workbook([SheetPlan(SHEET, columns, _rows(number, digest, listed), validated_rows=validated)])


def _rows(number: str, digest: str, lines: Sequence[FileLine]) -> Iterator[Sequence[Cell]]:
    for line in lines:
        yield (
            line.serial,
            line.account_name,
            line.bank_account,
            line.bank_name,
            sheet_yuan(line.amount_fen),
            line.reference,
        )
    total = sum(line.amount_fen for line in lines)
    yield SUM_LABEL, f"{len(lines)} 笔", "", "", sheet_yuan(total)
    yield NUMBER_LABEL, number
    yield DIGEST_LABEL, digest


def marked_file(layout: Layout, rows: Iterable[Row], said: Iterable[tuple[int, str, str]]) -> bytes:
    """The officer's own sheet with the faulty cells red; `said` are row, column and message of each problem.

    A problem of the file as a whole (row 0) stands below the rows.
    """
    by_row: dict[int, dict[str, list[str]]] = {}
    for number, key, message in said:
        by_row.setdefault(number, {}).setdefault(key, []).append(message)
    columns = [Column(title, 22) for title in layout.titles]
    plan = SheetPlan(SHEET, [*columns, Column(PROBLEM_TITLE, 60)], _marked_rows(layout, rows, by_row))
    return write_workbook([plan])


def _marked_rows(
    layout: Layout, rows: Iterable[Row], by_row: dict[int, dict[str, list[str]]]
) -> Iterator[Sequence[Cell]]:
    width = len(layout.titles)
    for number, cells in rows:
        if number <= layout.row_number:
            continue
        wrong = by_row.get(number, {})
        kept: list[Cell] = [*cells[:width], *[""] * (width - len(cells))]
        for key, messages in wrong.items():
            at = layout.places.get(key)
            if at is not None:
                kept[at] = Marked(str(cells[at]) if at < len(cells) else "", "\n".join(messages))
        yield [*kept, "；".join(message for messages in wrong.values() for message in messages)]
    for messages in by_row.get(0, {}).values():
        for message in messages:
            yield [*[""] * width, Marked(message)]
