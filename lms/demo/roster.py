"""A roster of invented people of the city's real communities, as a personnel office would send it.

Identity numbers are well-formed but nobody's: their area code 510000 is the province's own, which no card carries.
Phone numbers begin with 154, which no operator gives out; mail addresses end in example.org (RFC 2606).
"""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import python_calamine

from lms.kernel import clock
from lms.people.roster.layout import COLUMNS, SHEET_NAMES
from lms.people.rules import check_character
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook

SEED = 5101
AREA = "510000"
FIRST_BIRTHDAY = dt.date(1966, 1, 1)
BIRTHDAYS = 36 * 365
CERTIFIED_SHARE = 0.23
"""About 16,000 of the city's 68,900 professionals hold a national certificate."""
SERVICE_MONTHS = 48
"""Who walks has worked for so long: longer than a registration counts, which is three years."""
_FAMILIES = (
    "李王张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高梁郑谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟"
)
_WOMEN = "安岚芳涵洁静娟君兰莉琳玲梅敏宁萍琪倩青蓉珊思婷文雯霞雪妍燕怡颖雨玉悦云珍"
_MEN = "柏晨海明志伟强磊军洋勇杰涛超刚平辉鹏飞浩建国文思远林峰波斌宇凯俊成"
_POSTS = (
    ("社区工作者", 52), ("网格员", 18), ("社工站专职社工", 12), ("社区党组织书记", 6), ("便民服务专员", 7),
    ("社区儿童主任", 5),
)  # fmt: skip
_LEVELS = (("助理社会工作师", 70), ("社会工作师", 28), ("高级社会工作师", 2))


@dataclass(frozen=True, slots=True)
class Entry:
    """What the walk needs to know of a person on the roster."""

    name: str
    id_number: str
    unit: str
    started: str
    """The day they began, as the file has it."""
    level: str
    """The national certificate they hold already, if any."""

    def may_climb(self, today: dt.date) -> bool:
        """Whether the whole way is theirs to walk: no certificate on the roster, and years of work behind them."""
        return not self.level and dt.date.fromisoformat(self.started) < clock.months_later(today, -SERVICE_MONTHS)


def write(path: Path, count: int, units: Sequence[str]) -> None:
    """Write the roster once: a file that is there stays as it is, so that it can be imported again and again."""
    if not path.exists():
        columns = [Column(column.chinese, column.width) for column in COLUMNS]
        path.write_bytes(write_workbook([SheetPlan(SHEET_NAMES[0], columns, rows(count, units, clock.today()))]))


def read(content: bytes) -> list[Entry]:
    """The people of a roster file, in its order."""
    sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    places = {str(title): place for place, title in enumerate(sheet[0])}
    return [
        Entry(*(str(row[places[title]]) for title in ("姓名", "证件号码", "单位", "入职日期", "职业资格")))
        for row in sheet[1:]
    ]


def rows(count: int, units: Sequence[str], today: dt.date) -> Iterator[list[str]]:
    """So many rows in the roster's columns, the same for the same arguments."""
    chance = random.Random(SEED)  # noqa: S311 - invented people, not secrets
    thousands = count // 1000 + 1
    for order in range(count):
        # each thousand has birthdays of its own, so that three digits of order keep all numbers apart
        day = chance.randrange(BIRTHDAYS // thousands) * thousands + order // 1000
        born = FIRST_BIRTHDAY + dt.timedelta(days=day)
        grown = born + dt.timedelta(days=22 * 365)
        started = grown + (today - dt.timedelta(days=90) - grown) * chance.random() ** 0.5
        body = f"{AREA}{born:%Y%m%d}{order % 1000:03d}"  # odd numbers are men's (GB 11643)
        yield [
            chance.choice(_FAMILIES)
            + "".join(chance.sample(_MEN if order % 2 else _WOMEN, chance.choice((1, 2, 2, 2)))),
            "居民身份证",
            body + check_character(body),
            born.isoformat(),
            f"154{order:08d}",
            f"worker{order + 1}@example.org" if chance.random() < 0.4 else "",
            chance.choice(units),
            _weighted(chance, _POSTS),
            started.isoformat(),
            "",
            *_qualification(chance, order, today),
        ]


def _qualification(chance: random.Random, order: int, today: dt.date) -> list[str]:
    """Level, number, day obtained and registration of who holds a national certificate; blanks for the others.

    Registrations run three years and end between three months ago and the full term from now.
    """
    if chance.random() >= CERTIFIED_SHARE:
        return [""] * 5
    until = today + dt.timedelta(days=chance.randrange(-90, 3 * 365 - 60))
    first = clock.months_later(until, -36) + dt.timedelta(days=1)
    obtained = first - dt.timedelta(days=chance.randrange(60, 300))
    days = (obtained.isoformat(), first.isoformat(), until.isoformat())
    return [_weighted(chance, _LEVELS), f"{obtained:%Y}{order:012d}", *days]


def _weighted(chance: random.Random, words: Sequence[tuple[str, int]]) -> str:
    return chance.choices([word for word, _weight in words], [weight for _word, weight in words])[0]
