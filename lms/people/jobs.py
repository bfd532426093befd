"""Background work of this room."""

from __future__ import annotations

from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.people.roster.apply import apply_roster
from lms.people.roster.check import check_roster
from lms.people.roster.export import EXPORT_JOB, export_roster
from lms.people.roster.job import APPLY_JOB, CHECK_JOB

JOBS = (
    JobSpec(CHECK_JOB, check_roster, _l("检查名册")),
    JobSpec(APPLY_JOB, apply_roster, _l("写入名册")),
    JobSpec(EXPORT_JOB, export_roster, _l("导出名册")),
)
