"""The columns of a roster: what they are called, in which order, and how a header row is recognised."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lms.kernel.i18n import lazy_gettext as _l
from lms.people.models import IdDocument, QualificationKind
from lms.people.rules import plain

SHEET_NAMES = ("名册", "Roster")
"""What the sheet may be called in a file to read; `SHEET` is what it is called in a file to write."""
SHEET = _l("名册")
PROBLEMS_HEADER = _l("问题（改好后可删去此列）")
HEADER_SEARCH_ROWS = 10
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class RosterColumn:
    """A column. `aliases` are other headers that officers' own files use for it."""

    key: str
    title: Any
    chinese: str
    english: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    width: int = 14


COLUMNS = (
    RosterColumn("name", _l("姓名"), "姓名", "Name", required=True, width=12),
    RosterColumn("id_document", _l("证件类型"), "证件类型", "Identity document", ("证件种类", "ID type"), width=14),
    RosterColumn(
        "id_number", _l("证件号码"), "证件号码", "Identity number",
        ("身份证号", "身份证号码", "身份证", "公民身份号码", "ID number"), required=True, width=22,
    ),
    RosterColumn("birth_date", _l("出生日期"), "出生日期", "Date of birth", ("出生年月日",), width=13),
    RosterColumn(
        "phone", _l("手机号码"), "手机号码", "Mobile number", ("手机", "手机号", "电话", "联系电话", "Mobile"), width=15
    ),
    RosterColumn("email", _l("电子邮箱"), "电子邮箱", "E-mail", ("邮箱", "邮件"), width=20),
    RosterColumn(
        "unit", _l("单位"), "单位", "Unit", ("工作单位", "单位编码", "单位名称", "所在单位"), required=True, width=34
    ),
    RosterColumn("post", _l("岗位"), "岗位", "Post", ("职务", "岗位名称"), width=16),
    RosterColumn(
        "started_on", _l("入职日期"), "入职日期", "Start date", ("任职日期", "到岗日期"), required=True, width=13
    ),
    RosterColumn("ended_on", _l("离职日期"), "离职日期", "End date", ("离岗日期",), width=13),
    RosterColumn(
        "qualification", _l("职业资格"), "职业资格", "Qualification", ("资格等级", "证书等级", "社工证等级"), width=17
    ),
    RosterColumn(
        "certificate_number", _l("证书管理号"), "证书管理号", "Certificate administration number",
        ("管理号", "证书编号", "Certificate number"), width=24,
    ),
    RosterColumn("obtained_on", _l("取得日期"), "取得日期", "Obtained on", ("批准日期", "取证日期"), width=13),
    RosterColumn("registered_from", _l("登记开始"), "登记开始", "Registered from", ("登记日期",), width=13),
    RosterColumn("registered_until", _l("登记截止"), "登记截止", "Registered until", ("登记有效期至",), width=13),
)  # fmt: skip
KEYS = tuple(column.key for column in COLUMNS)
COLUMN: Mapping[str, RosterColumn] = {column.key: column for column in COLUMNS}
REQUIRED = tuple(column.key for column in COLUMNS if column.required)

DOCUMENT_WORDS: Mapping[IdDocument, tuple[str, ...]] = {
    IdDocument.RESIDENT: ("居民身份证", "身份证", "港澳台居民居住证", "resident", "Resident Identity Card"),
    IdDocument.HK_MACAO_PERMIT: (
        "港澳居民来往内地通行证", "港澳通行证", "回乡证", "hk_macao_permit",
        "Mainland Travel Permit for Hong Kong and Macao Residents",
    ),
    IdDocument.TAIWAN_PERMIT: (
        "台湾居民来往大陆通行证", "台胞证", "taiwan_permit", "Mainland Travel Permit for Taiwan Residents"
    ),
    IdDocument.FOREIGN_PERMANENT: (
        "外国人永久居留身份证", "永久居留证", "foreign_permanent", "Foreign Permanent Resident ID Card"
    ),
    IdDocument.PASSPORT: ("护照", "passport", "Passport"),
}  # fmt: skip
QUALIFICATION_WORDS: Mapping[QualificationKind, tuple[str, ...]] = {
    QualificationKind.ASSISTANT: (
        "助理社会工作师", "初级", "助理社工师", "初级社会工作师", "assistant", "Assistant social worker"
    ),
    QualificationKind.INTERMEDIATE: (
        "社会工作师", "中级", "社工师", "中级社会工作师", "intermediate", "Social worker"
    ),
    QualificationKind.SENIOR: ("高级社会工作师", "高级", "高级社工师", "senior", "Senior social worker"),
}  # fmt: skip
"""What a cell may say, in lower or upper case. The names shown are in `lms.people.wording`."""
_MARKS = re.compile(r"[\s*＊:：（(].*|[\s*＊]")


def _header_key(text: str) -> str:
    """A header without stars, colons and explanations in brackets."""
    return _MARKS.sub("", plain(text)).lower()


_PROBLEMS = frozenset(map(_header_key, ("问题", "Problems")))
_BY_HEADER = {
    _header_key(word.replace(" ", "")): column.key
    for column in COLUMNS
    for word in (column.chinese, column.english, column.key, *column.aliases)
}


@dataclass(frozen=True)
class Header:
    """A recognised header row: where each column stands, and what stands in columns we do not know.

    The column of problems in a marked file that comes back is neither: it stands at `problems`.
    """

    row_number: int
    places: Mapping[str, int]
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())
    doubled: tuple[str, ...] = field(default=())
    problems: int | None = None


def recognise(row_number: int, cells: Sequence[str]) -> Header | None:
    """Read a row as the header; None when it does not look like one (a title, a blank, a note)."""
    places: dict[str, int] = {}
    ignored, doubled, problems = [], [], None
    for place, text in enumerate(cells):
        header = _header_key(text.replace(" ", ""))
        key = _BY_HEADER.get(header)
        if header in _PROBLEMS:
            problems = place
        elif key is None:
            if text:
                ignored.append(text[:40])
        elif key in places:
            doubled.append(key)
        else:
            places[key] = place
    if not {"name", "id_number"} & set(places):
        return None
    missing = tuple(key for key in REQUIRED if key not in places)
    return Header(row_number, places, tuple(ignored), missing, tuple(doubled), problems)
