"""Correcting an entry that counts outside learning: never beyond its caps, and what becomes of its claim."""

from __future__ import annotations

from lms.credits.evidence import queries, rules
from lms.credits.evidence.models import EvidenceClaim, EvidenceRule
from lms.credits.evidence.rules import ClaimState
from lms.credits.evidence.service.common import change, hold_claims
from lms.credits.models import CreditEntry
from lms.kernel.errors import Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.uow import UnitOfWork
from lms.webkit.templating import minutes as minutes_text


def hold(uow: UnitOfWork, entry: CreditEntry) -> None:
    """Before an entry is reversed: let nobody count for the person meanwhile. Nothing to do for other entries."""
    if entry.evidence_id is not None:
        hold_claims(uow, entry.person_id)


def follow_correction(uow: UnitOfWork, entry: CreditEntry, minutes: int) -> None:
    """After an entry was reversed, before `minutes` are entered instead. 0 sets the activity free to be claimed anew.

    Raises `Invalid` for more than the entry had where the caps do not leave it.
    """
    if entry.evidence_id is None:
        return
    claim = uow.session.get_one(EvidenceClaim, entry.evidence_id)
    if not minutes:
        change(uow, claim.id, ClaimState.COUNTED, ClaimState.REVERSED)
        return
    terms = uow.session.get_one(EvidenceRule, claim.rule_id).terms()
    most = rules.room(terms, claim.last_day, queries.tally(claim.person_id, claim.code, claim.last_day))
    if most is not None and minutes > max(most, entry.minutes):
        message = _("按这类学习的上限，最多还能计 %(time)s", time=minutes_text(max(most, entry.minutes)))
        raise Invalid(_("更正没有保存。"), fields={"minutes": message})
