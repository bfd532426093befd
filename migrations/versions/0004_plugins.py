"""Tables of the plugin host."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_switch",
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("state", sa.Enum("enabled", "disabled", "tripped", name="pluginstate", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plugin_switch")),
    )
    op.create_table(
        "plugin_unit",
        sa.Column("plugin", sa.String(length=24), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_plugin_unit_org_id")),
        sa.ForeignKeyConstraint(["plugin"], ["plugin_switch.name"], name=op.f("fk_plugin_unit_plugin"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plugin", "org_id", name=op.f("pk_plugin_unit")),
    )
    op.create_table(
        "plugin_fault",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.Enum("raised", "slow", name="faultkind", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("hurts", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_fault")),
        info={"append_only": True},
    )
    op.create_index("ix_plugin_fault_plugin", "plugin_fault", ["plugin", "at"], unique=False)
    protect_append_only(op.get_bind(), "plugin_fault")


def downgrade() -> None:
    for table in ("plugin_fault", "plugin_unit", "plugin_switch"):
        op.drop_table(table)
