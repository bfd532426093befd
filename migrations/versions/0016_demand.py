"""Course demand: wishes with votes, and what people say after a class."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('course_wish',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=40), nullable=False),
    sa.Column('plain', sa.String(length=40), nullable=False),
    sa.Column('state', sa.Enum('open', 'planned', 'done', 'hidden', name='wishstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('answer', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_course_wish_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_wish')),
    sa.UniqueConstraint('plain', name=op.f('uq_course_wish_plain'))
    )
    op.create_index(op.f('ix_course_wish_created_by'), 'course_wish', ['created_by'], unique=False)
    op.create_table('course_wish_vote',
    sa.Column('wish_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('voted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_course_wish_vote_person_id')),
    sa.ForeignKeyConstraint(['wish_id'], ['course_wish.id'], name=op.f('fk_course_wish_vote_wish_id')),
    sa.PrimaryKeyConstraint('wish_id', 'person_id', name=op.f('pk_course_wish_vote'))
    )
    op.create_index(op.f('ix_course_wish_vote_person_id'), 'course_wish_vote', ['person_id'], unique=False)
    op.create_table('class_survey',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('content', sa.SmallInteger(), nullable=False),
    sa.Column('teaching', sa.SmallInteger(), nullable=False),
    sa.Column('use', sa.SmallInteger(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('content BETWEEN 1 AND 5 AND teaching BETWEEN 1 AND 5 AND use BETWEEN 1 AND 5', name=op.f('ck_class_survey_scale')),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_survey_group_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_class_survey_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_survey')),
    sa.UniqueConstraint('group_id', 'person_id', name=op.f('uq_class_survey_group_id_person_id')),
    info={'append_only': True}
    )
    op.create_index(op.f('ix_class_survey_person_id'), 'class_survey', ['person_id'], unique=False)
    protect_append_only(op.get_bind(), "class_survey")


def downgrade() -> None:
    op.drop_index(op.f('ix_class_survey_person_id'), table_name='class_survey')
    op.drop_table('class_survey')
    op.drop_index(op.f('ix_course_wish_vote_person_id'), table_name='course_wish_vote')
    op.drop_table('course_wish_vote')
    op.drop_index(op.f('ix_course_wish_created_by'), table_name='course_wish')
    op.drop_table('course_wish')
