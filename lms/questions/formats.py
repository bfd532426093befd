"""The file formats of items that rooms and plugins offer: read into banks, and written where a format can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar

from lms.kernel.errors import Conflict, Invalid, LmsError, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import listed
from lms.questions import gift, kinds, sheet
from lms.questions.dto import BankItem, ParsedFile, ParsedItem, Problem, QuestionType
from lms.webkit import downloads
from lms.webkit.registry import registry

SECONDS = 20.0
"""How long a trainer waits for a file to be read or written."""
LONGEST_KEY, LONGEST_MEDIA_TYPE = 40, 70
Types = Mapping[str, QuestionType]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A file format of items.

    :param key: kept with uploaded files, part of addresses; at most 40 characters.
    :param title: what trainers call it, a lazy text.
    :param suffixes: how its files end, the first one for those it writes: `(".gift", ".txt")`.
    :param read: the items of a file, and its faults with their lines: from the content, the file's name (for the
        problems) and the types of question there are. Raise `Invalid` in words for a file that cannot be read at all.
        Items need not be checked: what banks do not take is named with the item's `line`.
    :param write: a file of items, which `read` gives back as they were; None for a format that is only read.
    :param media_type: of the files it writes, at most 70 characters.
    :param hint: what to know before writing such a file, a lazy text.

    Both are given twenty seconds, outside any transaction. Raises `ValueError` for a key, media type or suffix that is
    none.
    """

    key: str
    title: Any
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str, Types], ParsedFile]
    write: Callable[[Sequence[BankItem], Types], bytes] | None = None
    media_type: str = "application/octet-stream"
    hint: Any = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= LONGEST_KEY or not 0 < len(self.media_type) <= LONGEST_MEDIA_TYPE:
            raise ValueError(f"the key or media type of {self.key} is empty or too long")
        if not self.suffixes or any(not one.startswith(".") or one != one.lower() for one in self.suffixes):
            raise ValueError(f"the suffixes of {self.key} must be like .txt")

    def sound(self, name: str, answer: object) -> bool:
        """Whether an answer of `read` or `write` can be one."""
        if name == "write":
            return isinstance(answer, bytes)
        return (
            isinstance(answer, ParsedFile)
            and all(isinstance(one, Problem) for one in answer.problems)
            and all(_is_item(one) for one in answer.items)
        )


class FormatSilent(LmsError):
    """A format whose module gave no answer, or nonsense."""

    status = 503
    code = "format_silent"


def offered() -> dict[str, ImportFormat]:
    """The formats somebody answers for now, by key."""
    return registry().offered(ImportFormat)


def writers() -> list[ImportFormat]:
    """Those that can be written."""
    return [one for one in offered().values() if one.write is not None]


def writer(key: str) -> ImportFormat:
    """The format with a key, to write it. Raises `NotFound`."""
    found = offered().get(key)
    if found is None or found.write is None:
        raise NotFound(_("不能导出这种格式的文件。"), todo=_("请从题库页面选择格式。"))
    return found


def require(key: str) -> ImportFormat:
    """The format with a key, to read it. Raises `Conflict` while nobody answers for it."""
    found = offered().get(key)
    if found is None:
        words = _("这种格式的文件现在不能读取：提供它的模块已停用或没有安装。")
        raise Conflict(words, todo=_("请换一种格式重新上传。"), code="format_off", fields={"file": words})
    return found


def of_name(name: str) -> ImportFormat:
    """The format that a file's name tells. Raises `Invalid`."""
    ending = PurePath(name).suffix.lower()
    for one in offered().values():
        if ending in one.suffixes:
            return one
    known = listed(suffix for one in offered().values() for suffix in one.suffixes)
    raise unreadable(_("请上传扩展名为 %(known)s 的文件。", known=known))


def read(form: ImportFormat, content: bytes, name: str) -> ParsedFile:
    """The items of a file and its faults. Raises `Invalid` for one that cannot be read, `FormatSilent`."""
    types = kinds.offered()
    return _asked(form, "read", lambda: form.read(content, name, types))


def write(form: ImportFormat, rows: Sequence[BankItem]) -> bytes:
    """A file of items. Raises `FormatSilent`."""
    call, types = form.write, kinds.known()
    if call is None:
        raise TypeError(f"{form.key} cannot be written")
    return _asked(form, "write", lambda: call(rows, types))


def unreadable(message: str) -> Invalid:
    """The refusal of a file that is not what it should be; `message` says why."""
    return Invalid(_("这个文件读不出来。"), why=message, code="unreadable_file", fields={"file": message})


def _asked(form: ImportFormat, name: str, call: Callable[[], T]) -> T:
    found = registry().within(form, name, SECONDS, call)
    if found is None:
        words = _("“%(title)s”格式现在不能用：提供它的模块没有正常回答。", title=form.title)
        raise FormatSilent(words, todo=_("已报告管理员。请换一种格式，或稍后再试。"), fields={"file": words})
    return found


def _is_item(one: object) -> bool:
    """Whether every part of an item is of its kind: the checks that follow rely on it."""
    if not isinstance(one, ParsedItem) or not isinstance(one.tags, Mapping):
        return False
    texts = (one.ref, one.kind, one.stem, one.explanation, *one.options, *one.points, *one.tags, *one.tags.values())
    numbers = (*one.key, one.difficulty, one.line)
    return all(isinstance(text, str) for text in texts) and all(isinstance(number, int) for number in numbers)


def _read_gift(content: bytes, name: str, types: Types) -> ParsedFile:
    try:
        text = gift.decode(content)
    except gift.UnreadableError as error:
        raise unreadable(_("第 %(line)d 行：%(message)s", line=error.line, message=error.message)) from None
    if not text.strip():
        raise unreadable(_("文件是空的。"))
    return gift.parse(text, name, types)


def _write_gift(rows: Sequence[BankItem], types: Types) -> bytes:
    return gift.compose((row.item for row in rows), types).encode()


_ONE_A_ROW = _l("一行一题，列名见空白表格。")
_PLAIN_TEXT = _l("UTF-8 编码的文本。")
CORE = (
    ImportFormat("xlsx", "Excel", (".xlsx",), sheet.read, sheet.write, downloads.XLSX, _ONE_A_ROW),
    ImportFormat("gift", "GIFT", (".gift", ".txt"), _read_gift, _write_gift, "text/plain", _PLAIN_TEXT),
)
"""What banks read and write by themselves."""
