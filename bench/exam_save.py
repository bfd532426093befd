"""Saving an answer at 16 connections, against a bare Flask route doing a one-row upsert on the same server.

Both run under granian with the same settings, on the same PostgreSQL with fsync on, in rounds that take turns; the
ratio is the median over the rounds. Every acknowledged answer is counted in the database at the end.
"""

from __future__ import annotations

import json
import sys
import uuid

import psycopg

from bench import _bare, _exam
from bench._load import measure
from bench._servers import academy, median_figures, served
from lms.exams.dto import Claims
from lms.exams.front import TOKEN_HEADER
from lms.exams.receipts import login_mark, make_token

CONNECTIONS = 16
ROUNDS = 7
SECONDS = 3.0
MOST = 12_000  # bodies prepared per round over all connections


def main(rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, object]:
    with academy() as (app, environment), app.app_context():
        setting = _exam.make_exam(CONNECTIONS)
        sittings = _exam.make_sittings(setting)
        secret = str(app.config["SECRET_KEY"])
        heads = [
            _head(sitting, candidate, secret) for sitting, candidate in zip(sittings, setting.candidates, strict=True)
        ]
        url = environment["LMS_DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_bare.TABLES)
        with (
            served("lms.app:create_app", environment, factory=True) as ours,
            served("bench._bare:app", environment, factory=False) as bare,
        ):
            result = _rounds(rounds, seconds, (ours, bare), heads, sittings)
        with psycopg.connect(url, autocommit=True) as connection:
            [stored] = connection.execute("SELECT count(*) FROM answer_entry").fetchone() or [0]
    result["lost"] = int(result["acknowledged"]) - int(stored)  # type: ignore[call-overload]
    return result


def _rounds(
    rounds: int, seconds: float, ports: tuple[int, int], heads: list[str], sittings: list[uuid.UUID]
) -> dict[str, object]:
    ours, bare = ports
    acknowledged, seq = 0, 1
    figures: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
    bare_heads = [_bare_head(sitting) for sitting in sittings]
    for number in range(rounds + 1):  # the first one warms up
        span = seconds if number else 1.0
        each = MOST // CONNECTIONS
        bodies = [_body(seq + step) for step in range(each)]
        seq += each
        results = {}
        for name, port, some in (("ours", ours, heads), ("bare", bare, bare_heads)):
            plan = {"port": port, "seconds": span, "connections": [{"head": h, "bodies": bodies} for h in some]}
            results[name] = measure(plan)
            assert set(results[name]["statuses"]) == {"200"}, results[name]["statuses"]
        acknowledged += results["ours"]["requests"]
        if number:
            for name, result in results.items():
                figures[name].append(result)
            print(
                f"round {number}: ours {results['ours']['per_second']:7.0f}/s p99 {results['ours']['p99_ms']:6.1f} ms"
                f" | bare {results['bare']['per_second']:7.0f}/s p99 {results['bare']['p99_ms']:6.1f} ms"
                f" | ratio {results['ours']['per_second'] / results['bare']['per_second']:.2f}",
                flush=True,
            )
    return {"acknowledged": acknowledged, **median_figures(figures)}


def _head(sitting: uuid.UUID, candidate: _exam.Candidate, secret: str) -> str:
    token = make_token(secret, Claims(sitting, 1, login_mark(candidate.cookie)))
    return (
        f"POST /exams/sittings/{sitting}/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Cookie: sign_in={candidate.cookie}\r\n{TOKEN_HEADER}: {token}\r\n"
    )


def _bare_head(sitting: uuid.UUID) -> str:
    return f"POST /answers/{sitting} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def _body(seq: int) -> str:
    entry = {"seq": seq, "position": seq % _exam.ITEMS, "choice": 1 << seq % 4, "marked": False}
    return json.dumps({"device": 1, "entries": [entry]}, separators=(",", ":"))


if __name__ == "__main__":
    quick = "--quick" in sys.argv
    outcome = main(3, 1.5) if quick else main()
    print(
        f"saving an answer: {outcome['ours_per_second']}/s (p50 {outcome['ours_p50_ms']} ms, p99 "
        f"{outcome['ours_p99_ms']} ms); bare upsert {outcome['bare_per_second']}/s (p99 {outcome['bare_p99_ms']} ms); "
        f"acknowledged {outcome['acknowledged']}, lost {outcome['lost']}"
    )
    print(json.dumps({"name": "exam_save", **outcome}))
