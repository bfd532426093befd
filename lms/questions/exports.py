"""Items as files: a spreadsheet to read, GIFT to bring in again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed
from lms.questions import gift, kinds
from lms.questions.models import Item, ItemVersion
from lms.questions.queries import as_parsed
from lms.questions.rules import letters
from lms.questions.wording import DIFFICULTIES, STATES
from lms.webkit.spreadsheets import Cell, Column, SheetPlan, write_workbook

Rows = Sequence[tuple[Item, ItemVersion]]


def items_workbook(rows: Rows) -> bytes:
    """One row per item, with as many option columns as the longest item needs."""
    options = max((len(version.options) for _item, version in rows), default=4)
    columns = [
        Column(_("编号"), 16),
        Column(_("题型"), 10),
        Column(_("题干"), 60),
        *(Column(_("选项 %(letter)s", letter=letters([index])), 28) for index in range(options)),
        Column(_("答案"), 8),
        Column(_("解析"), 60),
        Column(_("难度"), 8),
        Column(_("考点"), 12),
        Column(_("状态"), 10),
        Column(_("版本"), 8),
    ]
    cells = (_cells(item, version, options) for item, version in rows)
    return write_workbook([SheetPlan(_("题目"), columns, cells, wrap=True)])


def items_gift(rows: Iterable[tuple[Item, ItemVersion]]) -> bytes:
    """A GIFT file that reads back to the same items."""
    return gift.compose((as_parsed(item, version) for item, version in rows), kinds.known()).encode()


def _cells(item: Item, version: ItemVersion, options: int) -> list[Cell]:
    return [
        item.ref,
        kinds.title(item.kind),
        version.stem,
        *version.options,
        *[""] * (options - len(version.options)),
        letters(version.key),
        version.explanation,
        str(DIFFICULTIES[version.difficulty]),
        listed(version.points),
        str(STATES[item.state]),
        version.number,
    ]
