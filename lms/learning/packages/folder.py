"""The files of a package: nothing but plain files with plain names, in bounded number and size."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from lms.kernel.i18n import gettext as _
from lms.learning.dto import PackageFile
from lms.learning.packages import media
from lms.questions.dto import Problem

MAX_FILES = 500
MAX_TOTAL = 1024 * media.MIB
MANIFEST = "course.yml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PLACES = {"lessons": ".md", "checks": ".gift", "bank": ".gift"}


def scan(root: Path) -> tuple[dict[str, PackageFile], list[Problem]]:
    """Every acceptable file by its path, and the problems with the others."""
    files: dict[str, PackageFile] = {}
    problems: list[Problem] = []
    total = 0
    for number, path in enumerate(_walk(root)):
        name = path.relative_to(root).as_posix()
        size = path.lstat().st_size
        total += size
        if number >= MAX_FILES or total > MAX_TOTAL:
            reason = _("课程包太大：最多 %(files)d 个文件，合计 %(size)d MB。", files=MAX_FILES, size=MAX_TOTAL >> 20)
            return files, [*problems, Problem(name, 1, reason)]
        fault = _fault(path, name, size)
        if fault:
            problems.append(Problem(name, 1, fault))
        else:
            files[name] = PackageFile(name, size, _sha256(path), _kind(name).media_type)
    return files, problems


def digest(files: Mapping[str, PackageFile]) -> str:
    """SHA-256, in hex, over every file's path and content; equal for equal packages on any machine."""
    lines = "".join(f"{files[name].sha256}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def _walk(root: Path) -> Iterator[Path]:
    """Everything below `root` but folders, links not followed, in a stable order."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in sorted([*names, *links]))


def _fault(path: Path, name: str, size: int) -> str | None:
    if not stat.S_ISREG(path.lstat().st_mode):
        return _("不是普通文件。课程包里不能有链接和特殊文件。")
    if not all(_NAME.fullmatch(part) for part in name.split("/")):
        return _("文件名只能用字母、数字、点、横线和下划线，不能以点开头。")
    if not _placed(name):
        return _("课程包里没有放这种文件的地方。只能有 course.yml，以及 lessons、checks、bank、media 四个文件夹。")
    limit = _kind(name).limit
    if size > limit:
        return _("文件太大，最大 %(limit)d MB。", limit=limit >> 20)
    if size == 0:
        return _("文件是空的。")
    return media.fault(path) if name.startswith("media/") else None


def _placed(name: str) -> bool:
    place, _slash, rest = name.partition("/")
    if not rest:
        return name == MANIFEST
    ending = Path(name).suffix
    if place == "media":
        return ending in media.KINDS
    return "/" not in rest and _PLACES.get(place) == ending


def _kind(name: str) -> media.MediaKind:
    kinds = media.KINDS if name.startswith("media/") else media.TEXT_KINDS
    return kinds[Path(name).suffix]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
