"""The checker of course packages: every fault with its file and line, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lms.kernel.i18n import gettext as _
from lms.learning.dto import CheckedLesson, CheckedPackage, CheckReport, PackageFile
from lms.learning.packages import folder, outline, schema, yamldoc
from lms.learning.packages.content import Content
from lms.learning.packages.yamldoc import YamlDocument
from lms.questions.dto import Problem


def check(root: Path, *, name: str | None = None) -> CheckReport:
    """Read a package and check all of it. `name` is what its folder is called where that is not `root`'s own name."""
    files, problems = folder.scan(root)
    document = _manifest(root, files, problems)
    if document is None:
        return CheckReport(None, tuple(problems))
    problems += outline.problems(document, root.resolve().name if name is None else name)
    content = Content(root, document, files, problems)
    lessons, banks = content.lessons(), content.banks()
    problems += _unused(document, files, lessons)
    if problems:
        return CheckReport(None, tuple(sorted(problems, key=lambda problem: (problem.path, problem.line))))
    package = CheckedPackage(root, document.data, folder.digest(files), files, tuple(lessons), tuple(banks))
    return CheckReport(package, ())


def _manifest(root: Path, files: Mapping[str, PackageFile], problems: list[Problem]) -> YamlDocument | None:
    """`course.yml` as far as the rest can be checked against it, else None; its problems are added."""
    name = folder.MANIFEST
    if name not in files:
        if not any(problem.path == name for problem in problems):
            problems.append(Problem(name, 1, _("缺少 course.yml。可用 lms courses new 新建一个课程包。")))
        return None
    try:
        document = yamldoc.read((root / name).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        problems.append(Problem(name, 1, _("文件应为 UTF-8 编码。")))
        return None
    except yamldoc.YamlFaultError as fault:
        problems.append(Problem(name, fault.line, fault.message))
        return None
    faults = list(schema.problems(document, name))
    problems += faults
    return None if faults else document


def _unused(
    document: YamlDocument, files: Mapping[str, PackageFile], lessons: Iterable[CheckedLesson]
) -> Iterator[Problem]:
    """Files that nothing names: a lesson left out of course.yml, or a picture no lesson shows."""
    used = {folder.MANIFEST, *outline.named_files(document)}
    used |= {path for lesson in lessons for path in lesson.media}
    for path in sorted(set(files) - used):
        captions_of = [path.removesuffix(".vtt") + ending for ending in (".mp4", ".webm")]
        if not (path.endswith(".vtt") and used & set(captions_of)):
            yield Problem(path, 1, _("没有用到这个文件。请在 course.yml 或课文中引用它，或把它删除。"))
