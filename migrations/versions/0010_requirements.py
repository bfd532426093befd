"""What is asked of people, as named trees of conditions: versions by date, and the draft an officer works on."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sets = op.create_table(
        "requirement_set",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.Column("stands_for", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision > 0", name=op.f("ck_requirement_set_numbered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement_set")),
        sa.UniqueConstraint("code", "valid_from", "revision", name=op.f("uq_requirement_set_code_valid_from_revision")),
        info={"append_only": True},
    )
    op.create_table(
        "requirement_draft",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.Column("stands_for", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_requirement_draft_changed_by")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_requirement_draft")),
    )
    protect_append_only(op.get_bind(), "requirement_set")
    op.bulk_insert(sets, [_worker_certificate()])


def downgrade() -> None:
    op.drop_table("requirement_draft")
    op.drop_table("requirement_set")


def _worker_certificate() -> dict[str, object]:
    """One equivalence until the city decides (示例): a national certificate counts as 成都社工员."""
    code = "equal.community_worker"
    return {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, f"requirement_set:{code}"),
        "code": code,
        "valid_from": dt.date(2026, 1, 1),
        "revision": 1,
        "title": {
            "zh_CN": "国家职业资格视同成都社工员证书",
            "en": "A national certificate counts as the Chengdu community worker's",
        },
        "tree": {"how": "all", "parts": [{"type": "qualification", "params": {"level": "assistant"}}]},
        "stands_for": {"type": "certificate", "params": {"kind": "CDSGY"}},
        "is_open": True,
        "illustrative": True,
        "note": "示例，待市里确定",
        "set_by": None,
        "set_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }
