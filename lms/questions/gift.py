r"""Reading and writing Moodle's GIFT format, as far as choice questions go.

    // [id:cdsgy-0001] [tag:point:1.1] [tag:difficulty:2]
    ::cdsgy-0001::题干（　　）{
    =right option
    ~wrong option
    ####explanation
    }

A multiple-choice item marks right options `~%50%` and wrong ones `~%-100%`. An item of another type says so in its
comment, `[tag:kind:KEY]`, and marks its options in the way that fits: weights where several may be chosen. `\~ \= \# \{
\} \: \\` stand for the characters themselves and `\n` for a line break. Every problem names its line; the other
questions are still read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lms.kernel.i18n import gettext as _
from lms.questions import rules
from lms.questions.dto import MULTIPLE, SINGLE, ParsedFile, ParsedItem, Problem, QuestionType
from lms.questions.kinds import CORE
from lms.questions.wording import explain

_SPECIAL = "~=#{}:\\"
_HIDDEN = {char: chr(0xE000 + index) for index, char in enumerate(_SPECIAL)} | {"n": chr(0xE010)}
_SHOWN = {hidden: "\n" if char == "n" else char for char, hidden in _HIDDEN.items()}
_META = re.compile(r"\[(id|tag):([^\[\]:]*)(?::([^\[\]]*))?\]")
_TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(?:html|moodle|plain|markdown)\]")
_OPTION = re.compile(r"([=~])(?:%(-?\d+(?:\.\d+)?)%)?")
_GUARDED = re.compile(r"\s*[\[%]")
_TOO_MANY = 100
"""Options in one question beyond which nobody wrote them by hand."""
MAX_PROBLEMS = 500
"""A file with so many faults is read no further."""
_SHORTHANDS = {"T", "F", "TRUE", "FALSE"}
_NAMED = {"point", "difficulty", "kind"}
"""Tags that say something of the item itself."""


@dataclass
class _Block:
    """The raw lines of one question, and what the comments before it said."""

    line: int
    ref: str = ""
    tags: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    inside: bool = False
    """Whether a brace is open: a blank line there does not end the question."""

    def take(self, line: str) -> None:
        self.lines.append(line)
        if "{" in line or "}" in line:
            self.inside = line.rfind("{") > line.rfind("}")

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class _Option:
    text: str
    right: bool
    weight: float | None
    feedback: str
    line: int


class UnreadableError(Exception):
    """A file that is no UTF-8 text: from which line on, and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


class _FaultError(Exception):
    """Stops reading one question."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def decode(content: bytes) -> str:
    """The text of a file. Raises `UnreadableError`."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableError(1, _save_as_utf8("UTF-16"))
    if b"\0" in content:
        raise UnreadableError(content[: content.index(b"\0")].count(b"\n") + 1, _("这不是文本文件。"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        raise UnreadableError(line, _("这不是文本文件，或文件已损坏。")) from None
    raise UnreadableError(line, _save_as_utf8("GBK"))


def _save_as_utf8(found: str) -> str:
    return _("文件的编码像是 %(found)s。请用记事本打开，另存为 UTF-8 编码后再用。", found=found)


def parse(text: str, path: str, types: Mapping[str, QuestionType] = CORE) -> ParsedFile:
    """Read a GIFT file with questions of `types`.

    `path` only names it in problems, of which it lists `MAX_PROBLEMS` or a few more. Course packages are read with the
    core's types alone: they must work wherever they are brought.
    """
    items: list[ParsedItem] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for block in _blocks(text):
        if len(problems) >= MAX_PROBLEMS:
            break
        try:
            item = _item(block, types)
        except _FaultError as fault:
            problems.append(Problem(path, fault.line, fault.message))
            continue
        kind = types[item.kind]
        found = [explain(code, kind) for code in rules.faults(item, kind)]
        if item.ref in seen:
            found.append(_("编号“%(ref)s”在第 %(line)d 行已经用过。", ref=item.ref, line=seen[item.ref]))
        seen.setdefault(item.ref, item.line)
        problems += [Problem(path, item.line, message) for message in found]
        if not found:
            items.append(item)
    return ParsedFile(items, problems)


def compose(items: Iterable[ParsedItem], types: Mapping[str, QuestionType] = CORE) -> str:
    """Write items as a GIFT file that `parse` reads back to the same items."""
    return "\n".join(_composed(item, types.get(item.kind)) for item in items)


def _blocks(text: str) -> Iterator[_Block]:
    """Cut a file into questions: they are parted by blank lines outside of braces."""
    block = _Block(0)
    for number, raw in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        line = _hide(raw)
        unclosed = block.lines and (line.startswith("::") or (raw.startswith("//") and _META.search(raw)))
        if unclosed or (block.lines and not line.strip() and not block.inside):
            yield block
            block = _Block(0)
        if raw.lstrip().startswith("//"):
            if block.lines:
                block.take("")
            else:
                _note(block, raw)
        elif block.lines or (line.strip() and not line.startswith("$CATEGORY")):
            block.line = block.line or number
            block.take(line)
    if block.lines:
        yield block


def _note(block: _Block, comment: str) -> None:
    for kind, name, value in _META.findall(comment):
        if kind == "id":
            block.ref = name.strip()
        else:
            block.tags.append((name.strip(), value.strip()))


def _item(block: _Block, types: Mapping[str, QuestionType]) -> ParsedItem:
    stem, answers, answers_line = _divided(block)
    titled = _TITLE.match(stem)
    title = _shown(titled[1]).strip() if titled else ""
    stem = _without_format(stem[titled.end() :] if titled else stem)
    ref = block.ref or title
    if not ref:
        raise _FaultError(block.line, _("题目没有编号。请在题前写一行“// [id:编号]”，或用“::编号::”开头。"))
    body, _mark, explanation = answers.partition("####")
    options = list(_options(body, answers_line))
    kind = _kind(options, block, types)
    notes = [f"{rules.letters([index])}. {option.feedback}" for index, option in enumerate(options) if option.feedback]
    return ParsedItem(
        ref=ref,
        kind=kind,
        stem=_shown(stem).strip(),
        options=tuple(option.text for option in options),
        key=tuple(index for index, option in enumerate(options) if option.right),
        explanation="\n".join([_shown(explanation).strip(), *notes]).strip(),
        points=tuple(value for name, value in block.tags if name == "point"),
        difficulty=_difficulty(block),
        tags={name: value for name, value in block.tags if name not in _NAMED},
        line=block.line,
    )


def _divided(block: _Block) -> tuple[str, str, int]:
    """The stem, what is between the braces, and the line on which that begins."""
    stem, opened, rest = block.text.partition("{")
    if not opened:
        raise _FaultError(block.line, _("没有找到答案部分。选项应写在一对大括号“{ }”里。"))
    answers, closed, after = rest.partition("}")
    if not closed:
        raise _FaultError(block.line, _("大括号没有闭合，请在选项后补上“}”。"))
    if after.strip():
        line = block.line + (stem + answers).count("\n")
        raise _FaultError(line, _("大括号之后还有文字。填空式题目不支持，文字中的大括号请写成“\\{”“\\}”。"))
    if "{" in answers:
        raise _FaultError(block.line, _("大括号里又有“{”。文字中的大括号请写成“\\{”“\\}”。"))
    return stem, answers, block.line + stem.count("\n")


def _options(body: str, first_line: int) -> Iterator[_Option]:
    marks = list(_OPTION.finditer(body))
    if len(marks) > _TOO_MANY:
        raise _FaultError(first_line, explain("options"))
    start = marks[0].start() if marks else len(body)
    stray = body[:start].strip()
    if stray:
        supported = stray.upper() in _SHORTHANDS or stray.startswith("#")
        message = _("只支持单项和多项选择题。") if supported else _("选项应以“=”或“~”开头。")
        raise _FaultError(first_line, message)
    bounds = [*(mark.start() for mark in marks), len(body)]
    line, counted = first_line, 0
    for mark, end in zip(marks, bounds[1:], strict=True):
        text, _mark, feedback = body[mark.end() : end].partition("#")
        weight = float(mark[2]) if mark[2] else None
        line, counted = line + body.count("\n", counted, mark.start()), mark.start()
        right = mark[1] == "=" or (weight or 0) > 0
        yield _Option(_shown(_without_format(text)).strip(), right, weight, _shown(feedback).strip(), line)


def _kind(options: list[_Option], block: _Block, types: Mapping[str, QuestionType]) -> str:
    """The type that the comment names, else the one that the way of marking options means."""
    marked, named = _marked_kind(options, block.line), dict(block.tags).get("kind")
    if named is None:
        return marked
    kind = types.get(named)
    if kind is None:
        raise _FaultError(block.line, _("题型“%(kind)s”不存在，或提供它的模块没有启用。", kind=named))
    if kind.several != (marked == MULTIPLE):
        raise _FaultError(block.line, _marks_wanted(kind))
    return named


def _marks_wanted(kind: QuestionType) -> str:
    if kind.several:
        return _("%(kind)s的每个选项都应写明权重，例如“~%%50%%”。", kind=kind.title)
    return _("%(kind)s的选项不写权重，用“=”标出正确的。", kind=kind.title)


def _marked_kind(options: list[_Option], line: int) -> str:
    if not options:
        raise _FaultError(line, _("没有选项。只支持单项和多项选择题。"))
    if all(option.weight is None for option in options):
        if all(option.right for option in options):
            raise _FaultError(line, _("所有选项都标为正确。只支持单项和多项选择题。"))
        return SINGLE
    unweighted = next((option for option in options if option.weight is None), None)
    if unweighted is not None:
        raise _FaultError(unweighted.line, _("多项选择题的每个选项都应写明权重，例如“~%50%”或“~%-100%”。"))
    total = sum(option.weight or 0 for option in options if option.right)
    if abs(total - 100) > 0.1:
        raise _FaultError(line, _("正确选项的权重之和应为 100%%，现在是 %(total)s%%。", total=f"{total:g}"))
    return MULTIPLE


def _without_format(text: str) -> str:
    """Without the name of a text format that may stand before a text."""
    found = _FORMAT.match(text)
    return text[found.end() :] if found else text


def _difficulty(block: _Block) -> int:
    written = dict(block.tags).get("difficulty", "2")
    return int(written) if written.isascii() and written.isdigit() and len(written) == 1 else 0


def _hide(line: str) -> str:
    """Replace escaped characters by private ones, so that what is left is markup."""
    return re.sub(r"\\([~=#{}:\\n])", lambda found: _HIDDEN[found[1]], rules.STRAY.sub("", line))


def _shown(text: str) -> str:
    return "".join(_SHOWN.get(char, char) for char in text)


def _escaped(text: str) -> str:
    return re.sub(r"[~=#{}:\\]", lambda found: "\\" + found[0], text).replace("\n", "\\n")


def _guarded(text: str) -> str:
    """Escaped, and where it begins like a weight or the name of a format, named as plain text."""
    return ("[plain]" if _GUARDED.match(text) else "") + _escaped(text)


def _composed(item: ParsedItem, kind: QuestionType | None) -> str:
    """An item whose type is gone is written by what its key looks like."""
    several = kind.several if kind else len(item.key) > 1
    tags = [] if item.kind in {SINGLE, MULTIPLE} else [("kind", item.kind)]
    tags += [("point", code) for code in item.points]
    tags += [*item.tags.items(), ("difficulty", str(item.difficulty))]
    meta = " ".join([f"[id:{item.ref}]", *(f"[tag:{name}:{value}]" for name, value in tags)])
    share = f"{100 / len(item.key):.5f}".rstrip("0").rstrip(".")
    lines = [f"// {meta}", f"::{_escaped(item.ref)}::{_guarded(item.stem)}{{"]
    right_mark, wrong_mark = (f"~%{share}%", "~%-100%") if several else ("=", "~")
    for index, option in enumerate(item.options):
        lines.append((right_mark if index in item.key else wrong_mark) + _guarded(option))
    if item.explanation:
        lines.append("####" + _escaped(item.explanation))
    return "\n".join([*lines, "}", ""])
