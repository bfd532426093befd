"""Background work of learning: importing a package that was uploaded in the browser."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lms.access.actors import actor_for
from lms.kernel.errors import LmsError
from lms.kernel.i18n import in_locale
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.runtime import kernel
from lms.learning import packages, rules, service
from lms.learning.dto import CheckReport
from lms.learning.packages import archive

_SHOWN = 500


def import_upload(_context: JobContext, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Unpack, check and import an upload in the name of who sent it. The report is the job's result.

    Run twice, the second run finds the release it made and changes nothing. A package that is refused is a finished
    job with problems: trying again would not help.
    """
    with in_locale(payload["locale"]), tempfile.TemporaryDirectory(prefix="lms-package-") as scratch:
        try:
            report = _checked(uuid.UUID(payload["file"]), Path(scratch))
            if report.package is None:
                return _refusal(report)
            sender = actor_for(uuid.UUID(payload["by"]))
            done = service.import_checked(sender, report.package, org_id=uuid.UUID(payload["org"]))
        except LmsError as error:
            return {"refused": {"what": str(error.what), "why": str(error.why), "todo": str(error.todo)}}
    return {
        "release": str(done.release_id),
        "slug": done.slug,
        "version": done.version,
        "unchanged": done.unchanged,
        "title": report.package.manifest["title"],
        "lessons": len(report.package.lessons),
        "items": sum(len(bank.items) for bank in report.package.banks),
    }


def _checked(file_id: uuid.UUID, scratch: Path) -> CheckReport:
    root, name = archive.unpack(kernel().files.read(file_id), scratch)
    return packages.check(root, name=name)


def _refusal(report: CheckReport) -> Mapping[str, Any]:
    shown = [[problem.path, problem.line, str(problem.message)] for problem in report.problems[:_SHOWN]]
    return {"problems": shown, "count": len(report.problems)}


IMPORT = JobSpec(rules.IMPORT_JOB, import_upload, _l("导入课程包"))
