"""Awards for a degree, which people choose instead of having their tuition paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subsidies_0002"
down_revision = "subsidies_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subsidies_revision", sa.Column("degree", sa.String(length=24), server_default="", nullable=False))
    op.add_column("subsidies_claim", sa.Column("subject", sa.String(length=60), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("subsidies_claim", "subject")
    op.drop_column("subsidies_revision", "degree")
