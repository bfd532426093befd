import sqlalchemy as sa
from alembic import op

revision = "drifting_0001"
down_revision = None


def upgrade():
    op.create_table("drifting_note", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table("drifting_note")
