import sqlalchemy as sa
from alembic import op

revision = "untidy_0001"
down_revision = None


def upgrade():
    op.create_table("untidy_note", sa.Column("id", sa.Integer(), primary_key=True), if_not_exists=True)
    op.create_table("elsewhere", sa.Column("id", sa.Integer(), primary_key=True), if_not_exists=True)


def downgrade():
    """Forgets everything."""
