"""Practice that was completed, entered as continuing education: the share of its hours that its figures say."""

from __future__ import annotations

from lms.credits import ledger
from lms.credits.models import Category
from lms.kernel.actor import SYSTEM
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import in_both
from lms.kernel.uow import unit_of_work
from lms.practice.events import PracticeCompleted
from lms.webkit.templating import minutes

SOURCE = "practice"


def record_practice(event: PracticeCompleted) -> None:
    """Handle `PracticeCompleted` inside its transaction: one entry per placement, however often the event comes."""
    if event.counted <= 0:
        return
    with unit_of_work(SYSTEM) as uow:
        ledger.write(
            uow,
            person_id=event.person_id,
            minutes=event.counted,
            category=Category(event.category),
            source=SOURCE,
            source_id=event.placement_id.hex,
            title=event.title,
            occurred_on=event.completed_on,
            why={"rule": SOURCE, "reason": in_both(_reason, event), "code": event.code, "signed": event.minutes},
        )


def _reason(event: PracticeCompleted) -> str:
    return _(
        "在%(station)s实训结业，督导签字 %(signed)s，按 %(percent)d%% 计入。",
        station=event.station,
        signed=minutes(event.minutes),
        percent=event.counted_percent,
    )
