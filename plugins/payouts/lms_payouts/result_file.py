"""Reading a file with the bank's results: every cell that does not fit the batch is named. No database.

The file is the batch's payment file with two more columns. Rows may stand in another order and the bank may add columns
of its own, but every line must be there, unchanged, with a result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms_payouts.rules import Fault, compact, parse_yuan, same_name, yuan

Row = tuple[int, Sequence[str]]
"""A row's number as Excel shows it, and its cells as text."""

SUM_LABEL, NUMBER_LABEL, DIGEST_LABEL = "合计", "批次号", "校验码"
_FOOTERS = (SUM_LABEL, NUMBER_LABEL, DIGEST_LABEL)
HEADER_ROWS = 10
"""How far down the header may stand: banks put titles above it."""
MOST_ROWS = 5000
_NAMES = {
    "serial": ("序号", "编号"),
    "account_name": ("户名", "收款人", "收款户名", "姓名"),
    "bank_account": ("银行账号", "账号", "卡号", "收款账号", "银行卡号"),
    "amount": ("金额(元)", "金额"),
    "result": ("结果", "处理结果", "交易结果"),
    "reason": ("原因", "失败原因", "退回原因"),
}
_REQUIRED = tuple(_NAMES)
_PAID = {"成功", "已付", "已支付", "付款成功", "交易成功", "success", "paid"}
_BOUNCED = {"失败", "退回", "退票", "付款失败", "交易失败", "failed", "failure", "bounced"}
_SERIAL = re.compile(r"[0-9]{1,6}")
FOREIGN = {"no_batch", "wrong_batch"}
"""Problems that no correction of cells heals: another file is wanted."""
_COUNT = re.compile(r"([0-9]{1,6})笔")
_NOISY = re.compile(r"[0-9]{1,12}\.[0-9]{9,20}")
LONGEST_REASON = 200


class Unreadable(ValueError):
    """A file that is no result file at all: `lacking` are the titles of the columns it has not."""

    def __init__(self, lacking: Sequence[str]) -> None:
        super().__init__(", ".join(lacking))
        self.lacking = tuple(lacking)


@dataclass(frozen=True, slots=True)
class Expected:
    """A line of the batch. `paid` is None before the bank's result is known, then what was recorded."""

    serial: int
    account_name: str
    account_index: bytes
    account_tail: str
    amount_fen: int
    paid: bool | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The batch that a file must be of."""

    number: str
    digest: str
    lines: Mapping[int, Expected]

    @property
    def total(self) -> int:
        return sum(line.amount_fen for line in self.lines.values())


@dataclass(frozen=True, slots=True)
class Layout:
    """The header row: its number, its titles, and where each known column stands."""

    row_number: int
    titles: tuple[str, ...]
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """A faulty cell, or (row 0) what is wrong with the file as a whole. `code` is one of `wording.PROBLEMS`."""

    row: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank did with a line."""

    serial: int
    paid: bool
    reason: str

    def facts(self) -> dict[str, Any]:
        return {"serial": self.serial, "paid": self.paid, "reason": self.reason}


@dataclass
class Reading:
    """What came of reading a file."""

    layout: Layout
    problems: list[Problem] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


def find_layout(rows: Sequence[Row]) -> Layout:
    """The header among the first rows. Raises `Unreadable` naming the columns that are missing from the best one."""
    best: tuple[int, Layout | None, list[str]] = (0, None, [_NAMES[key][0] for key in _REQUIRED])
    for number, cells in rows[:HEADER_ROWS]:
        places = _places(cells)
        if len(places) > best[0]:
            lacking = [_NAMES[key][0] for key in _REQUIRED if key not in places]
            best = (len(places), Layout(number, tuple(cells), places), lacking)
    if best[1] is None or best[2]:
        raise Unreadable(best[2])
    return best[1]


def _places(cells: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for at, text in enumerate(cells):
        plain = unicodedata.normalize("NFKC", text).strip()
        key = next((key for key, names in _NAMES.items() if plain in names), None)
        if key is not None:
            places.setdefault(key, at)
    return places


def read(rows: Sequence[Row], wanted: Wanted, index: Callable[[str], bytes]) -> Reading:
    """Judge every row against the batch. `index` gives the keyed index of a compact account number."""
    reading = Reading(find_layout(rows))
    layout = reading.layout
    below = [(number, cells) for number, cells in rows if number > layout.row_number]
    reading.problems += _footer_problems(layout, below, wanted)
    if any(problem.code in FOREIGN for problem in reading.problems):
        return reading  # of another batch every line would be wrong: one message says it all
    judge = _Judge(reading, wanted, index)
    for number, cells in below:
        if not _label(cells):
            judge.line(number, cells)
    for serial in sorted(wanted.lines.keys() - judge.seen.keys()):
        params = {"serial": serial, "name": wanted.lines[serial].account_name}
        reading.problems.append(Problem(0, "serial", "line_missing", params))
    return reading


def _footer_problems(layout: Layout, rows: Iterable[Row], wanted: Wanted) -> list[Problem]:
    """What the rows below the lines say of the batch: its number, its digest and, where it is left, the sum."""
    found = {label: (number, cells) for number, cells in rows if (label := _label(cells))}
    if NUMBER_LABEL not in found or DIGEST_LABEL not in found:
        return [Problem(0, "serial", "no_batch")]
    number_row, number = _beside(found[NUMBER_LABEL])
    digest_row, digest = _beside(found[DIGEST_LABEL])
    if number != wanted.number:
        return [Problem(number_row, "serial", "wrong_batch", {"found": number[:40], "number": wanted.number})]
    problems = []
    if digest != wanted.digest:
        problems.append(Problem(digest_row, "serial", "wrong_digest"))
    if SUM_LABEL in found:
        problems += _total_problems(found[SUM_LABEL], layout.places["amount"], wanted)
    return problems


def _total_problems(row: Row, amount_at: int, wanted: Wanted) -> Iterable[Problem]:
    """The control totals, how many and how much; a bank may leave either out."""
    number, text = _value(row, amount_at)
    if text and _fen(text) != wanted.total:
        yield Problem(number, "amount", "wrong_sum", {"amount": yuan(wanted.total)})
    counts = [int(count[1]) for count in map(_COUNT.fullmatch, map(compact, row[1])) if count]
    if counts and counts != [len(wanted.lines)]:
        yield Problem(number, "account_name", "wrong_count", {"count": len(wanted.lines)})


@dataclass
class _Judge:
    """Judges the rows of a file one by one, and remembers where each line was met."""

    reading: Reading
    wanted: Wanted
    index: Callable[[str], bytes]
    seen: dict[int, int] = field(default_factory=dict)

    def line(self, row: int, cells: Sequence[str]) -> None:
        text = {key: _value((row, cells), at)[1] for key, at in self.reading.layout.places.items()}
        known = self._known(row, text["serial"])
        if known is None:
            return
        found = [*self._changes(row, known, text), *_result_problems(row, known, text)]
        self.reading.problems += found
        if not found:
            paid = bool(_paid(text["result"]))
            reason = "" if paid else text["reason"][:LONGEST_REASON]
            self.reading.outcomes.append(Outcome(known.serial, paid, reason))

    def _known(self, row: int, serial: str) -> Expected | None:
        """The line a row is about; None, with the problem noted, when it is about none or one met before."""
        is_number = _SERIAL.fullmatch(serial) is not None
        known = self.wanted.lines.get(int(serial)) if is_number else None
        if known is None:
            self._note(row, "serial_unknown" if is_number else "serial_form", serial=serial[:40])
        elif known.serial in self.seen:
            self._note(row, "serial_twice", serial=serial, row=self.seen[known.serial])
            return None
        else:
            self.seen[known.serial] = row
        return known

    def _note(self, at: int, code: str, **params: Any) -> None:
        self.reading.problems.append(Problem(at, "serial", code, params))

    def _changes(self, row: int, line: Expected, text: Mapping[str, str]) -> Iterable[Problem]:
        if not same_name(text["account_name"], line.account_name):
            yield Problem(row, "account_name", "name_changed", {"name": line.account_name})
        if self.index(compact(text["bank_account"])) != line.account_index:
            yield Problem(row, "bank_account", "account_changed", {"tail": line.account_tail})
        if _fen(text["amount"]) != line.amount_fen:
            yield Problem(row, "amount", "amount_changed", {"amount": yuan(line.amount_fen)})


def _result_problems(row: int, line: Expected, text: Mapping[str, str]) -> Iterable[Problem]:
    if not text["result"]:
        yield Problem(row, "result", "result_missing")
        return
    paid = _paid(text["result"])
    if paid is None:
        yield Problem(row, "result", "result_unknown", {"text": text["result"][:40]})
    elif not paid and not text["reason"]:
        yield Problem(row, "reason", "reason_missing")
    elif line.paid is not None and paid is not line.paid:
        yield Problem(row, "result", "recorded_paid" if line.paid else "recorded_bounced")


def _paid(text: str) -> bool | None:
    word = compact(text).casefold()
    return True if word in _PAID else False if word in _BOUNCED else None


def _fen(text: str) -> int | None:
    """An amount. What a formula of the bank added up may end in noise: of a number, 15 digits count, as Excel shows."""
    try:
        return parse_yuan(f"{float(text):.15g}" if _NOISY.fullmatch(text) else text)
    except Fault:
        return None


def _label(cells: Sequence[str]) -> str:
    """What a row below the lines says; empty for a line."""
    return next((label for label in map(compact, cells) if label in _FOOTERS), "")


def _beside(row: Row) -> tuple[int, str]:
    """The other cell of such a row, on whichever side the bank has left it."""
    number, cells = row
    others = [text.strip() for text in cells if text.strip() and compact(text) not in _FOOTERS]
    return number, others[0] if others else ""


def _value(row: Row, at: int) -> tuple[int, str]:
    number, cells = row
    return number, cells[at].strip() if at < len(cells) else ""
