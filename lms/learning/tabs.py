"""Reading sessions: an opened lesson page gets a signed token of who opened what when; no claim is taken without."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from lms.kernel import clock
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.runtime import kernel

LONGEST = dt.timedelta(days=7)
"""A tab may stay open so long; claims kept on a device without network are taken within the same time."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One opened lesson page on one device."""

    id: uuid.UUID
    person_id: uuid.UUID
    enrolment_id: uuid.UUID
    lesson_id: uuid.UUID
    opened_at: dt.datetime


def open_tab(person_id: uuid.UUID, enrolment_id: uuid.UUID, lesson_id: uuid.UUID) -> str:
    """The token of a page being opened now."""
    opened = int(clock.now().timestamp() * 1000)
    return str(_signer().dumps([new_id().hex, person_id.hex, enrolment_id.hex, lesson_id.hex, opened]))


def read_tab(token: str) -> Tab:
    """The tab of a token. Raises `Invalid` for a forged one and `Conflict` for one that is too old."""
    try:
        tab_id, person_id, enrolment_id, lesson_id, opened = _signer().loads(token)
    except BadData:
        raise Invalid(
            _("学习凭证无效，没有计时。"),
            why=_("它不是本系统发出的，或已被改动。"),
            todo=_("请重新打开这一课。"),
            code="bad_tab",
        ) from None
    opened_at = dt.datetime.fromtimestamp(opened / 1000, dt.UTC)
    if clock.now() - opened_at > LONGEST:
        raise Conflict(_("这个页面打开太久，没有计时。"), todo=_("请重新打开这一课。"), code="old_tab")
    return Tab(uuid.UUID(tab_id), uuid.UUID(person_id), uuid.UUID(enrolment_id), uuid.UUID(lesson_id), opened_at)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(kernel().config.secret_key, salt="learning.tab")
