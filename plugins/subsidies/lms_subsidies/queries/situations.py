"""The facts a claim is judged by, read from the core and from the person's other claims."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select

from lms.plugin_api.services import EmploymentInfo, services
from lms.plugin_api.work import clock, session
from lms_payouts.api import LIVE, ClaimState, held_by_others
from lms_subsidies import policy
from lms_subsidies.models import Claim, Invitation, SchemeRevision
from lms_subsidies.rules import Award, ConditionKind, Holding, Situation, Spell, ladder_of


class Facts:
    """What is known of one person, read once for however many invitations."""

    def __init__(self, person_id: uuid.UUID) -> None:
        self.person_id = person_id
        self.employments: Sequence[EmploymentInfo] = services().people.employments(person_id)
        self.qualifications = {one.id: one for one in services().people.qualifications(person_id)}
        self.supported = held_by_others(person_id, policy.HOLDER)
        self.claims: Sequence[tuple[Claim, SchemeRevision]] = [
            (claim, revision)
            for claim, revision in session.execute(
                select(Claim, SchemeRevision)
                .join(SchemeRevision, SchemeRevision.id == Claim.revision_id)
                .where(Claim.person_id == person_id)
                .order_by(Claim.claimed_at.desc(), Claim.id.desc())
                .execution_options(populate_existing=True)
            )
        ]

    @property
    def spells(self) -> tuple[Spell, ...]:
        return tuple(Spell(one.unit.name, one.started_on, one.ended_on) for one in self.employments)

    def latest(self, invitation_id: uuid.UUID, but: Claim | None = None) -> Claim | None:
        """The latest claim made on an invitation, or the latest before one."""
        made = (claim for claim, _revision in self.claims if claim.invitation_id == invitation_id)
        return next((claim for claim in made if but is None or claim.id != but.id), None)

    def holding(self, invitation: Invitation) -> Holding:
        """What an invitation rests on, as it is now."""
        day = invitation.obtained_on
        if invitation.certificate_id is not None:
            issued = services().certificates.certificate(invitation.certificate_id)
            return Holding(issued.number, day, valid=issued.status != "revoked" and invitation.voided_at is None)
        held = self.qualifications.get(invitation.qualification_id or uuid.UUID(int=0))
        if held is None:
            return Holding("", day, valid=False)
        return Holding(held.certificate_number, day, registered_until=held.registered_until)

    def situation(
        self, invitation: Invitation, *, own: Claim | None = None, declared: Collection[ConditionKind] = ()
    ) -> Situation:
        """Everything about an invitation's claim: a new one, or `own` judged again."""
        today = clock.today()
        return Situation(
            today=today,
            claimed_on=clock.local_date(own.claimed_at) if own else today,
            holding=self.holding(invitation),
            spells=self.spells,
            others=self._others(invitation.basis, own),
            rejected_on=self._rejected_on(invitation, own),
            declared=frozenset(declared),
        )

    def _rejected_on(self, invitation: Invitation, own: Claim | None) -> dt.date | None:
        """When the latest claim to this very award, before `own`, was rejected; None where it was not."""
        last = self.latest(invitation.id, but=own)
        if last is None or last.state is not ClaimState.REJECTED or last.award_key != invitation.award_key:
            return None
        return clock.local_date(last.closed_at or last.claimed_at)

    def _others(self, basis: str, own: Claim | None) -> tuple[Award, ...]:
        """The person's other live claims on the same ladder."""
        ladder = ladder_of(basis)
        return tuple(
            Award(
                basis=claim.basis,
                title=revision.title,
                amount_fen=claim.amount_fen,
                stacking=revision.stacking,
                state=claim.state,
                on=clock.local_date(claim.claimed_at),
            )
            for claim, revision in self.claims
            if claim.ladder == ladder and claim.state in LIVE and (own is None or claim.id != own.id)
        )
