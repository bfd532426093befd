"""What classes do by themselves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from lms.classes.service import graduating, rotating
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext


def warn(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Warn members who come near a limit of their class; nobody twice for one cause."""
    del context, payload
    return {"warned": graduating.warn_everywhere()}


WARN = JobSpec("classes.warn", warn, _l("提醒缺课或少交作业的学员"), every_seconds=86_400)


def invite(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Invite a wave's people, some in each transaction; after a crash it goes on with who is left."""
    wave_id, done = uuid.UUID(payload["wave"]), 0
    while new := rotating.invite_some(wave_id):
        done += new
        context.progress(done, done + (new == rotating.AT_ONCE))
    return {"invited": done}


INVITE = JobSpec(rotating.INVITE, invite, _l("发送轮训邀请"))
