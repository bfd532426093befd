"""Taking files from outside: size, extension and content must agree before anybody reads them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import puremagic
from werkzeug.datastructures import FileStorage

from lms.kernel.errors import Invalid, TooLarge
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import listed

MEBIBYTE = 1 << 20
MAX_ENTRIES = 400
MAX_UNPACKED = 512 * MEBIBYTE
MAX_RATIO = 150  # sheets shrink to a twentieth or so; deflate can reach a thousandth, and only bombs come near
_SMALL = 1 * MEBIBYTE  # a part this size is harmless at any ratio


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its extension, its media type, and what people call it."""

    extension: str
    media_type: str
    title: str


XLSX = FileKind(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel (.xlsx)")
ZIP = FileKind(".zip", "application/zip", "ZIP")
PDF = FileKind(".pdf", "application/pdf", "PDF")
PNG = FileKind(".png", "image/png", "PNG")
JPEG = FileKind(".jpg", "image/jpeg", "JPEG")
_SAME = {".jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class Upload:
    """An accepted file. `name` is for showing only, never a path."""

    name: str
    kind: FileKind
    content: bytes


def accept(storage: FileStorage | None, kinds: Sequence[FileKind], *, megabytes: int) -> Upload:
    """Read an uploaded file of one of `kinds`, at most `megabytes` MiB. Raises `Invalid` or `TooLarge`."""
    if storage is None or not storage.filename:
        raise Invalid(_("没有选择文件。"), todo=_("请选择文件后再上传。"), fields={"file": _("请选择文件")})
    content = storage.stream.read(megabytes * MEBIBYTE + 1)
    return accept_bytes(storage.filename, content, kinds, megabytes=megabytes)


def accept_bytes(file_name: str, content: bytes, kinds: Sequence[FileKind], *, megabytes: int) -> Upload:
    """The same for content that is already here: commands and tests."""
    if len(content) > megabytes * MEBIBYTE:
        raise TooLarge(
            _("文件超过 %(limit)d MB，没有上传。", limit=megabytes),
            todo=_("请删去不需要的工作表和图片，或分成几份后再传。"),
        )
    name = PureWindowsPath(PurePosixPath(file_name).name).name[-120:]
    extension = PurePosixPath(name).suffix.lower()
    extension = _SAME.get(extension, extension)
    kind = next((kind for kind in kinds if kind.extension == extension), None)
    if kind is None or extension not in _extensions_of(content):
        raise wrong_type(kinds)
    if kind is XLSX:
        check_workbook(content)
    return Upload(name, kind, content)


def wrong_type(kinds: Sequence[FileKind]) -> Invalid:
    """The refusal of a file that is not what it should be."""
    wanted = listed(kind.title for kind in kinds)
    return Invalid(
        _("这个文件打不开。"),
        why=_("它的内容与扩展名不符，或不是要求的格式（%(wanted)s）。", wanted=wanted),
        todo=_("请用原来的软件打开它，另存为要求的格式后再上传。"),
        code="wrong_file_type",
        fields={"file": _("请上传 %(wanted)s 文件", wanted=wanted)},
    )


def _extensions_of(content: bytes) -> set[str]:
    """The extensions that fit the first and last bytes. Office files are ZIP archives and fit many."""
    try:
        found: Any = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return set()
    extensions = {str(match.extension).lower() for match in found}
    return {_SAME.get(extension, extension) for extension in extensions}


def check_workbook(content: bytes) -> None:
    """Look into an .xlsx without unpacking it. Raises `Invalid` for a bomb, macros, links outside or another format.

    The directory of an archive can lie about sizes; `lms.webkit.spreadsheets` therefore reads in a process of
    limited memory and time.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        raise wrong_type([XLSX]) from None
    names = [entry.filename.lower() for entry in entries]
    if "xl/workbook.xml" not in names or len(set(names)) != len(names) or any(one.flag_bits & 1 for one in entries):
        raise wrong_type([XLSX])
    _check_size(entries)
    _check_parts(names)


def _check_size(entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed_tight = any(entry.file_size > max(_SMALL, MAX_RATIO * entry.compress_size) for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or packed_tight:
        raise Invalid(
            _("这个文件没有被接受。"),
            why=_("它展开后异常大，可能已损坏或被动过手脚。"),
            todo=_("请新建一个工作簿，只粘贴需要的数据，再上传。"),
            code="archive_bomb",
        )


def _check_parts(names: Sequence[str]) -> None:
    """Refuse what a list of people does not need and an attacker does."""
    risky = {
        "vbaproject": _("宏"),
        "xl/macrosheets/": _("宏"),
        "xl/externallinks/": _("指向其他文件的链接"),
        "xl/connections": _("外部数据连接"),
        "xl/embeddings/": _("嵌入的文件"),
        "xl/activex/": _("控件"),
    }
    found = sorted({title for part, title in risky.items() if any(part in name for name in names)})
    if found:
        raise Invalid(
            _("这个文件没有被接受。"),
            why=_("表格里含有%(parts)s。", parts=listed(found)),
            todo=_("请把数据复制到我们的模板里，再上传。"),
            code="active_content",
        )
