"""The limit to measure against: a bare Flask application whose routes write one row through a raw psycopg pool."""

from __future__ import annotations

import os

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

app = Flask(__name__)
pool: list[ConnectionPool] = []

UPSERT = """
    INSERT INTO bare_answer (sitting_id, device, seq, position, choice, marked, saved_at)
    VALUES (%s::uuid, %s, %s, %s, %s, %s, clock_timestamp())
    ON CONFLICT (sitting_id, device, seq) DO UPDATE SET choice = excluded.choice, saved_at = excluded.saved_at
"""
TABLES = """
    CREATE TABLE bare_answer (
        sitting_id uuid, device smallint, seq bigint, position smallint, choice smallint, marked boolean,
        saved_at timestamptz, PRIMARY KEY (sitting_id, device, seq)
    );
    CREATE TABLE bare_start (seat_id uuid PRIMARY KEY, started_at timestamptz);
"""


def opened() -> ConnectionPool:
    if not pool:
        pool.append(
            ConnectionPool(os.environ["LMS_DATABASE_URL"], min_size=1, max_size=10, kwargs={"autocommit": True})
        )
    return pool[0]


@app.post("/answers/<sitting_id>")
def save(sitting_id: str) -> Response:
    sent = request.get_json()
    entry = sent["entries"][0]
    row = (sitting_id, sent["device"], entry["seq"], entry["position"], entry["choice"], entry["marked"])
    with opened().connection() as connection:
        connection.execute(UPSERT, row)
    return Response('{"ok":true}', mimetype="application/json")


@app.post("/starts/<seat_id>")
def start(seat_id: str) -> Response:
    with opened().connection() as connection:
        connection.execute(
            "INSERT INTO bare_start VALUES (%s::uuid, clock_timestamp()) ON CONFLICT DO NOTHING", (seat_id,)
        )
    return Response('{"ok":true}', mimetype="application/json")
