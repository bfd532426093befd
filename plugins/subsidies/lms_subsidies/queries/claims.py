"""Reading invitations and claims: a person's own, and one for officers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from lms.plugin_api.errors import NotFound
from lms.plugin_api.services import CaseBrief, services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, session
from lms_payouts.api import ClaimState, ReceivableInfo, degree_subject, receivables
from lms_subsidies import policy, rules
from lms_subsidies.dto import Offer
from lms_subsidies.models import Claim, Happening, Invitation, SchemeRevision
from lms_subsidies.queries import schemes
from lms_subsidies.queries.situations import Facts


def offers(person_id: uuid.UUID) -> list[Offer]:
    """A person's invitations as they stand, what can still be claimed first."""
    invitations = session.scalars(
        select(Invitation).where(Invitation.person_id == person_id).order_by(Invitation.last_day, Invitation.id)
    ).all()
    if not invitations:
        return []
    person, known = Facts(person_id), schemes.by_basis()
    found = [_offer(one, person, known) for one in invitations]
    return sorted(found, key=lambda offer: not offer.is_open)


def offer(actor: Actor, invitation_id: uuid.UUID) -> Offer:
    """One invitation of the actor's own. Raises `NotFound`."""
    invitation = policy.own_invitation(actor, invitation_id)
    return _offer(invitation, Facts(invitation.person_id), schemes.by_basis())


def _offer(invitation: Invitation, person: Facts, known: Mapping[str, schemes.Known]) -> Offer:
    scheme = known.get(invitation.basis)
    revision = scheme.on(invitation.obtained_on) if scheme else None
    assessment = None
    if revision is not None:
        assessment = rules.assess(revision.terms(invitation.basis), person.situation(invitation))
    other = None
    if revision is not None and revision.degree:
        other = person.supported.get(degree_subject(revision.degree))
    return Offer(invitation, revision, assessment, person.latest(invitation.id), other)


def claimable(person_id: uuid.UUID) -> list[Offer]:
    """What a person may claim today, by last day: for the next step on the phone."""
    return [one for one in offers(person_id) if one.may_claim]


def bounced(person_id: uuid.UUID) -> Claim | None:
    """A claim whose money came back and waits for another account."""
    query = select(Claim).where(Claim.person_id == person_id, Claim.state == ClaimState.BOUNCED)
    return session.scalars(query.order_by(Claim.claimed_at).limit(1)).first()


def debt(claim: Claim) -> ReceivableInfo | None:
    """What of a claim's money is to come back, and came back; None where nothing is."""
    return receivables([claim.payment_id]).get(claim.payment_id) if claim.payment_id else None


def owed(person_id: uuid.UUID) -> tuple[Claim, ReceivableInfo] | None:
    """A claim of which something is still to come back."""
    query = select(Claim).where(Claim.person_id == person_id, Claim.recall_settled_at.is_not(None))
    owing = ((claim, debt(claim)) for claim in session.scalars(query.order_by(Claim.claimed_at)))
    return next(((claim, one) for claim, one in owing if one is not None and one.open_fen), None)


def own_claims(person_id: uuid.UUID) -> Sequence[tuple[Claim, SchemeRevision]]:
    """A person's claims, the newest first."""
    return [(claim, revision) for claim, revision in Facts(person_id).claims]


def of_person(actor: Actor, person_id: uuid.UUID) -> Sequence[tuple[Invitation, Claim | None, SchemeRevision | None]]:
    """A person's invitations with their latest claims, as far as an officer sees them."""
    query = (
        select(Invitation, Claim, SchemeRevision)
        .outerjoin(Claim, (Claim.invitation_id == Invitation.id) & Claim.latest)
        .outerjoin(SchemeRevision, SchemeRevision.id == Claim.revision_id)
        .where(Invitation.person_id == person_id, policy.visible(actor))
        .order_by(Invitation.last_day.desc(), Invitation.id)
    )
    return [(invitation, claim, revision) for invitation, claim, revision in session.execute(query)]


def of_officer(actor: Actor, claim_id: uuid.UUID) -> Claim:
    """A claim an officer may see. Raises `NotFound`."""
    query = select(Claim).join(Invitation, Invitation.id == Claim.invitation_id)
    query = query.where(Claim.id == claim_id, policy.visible(actor)).execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound(_("找不到这笔申领。"))
    return found


def revision_of(claim: Claim) -> SchemeRevision:
    """The revision a claim was made under."""
    return session.get_one(SchemeRevision, claim.revision_id)


def invitation_of(claim: Claim) -> Invitation:
    """The invitation a claim was made on."""
    return session.get_one(Invitation, claim.invitation_id)


def story(claim_id: uuid.UUID) -> Sequence[Happening]:
    """What happened to a claim, the latest first."""
    query = select(Happening).where(Happening.claim_id == claim_id)
    return session.scalars(query.order_by(Happening.at.desc(), Happening.id.desc())).all()


def cases(claims: Sequence[Claim]) -> Mapping[uuid.UUID, CaseBrief]:
    """The approval cases of claims, by claim, in one query."""
    return services().approvals.of_subjects([claim.id for claim in claims]) if claims else {}
