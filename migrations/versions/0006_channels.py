"""What the channels and the login providers of plugins keep.

Messages go out by any number of channels: `mail` becomes `dispatch`, one row for each message and channel. A letter is
worded for each try anew, so its text is no longer kept. `login_link` says which identity elsewhere opens an account.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEPT = "id, message_id, recipient, state, attempts, error, next_try_at, created_at, sent_at"
_INTO_DISPATCH = sa.text(f"INSERT INTO dispatch ({_KEPT}, channel) SELECT {_KEPT}, 'email' FROM mail")  # noqa: S608
_INTO_MAIL = sa.text(
    f"INSERT INTO mail ({_KEPT}, subject, body) "  # noqa: S608
    f"SELECT {_KEPT}, '', '' FROM dispatch WHERE channel = 'email' AND state <> 'queued'"
)
"""What still waits has no text to go back with; its message stands in the inbox."""


def upgrade() -> None:
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("state", _state("dispatchstate"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_dispatch_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("message_id", "channel", name=op.f("uq_dispatch_message_id_channel")),
    )
    op.create_index("ix_dispatch_due", "dispatch", ["channel", "state", "next_try_at"], unique=False)
    op.execute(_INTO_DISPATCH)
    op.drop_index(op.f("ix_mail_state"), table_name="mail")
    op.drop_index(op.f("ix_mail_next_try_at"), table_name="mail")
    op.drop_table("mail")
    op.create_table(
        "login_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("subject_index", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_link")),
        sa.UniqueConstraint("account_id", "provider", name=op.f("uq_login_link_account_id_provider")),
        sa.UniqueConstraint("provider", "subject_index", name=op.f("uq_login_link_provider_subject_index")),
    )


def downgrade() -> None:
    op.drop_table("login_link")
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", _state("mailstate"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_mail_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_message_id")),
    )
    op.create_index(op.f("ix_mail_next_try_at"), "mail", ["next_try_at"], unique=False)
    op.create_index(op.f("ix_mail_state"), "mail", ["state"], unique=False)
    op.execute(_INTO_MAIL)
    op.drop_index("ix_dispatch_due", table_name="dispatch")
    op.drop_table("dispatch")


def _state(name: str) -> sa.Enum:
    return sa.Enum("queued", "sent", "failed", name=name, native_enum=False, create_constraint=True, length=24)
