import sqlalchemy as sa
from alembic import op

revision = "brokenmigration_0001"
down_revision = None


def upgrade():
    op.create_table("brokenmigration_note", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO no_such_table VALUES (1)")


def downgrade():
    op.drop_table("brokenmigration_note")
