"""`lms courses`: draw up, check, import and export course packages."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, NotFound
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.learning import packages, queries, service
from lms.learning.models import Course, CourseRelease
from lms.orgs import queries as orgs

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("courses")
def courses_group() -> None:
    """Draw up, check, import and export course packages."""


@courses_group.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def new(folder: Path) -> None:
    """Write a small package that passes the check into a new FOLDER."""
    packages.draw_up(folder)
    click.echo(_("已新建 %(folder)s，改好后用 lms courses check 检查。", folder=folder))


@courses_group.command("check")
@click.argument("folders", nargs=-1, required=True, type=FOLDER)
@with_appcontext
def check(folders: tuple[Path, ...]) -> None:
    """Check packages and print every problem as file:line: message. Exit code 1 when there are any."""
    faulty = False
    for folder in folders:
        report = packages.check(folder)
        for problem in report.problems:
            click.echo(f"{folder / problem.path}:{problem.line}: {problem.message}")
        faulty = faulty or report.package is None
        if report.package is not None:
            click.echo(_("%(folder)s：没有问题，%(count)d 课。", folder=folder, count=len(report.package.lessons)))
    if faulty:
        raise SystemExit(1)


@courses_group.command("import")
@click.argument("folders", nargs=-1, required=True, type=FOLDER)
@click.option("--org", "org_code", default="", help="Code of the unit that owns the course; the city by default.")
@click.option("--publish", is_flag=True, help="Publish at once, without a reviewer.")
@with_appcontext
def import_(folders: tuple[Path, ...], org_code: str, *, publish: bool) -> None:
    """Import packages. The same content a second time changes nothing."""
    org = orgs.by_code(org_code) if org_code else orgs.city()
    for folder in folders:
        report = packages.check(folder)
        if report.package is None:
            raise service.FaultyPackageError(report.problems)
        done = service.import_checked(SYSTEM, report.package, org_id=org.id, publish=publish)
        what = _("内容没有变化") if done.unchanged else _("已导入")
        click.echo(f"{done.slug} {done.version}: {what}")


@courses_group.command("export")
@click.argument("slug")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--version", default="", help="Which release; the published one by default.")
@with_appcontext
def export(slug: str, target: Path, version: str) -> None:
    """Write the package of a release to the ZIP file TARGET; imported again it has the same digest."""
    if target.exists():
        raise Conflict(_("文件“%(target)s”已经存在，没有覆盖。", target=target))
    release = _release(slug, version)
    target.write_bytes(queries.packed(release, slug))
    click.echo(f"{target} {release.version} {release.digest}")


@courses_group.command("list")
@with_appcontext
def list_() -> None:
    """Print every course with its releases."""
    for course in db.session.scalars(select(Course).order_by(Course.slug)):
        for row in queries.releases(course):
            mark = "*" if row.current else " "
            click.echo(f"{mark} {course.slug} {row.version} {row.state} {pick(row.title)}")


@courses_group.command("schema")
def schema() -> None:
    """Print the JSON Schema of course.yml."""
    click.echo(packages.schema_text(), nl=False)


def _release(slug: str, version: str) -> CourseRelease:
    query = select(CourseRelease).join(Course, Course.id == CourseRelease.course_id).where(Course.slug == slug)
    query = query.where(CourseRelease.version == version if version else CourseRelease.id == Course.current_release_id)
    release = db.session.scalars(query).first()
    if release is None:
        raise NotFound(_("没有这门课程，或没有这个版本。"), todo=_("可用 lms courses list 查看。"))
    return release
