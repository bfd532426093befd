"""Ladders, yearly classes and training of talents: programmes by date, rounds, panels, appointments, supervision."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

from lms.kernel.migrate import protect_append_only

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = "示例，待市里确定"
FROM = dt.date(2026, 1, 1)
SET_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
APPEND_ONLY = (
    "programme_ratio",
    "programme_version",
    "supervision_entry",
    "appointment",
    "programme_score",
    "appointment_assessment",
    "appointment_end",
)
TABLES = (
    "programme_track",
    "programme",
    "programme_ratio",
    "supervision_pair",
    "programme_version",
    "supervision_log",
    "programme_round",
    "supervision_entry",
    "programme_application",
    "programme_panel",
    "appointment",
    "programme_score",
    "appointment_assessment",
    "appointment_end",
)


def upgrade() -> None:
    tracks = op.create_table(
        "programme_track",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_ladder", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_programme_track")),
    )
    programmes = op.create_table(
        "programme",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("track", sa.String(length=40), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["track"], ["programme_track.code"], name=op.f("fk_programme_track")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_programme")),
    )
    op.create_index(op.f("ix_programme_track"), "programme", ["track"], unique=False)
    ratios = op.create_table(
        "programme_ratio",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("track", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("workers > 0", name=op.f("ck_programme_ratio_some_workers")),
        sa.ForeignKeyConstraint(["track"], ["programme_track.code"], name=op.f("fk_programme_ratio_track")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_ratio")),
        sa.UniqueConstraint(
            "track", "valid_from", "revision", name=op.f("uq_programme_ratio_track_valid_from_revision")
        ),
        info={"append_only": True},
    )
    op.create_table(
        "supervision_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("supervisor_id <> person_id", name=op.f("ck_supervision_pair_two_people")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_supervision_pair_person_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["person.id"], name=op.f("fk_supervision_pair_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_pair")),
    )
    op.create_index("ix_supervision_pair_person", "supervision_pair", ["person_id"], unique=False)
    op.create_index(
        "uq_supervision_pair_open",
        "supervision_pair",
        ["supervisor_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    versions = op.create_table(
        "programme_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column(
            "act",
            sa.Enum("appoint", "recognise", "admit", name="act", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "intake",
            sa.Enum(
                "recommended", "self", "nominated", name="intake", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("entry_set", sa.String(length=60), nullable=False),
        sa.Column("renewal_set", sa.String(length=60), nullable=False),
        sa.Column("written_exam", sa.String(length=80), nullable=False),
        sa.Column("written_weight", sa.Integer(), nullable=False),
        sa.Column("written_least", sa.Integer(), nullable=False),
        sa.Column("interview_weight", sa.Integer(), nullable=False),
        sa.Column("interview_least", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("panel_least", sa.Integer(), nullable=False),
        sa.Column("outlier_gap", sa.Integer(), nullable=False),
        sa.Column("notice", sa.Boolean(), nullable=False),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("plan_months", sa.Integer(), nullable=True),
        sa.Column("look_months", sa.Integer(), nullable=True),
        sa.Column("supervises", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(plan_months IS NULL) = (look_months IS NULL)", name=op.f("ck_programme_version_plan_with_looks")
        ),
        sa.CheckConstraint("plan_months > 0 AND look_months > 0", name=op.f("ck_programme_version_some_plan")),
        sa.CheckConstraint("term_months > 0", name=op.f("ck_programme_version_some_term")),
        sa.CheckConstraint(
            "written_weight + interview_weight IN (0, 100)", name=op.f("ck_programme_version_weights_fill_up")
        ),
        sa.CheckConstraint("written_weight >= 0 AND interview_weight >= 0", name=op.f("ck_programme_version_weights")),
        sa.ForeignKeyConstraint(["programme"], ["programme.code"], name=op.f("fk_programme_version_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_version")),
        sa.UniqueConstraint(
            "programme", "valid_from", "revision", name=op.f("uq_programme_version_programme_valid_from_revision")
        ),
        info={"append_only": True},
    )
    op.create_table(
        "supervision_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "signed",
                "complete",
                "dropped",
                name="logstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_supervision_log_some_time")),
        sa.ForeignKeyConstraint(["pair_id"], ["supervision_pair.id"], name=op.f("fk_supervision_log_pair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_log")),
        sa.UniqueConstraint("key", name=op.f("uq_supervision_log_key")),
    )
    op.create_index("ix_supervision_log_pair", "supervision_log", ["pair_id", "held_on"], unique=False)
    op.create_table(
        "programme_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("written_since", sa.Date(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("places_by", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "scoring",
                "ranked",
                "confirmed",
                "cancelled",
                name="roundstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("announced_by", sa.Uuid(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_programme_round_closes_after_opening")),
        sa.CheckConstraint("places > 0", name=op.f("ck_programme_round_some_places")),
        sa.ForeignKeyConstraint(["programme"], ["programme.code"], name=op.f("fk_programme_round_programme")),
        sa.ForeignKeyConstraint(["version_id"], ["programme_version.id"], name=op.f("fk_programme_round_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_round")),
        sa.UniqueConstraint("programme", "year", "number", name=op.f("uq_programme_round_programme_year_number")),
    )
    op.create_index(op.f("ix_programme_round_state"), "programme_round", ["state"], unique=False)
    op.create_table(
        "supervision_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("log_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["supervision_log.id"], name=op.f("fk_supervision_entry_log_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_supervision_entry_person_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["person.id"], name=op.f("fk_supervision_entry_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_entry")),
        sa.UniqueConstraint("log_id", name=op.f("uq_supervision_entry_log_id")),
        info={"append_only": True},
    )
    op.create_index("ix_supervision_entry_person", "supervision_entry", ["person_id", "held_on"], unique=False)
    op.create_index("ix_supervision_entry_supervisor", "supervision_entry", ["supervisor_id", "held_on"], unique=False)
    op.create_table(
        "programme_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("county_id", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("nominated_by", sa.Uuid(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("case_number", sa.String(length=24), nullable=False),
        sa.Column("result_case_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "in_review",
                "eligible",
                "rejected",
                "withdrawn",
                "left_out",
                "selected",
                "reserve",
                "not_selected",
                "refused",
                "appointed",
                name="applicationstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=True),
        sa.Column("interview", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["approval_case.id"], name=op.f("fk_programme_application_case_id")),
        sa.ForeignKeyConstraint(["county_id"], ["org_unit.id"], name=op.f("fk_programme_application_county_id")),
        sa.ForeignKeyConstraint(["nominated_by"], ["person.id"], name=op.f("fk_programme_application_nominated_by")),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_programme_application_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_programme_application_person_id")),
        sa.ForeignKeyConstraint(
            ["result_case_id"], ["approval_case.id"], name=op.f("fk_programme_application_result_case_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["programme_round.id"], name=op.f("fk_programme_application_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_application")),
        sa.UniqueConstraint("case_id", name=op.f("uq_programme_application_case_id")),
        sa.UniqueConstraint("key", name=op.f("uq_programme_application_key")),
        sa.UniqueConstraint("result_case_id", name=op.f("uq_programme_application_result_case_id")),
    )
    op.create_index("ix_programme_application_person", "programme_application", ["person_id"], unique=False)
    op.create_index(
        "ix_programme_application_round", "programme_application", ["round_id", "state", "place"], unique=False
    )
    op.create_index(
        "uq_programme_application_once",
        "programme_application",
        ["round_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'withdrawn'"),
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "programme_panel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_programme_panel_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["programme_round.id"], name=op.f("fk_programme_panel_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_panel")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_programme_panel_round_id_person_id")),
    )
    op.create_index(op.f("ix_programme_panel_person_id"), "programme_panel", ["person_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "basis",
            sa.Enum(
                "selection", "renewal", "record", name="basis", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("renews_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_appointment_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["programme_application.id"], name=op.f("fk_appointment_application_id")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["org_unit.id"], name=op.f("fk_appointment_org_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appointment_person_id")),
        sa.ForeignKeyConstraint(["programme"], ["programme.code"], name=op.f("fk_appointment_programme")),
        sa.ForeignKeyConstraint(["renews_id"], ["appointment.id"], name=op.f("fk_appointment_renews_id")),
        sa.ForeignKeyConstraint(["version_id"], ["programme_version.id"], name=op.f("fk_appointment_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("application_id", name=op.f("uq_appointment_application_id")),
        sa.UniqueConstraint("key", name=op.f("uq_appointment_key")),
        sa.UniqueConstraint("renews_id", name=op.f("uq_appointment_renews_id")),
        info={"append_only": True},
    )
    op.create_index("ix_appointment_org", "appointment", ["org_id"], unique=False)
    op.create_index("ix_appointment_person", "appointment", ["person_id", "programme"], unique=False)
    op.create_index("ix_appointment_programme", "appointment", ["programme", "ends_on"], unique=False)
    op.create_table(
        "programme_score",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["programme_application.id"], name=op.f("fk_programme_score_application_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["programme_panel.id"], name=op.f("fk_programme_score_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_score")),
        sa.UniqueConstraint(
            "application_id", "member_id", "revision", name=op.f("uq_programme_score_application_id_member_id_revision")
        ),
        info={"append_only": True},
    )
    op.create_index("ix_programme_score_member", "programme_score", ["member_id"], unique=False)
    op.create_table(
        "appointment_assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("assessed_by", sa.Uuid(), nullable=True),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_appointment_assessment_of_a_hundred")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_appointment_assessment_appointment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_assessment")),
        sa.UniqueConstraint(
            "appointment_id", "year", "revision", name=op.f("uq_appointment_assessment_appointment_id_year_revision")
        ),
        info={"append_only": True},
    )
    op.create_table(
        "appointment_end",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "expired",
                "stepped_down",
                "removed",
                "promoted",
                "corrected",
                name="endkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name=op.f("fk_appointment_end_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_end")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_appointment_end_appointment_id")),
        info={"append_only": True},
    )
    for table in APPEND_ONLY:
        protect_append_only(op.get_bind(), table)
    _seed(tracks, programmes, versions, ratios)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _text(chinese: str, english: str) -> dict[str, str]:
    return {"zh_CN": chinese, "en": english}


def _id(kind: str, code: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}:{code}")


def _seed(tracks: sa.Table, programmes: sa.Table, versions: sa.Table, ratios: sa.Table) -> None:
    """What there is until the city decides; all of it illustrative (示例). Ladder: a synthesis of other cities' rules."""
    op.bulk_insert(tracks, [
        {"code": "supervision", "title": _text("督导", "Supervision"), "position": 1, "is_ladder": True},
        {"code": "talents", "title": _text("优秀人才", "Outstanding talents"), "position": 2, "is_ladder": False},
        {"code": "management", "title": _text("高级管理", "Senior management"), "position": 3, "is_ladder": False},
    ])  # fmt: skip
    lines = [*_ladder(), *_talents(), _management()]
    op.bulk_insert(programmes, [
        {"code": line["programme"], "track": track, "rung": rung, "created_at": SET_AT}
        for track, rung, line in _placed(lines)
    ])  # fmt: skip
    op.bulk_insert(versions, lines)
    op.bulk_insert(ratios, [{
        "id": _id("programme_ratio", "supervision"), "track": "supervision", "valid_from": FROM, "revision": 1,
        "workers": 40,
        "lines": [
            {"codes": ["sup_junior", "sup_middle", "sup_senior"], "share": 1},
            {"codes": ["sup_trainee"], "share": 2},
            {"codes": ["sup_assistant"], "share": 4},
        ],
        "illustrative": True, "note": OPEN, "set_by": None, "set_at": SET_AT,
    }])  # fmt: skip
    table = _requirement_set()
    there = set(op.get_bind().scalars(sa.select(table.c.code)))  # a downgrade leaves them: nothing is taken away
    op.bulk_insert(table, [row for row in _conditions() if row["code"] not in there])


def _placed(lines: list[dict[str, Any]]) -> list[tuple[str, int, dict[str, Any]]]:
    tracks = {"sup": "supervision", "talent": "talents", "management": "management"}
    placed: list[tuple[str, int, dict[str, Any]]] = []
    for line in lines:
        track = tracks[line["programme"].split("_")[0]]
        placed.append((track, 1 + sum(one[0] == track for one in placed), line))
    return placed


def _ladder() -> list[dict[str, Any]]:
    criteria = [
        {"key": "profession", "title": _text("专业能力", "Professional skill"), "most": 40},
        {"key": "case", "title": _text("督导案例", "Supervision case"), "most": 30},
        {"key": "ethics", "title": _text("沟通与伦理", "Communication and ethics"), "most": 30},
    ]
    rungs = [
        (
            "sup_assistant",
            "督导助理",
            "Supervision assistant",
            "协助督导带教一线社工。",
            "Helps a supervisor guide workers.",
            24,
        ),
        ("sup_trainee", "见习督导", "Trainee supervisor", "在督导指导下开展督导。", "Supervises under guidance.", 24),
        (
            "sup_junior",
            "初级督导",
            "Junior supervisor",
            "独立开展个别和小组督导。",
            "Supervises alone, one person or a group.",
            24,
        ),
        ("sup_middle", "中级督导", "Intermediate supervisor", "督导团队和项目。", "Supervises teams and projects.", 36),
        (
            "sup_senior",
            "高级督导",
            "Senior supervisor",
            "督导督导者，研究督导规范。",
            "Supervises supervisors, writes standards.",
            36,
        ),
    ]
    return [
        _version(
            code, title, english, hint, english_hint, term_months=term, criteria=criteria, supervises=number > 0,
            entry_set=f"supervisor.{code.removeprefix('sup_')}.entry",
            renewal_set="supervisor.renewal" if number else "supervisor.assistant.renewal",
        )
        for number, (code, title, english, hint, english_hint, term) in enumerate(rungs)
    ]  # fmt: skip


def _talents() -> list[dict[str, Any]]:
    criteria = [
        {"key": "results", "title": _text("业绩成果", "Results"), "most": 50},
        {"key": "influence", "title": _text("行业影响", "Influence in the field"), "most": 30},
        {"key": "plan", "title": _text("培育计划", "Plan of development"), "most": 20},
    ]
    fields = [
        ("talent_service", "优秀服务人才", "Outstanding talent in services", "一线服务领域。", "Direct services."),
        (
            "talent_management",
            "优秀管理人才",
            "Outstanding talent in management",
            "机构和项目管理领域。",
            "Running agencies and projects.",
        ),
        (
            "talent_research",
            "优秀教育与研究人才",
            "Outstanding talent in teaching and research",
            "教学、培训和研究领域。",
            "Teaching, training and research.",
        ),
    ]
    return [
        _version(
            *field, act="recognise", intake="nominated", criteria=criteria, term_months=18, plan_months=18,
            look_months=12, panel_least=3, entry_set="talents.entry",
        )
        for field in fields
    ]  # fmt: skip


def _management() -> dict[str, Any]:
    return _version(
        "management_class", "高级管理人才培训班", "Senior management class",
        "每年一期，集中培训和跟踪培训一年半。", "One class a year: courses and coaching for a year and a half.",
        act="admit", term_months=18, entry_set="management.entry",
        criteria=[
            {"key": "record", "title": _text("管理经历", "Management record"), "most": 50},
            {"key": "plan", "title": _text("学习和改进计划", "Plan for learning and improving"), "most": 50},
        ],
    )  # fmt: skip


def _version(
    code: str, title: str, english: str, hint: str, english_hint: str, **changes: Any
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": _id("programme_version", code), "programme": code, "valid_from": FROM, "revision": 1,
        "title": _text(title, english), "summary": _text(hint, english_hint), "act": "appoint",
        "intake": "recommended", "renewal_set": "", "written_exam": "", "written_weight": 0, "written_least": 0,
        "interview_weight": 100, "interview_least": 60, "panel_least": 3, "outlier_gap": 15, "notice": True,
        "plan_months": None, "look_months": None, "supervises": False, "is_open": True, "illustrative": True,
        "note": OPEN, "set_by": None, "set_at": SET_AT,
        **changes,
    }  # fmt: skip


def _requirement_set() -> Any:
    return sa.table(
        "requirement_set",
        *(sa.column(name, kind) for name, kind in (
            ("id", sa.Uuid()), ("code", sa.String()), ("valid_from", sa.Date()), ("revision", sa.Integer()),
            ("title", sa.JSON()), ("tree", sa.JSON()), ("stands_for", sa.JSON(none_as_null=True)),
            ("is_open", sa.Boolean()), ("illustrative", sa.Boolean()), ("note", sa.Text()), ("set_by", sa.Uuid()),
            ("set_at", sa.DateTime(timezone=True)),
        )),
    )  # fmt: skip


def _conditions() -> list[dict[str, Any]]:
    """Each rung: a certificate, years of front-line work, and the rung below; renewal: assessed, and supervising."""
    assistant, intermediate = _leaf("qualification", level="assistant"), _leaf("qualification", level="intermediate")
    senior = {
        "how": "any",
        "parts": [_leaf("qualification", level="senior"), _leaf("service", months=96)],
    }
    sets = [
        ("supervisor.assistant.entry", "督导助理聘任条件", "Supervision assistant: entry", [assistant, _leaf("service", months=12)]),
        ("supervisor.trainee.entry", "见习督导聘任条件", "Trainee supervisor: entry", [assistant, _leaf("service", months=24)]),
        ("supervisor.junior.entry", "初级督导聘任条件", "Junior supervisor: entry", [
            intermediate, _leaf("service", months=48), _leaf("supervision", direction="received", minutes=2400),
        ]),
        ("supervisor.middle.entry", "中级督导聘任条件", "Intermediate supervisor: entry", [
            intermediate, _leaf("service", months=72), _leaf("appointment", programme="sup_junior", months=12),
        ]),
        ("supervisor.senior.entry", "高级督导聘任条件", "Senior supervisor: entry", [
            senior, _leaf("appointment", programme="sup_middle", months=24),
        ]),
        ("supervisor.assistant.renewal", "督导助理续聘条件", "Supervision assistant: renewal", [
            assistant, _leaf("assessment", least=75),
        ]),
        ("supervisor.renewal", "督导续聘条件", "Supervisors: renewal", [
            assistant, _leaf("assessment", least=80),
            _leaf("supervision", direction="given", minutes=1200, months=12),
        ]),
        ("talents.entry", "优秀人才提名条件", "Outstanding talents: nomination", [intermediate, _leaf("service", months=60)]),
        ("management.entry", "高级管理人才培训班报名条件", "Senior management class: application", [
            {"how": "any", "parts": [intermediate, _leaf("service", months=96)]}, _leaf("service", months=36),
        ]),
    ]  # fmt: skip
    return [
        {
            "id": _id("requirement_set", code), "code": code, "valid_from": FROM, "revision": 1,
            "title": _text(title, english), "tree": {"how": "all", "parts": parts}, "stands_for": None,
            "is_open": True, "illustrative": True, "note": OPEN, "set_by": None, "set_at": SET_AT,
        }
        for code, title, english, parts in sets
    ]  # fmt: skip


def _leaf(key: str, **params: Any) -> dict[str, Any]:
    return {"type": key, "params": params}
