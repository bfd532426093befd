"""Tables of persons, employments, national qualifications and roster imports."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.kernel.db import Base, choice
from lms.kernel.ids import new_id


class IdDocument(enum.StrEnum):
    """Kinds of identity document; only the resident number carries a checksum we can verify."""

    RESIDENT = "resident"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_PERMANENT = "foreign_permanent"
    PASSPORT = "passport"


class PersonState(enum.StrEnum):
    ACTIVE = "active"
    MERGED = "merged"


class Person(Base):
    """A human being, once. Identity number, phone and bank number are sealed; the indexes beside them are keyed.

    Who signed up by themselves has no identity document here until one is needed; everybody on a roster has.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index(
            "uq_person_phone",
            "phone_index",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60))
    id_document: Mapped[IdDocument | None] = mapped_column(choice(IdDocument))
    id_number_sealed: Mapped[bytes | None]
    id_number_index: Mapped[bytes | None] = mapped_column(unique=True)
    id_tail_index: Mapped[bytes | None] = mapped_column(index=True)
    birth_date: Mapped[dt.date | None]
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    email: Mapped[str] = mapped_column(String(254), default="")
    bank_account_sealed: Mapped[bytes | None]
    bank_account_index: Mapped[bytes | None]
    state: Mapped[PersonState] = mapped_column(choice(PersonState), default=PersonState.ACTIVE)
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class Employment(Base):
    """A person at a unit, from a day to a day. At most one open employment per person and unit, one for a first day."""

    __tablename__ = "employment"
    __table_args__ = (
        Index(
            "uq_employment_open",
            "org_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        UniqueConstraint("person_id", "org_id", "started_on"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_start"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"))
    post: Mapped[str] = mapped_column(String(60), default="")
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]


class QualificationKind(enum.StrEnum):
    """National levels: 助理社会工作师, 社会工作师, 高级社会工作师."""

    ASSISTANT = "assistant"
    INTERMEDIATE = "intermediate"
    SENIOR = "senior"


class Qualification(Base):
    """A national certificate a person holds. It is for life; what lapses is its registration (登记)."""

    __tablename__ = "qualification"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[QualificationKind] = mapped_column(choice(QualificationKind))
    certificate_number: Mapped[str] = mapped_column(String(40), unique=True)
    obtained_on: Mapped[dt.date]
    registered_from: Mapped[dt.date | None]
    registered_until: Mapped[dt.date | None] = mapped_column(index=True)
    recorded_at: Mapped[dt.datetime]


class ImportState(enum.StrEnum):
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ApplyMode(enum.StrEnum):
    """What an officer asked for: every row or none, or the rows without a fault."""

    ALL = "all"
    ONLY_CORRECT = "only_correct"


class RosterImport(Base):
    """One uploaded roster: checked first (dry run), applied on request. The file is kept sealed."""

    __tablename__ = "roster_import"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stored_file.id"))
    file_name: Mapped[str]
    org_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("org_unit.id"), index=True)
    state: Mapped[ImportState] = mapped_column(choice(ImportState))
    mode: Mapped[ApplyMode | None] = mapped_column(choice(ApplyMode))
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("job.id"))
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_new: Mapped[int] = mapped_column(default=0)
    rows_changed: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_faulty: Mapped[int] = mapped_column(default=0)
    ignored_columns: Mapped[list[str]] = mapped_column(default=list)
    report_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    failure: Mapped[dict[str, Any] | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    applied_at: Mapped[dt.datetime | None]


class RowOutcome(enum.StrEnum):
    """What applying a row would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAULTY = "faulty"


class RosterRow(Base):
    """One readable row of a checked roster, sealed and waiting to be applied; deleted when the import has ended.

    `id` becomes the id of the person, employment and qualification the row creates; `person_id` is the person it is
    about: the same id, or that of the person we already hold. No foreign keys: 70,000 rows come and go, and the
    tables they are written to check theirs.
    """

    __tablename__ = "roster_row"

    import_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    outcome: Mapped[RowOutcome] = mapped_column(choice(RowOutcome))
    name: Mapped[str] = mapped_column(String(60))
    id_document: Mapped[IdDocument] = mapped_column(choice(IdDocument))
    id_number_sealed: Mapped[bytes]
    id_number_index: Mapped[bytes]
    id_tail_index: Mapped[bytes]
    birth_date: Mapped[dt.date | None]
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    email: Mapped[str] = mapped_column(String(254))
    org_id: Mapped[uuid.UUID]
    post: Mapped[str] = mapped_column(String(60))
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    kind: Mapped[QualificationKind | None] = mapped_column(choice(QualificationKind))
    certificate_number: Mapped[str | None] = mapped_column(String(40))
    obtained_on: Mapped[dt.date | None]
    registered_from: Mapped[dt.date | None]
    registered_until: Mapped[dt.date | None]


class RosterProblem(Base):
    """One faulty cell of an uploaded roster. `code` and `params` become words in the reader's language."""

    __tablename__ = "roster_problem"

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roster_import.id"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    column: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    params: Mapped[dict[str, Any]]
