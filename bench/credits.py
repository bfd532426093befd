"""Balances, missing requirements and window status of the whole city, and trying a policy out on all of it.

    python -m bench.credits [--people 69000] [--entries 2000000] [--shares 10 50 100]

limit   PostgreSQL alone adds the same entries up by cycle into a plain table, in one statement: no rule, no row kept
ours    the standing table made anew, brought up to the next day, and a policy tried out on everybody; then the proof
        that every row of the table is what the records say

Everybody holds a certificate, has one registration period behind them and one under way, and owes the yearly class
hours as well. All is measured at each share of the city. Targets: rebuild below 60 s, simulator below 30 s.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select, text

from lms.access.actors import actor_for
from lms.app import create_app
from lms.config import Config
from lms.credits import queries
from lms.credits.cycles import jobs, simulating, standing
from lms.credits.cycles.models import CreditCycle
from lms.credits.dto import HoursFilter
from lms.credits.models import CreditEntry
from lms.credits.obligations.dto import NewPolicy
from lms.credits.obligations.queries import policies
from lms.credits.obligations.rules import Obligation
from lms.kernel import clock, migrate
from lms.kernel.actor import SYSTEM
from lms.kernel.bulk import insert_many
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs.models import OrgKind, OrgUnit
from lms.orgs.service import load_city
from lms.people.models import Employment, IdDocument, Person, Qualification, QualificationKind
from lms.testing import servers
from lms.testing.factories.access import make_officer
from lms.testing.factories.credits import complete, put_in_force
from lms.testing.queries import count_queries

REBUILD_TARGET, SIMULATOR_TARGET = 60.0, 30.0
TODAY = dt.date(2026, 11, 23)
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TOUCHED = 200
LIMIT = """
    CREATE TABLE bare AS
    SELECT credit_cycle.id, sum(minutes) FILTER (WHERE category = 'professional') AS professional,
           sum(minutes) FILTER (WHERE category = 'public') AS public
    FROM credit_cycle LEFT JOIN credit_entry ON credit_entry.person_id = credit_cycle.person_id
                                            AND occurred_on BETWEEN first_day AND last_day
    GROUP BY credit_cycle.id
"""
ENTRIES = """
    INSERT INTO credit_entry (id, person_id, minutes, category, source, source_id, title, key, occurred_on, why,
                              recorded_at)
    SELECT gen_random_uuid(), person.id, 45 + (number * 37 + person.place) % 400,
           CASE WHEN (number + person.place) % 3 = 0 THEN 'public' ELSE 'professional' END, 'course', number::text,
           '{"zh_CN": "一门课程"}', person.id::text || ':' || number, CAST(:today AS date) - (number * 71) % 2100, '{}',
           now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM person) AS person,
         generate_series(1, :each) AS number
"""


@dataclass(frozen=True)
class Figures:
    """Seconds at one share of the city, and what it was made of."""

    share: int
    people: int
    entries: int
    cycles: int
    limit_s: float
    rebuild_s: float
    simulator_s: float
    moved: int
    next_day_s: float
    next_day_people: int
    touched_s: float
    page_statements: int
    page_ms: float
    list_ms: float
    check_s: float

    def __str__(self) -> str:
        return (
            f"{self.share:3d} %: {self.people} people, {self.entries} entries, {self.cycles} cycles: sums alone "
            f"{self.limit_s:.2f} s, rebuild {self.rebuild_s:.2f} s, simulator {self.simulator_s:.2f} s "
            f"({self.moved} moved), next day {self.next_day_s:.2f} s ({self.next_day_people} people), "
            f"{TOUCHED} entries with their standing {self.touched_s:.2f} s, a person's page "
            f"{self.page_statements} statements {self.page_ms:.1f} ms, the city's list {self.list_ms:.0f} ms, "
            f"proof {self.check_s:.2f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=69_000)
    parser.add_argument("--entries", type=int, default=2_000_000)
    parser.add_argument("--shares", type=int, nargs="+", default=[10, 50, 100])
    options = parser.parse_args()
    each = -(-options.entries // options.people)
    found = []
    with servers.postgres_server() as server:
        for share in options.shares:
            found.append(measure_share(server, share, options.people * share // 100, each))
            print(found[-1], flush=True)
    report(found)


def measure_share(server: str, share: int, people: int, each: int) -> Figures:
    """Everything at one size of the city, in a database of its own."""
    url = servers.create_database(server)
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.from_env({}, database_url=url, data_dir=Path(folder)))
        with app.app_context(), clock.frozen(NOON):
            make_city(people, each)
            figures = measure(share)
            db.session.remove()
            db.engine.dispose()
    servers.drop_database(server, url)
    return figures


def make_city(people: int, each: int) -> None:
    """People of the real communities with certificates, cycles and entries, as fast as the database takes them."""
    load_city(SYSTEM)
    put_in_force(Obligation.YEAR, dt.date(2025, 12, 1), is_on=True)
    with unit_of_work(SYSTEM) as uow:
        _people(uow, people)
        uow.session.execute(text(ENTRIES), {"today": TODAY, "each": each})
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("ANALYZE"))  # the server's own housekeeping does it within a minute
    jobs.follow()
    _earlier_cycles()


def _people(uow: UnitOfWork, people: int) -> None:
    units = db.session.scalars(select(OrgUnit.id).where(OrgUnit.kind == OrgKind.COMMUNITY)).all()
    ids = [new_id() for _person in range(people)]
    insert_many(
        uow.session,
        Person,
        ("id", "name", "id_document", "id_number_sealed", "id_number_index", "id_tail_index", "email", "state",
         "created_at", "updated_at"),
        ((one, f"学员{at}", IdDocument.RESIDENT, one.bytes, one.bytes, one.bytes[-2:], "", "active", NOON, NOON)
         for at, one in enumerate(ids)),
    )  # fmt: skip
    insert_many(
        uow.session,
        Employment,
        ("id", "person_id", "org_id", "post", "started_on"),
        ((new_id(), one, units[at % len(units)], "", dt.date(2020, 1, 1)) for at, one in enumerate(ids)),
    )
    kinds = list(QualificationKind)
    insert_many(
        uow.session,
        Qualification,
        ("id", "person_id", "kind", "certificate_number", "obtained_on", "registered_from", "registered_until",
         "recorded_at"),
        ((new_id(), one, kinds[at % 3], one.hex, dt.date(2020, 6, 1), *_period(at), NOON)
         for at, one in enumerate(ids)),
    )  # fmt: skip


def _period(at: int) -> tuple[dt.date, dt.date]:
    """Three years that end on any day of the coming three, some a while ago."""
    last = TODAY + dt.timedelta(days=at * 7 % 1095 - 60)
    return clock.months_later(last + dt.timedelta(days=1), -36), last


def _earlier_cycles() -> None:
    """The registration period before, as it would have been opened three years ago."""
    with unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text("""
            INSERT INTO credit_cycle (id, person_id, obligation, level, first_day, last_day, freed, void, policy_id,
                                      opened_at)
            SELECT gen_random_uuid(), person_id, obligation, level, first_day - 1096, first_day - 1, false, false,
                   policy_id, opened_at FROM credit_cycle WHERE obligation = 'registration'
        """)
        )
        uow.session.execute(text("ANALYZE credit_cycle"))


def measure(share: int) -> Figures:
    """The figures of the city as it stands."""
    with engine_begin() as connection:
        limit = timed(lambda: connection.execute(text(LIMIT)))
    rebuild = timed(standing.rebuild)
    now = policies()[Obligation.REGISTRATION][0]
    draft = NewPolicy(
        Obligation.REGISTRATION,
        dt.date(2027, 1, 1),
        replace(now.terms, asked={"assistant": 80, "intermediate": 100, "senior": 100}, parts=2, whole=3, running=True),
        "试算",
    )
    moved: list[Any] = []
    simulator = timed(lambda: moved.extend(simulating.simulate(draft)))
    with clock.frozen(NOON + dt.timedelta(days=1)):
        due = len(standing.due())
        next_day = timed(jobs.follow)
        check = timed(proof)
        people = db.session.scalars(select(Person.id).order_by(Person.id).limit(TOUCHED)).all()
        touched = timed(lambda: [complete(person, 60) for person in people])
        statements, page_ms = page(people)
        officer = actor_for(
            make_officer("hr_officer", db.session.scalars(select(OrgUnit.id).where(OrgUnit.kind == OrgKind.CITY)).one())
        )
        listed = queries.unit_hours(officer, HoursFilter(short=True, due_months=6), clock.today()).limit(50)
        list_ms = statistics.median(timed(lambda: db.session.execute(listed).all()) for _round in range(3)) * 1000
    return Figures(
        share=share, people=total(Person), entries=total(CreditEntry), cycles=total(CreditCycle), limit_s=limit,
        rebuild_s=rebuild, simulator_s=simulator, moved=len(moved), next_day_s=next_day, next_day_people=due,
        touched_s=touched, page_statements=statements, page_ms=page_ms, list_ms=list_ms, check_s=check,
    )  # fmt: skip


def page(people: Sequence[Any]) -> tuple[int, float]:
    """Statements and median milliseconds of one person's summary: the same number for all."""
    counted, taken = set(), []
    for person in people:
        with count_queries() as seen:
            taken.append(timed(lambda person=person: queries.summary(person)))
        counted.add(seen.count)
    [statements] = counted
    return statements, statistics.median(taken) * 1000


def proof() -> None:
    """Every row of the table is what the records say."""
    wrong = list(standing.differences())
    assert not wrong, wrong[:3]


def total(model: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


@contextmanager
def engine_begin() -> Iterator[Any]:
    with db.engine.begin() as connection:
        yield connection


def timed(call: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def report(found: list[Figures]) -> None:
    """The figures of the whole city, and how they grew."""
    whole = found[-1]
    figures = {
        "name": "credits",
        "people": whole.people,
        "entries": whole.entries,
        "rebuild_s": round(whole.rebuild_s, 2),
        "simulator_s": round(whole.simulator_s, 2),
        "limit_s": round(whole.limit_s, 2),
        "ratio": round(whole.rebuild_s / whole.limit_s, 2),
        "next_day_s": round(whole.next_day_s, 2),
        "next_day_people": whole.next_day_people,
        "page_statements": whole.page_statements,
        "page_ms": round(whole.page_ms, 2),
        "list_ms": round(whole.list_ms, 1),
        "growth": {
            one.share: {"rebuild_s": round(one.rebuild_s, 2), "simulator_s": round(one.simulator_s, 2)} for one in found
        },
        "targets": {"rebuild_s": REBUILD_TARGET, "simulator_s": SIMULATOR_TARGET},
        "holds": whole.rebuild_s < REBUILD_TARGET and whole.simulator_s < SIMULATOR_TARGET,
    }
    assert len({one.page_statements for one in found}) == 1
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
