"""Items as a spreadsheet: one row for each, which is read back as it was written.

The columns stand in any order, under their Chinese or English names; others are passed over, so are the state and the
version that an export shows. Every fault names its cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_all_locales, listed
from lms.kernel.i18n import lazy_gettext as _l
from lms.questions import rules
from lms.questions.dto import MAX_OPTIONS, MULTIPLE, SINGLE, BankItem, ParsedFile, ParsedItem, Problem, QuestionType
from lms.questions.gift import MAX_PROBLEMS
from lms.questions.models import ItemState
from lms.questions.wording import DIFFICULTIES, STATES, explain
from lms.webkit.spreadsheets import Cell, Column, Row, SheetPlan, read_sheet, write_workbook
from lms.webkit.uploads import check_workbook

SHEET_NAMES = ("题目", "Items")
HEADER_SEARCH_ROWS = 10
MAX_ITEMS = 5000
SPARE_ROWS = 500
"""Empty rows below the items that offer the types and difficulties to choose from."""
_TITLES: Mapping[str, Any] = {
    "ref": _l("编号"),
    "kind": _l("题型"),
    "stem": _l("题干"),
    "key": _l("答案"),
    "explanation": _l("解析"),
    "difficulty": _l("难度"),
    "points": _l("考点"),
    "tags": _l("标签"),
}
_REQUIRED = ("ref", "stem", "option 0", "option 1", "key")
_OPTION = re.compile(r"(?:选项|option)([a-j])")
_PARTING = re.compile(r"[\s,，、;；/]+")
_PLACES = {
    "option_empty": "option 0", "option_twice": "option 0", "options": "option 0", "options_count": "option 0",
    "key_count": "key", "no_points": "points", "long": "stem",
}  # fmt: skip
"""The column in which a fault is shown whose code is not the column's name."""
Types = Mapping[str, QuestionType]


@dataclass(frozen=True)
class _Reader:
    """Reads the rows below a header whose columns stand at `places`."""

    name: str
    places: Mapping[str, int]
    types: Types
    kinds: Mapping[str, str]
    difficulties: Mapping[str, int]

    def item(self, row: Row) -> tuple[ParsedItem, list[Problem]]:
        """One row as an item, and what is wrong with it, cell by cell."""
        found: dict[str, str] = {}
        options = self._options(row)
        key = self._key(self._text(row, "key"), found)
        item = ParsedItem(
            ref=self._text(row, "ref"),
            kind=self._kind(self._text(row, "kind"), key, found),
            stem=self._text(row, "stem"),
            options=options,
            key=key,
            explanation=self._text(row, "explanation"),
            points=tuple(filter(None, _PARTING.split(self._text(row, "points")))),
            difficulty=self._difficulty(self._text(row, "difficulty"), found),
            tags=_tags(self._text(row, "tags"), found),
            line=row[0],
        )
        kind = self.types.get(item.kind)
        for code in [*rules.faults(item, kind), *rules.bank_faults(item, kind)]:
            found.setdefault(_PLACES.get(code, code), explain(code, kind))
        return item, [self.problem(row[0], column, message) for column, message in found.items()]

    def problem(self, number: int, column: str, message: str) -> Problem:
        """A fault, with the cell as Excel calls it and the column's name."""
        if column not in self.places:
            return Problem(self.name, number, _("%(name)s：%(message)s", name=_title(column), message=message))
        cell = xl_rowcol_to_cell(number - 1, self.places[column])
        where = _("%(name)s（%(more)s）", name=cell, more=_title(column))
        return Problem(self.name, number, _("%(name)s：%(message)s", name=where, message=message))

    def _text(self, row: Row, column: str) -> str:
        at = self.places.get(column, len(row[1]))
        return rules.tidy(row[1][at]) if at < len(row[1]) else ""

    def _options(self, row: Row) -> tuple[str, ...]:
        """The options in the order of their letters; what is empty behind the last one does not count."""
        texts = [self._text(row, f"option {index}") for index in range(MAX_OPTIONS)]
        while texts and not texts[-1]:
            texts.pop()
        return tuple(texts)

    def _key(self, text: str, found: dict[str, str]) -> tuple[int, ...]:
        letters = _PARTING.sub("", _folded(text))
        indexes = {ord(letter) - ord("a") for letter in letters}
        if not letters or not indexes <= set(range(MAX_OPTIONS)):
            found["key"] = _("应是正确选项的字母，例如“A”或“ACD”。")
            return ()
        return tuple(sorted(indexes))

    def _kind(self, text: str, key: Sequence[int], found: dict[str, str]) -> str:
        """The type by title or key; one that is not named is the national exam's that fits the answer."""
        if not text:
            return MULTIPLE if len(key) > 1 else SINGLE
        kind = self.kinds.get(_folded(text))
        if kind is None:
            found["kind"] = _("题型“%(kind)s”不存在，或提供它的模块没有启用。", kind=text)
        return kind or ""

    def _difficulty(self, text: str, found: dict[str, str]) -> int:
        if not text:
            return 2
        difficulty = self.difficulties.get(_folded(text))
        if difficulty is None:
            found["difficulty"] = _("应是 %(choices)s。", choices=listed(DIFFICULTIES.values()))
        return difficulty or 2


def read(content: bytes, name: str, types: Types) -> ParsedFile:
    """Read a workbook's items. Raises `Invalid` for one that is hostile, damaged or none."""
    check_workbook(content)
    with read_sheet(content, SHEET_NAMES) as sheet:
        rows = chain.from_iterable(sheet.chunks)
        for row in rows:
            if row[0] > HEADER_SEARCH_ROWS:
                break
            places, doubled = _header(row[1])
            if {"ref", "stem"} & places.keys():
                problems = _header_problems(name, row[0], places, doubled)
                return ParsedFile([], problems) if problems else _items(_reader(name, places, types), rows)
    missing = _("没有找到列名：前 %(rows)d 行里应有一行写着“编号”“题干”等列名。", rows=HEADER_SEARCH_ROWS)
    return ParsedFile([], [Problem(name, 1, missing)])


def write(rows: Sequence[BankItem], types: Types) -> bytes:
    """A workbook with one row for each item, and as many columns of options as the longest has."""
    options = max((len(row.item.options) for row in rows), default=5)
    kinds = tuple(str(kind.title) for kind in types.values())
    levels = tuple(map(str, DIFFICULTIES.values()))
    key_note = _("正确选项的字母，例如“A”或“ACD”。")
    columns = [
        _column("ref", 16, _("每题一个，不重复。编号相同的题会得到新的版本。"), required=True),
        _column("kind", 12, _("不填时，一个答案是单项，几个答案是多项。"), choices=kinds),
        _column("stem", 60, required=True),
        *(_column(f"option {index}", 28, required=index < 2) for index in range(options)),
        _column("key", 8, key_note, required=True),
        _column("explanation", 60),
        _column("difficulty", 8, _("不填是中等。"), choices=levels),
        _column("points", 12, _("大纲里的编码，例如 1.2；几个之间用顿号或逗号。"), required=True),
        _column("tags", 16, _("可以不填。一行一个，写成“名称:内容”。")),
        Column(_("状态"), 10, _("只供查看，上传时不读。")),
        Column(_("版本"), 8, _("只供查看，上传时不读。")),
    ]
    cells = (_cells(row, options, types) for row in rows)
    plan = SheetPlan(_("题目"), columns, cells, validated_rows=len(rows) + SPARE_ROWS, wrap=True)
    return write_workbook([plan])


def _column(key: str, width: int, note: str = "", *, required: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(_title(key), width, note, required=required, choices=choices)


def _cells(row: BankItem, options: int, types: Types) -> list[Cell]:
    item = row.item
    kind = types.get(item.kind)
    return [
        item.ref,
        str(kind.title) if kind else item.kind,
        item.stem,
        *item.options,
        *[""] * (options - len(item.options)),
        rules.letters(item.key),
        item.explanation,
        str(DIFFICULTIES[item.difficulty]),
        listed(item.points),
        "\n".join(f"{name}:{value}" for name, value in item.tags.items()),
        str(STATES[ItemState.RETIRED if row.retired else ItemState.ACTIVE]),
        row.number,
    ]


def _title(column: str) -> str:
    """What a column is called in the reader's language."""
    if column.startswith("option "):
        return _("选项 %(letter)s", letter=rules.letters([int(column.removeprefix("option "))]))
    return str(_TITLES[column])


def _folded(text: str) -> str:
    """A word as it is compared: width, case and spaces do not matter."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


def _words(title: Any) -> set[str]:
    """A title in every language."""
    return {_folded(text) for text in in_all_locales(title).values()}


def _header(cells: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column stands, and the names of those that stand there twice."""
    known = {word: key for key, title in _TITLES.items() for word in _words(title)}
    places: dict[str, int] = {}
    doubled = []
    for at, text in enumerate(cells):
        word = _folded(text)
        option = _OPTION.fullmatch(word)
        key = f"option {ord(option[1]) - ord('a')}" if option else known.get(word)
        if key is None:
            continue
        if key in places:
            doubled.append(key)
        else:
            places[key] = at
    return places, doubled


def _header_problems(name: str, number: int, places: Mapping[str, int], doubled: Sequence[str]) -> list[Problem]:
    missing = [_title(key) for key in _REQUIRED if key not in places]
    found = [_("缺少这几列：%(columns)s。", columns=listed(missing))] if missing else []
    if doubled:
        found.append(_("这几列出现了两次：%(columns)s。", columns=listed(_title(key) for key in doubled)))
    return [Problem(name, number, message) for message in found]


def _reader(name: str, places: Mapping[str, int], types: Types) -> _Reader:
    kinds = {word: key for key, kind in types.items() for word in (_folded(key), *_words(kind.title))}
    levels = {word: level for level, title in DIFFICULTIES.items() for word in (str(level), *_words(title))}
    return _Reader(name, places, types, kinds, levels)


def _items(reader: _Reader, rows: Iterator[Row]) -> ParsedFile:
    items: list[ParsedItem] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for row in rows:
        if len(seen) >= MAX_ITEMS:
            problems.append(Problem(reader.name, row[0], _("一个文件最多 %(most)d 题，请分成几份。", most=MAX_ITEMS)))
            break
        item, found = reader.item(row)
        if item.ref in seen:
            used = _("编号“%(ref)s”在第 %(line)d 行已经用过。", ref=item.ref, line=seen[item.ref])
            found.append(reader.problem(row[0], "ref", used))
        seen.setdefault(item.ref, row[0])
        problems += found
        if not found:
            items.append(item)
        if len(problems) >= MAX_PROBLEMS:
            break
    return ParsedFile(items, problems)


def _tags(text: str, found: dict[str, str]) -> dict[str, str]:
    """One `name:value` on each line."""
    parts = [line.partition(":" if ":" in line else "：") for line in text.split("\n") if line.strip()]
    if any(not name.strip() or not colon for name, colon, _value in parts):
        found["tags"] = _("应一行一个，写成“名称:内容”。")
        return {}
    return {name.strip(): value.strip() for name, _colon, value in parts}
