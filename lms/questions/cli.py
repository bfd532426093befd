"""`lms questions`: check files of items and export banks."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from lms.kernel.actor import SYSTEM
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.questions import formats, kinds, queries
from lms.questions.dto import ParsedItem, Problem
from lms.questions.rules import bank_faults
from lms.questions.wording import explain


@click.group("questions")
def questions_group() -> None:
    """Check files of items and export question banks."""


@questions_group.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def check(files: tuple[Path, ...]) -> None:
    """Check the files of one bank and print every problem as file:line: message. Exit code 1 when there are any.

    How a file ends tells its format.
    """
    seen: dict[str, Path] = {}
    faulty = False
    for path in files:
        items, problems = _read(path)
        problems += [
            Problem(str(path), item.line, _("编号“%(ref)s”在 %(path)s 里已经用过。", ref=item.ref, path=seen[item.ref]))
            for item in items
            if item.ref in seen
        ]
        seen |= {item.ref: path for item in items if item.ref not in seen}
        for problem in sorted(problems, key=lambda problem: problem.line):
            click.echo(str(problem))
        if not problems:
            click.echo(_("%(path)s：没有问题，%(count)d 题。", path=path, count=len(items)))
        faulty = faulty or bool(problems)
    if faulty:
        raise SystemExit(1)


@questions_group.command("export")
@click.argument("bank")
@click.option("--format", "key", default="gift", help="Key of the format; gift by default, or xlsx, or a plugin's.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; standard output by default.")
@with_appcontext
def export(bank: str, key: str, output: Path | None) -> None:
    """Write the items in use of BANK as a file; uploaded to the bank it changes nothing."""
    content = formats.write(formats.writer(key), queries.export_items(queries.bank(SYSTEM, bank).id))
    if output is None:
        click.echo(content, nl=False)
        return
    if output.exists():
        raise Conflict(_("文件“%(target)s”已经存在，没有覆盖。", target=output))
    output.write_bytes(content)
    click.echo(str(output))


def _read(path: Path) -> tuple[list[ParsedItem], list[Problem]]:
    types = kinds.offered()
    try:
        parsed = formats.read(formats.of_name(path.name), path.read_bytes(), str(path))
    except Invalid as error:
        return [], [Problem(str(path), 1, str(error.why or error))]
    if not parsed.items and not parsed.problems:
        return [], [Problem(str(path), 1, _("文件里没有题目。"))]
    more = [
        Problem(str(path), item.line, explain(code, types[item.kind]))
        for item in parsed.items
        for code in bank_faults(item, types[item.kind])
    ]
    return parsed.items, [*parsed.problems, *more]
