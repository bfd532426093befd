"""The table of registration applications. The registration itself stands with the certificate, in `people`."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.credits.registration.rules import LIVE, Kind, State
from lms.kernel.db import Base, choice
from lms.kernel.ids import new_id

_LIVE = text(f"state IN ({', '.join(repr(state.value) for state in LIVE)})")


class RegistrationApplication(Base):
    """An application to register a certificate, or to register it again.

    The index is the promise: one under way for a certificate. `previous_last` is the last day of the registration it
    renews, `cycle_id` its cycle; `late`: handed in after the window. `registered_from` and `registered_until` are set
    when it is completed.
    """

    __tablename__ = "registration_application"
    __table_args__ = (
        Index(
            "uq_registration_application_live", "qualification_id", unique=True, sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_registration_application_person", "person_id", "applied_at"),
        Index("ix_registration_application_state", "state", "applied_at"),
        CheckConstraint("(registered_from IS NULL) = (registered_until IS NULL)", name="both_days"),
        CheckConstraint(
            "(registered_from IS NOT NULL) = (state IN ('completed', 'certified'))", name="registered_when_completed"
        ),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    qualification_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("qualification.id"))
    level: Mapped[str] = mapped_column(String(24))
    kind: Mapped[Kind] = mapped_column(choice(Kind))
    late: Mapped[bool]
    previous_last: Mapped[dt.date | None]
    cycle_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_cycle.id"))
    state: Mapped[State] = mapped_column(choice(State))
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval_case.id"), unique=True)
    case_number: Mapped[str] = mapped_column(String(24), default="")
    registered_from: Mapped[dt.date | None]
    registered_until: Mapped[dt.date | None]
    applied_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
