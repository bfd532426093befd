"""Full-text search that works for Chinese: texts are cut into overlapping pairs of characters (bigrams).

“社会工作” is stored as 社会 会工 工作 and looked for as that phrase, so a word of any length is found by the
index alone: SQLite FTS5 without content, or a PostgreSQL tsvector under GIN. Latin words and numbers are kept whole and
found by their beginning. What was indexed is never changed: a new text is a new entry.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, column, select, table, text
from sqlalchemy.orm import Session

from lms.kernel.db import db
from lms.kernel.models import SearchEntry

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_LONGEST_QUERY = 60
_LAST_POSITION = 16383  # PostgreSQL counts no further


def add(session: Session, *, kind: str, subject: uuid.UUID, content: str) -> None:
    """Index a text, in the caller's transaction. `kind` and `subject` say what is found by it."""
    entry = SearchEntry(kind=kind, subject=subject)
    session.add(entry)
    session.flush()
    words = list(tokens(content))
    if session.get_bind().dialect.name == "postgresql":
        statement = "INSERT INTO search_text (rowid, tokens) VALUES (:id, CAST(:tokens AS tsvector))"
        stored = " ".join(f"'{word}':{min(at, _LAST_POSITION)}" for at, word in enumerate(words, 1))
    else:
        statement, stored = "INSERT INTO search_text (rowid, tokens) VALUES (:id, :tokens)", " ".join(words)
    session.execute(text(statement), {"id": entry.id, "tokens": stored})


def matching(kind: str, query: str) -> Select[uuid.UUID]:
    """Subjects of a kind whose text holds every word of `query`, as a SELECT; none for an empty query."""
    found = select(SearchEntry.subject).where(SearchEntry.kind == kind)
    if db.engine.dialect.name == "postgresql":
        condition, wanted = text("tokens @@ CAST(:search_query AS tsquery)"), _tsquery(query)
    else:
        condition, wanted = text("search_text MATCH :search_query"), _fts5_query(query)
    if not wanted:
        return found.where(SearchEntry.id.is_(None))
    hits: Select[Any] = (
        select(column("rowid")).select_from(table("search_text")).where(condition.bindparams(search_query=wanted))
    )
    return found.where(SearchEntry.id.in_(hits))


def tokens(content: str) -> Iterator[str]:
    """What a text is found by: bigrams of Chinese and, at the end of each run, its last character; words otherwise."""
    for run in _runs(content):
        if _IS_HAN.match(run):
            yield from (run[at : at + 2] for at in range(len(run)))
        else:
            yield run


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of text that was searched for, or not."""

    text: str
    hit: bool


def highlight(content: str, query: str, *, around: int = 30, width: int = 90) -> list[Fragment]:
    """About `width` characters, from `around` before the first hit; empty when there is none."""
    words = sorted({re.escape(run) for run in _runs(query)}, key=len, reverse=True)
    finder = re.compile("|".join(words), re.IGNORECASE) if words else None
    first = finder.search(content) if finder else None
    if finder is None or first is None:
        return []
    start = max(0, first.start() - around)
    excerpt = content[start : start + width]
    fragments, at = [Fragment("…", hit=False)] if start else [], 0
    for hit in finder.finditer(excerpt):
        fragments += [Fragment(excerpt[at : hit.start()], hit=False), Fragment(hit[0], hit=True)]
        at = hit.end()
    rest = excerpt[at:] + ("…" if start + width < len(content) else "")
    return [fragment for fragment in [*fragments, Fragment(rest, hit=False)] if fragment.text]


def _runs(content: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", content).lower())


def _parts(query: str) -> Iterator[tuple[list[str], bool]]:
    """The phrases of a query; True when the phrase's one word may go on."""
    for run in _runs(query[:_LONGEST_QUERY]):
        if _IS_HAN.match(run) and len(run) > 1:
            yield [run[at : at + 2] for at in range(len(run) - 1)], False
        else:
            yield [run], True


def _fts5_query(query: str) -> str:
    return " AND ".join('"' + " ".join(words) + '"' + "*" * goes_on for words, goes_on in _parts(query))


def _tsquery(query: str) -> str:
    return " & ".join(
        "(" + " <-> ".join(f"'{word}'" for word in words) + ")" if not goes_on else f"'{words[0]}':*"
        for words, goes_on in _parts(query)
    )
