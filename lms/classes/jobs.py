"""What classes do by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.classes.service import graduating
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext


def warn(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Warn members who come near a limit of their class; nobody twice for one cause."""
    del context, payload
    return {"warned": graduating.warn_everywhere()}


WARN = JobSpec("classes.warn", warn, _l("提醒缺课或少交作业的学员"), every_seconds=86_400)
