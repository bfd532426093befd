"""What payouts tells others; published in `lms_payouts.api`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from lms.plugin_api.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PaymentMade(DomainEvent):
    """The bank has paid. Told once for a payment, for ever."""

    name: ClassVar[str] = "payouts.payment_made"
    payment_id: uuid.UUID
    key: str
    award_key: str
    scheme: str
    beneficiary_id: uuid.UUID
    org_id: uuid.UUID
    amount_fen: int
    batch_number: str


@dataclass(frozen=True, kw_only=True)
class PaymentBounced(DomainEvent):
    """The bank could not pay, for `reason`. The money stays reserved; a new account puts the payment in line again."""

    name: ClassVar[str] = "payouts.payment_bounced"
    payment_id: uuid.UUID
    key: str
    award_key: str
    scheme: str
    beneficiary_id: uuid.UUID
    org_id: uuid.UUID
    amount_fen: int
    batch_number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentCancelled(DomainEvent):
    """A payment will not be made, for `reason`. Its money is available again, its award can be asked for again."""

    name: ClassVar[str] = "payouts.payment_cancelled"
    payment_id: uuid.UUID
    key: str
    award_key: str
    scheme: str
    beneficiary_id: uuid.UUID
    org_id: uuid.UUID
    amount_fen: int
    reason: str


EVENTS = (PaymentMade, PaymentBounced, PaymentCancelled)
