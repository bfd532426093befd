"""The full-text index of `lms.kernel.search`: FTS5 without content on SQLite, a tsvector under GIN on PostgreSQL."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE search_text (rowid bigint PRIMARY KEY REFERENCES search_entry (id), tokens tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_text_tokens ON search_text USING gin (tokens)")
    else:
        op.execute("CREATE VIRTUAL TABLE search_text USING fts5(tokens, content='', tokenize='unicode61')")


def downgrade() -> None:
    op.execute("DROP TABLE search_text")
