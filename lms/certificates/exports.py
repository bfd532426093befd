"""Certificates as spreadsheets: the list of issued ones, and a roster verified line by line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from lms.certificates import queries, wording
from lms.certificates.dto import Issued
from lms.certificates.rules import Status
from lms.kernel import clock
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.kernel.runtime import kernel
from lms.webkit.spreadsheets import Cell, Column, Marked, SheetPlan, read_sheet, write_workbook

MOST_ROWS = 5000


def issued_workbook(found: Iterable[Issued], today: dt.date) -> bytes:
    """One line per certificate; identity numbers only as their last characters."""
    columns = (
        Column(_("证书编号"), 22),
        Column(_("姓名")),
        Column(_("证件尾号"), 10),
        Column(_("证书名称"), 20),
        Column(_("发证日期")),
        Column(_("有效期止")),
        Column(_("状态"), 10),
        Column(_("查验地址"), 60),
    )
    return write_workbook([SheetPlan(_("证书"), columns, (_line(one, today) for one in found))])


def verified_roster(content: bytes) -> bytes:
    """A workbook with 姓名 and 证书编号 in, the same rows out with 查验结果 and 说明. Raises `Invalid`."""
    header, rows = _read(content)
    name_at = _column(header, _("姓名"), "姓名", "Name")
    number_at = _column(header, _("证书编号"), "证书编号", "Certificate number")
    pairs = [(_cell(row, number_at), _cell(row, name_at)) for row in rows]
    known = queries.matching(pairs)
    columns = [*(Column(title, 18) for title in header), Column(_("查验结果"), 12), Column(_("说明"), 50)]
    lines = ([*row, *_judged(known.get(pair))] for row, pair in zip(rows, pairs, strict=True))
    return write_workbook([SheetPlan(_("查验结果"), columns, lines)])


def _line(one: Issued, today: dt.date) -> Sequence[Cell]:
    claims = one.claims
    return (
        claims["number"],
        claims["holder"]["name"],
        claims["holder"]["id_tail"],
        pick(claims["kind"]["title"]),
        claims["issued_on"],
        claims["valid_until"] or _("长期"),
        str(wording.STATUSES[one.status_on(today)]),
        claims["verify"],
    )


def _judged(found: Issued | None) -> tuple[Cell, Cell]:
    """The verdict on one line and its reason. What differs is not said: that would help a guesser."""
    if found is None:
        return Marked(_("不符")), _("编号与姓名对不上，或没有这张证书。")
    today = clock.today()
    status, sentence = found.status_on(today), wording.sentence(found, today)
    if status is not Status.VALID:
        return Marked(str(wording.STATUSES[status])), sentence
    soon = dt.timedelta(days=kernel().settings.value("certificates.soon_days"))
    if found.life.valid_until is not None and found.life.valid_until - today <= soon:
        return _("即将到期"), sentence
    return str(wording.STATUSES[status]), sentence


def _read(content: bytes) -> tuple[list[str], list[list[str]]]:
    rows: list[list[str]] = []
    with read_sheet(content) as sheet:
        for cells in _cells(sheet.chunks):
            rows.append(cells)
            if len(rows) > MOST_ROWS + 1:
                raise Invalid(_("名单太长。"), fields={"file": _("最多 %(most)d 行，请分成几份", most=MOST_ROWS)})
    if not rows:
        raise Invalid(_("名单是空的。"), fields={"file": _("表格里没有内容")})
    header, *lines = rows
    return header, [(line + [""] * len(header))[: len(header)] for line in lines]


def _cells(chunks: Iterator[list[tuple[int, list[str]]]]) -> Iterator[list[str]]:
    for chunk in chunks:
        for _number, cells in chunk:
            yield cells


def _column(header: Sequence[str], *titles: str) -> int:
    for place, title in enumerate(header):
        if title.strip() in titles:
            return place
    raise Invalid(_("名单缺少一列。"), fields={"file": _("没有找到“%(title)s”这一列", title=titles[0])})


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
