"""Packages as ZIP archives: unpacking what a stranger sent, and packing a release."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.learning.packages.folder import MANIFEST, MAX_FILES
from lms.learning.packages.media import MIB

MAX_UNPACKED = 400 * MIB
MAX_RATIO = 200
"""Text packs about 10 : 1, media hardly at all; an archive far above that is a bomb."""
_CHUNK = 1 << 20
_SYSTEM_FILES = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_EPOCH = (2000, 1, 1, 0, 0, 0)


def unpack(content: bytes, target: Path) -> tuple[Path, str]:
    """Unpack into `target` and return the package's folder and its name in the archive, empty where it has none.

    The package may lie at the top or in one folder. Raises `Invalid` before anything is written, or while writing when
    the archive says less than it holds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not _ignored(member)]
            _refuse_hostile(members, len(content))
            written = 0
            for member in members:
                written += _write(archive, member, target / member.filename, MAX_UNPACKED - written)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Invalid(
            _("无法打开这个压缩包。"),
            why=_("文件损坏、加密，或不是 ZIP 格式。"),
            todo=_("请重新压缩成普通的 ZIP 文件再上传。"),
        ) from error
    return _root(target, [member.filename for member in members])


def pack(folder_name: str, files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP with the files in one folder; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(f"{folder_name}/{name}", _EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _ignored(member: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems leave behind."""
    name = member.filename
    return member.is_dir() or name.startswith(_SYSTEM_FILES[0]) or name.rpartition("/")[2] in _SYSTEM_FILES[1:]


def _refuse_hostile(members: list[zipfile.ZipInfo], packed: int) -> None:
    if not members:
        raise Invalid(_("压缩包是空的。"))
    if len(members) > MAX_FILES:
        raise Invalid(_("压缩包里有 %(count)d 个文件，最多 %(limit)d 个。", count=len(members), limit=MAX_FILES))
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED or total > max(packed, 4096) * MAX_RATIO:
        raise Invalid(_("压缩包解开后太大，没有解压。"), todo=_("请减小视频和图片后再压缩。"))
    seen: set[str] = set()
    for member in members:
        _refuse_path(member)
        folded = member.filename.casefold()
        if folded in seen:
            raise Invalid(_("压缩包里有重名的文件：%(name)s。", name=member.filename))
        seen.add(folded)


def _refuse_path(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = name.split("/")
    unsafe = name.startswith("/") or "\\" in name or ":" in name or "\0" in name or {"", ".", ".."} & set(parts)
    mode = member.external_attr >> 16
    if unsafe or (mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG}):
        raise Invalid(
            _("压缩包里有不安全的路径，没有解压。"),
            why=_("“%(name)s”指向包外，或者是链接。", name=name[:80]),
            todo=_("请只压缩课程包文件夹本身。"),
        )
    if member.flag_bits & 0x1 or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Invalid(
            _("压缩包有密码，或用了少见的压缩方式，无法检查。"), todo=_("请重新压缩成普通的 ZIP 文件再上传。")
        )


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, room: int) -> int:
    """Write one file, counting what really comes out. Returns its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(member) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > room:
                raise Invalid(_("压缩包解开后太大，已停止。"), why=_("实际大小超过了压缩包自己写明的大小。"))
            target.write(chunk)
    return size


def _root(target: Path, names: list[str]) -> tuple[Path, str]:
    if MANIFEST in names:
        return target, ""
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1:
        top = tops.pop()
        return target / top, top
    raise Invalid(
        _("压缩包里没有找到 course.yml。"), todo=_("请压缩整个课程包文件夹，course.yml 放在最外层或唯一的文件夹里。")
    )
