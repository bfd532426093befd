"""Background work: inviting whom no event reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.plugin_api.registering import JobContext, JobSpec
from lms.plugin_api.texts import lazy_gettext as _l
from lms_subsidies.service import inviting
from lms_subsidies.service.common import INVITE


def invite(context: JobContext, payload: Mapping[str, Any]) -> dict[str, int]:
    """Invite everybody who holds what a scheme is for. Idempotent: there is one invitation for a person and basis."""
    del payload
    return {"invited": inviting.sweep(context.progress)}


JOBS = (JobSpec(INVITE, invite, _l("邀请申领持证奖励"), every_seconds=86_400),)
