"""What the extension points keep: the worth of an item when it was used, what a certificate asks for besides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FORMER_WORTH = sa.text(
    "UPDATE item_use SET worth = CASE WHEN (SELECT item.kind FROM item_version "
    "JOIN item ON item.id = item_version.item_id WHERE item_version.id = item_use.item_version_id) = 'multiple' "
    "THEN 4 ELSE 2 END"
)
"""Before this revision there were the two types of the national exam, worth 2 and 4 half-points."""


def upgrade() -> None:
    op.add_column("item_use", sa.Column("worth", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_FORMER_WORTH)
    op.add_column("certificate_kind", sa.Column("requirements", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("certificate_kind", "requirements")
    op.drop_column("item_use", "worth")
