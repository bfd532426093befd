"""Rotation training: waves, whom they invite, the classes that serve them; addresses of calendar feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rotation_wave',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('org_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('posts', sa.JSON(), nullable=False),
    sa.Column('trained_before', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('planned', 'open', 'closed', name='wavestate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('job_id', sa.Uuid(), nullable=True),
    sa.Column('rounds', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['category'], ['class_category.code'], name=op.f('fk_rotation_wave_category')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_rotation_wave_job_id')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_rotation_wave_org_id')),
    sa.ForeignKeyConstraint(['source_id'], ['rotation_wave.id'], name=op.f('fk_rotation_wave_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rotation_wave')),
    sa.UniqueConstraint('source_id', name=op.f('uq_rotation_wave_source_id'))
    )
    op.create_index(op.f('ix_rotation_wave_org_id'), 'rotation_wave', ['org_id'], unique=False)
    op.create_table('rotation_person',
    sa.Column('wave_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_rotation_person_person_id')),
    sa.ForeignKeyConstraint(['wave_id'], ['rotation_wave.id'], name=op.f('fk_rotation_person_wave_id')),
    sa.PrimaryKeyConstraint('wave_id', 'person_id', name=op.f('pk_rotation_person'))
    )
    op.create_index(op.f('ix_rotation_person_person_id'), 'rotation_person', ['person_id'], unique=False)
    op.create_table('rotation_group',
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('wave_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_rotation_group_group_id')),
    sa.ForeignKeyConstraint(['wave_id'], ['rotation_wave.id'], name=op.f('fk_rotation_group_wave_id')),
    sa.PrimaryKeyConstraint('group_id', name=op.f('pk_rotation_group'))
    )
    op.create_index(op.f('ix_rotation_group_wave_id'), 'rotation_group', ['wave_id'], unique=False)
    op.create_table('calendar_feed',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('token_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_calendar_feed_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feed')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_feed_token_hash'))
    )
    op.create_index('uq_calendar_feed_person', 'calendar_feed', ['person_id'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_calendar_feed_person', table_name='calendar_feed', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_table('calendar_feed')
    op.drop_index(op.f('ix_rotation_group_wave_id'), table_name='rotation_group')
    op.drop_table('rotation_group')
    op.drop_index(op.f('ix_rotation_person_person_id'), table_name='rotation_person')
    op.drop_table('rotation_person')
    op.drop_index(op.f('ix_rotation_wave_org_id'), table_name='rotation_wave')
    op.drop_table('rotation_wave')
