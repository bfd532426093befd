"""Class groups: categories and rules by date, rooms, groups with seats and meetings, attendance, work, graduation."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('class_category',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_class_category'))
    )
    op.create_table('class_rule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('credit_mode', sa.Enum('meeting', 'graduation', 'none', name='creditmode', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('credit_category', sa.String(length=24), nullable=False),
    sa.Column('late_minutes', sa.Integer(), nullable=False),
    sa.Column('warn_percent', sa.Integer(), nullable=False),
    sa.Column('absent_percent', sa.Integer(), nullable=False),
    sa.Column('missing_assignments', sa.Integer(), nullable=False),
    sa.Column('warn_days', sa.Integer(), nullable=False),
    sa.Column('pass_points', sa.Integer(), nullable=False),
    sa.Column('capstone_gap', sa.Integer(), nullable=False),
    sa.Column('repeat_months', sa.Integer(), nullable=False),
    sa.Column('illustrative', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('warn_percent <= absent_percent', name=op.f('ck_class_rule_warned_first')),
    sa.ForeignKeyConstraint(['category'], ['class_category.code'], name=op.f('fk_class_rule_category')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_rule')),
    sa.UniqueConstraint('category', 'valid_from', 'revision', name=op.f('uq_class_rule_category_valid_from_revision')),
    info={'append_only': True}
    )
    op.create_table('training_room',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('org_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('address', sa.String(length=120), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.CheckConstraint('places > 0', name=op.f('ck_training_room_some_places')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_training_room_org_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_room')),
    sa.UniqueConstraint('org_id', 'name', name=op.f('uq_training_room_org_id_name'))
    )
    op.create_table('class_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('org_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('rule_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('audience', sa.Enum('listed', 'unit', 'all', name='audience', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('waitlist', sa.Boolean(), nullable=False),
    sa.Column('enrol_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('enrol_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'open', 'running', 'closed', 'cancelled', name='groupstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_class_group_ends_after_start')),
    sa.CheckConstraint('enrol_until > enrol_from', name=op.f('ck_class_group_some_window')),
    sa.CheckConstraint('places > 0', name=op.f('ck_class_group_some_places')),
    sa.ForeignKeyConstraint(['category'], ['class_category.code'], name=op.f('fk_class_group_category')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_class_group_course_id')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_class_group_org_id')),
    sa.ForeignKeyConstraint(['rule_id'], ['class_rule.id'], name=op.f('fk_class_group_rule_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_group'))
    )
    op.create_index(op.f('ix_class_group_category'), 'class_group', ['category'], unique=False)
    op.create_index(op.f('ix_class_group_org_id'), 'class_group', ['org_id'], unique=False)
    op.create_table('class_assignment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('brief', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('capstone', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_assignment_group_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_assignment'))
    )
    op.create_index(op.f('ix_class_assignment_group_id'), 'class_assignment', ['group_id'], unique=False)
    op.create_table('class_graduation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.Enum('graduated', 'not_graduated', 'eliminated', name='outcome', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('planned', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_graduation_group_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_class_graduation_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_graduation')),
    sa.UniqueConstraint('group_id', 'person_id', name=op.f('uq_class_graduation_group_id_person_id')),
    info={'append_only': True}
    )
    op.create_index(op.f('ix_class_graduation_person_id'), 'class_graduation', ['person_id'], unique=False)
    op.create_table('class_meeting',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('room_id', sa.Uuid(), nullable=True),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('planned', 'cancelled', 'held', name='meetingstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_class_meeting_ends_after_start')),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_meeting_group_id')),
    sa.ForeignKeyConstraint(['room_id'], ['training_room.id'], name=op.f('fk_class_meeting_room_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_meeting'))
    )
    op.create_index('ix_class_meeting_group', 'class_meeting', ['group_id', 'starts_at'], unique=False)
    op.create_index('ix_class_meeting_room', 'class_meeting', ['room_id', 'starts_at'], unique=False)
    op.create_table('class_member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('enrolled', 'waiting', 'left', 'removed', name='memberstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('source', sa.Enum('self', 'list', 'programme', name='membersource', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('home', sa.Uuid(), nullable=True),
    sa.Column('pool', sa.String(length=32), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('ticket', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(seat IS NOT NULL) = (state = 'enrolled')", name=op.f('ck_class_member_seated_when_enrolled')),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_member_group_id')),
    sa.ForeignKeyConstraint(['home'], ['org_unit.id'], name=op.f('fk_class_member_home')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_class_member_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_member')),
    sa.UniqueConstraint('group_id', 'person_id', name=op.f('uq_class_member_group_id_person_id')),
    sa.UniqueConstraint('group_id', 'pool', 'seat', name=op.f('uq_class_member_group_id_pool_seat')),
    sa.UniqueConstraint('group_id', 'ticket', name=op.f('uq_class_member_group_id_ticket'))
    )
    op.create_index(op.f('ix_class_member_person_id'), 'class_member', ['person_id'], unique=False)
    op.create_table('class_quota',
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('org_id', sa.Uuid(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.CheckConstraint('places > 0', name=op.f('ck_class_quota_some_places')),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_quota_group_id')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_class_quota_org_id')),
    sa.PrimaryKeyConstraint('group_id', 'org_id', name=op.f('pk_class_quota'))
    )
    op.create_table('class_warning',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('cause', sa.Enum('absence', 'assignments', 'unmarked', 'failed', 'meetings', name='cause', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['class_group.id'], name=op.f('fk_class_warning_group_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_class_warning_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_warning')),
    sa.UniqueConstraint('group_id', 'person_id', 'cause', name=op.f('uq_class_warning_group_id_person_id_cause')),
    info={'append_only': True}
    )
    op.create_table('attendance_record',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('says', sa.Enum('present', 'left', 'absent', 'excused', name='says', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('means', sa.Enum('qr', 'code', 'trainer', name='means', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('device', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=140), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['class_meeting.id'], name=op.f('fk_attendance_record_meeting_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attendance_record_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_record')),
    sa.UniqueConstraint('key', name=op.f('uq_attendance_record_key')),
    info={'append_only': True}
    )
    op.create_index('ix_attendance_record_meeting', 'attendance_record', ['meeting_id', 'recorded_at'], unique=False)
    op.create_index(op.f('ix_attendance_record_person_id'), 'attendance_record', ['person_id'], unique=False)
    op.create_table('attendance_result',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('excused', sa.Boolean(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minutes >= 0', name=op.f('ck_attendance_result_no_debt')),
    sa.ForeignKeyConstraint(['meeting_id'], ['class_meeting.id'], name=op.f('fk_attendance_result_meeting_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attendance_result_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_result')),
    sa.UniqueConstraint('meeting_id', 'person_id', 'revision', name=op.f('uq_attendance_result_meeting_id_person_id_revision')),
    info={'append_only': True}
    )
    op.create_index(op.f('ix_attendance_result_person_id'), 'attendance_result', ['person_id'], unique=False)
    op.create_table('attendance_try',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('device', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['class_meeting.id'], name=op.f('fk_attendance_try_meeting_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attendance_try_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_try')),
    info={'append_only': True}
    )
    op.create_index(op.f('ix_attendance_try_meeting_id'), 'attendance_try', ['meeting_id'], unique=False)
    op.create_index('ix_attendance_try_person', 'attendance_try', ['person_id', 'at'], unique=False)
    op.create_table('class_submission',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assignment_id'], ['class_assignment.id'], name=op.f('fk_class_submission_assignment_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_class_submission_file_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_class_submission_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_submission')),
    sa.UniqueConstraint('assignment_id', 'person_id', 'round', name=op.f('uq_class_submission_assignment_id_person_id_round')),
    sa.UniqueConstraint('key', name=op.f('uq_class_submission_key')),
    info={'append_only': True}
    )
    op.create_index(op.f('ix_class_submission_person_id'), 'class_submission', ['person_id'], unique=False)
    op.create_table('meeting_trainer',
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['class_meeting.id'], name=op.f('fk_meeting_trainer_meeting_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_meeting_trainer_person_id')),
    sa.PrimaryKeyConstraint('meeting_id', 'person_id', name=op.f('pk_meeting_trainer'))
    )
    op.create_index(op.f('ix_meeting_trainer_person_id'), 'meeting_trainer', ['person_id'], unique=False)
    op.create_table('class_mark',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('submission_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('marker_id', sa.Uuid(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('points >= 0 AND points <= 100', name=op.f('ck_class_mark_of_a_hundred')),
    sa.CheckConstraint('slot >= 1 AND slot <= 3', name=op.f('ck_class_mark_three_at_most')),
    sa.ForeignKeyConstraint(['marker_id'], ['person.id'], name=op.f('fk_class_mark_marker_id')),
    sa.ForeignKeyConstraint(['submission_id'], ['class_submission.id'], name=op.f('fk_class_mark_submission_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_mark')),
    sa.UniqueConstraint('submission_id', 'slot', 'revision', name=op.f('uq_class_mark_submission_id_slot_revision')),
    info={'append_only': True}
    )
    protect_append_only(op.get_bind(), "class_rule")
    protect_append_only(op.get_bind(), "attendance_record")
    protect_append_only(op.get_bind(), "attendance_try")
    protect_append_only(op.get_bind(), "attendance_result")
    protect_append_only(op.get_bind(), "class_submission")
    protect_append_only(op.get_bind(), "class_mark")
    protect_append_only(op.get_bind(), "class_warning")
    protect_append_only(op.get_bind(), "class_graduation")
    _seed()


def downgrade() -> None:
    op.drop_table('class_mark')
    op.drop_index(op.f('ix_meeting_trainer_person_id'), table_name='meeting_trainer')
    op.drop_table('meeting_trainer')
    op.drop_index(op.f('ix_class_submission_person_id'), table_name='class_submission')
    op.drop_table('class_submission')
    op.drop_index('ix_attendance_try_person', table_name='attendance_try')
    op.drop_index(op.f('ix_attendance_try_meeting_id'), table_name='attendance_try')
    op.drop_table('attendance_try')
    op.drop_index(op.f('ix_attendance_result_person_id'), table_name='attendance_result')
    op.drop_table('attendance_result')
    op.drop_index(op.f('ix_attendance_record_person_id'), table_name='attendance_record')
    op.drop_index('ix_attendance_record_meeting', table_name='attendance_record')
    op.drop_table('attendance_record')
    op.drop_table('class_warning')
    op.drop_table('class_quota')
    op.drop_index(op.f('ix_class_member_person_id'), table_name='class_member')
    op.drop_table('class_member')
    op.drop_index('ix_class_meeting_room', table_name='class_meeting')
    op.drop_index('ix_class_meeting_group', table_name='class_meeting')
    op.drop_table('class_meeting')
    op.drop_index(op.f('ix_class_graduation_person_id'), table_name='class_graduation')
    op.drop_table('class_graduation')
    op.drop_index(op.f('ix_class_assignment_group_id'), table_name='class_assignment')
    op.drop_table('class_assignment')
    op.drop_index(op.f('ix_class_group_org_id'), table_name='class_group')
    op.drop_index(op.f('ix_class_group_category'), table_name='class_group')
    op.drop_table('class_group')
    op.drop_table('training_room')
    op.drop_table('class_rule')
    op.drop_table('class_category')


def _columns(**kinds: sa.types.TypeEngine[object]) -> list[sa.ColumnClause[object]]:
    return [sa.column(name, kind) for name, kind in kinds.items()]


CATEGORY = sa.table(
    "class_category", *_columns(code=sa.String(), title=sa.JSON(), position=sa.Integer(), is_open=sa.Boolean())
)
_NUMBERS = (
    "revision", "late_minutes", "warn_percent", "absent_percent", "missing_assignments", "warn_days", "pass_points",
    "capstone_gap", "repeat_months",
)
RULE = sa.table(
    "class_rule",
    *_columns(
        id=sa.Uuid(), category=sa.String(), valid_from=sa.Date(), credit_mode=sa.String(), credit_category=sa.String(),
        illustrative=sa.Boolean(), note=sa.Text(), set_by=sa.Uuid(), set_at=sa.DateTime(timezone=True),
        **{name: sa.Integer() for name in _NUMBERS},
    ),
)
CATEGORIES = (
    ("rotation", "轮训", "Rotation training", "meeting", 36),
    ("senior", "高级管理人才班", "Senior management class", "graduation", 0),
    ("practice", "分类实务研修", "Practice seminar", "meeting", 0),
    ("prep", "考前培训", "Exam preparation", "none", 0),
)


def _seed() -> None:
    """What holds until the city decides: all of it illustrative (示例)."""
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    categories, rules = [], []
    for number, (code, title, english, mode, months) in enumerate(CATEGORIES, 1):
        categories.append({"code": code, "title": {"zh_CN": title, "en": english}, "position": number * 10, "is_open": True})
        rules.append(
            {
                "id": uuid.uuid5(uuid.NAMESPACE_OID, f"class_rule:{code}"),
                "category": code,
                "valid_from": dt.date(2020, 1, 1),
                "revision": 1,
                "credit_mode": mode,
                "credit_category": "professional",
                "late_minutes": 10,
                "warn_percent": 10,
                "absent_percent": 20,
                "missing_assignments": 0 if code == "senior" else 1,
                "warn_days": 3,
                "pass_points": 60,
                "capstone_gap": 10,
                "repeat_months": months,
                "illustrative": True,
                "note": "示例，待市里确定",
                "set_by": None,
                "set_at": moment,
            }
        )
    op.bulk_insert(CATEGORY, categories)
    op.bulk_insert(RULE, rules)
