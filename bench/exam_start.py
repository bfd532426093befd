"""A synchronised start: 300 candidates, already signed in, begin in the same second.

Each opens a connection of its own and sends one start, all at once; then as many bare one-row inserts go to a bare
Flask route on the same server. Figures: the time until the last answer. The ratio is bare time / our time, the median
of several sessions; a start does more than the bare insert (it looks up the sign-in, checks seat, state and opening
time, computes the deadline, signs a token).
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import select

from bench import _bare, _exam
from bench._load import measure
from bench._servers import academy, served
from lms.exams.models import Sitting
from lms.kernel.db import db

CANDIDATES = 300
ROUNDS = 5


def main(candidates: int = CANDIDATES, rounds: int = ROUNDS) -> dict[str, object]:
    with academy() as (app, environment), app.app_context():
        first = _exam.make_exam(candidates)
        settings = [first, *(_exam.another_session(first, number) for number in range(2, rounds + 1))]
        url = environment["LMS_DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_bare.TABLES)
        tokens = _csrf_tokens(app, candidates)
        with (
            served("lms.app:create_app", environment, factory=True) as ours,
            served("bench._bare:app", environment, factory=False) as bare,
        ):
            figures = [_round(setting, ours, bare, tokens) for setting in settings]
        db.session.rollback()
        begun = len(db.session.scalars(select(Sitting.id)).all())
    assert begun == candidates * rounds, begun
    return {
        "ratio": round(statistics.median(one["ratio"] for one in figures), 3),
        "candidates": candidates,
        **{key: round(statistics.median(one[key] for one in figures), 1) for key in figures[0] if key != "ratio"},
    }


def _round(setting: _exam.Setting, ours: int, bare: int, tokens: Sequence[tuple[str, str]]) -> dict[str, float]:
    starts = [
        {"head": _head(setting, candidate, token), "bodies": ["{}"]}
        for candidate, token in zip(setting.candidates, tokens, strict=True)
    ]
    inserts = [
        {"head": f"POST /starts/{one.seat_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n", "bodies": [""]}
        for one in setting.candidates
    ]
    mine, theirs = _measured(ours, starts), _measured(bare, inserts)
    ratio = theirs["seconds"] / mine["seconds"]
    print(
        f"{len(starts)} starts in {mine['seconds'] * 1000:6.0f} ms (p99 {mine['p99_ms']:5.0f} ms) | bare inserts in "
        f"{theirs['seconds'] * 1000:6.0f} ms | ratio {ratio:.2f}",
        flush=True,
    )
    return {
        "ratio": ratio,
        "all_started_ms": mine["seconds"] * 1000,
        "start_p50_ms": mine["p50_ms"],
        "start_p99_ms": mine["p99_ms"],
        "bare_all_ms": theirs["seconds"] * 1000,
    }


def _measured(port: int, connections: list[dict[str, Any]]) -> dict[str, Any]:
    result = measure({"port": port, "connections": connections})
    assert set(result["statuses"]) == {"200"}, result["statuses"]
    return result


def _head(setting: _exam.Setting, candidate: _exam.Candidate, token: tuple[str, str]) -> str:
    session_cookie, csrf = token
    return (
        f"POST /exams/sessions/{setting.session_id}/start HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nX-CSRFToken: {csrf}\r\n"
        f"Cookie: sign_in={candidate.cookie}; session={session_cookie}\r\n"
    )


def _csrf_tokens(app: Any, count: int) -> list[tuple[str, str]]:
    """What each browser got with the waiting room: the session cookie and the CSRF token that belongs to it."""
    tokens = []
    for _candidate in range(count):
        browser = app.test_client()
        with app.app_context():  # else requests share what the outer context remembers
            page = browser.get("/exams").text
        csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
        tokens.append((browser.get_cookie("session").value, csrf))
    return tokens


if __name__ == "__main__":
    outcome = main(60, 3) if "--quick" in sys.argv else main()
    print(
        f"{outcome['candidates']} candidates all started after {outcome['all_started_ms']} ms "
        f"(bare inserts: {outcome['bare_all_ms']} ms)"
    )
    print(json.dumps({"name": "exam_start", **outcome}))
