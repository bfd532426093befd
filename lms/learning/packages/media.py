"""Which media a package may hold: the name's ending, what the bytes really are, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import puremagic

from lms.kernel.i18n import gettext as _

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class MediaKind:
    """A kind of file: its type as served, other endings puremagic may know it by, and its largest size in bytes."""

    media_type: str
    limit: int
    also: frozenset[str] = frozenset()


KINDS = {
    ".svg": MediaKind("image/svg+xml", 2 * MIB),
    ".png": MediaKind("image/png", 5 * MIB),
    ".jpg": MediaKind("image/jpeg", 5 * MIB, frozenset({".jpeg", ".jfif", ".jpe"})),
    ".webp": MediaKind("image/webp", 5 * MIB),
    ".gif": MediaKind("image/gif", 5 * MIB),
    ".pdf": MediaKind("application/pdf", 20 * MIB),
    ".mp3": MediaKind("audio/mpeg", 50 * MIB, frozenset({".mpga"})),
    ".m4a": MediaKind("audio/mp4", 50 * MIB, frozenset({".f4a", ".mp4"})),
    ".mp4": MediaKind("video/mp4", 200 * MIB, frozenset({".m4v"})),
    ".webm": MediaKind("video/webm", 200 * MIB, frozenset({".mkv"})),
    ".vtt": MediaKind("text/vtt", 1 * MIB),
}
TEXT_KINDS = {
    ".yml": MediaKind("application/yaml", 1 * MIB),
    ".md": MediaKind("text/markdown", 1 * MIB),
    ".gift": MediaKind("text/plain", 1 * MIB),
}
_HEAD = 64 * 1024
_SVG_REFUSED = {"script", "foreignObject", "iframe", "object", "embed", "handler", "set", "animate"}


def fault(path: Path) -> str | None:
    """Why a file under `media/` is not accepted, or None. Its size has been checked before."""
    ending = path.suffix
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if ending == ".svg":
        return _svg_fault(path.read_bytes())
    known = {ending} | KINDS[ending].also
    try:
        found = {match.extension for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        found = set()
    if not found & known:
        return _("内容不是 %(ending)s 文件，请用原来的软件重新导出。", ending=ending)
    return None


def _svg_fault(content: bytes) -> str | None:
    """An SVG must be a plain drawing: no scripts, no outside addresses, no entities."""
    try:
        text = content.decode("utf-8")
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            return _("SVG 里不能有 DOCTYPE 或 ENTITY。")
        root = ET.fromstring(text)  # noqa: S314 - entities were refused above
    except UnicodeDecodeError:
        return _("SVG 应为 UTF-8 编码。")
    except ET.ParseError as error:
        return _("SVG 写法有误（第 %(line)d 行）。", line=error.position[0])
    if _local(root.tag) != "svg":
        return _("内容不是 SVG 图。")
    return next(filter(None, map(_element_fault, root.iter())), None)


def _element_fault(element: ET.Element) -> str | None:
    if _local(element.tag) in _SVG_REFUSED:
        return _("SVG 里不能有 <%(tag)s>。", tag=_local(element.tag))
    for name, value in element.attrib.items():
        if _local(name).startswith("on") or (_local(name) in {"href", "src"} and not value.startswith("#")):
            return _("SVG 里不能有脚本或外部地址（%(name)s）。", name=_local(name))
    return None


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
