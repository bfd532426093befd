"""How much checking, sealing and storing a roster costs over merely reading and copying it.

    python -m bench.roster [--rows 70000] [--rounds 3]

limit   reading the .xlsx with calamine and COPYing the same plain rows into an ordinary table of PostgreSQL
ours    the real path: upload checks, `people.check_roster`, `people.apply_roster`, on the same PostgreSQL

Each round measures the limit before and after ours, so that a machine that is busy slows both; the median of the
rounds' ratios counts. Target: at most 5.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import python_calamine
from flask import Flask
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import make_url

from lms.app import create_app
from lms.config import Config
from lms.kernel import migrate
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.jobs import worker
from lms.orgs import queries as orgs
from lms.orgs.models import OrgKind, OrgUnit
from lms.orgs.service import load_city
from lms.people import rules
from lms.people.models import ApplyMode, Employment, ImportState, Person, Qualification, RosterImport
from lms.people.roster import service
from lms.people.roster.layout import COLUMNS
from lms.people.roster.units import UnitFinder
from lms.testing import servers
from lms.webkit.spreadsheets import Column, SheetPlan, write_workbook
from lms.webkit.uploads import XLSX, accept_bytes

TARGET = 5.0
CERTIFIED_ONE_IN = 4  # the city: 16,000 of 68,900 professionals hold a national certificate
POSTS = ("社区工作者", "网格员", "社工站专职社工", "社区党组织书记", "便民服务专员")
FAMILY, GIVEN = "李王张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高", "安伯晨德恩方光海嘉静兰明宁平清蓉思婷文心雅艺云泽志"


def people(count: int, units: list[str]) -> Iterator[list[str]]:
    """Rows of invented people with valid numbers, filled in as a personnel office does: units by name, every date."""
    for order in range(count):
        born = dt.date(1966, 1, 1) + dt.timedelta(days=order // 6)
        body = f"51{order % 90 + 10:02d}0{order % 9 + 1}{born:%Y%m%d}{order % 1000:03d}"
        name = FAMILY[order % 20] + GIVEN[order // 20 % 25] + GIVEN[order // 500 % 25]
        row = [
            name, "居民身份证", body + rules.check_character(body), str(born), f"1{38 + order % 3}{order:08d}",
            f"worker{order}@example.org" if order % 2 else "", units[order * 7 % len(units)], POSTS[order % len(POSTS)],
            f"20{10 + order % 15}-0{1 + order % 9}-01", "",
        ]  # fmt: skip
        if order % CERTIFIED_ONE_IN == 0:
            row += ["助理社会工作师", f"2024{order:012d}", "2024-06-15", "2024-09-01", "2027-08-31"]
        yield row


def measure_limit(content: bytes, url: str) -> float:
    """Seconds to read the file and COPY its rows as they are."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS plain_roster")
        connection.execute(f"CREATE TABLE plain_roster ({', '.join(f'c{at} text' for at in range(len(COLUMNS)))})")
    started = time.perf_counter()
    rows = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    with psycopg.connect(url) as connection, connection.cursor().copy("COPY plain_roster FROM STDIN") as copy:
        for row in rows[1:]:
            copy.write_row(row)
    return time.perf_counter() - started


def measure_ours(app: Flask, content: bytes, rows: int) -> tuple[float, float]:
    """Seconds to check and to apply the roster through the services and the job worker."""
    with app.app_context():
        started = time.perf_counter()
        upload = accept_bytes("roster.xlsx", content, [XLSX], megabytes=40)
        import_id = service.start_import(SYSTEM, upload, orgs.city().id)
    worker.drain(app)
    checked = time.perf_counter()
    with app.app_context():
        service.request_apply(SYSTEM, import_id, ApplyMode.ALL)
    worker.drain(app)
    applied = time.perf_counter()
    with app.app_context():
        roster = db.session.get_one(RosterImport, import_id)
        assert (roster.state, roster.rows_new, roster.rows_faulty) == (ImportState.APPLIED, rows, 0), vars(roster)
        for table, expected in ((Person, rows), (Employment, rows), (Qualification, -(-rows // CERTIFIED_ONE_IN))):
            assert db.session.scalar(select(func.count()).select_from(table)) == expected
        db.session.remove()
    return checked - started, applied - checked


def city_template(server: str) -> str:
    """A migrated database with the real city in it, to copy for each round."""
    url = servers.create_database(server)
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        app = build(url, folder)
        with app.app_context():
            load_city(SYSTEM)
            close(app)
    return url


def build(url: str, folder: str) -> Flask:
    return create_app(Config.from_env({}, database_url=url, data_dir=Path(folder)))


def close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass(frozen=True)
class Round:
    """Seconds of one round."""

    limit: float
    check: float
    store: float

    @property
    def ratio(self) -> float:
        return (self.check + self.store) / self.limit

    def __str__(self) -> str:
        return (
            f"limit {self.limit:.2f} s, check and seal {self.check:.2f} s, store {self.store:.2f} s, "
            f"ratio {self.ratio:.2f}"
        )


def measure_round(server: str, template: str, content: bytes, rows: int) -> Round:
    """One round on a database of its own."""
    url = servers.create_database(server, str(make_url(template).database))
    before = measure_limit(content, url)
    with tempfile.TemporaryDirectory() as folder:
        app = build(url, folder)
        check, store = measure_ours(app, content, rows)
        close(app)
    after = measure_limit(content, url)
    servers.drop_database(server, url)
    return Round((before + after) / 2, check, store)


def workbook(template: str, rows: int) -> bytes:
    """The roster as a file: people of the real communities and villages."""
    with tempfile.TemporaryDirectory() as folder:
        app = build(template, folder)
        with app.app_context():
            kinds = (OrgKind.COMMUNITY, OrgKind.VILLAGE)
            ids = db.session.scalars(select(OrgUnit.id).where(OrgUnit.kind.in_(kinds)).order_by(OrgUnit.code)).all()
            finder = UnitFinder.load(ids)
            units = [finder.label(unit_id) for unit_id in ids]
        close(app)
    columns = [Column(column.chinese, column.width) for column in COLUMNS]
    content = write_workbook([SheetPlan("名册", columns, people(rows, units))])
    print(f"{rows} rows, {len(columns)} columns, {len(content) / 1e6:.1f} MB, {len(units)} real units")
    return content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds: list[Round] = []
    with servers.postgres_server() as server:
        template = city_template(server)
        content = workbook(template, options.rows)
        for number in range(1, options.rounds + 1):
            rounds.append(measure_round(server, template, content, options.rows))
            print(f"round {number}: {rounds[-1]}")
    middle = sorted(rounds, key=lambda one: one.ratio)[len(rounds) // 2]
    figures = {
        "name": "roster",
        "rows": options.rows,
        "limit_seconds": round(middle.limit, 3),
        "check_seconds": round(middle.check, 3),
        "store_seconds": round(middle.store, 3),
        "rows_per_second": round(options.rows / (middle.check + middle.store)),
        "ratio": round(middle.ratio, 2),
        "target": TARGET,
        "holds": middle.ratio <= TARGET,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
