"""The learner's home at 16 connections, against the least work that could bring the same page.

    python -m bench.home [--quick]

limit   a bare Flask route on the same server: sign-in row, one raw psycopg SELECT of the same facts, a plain Jinja page
        of the same size (bench/_bare_home.py)
ours    `GET /` of a signed-in learner with courses, exams, hours, a certificate and messages

Both run under granian with the same settings on the same PostgreSQL, among 5,000 learners in the real city with the
four course packages, and answer with compressed pages as a browser asks for them. Rounds take turns; the ratio (our
pages per second / the limit's) is the median over the rounds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from flask import Flask

from bench import _learners
from bench._load import measure
from bench._servers import academy, median_figures, served
from lms.kernel.db import db

CONNECTIONS = 16
LEARNERS = 5000
ROUNDS = 7
SECONDS = 3.0
MOST = 6000  # requests prepared per round over all connections


def main(learners: int = LEARNERS, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, object]:
    with academy() as (app, environment):
        with app.app_context():
            some = _learners.make_learners(learners)[:CONNECTIONS]
            db.session.remove()
            db.engine.dispose()
        environment["BENCH_PAGE"] = str(Path(environment["LMS_DATA_DIR"]) / "page.html")
        page = _page(app, some[0].cookie)
        Path(environment["BENCH_PAGE"]).write_text(page, encoding="utf-8")
        with (
            served("lms.app:create_app", environment, factory=True) as ours,
            served("bench._bare_home:app", environment, factory=False) as bare,
        ):
            figures = _rounds(rounds, seconds, (ours, bare), [_head(one.cookie) for one in some])
    return {**median_figures(figures), "learners": learners, "page_bytes": len(page.encode())}


def _page(app: Flask, cookie: str) -> str:
    browser = app.test_client()
    browser.set_cookie("sign_in", cookie)
    page = browser.get("/").text
    assert all(word in page for word in ("正在学", "继续教育", "考试")), page
    return page


def _rounds(rounds: int, seconds: float, ports: tuple[int, int], heads: list[str]) -> dict[str, list[dict[str, float]]]:
    figures: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
    bodies = [""] * (MOST // CONNECTIONS)
    for number in range(rounds + 1):  # the first one warms up
        results = {}
        for name, port in zip(figures, ports, strict=True):
            connections = [{"head": head, "bodies": bodies} for head in heads]
            results[name] = measure({"port": port, "seconds": seconds, "connections": connections})
            assert set(results[name]["statuses"]) == {"200"}, results[name]["statuses"]
            if number:
                figures[name].append(results[name])
        print(
            f"round {number}: ours {results['ours']['per_second']:6.0f}/s p99 {results['ours']['p99_ms']:6.1f} ms"
            f" | bare {results['bare']['per_second']:6.0f}/s p99 {results['bare']['p99_ms']:6.1f} ms"
            f" | ratio {results['ours']['per_second'] / results['bare']['per_second']:.2f}",
            flush=True,
        )
    return figures


def _head(cookie: str) -> str:
    return f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip, br\r\nCookie: sign_in={cookie}\r\n"


if __name__ == "__main__":
    outcome = main(1000, 3, 1.5) if "--quick" in sys.argv else main()
    print(
        f"home: {outcome['ours_per_second']}/s (p50 {outcome['ours_p50_ms']} ms, p99 {outcome['ours_p99_ms']} ms), "
        f"{outcome['page_bytes']} bytes; bare {outcome['bare_per_second']}/s (p99 {outcome['bare_p99_ms']} ms)"
    )
    print(json.dumps({"name": "home", **outcome}))
