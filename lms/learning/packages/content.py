"""The contents of a package: lessons with what they show, questions with what they test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.learning import markdown
from lms.learning.dto import CheckedBank, CheckedLesson, PackageFile
from lms.learning.packages import outline
from lms.learning.packages.folder import MANIFEST
from lms.learning.packages.yamldoc import YamlDocument
from lms.questions import gift
from lms.questions.dto import ParsedItem, Problem

_IMAGES = (".svg", ".png", ".jpg", ".webp", ".gif")


@dataclass
class Content:
    """Reads the named files; what is wrong with them is added to `problems`."""

    root: Path
    document: YamlDocument
    files: Mapping[str, PackageFile]
    problems: list[Problem]
    _refs: dict[str, str] = field(default_factory=dict)

    def lessons(self) -> list[CheckedLesson]:
        """The lessons in order. A lesson whose file is missing is left out."""
        return [
            lesson
            for place, module, entry in outline.lessons(self.document)
            if (lesson := self._lesson(place, module, entry)) is not None
        ]

    def banks(self) -> list[CheckedBank]:
        """The question banks with all their items."""
        banks = []
        for number, bank in enumerate(self.document.data["banks"]):
            items = [
                item
                for index, path in enumerate(bank["files"])
                for item in self._items(path, ("banks", number, "files", index))
            ]
            banks.append(CheckedBank(bank["id"], bank["title"], tuple(items)))
        return banks

    def _lesson(
        self, place: tuple[str | int, ...], module: Mapping[str, Any], entry: Mapping[str, Any]
    ) -> CheckedLesson | None:
        path = entry["file"]
        items = self._items(entry["check"], (*place, "check")) if "check" in entry else []
        source = self._text(path, (*place, "file"))
        if source is None:
            return None
        self._check_title(path, source, entry["title"]["zh_CN"])
        if not markdown.body_of(source).strip():
            self._fault(path, 1, _("课文只有标题，没有内容。"))
        return CheckedLesson(
            slug=PurePosixPath(path).stem,
            module_title=module["title"],
            title=entry["title"],
            source=source,
            minutes=entry["minutes"],
            minimum_minutes=entry["minimum_minutes"],
            points=tuple(entry["points"]),
            checks=tuple(items),
            media=tuple(sorted(self._media(path, source))),
        )

    def _items(self, path: str, place: tuple[str | int, ...]) -> list[ParsedItem]:
        text = self._text(path, place)
        if text is None:
            return []
        parsed = gift.parse(text, path)
        self.problems += parsed.problems
        if not parsed.items and not parsed.problems:
            self._fault(path, 1, _("文件里没有题目。"))
        for item in parsed.items:
            self.problems += [Problem(path, item.line, message) for message in self._item_faults(item, path)]
        return parsed.items

    def _item_faults(self, item: ParsedItem, path: str) -> Iterator[str]:
        syllabus = self.document.data["syllabus"]
        known, leaves = {point["code"] for point in syllabus["points"]}, outline.leaf_points(self.document)
        earlier = self._refs.setdefault(item.ref, path)
        if earlier != path:
            yield _("编号“%(ref)s”在 %(path)s 里已经用过。", ref=item.ref, path=earlier)
        if not item.points:
            yield _("题目没有写大纲要点，请在题前注释里加 [tag:point:编号]。")
        yield from (outline.point_fault(code, known) for code in item.points if code not in leaves)
        named = item.tags.get("syllabus", syllabus["id"])
        if named != syllabus["id"]:
            yield _("题目写的大纲“%(named)s”不是本课程的“%(own)s”。", named=named, own=syllabus["id"])
        if not item.explanation:
            yield _("题目没有解析，请在选项之后用“####”写明为什么。")

    def _check_title(self, path: str, source: str, wanted: str) -> None:
        title = markdown.title_of(source)
        if title is None:
            self._fault(path, 1, _("第一行应是标题，例如“# %(title)s”。", title=wanted))
        elif title != wanted:
            self._fault(path, 1, _("标题“%(title)s”与 course.yml 里的“%(wanted)s”不同。", title=title, wanted=wanted))

    def _media(self, path: str, source: str) -> set[str]:
        """The media a lesson uses; faulty references become problems."""
        used = set()
        for reference in markdown.references(source):
            media = markdown.media_path(reference.target)
            if media is not None:
                used.add(media)
            message = self._reference_fault(reference, media)
            if message:
                self._fault(path, reference.line, message)
        for line, tag in markdown.stray_tags(source):
            self._fault(path, line, _("课文里不能用 HTML 标签 %(tag)s，请用 Markdown 的写法。", tag=tag))
        return used

    def _reference_fault(self, reference: markdown.Reference, media: str | None) -> str | None:
        if media is None:
            outside = reference.target.startswith(("https://", "http://"))
            if not reference.image and (outside or reference.target.startswith("#")):
                return None
            return _(
                "“%(target)s”不能引用。图片和视频放在 media 文件夹，写作 ../media/文件名。", target=reference.target
            )
        if media not in self.files:
            return _("找不到“%(path)s”。", path=media)
        if reference.image and not media.endswith((*_IMAGES, *markdown.VIDEO, *markdown.AUDIO)):
            return _("“%(path)s”不是图片、音频或视频，请写成链接 [文字](地址)。", path=media)
        if reference.image and not reference.label.strip():
            return _("“%(path)s”没有文字说明，请写在方括号里，供看不见图的人读。", path=media)
        return None

    def _text(self, path: str, place: tuple[str | int, ...]) -> str | None:
        """A named file as text, or None when it is missing or unreadable, which is noted."""
        if path not in self.files:
            if not any(problem.path == path for problem in self.problems):
                self._fault(MANIFEST, self.document.line(*place), _("找不到文件“%(path)s”。", path=path))
            return None
        try:
            return (self.root / path).read_text(encoding="utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            self._fault(path, 1, _("文件应为 UTF-8 编码。"))
            return None

    def _fault(self, path: str, line: int, message: str) -> None:
        self.problems.append(Problem(path, line, message))
