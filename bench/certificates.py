"""How fast a cohort's certificates are issued, printed and stored, against merely drawing the same pages.

    python -m bench.certificates [--copies 60] [--rounds 3]

limit   bare WeasyPrint in one process: each certificate's finished page as HTML, one document each, nothing stored
ours    the real path on PostgreSQL: one batch, `certificates.issue` claimed by the job worker, eligibility, number,
        claims, message, audit and events for each person, printing by helper processes, files and rows stored

Both are measured in each round, one after the other; the medians make the ratio. Target: at least 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import uuid
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, func, select
from weasyprint import HTML

from lms.app import create_app
from lms.certificates import printing, queries, service
from lms.certificates.models import Certificate, CertificateDocument, IssueBatch
from lms.certificates.sandbox import PRINTED, page_environment
from lms.config import Config
from lms.kernel import migrate
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db, sqlalchemy_url
from lms.kernel.jobs import worker
from lms.kernel.models import StoredFile
from lms.testing import servers
from lms.testing.factories.certificates import Ground, earn, make_ground, make_kind
from lms.testing.factories.orgs import make_small_city
from lms.testing.factories.people import make_person
from lms.webkit.assets import AssetFetcher

TARGET = 1.0
TEMPLATE = "classic"
FAMILY, GIVEN = "李王张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高", "安伯晨德恩方光海嘉静兰明宁平清蓉思婷文心雅艺云泽志"


def finished_page(claims: str) -> str:
    """Both layers of a certificate as one page of HTML, as somebody without the two layers would write it."""
    data = json.loads(claims)
    env = page_environment(TEMPLATE)
    sheet = env.get_template("sheet.html").render(issuer=data["issuer"], illustrative=data["illustrative"])
    with_text = printing.person_html(env, data)
    drawn = sheet.partition("<body>")[2].partition("</body>")[0]
    styles = '<link rel="stylesheet" href="asset:sheet.css"><link rel="stylesheet" href="asset:person.css">'
    return with_text.replace("</head>", f"{styles}</head>").replace("<body>", f"<body>{drawn}")


def measure_limit(pages: list[str]) -> float:
    """Seconds to draw these pages, one document each."""
    started = time.perf_counter()
    for page in pages:
        assert HTML(string=page, url_fetcher=AssetFetcher(PRINTED / TEMPLATE), base_url="asset:").write_pdf()
    return time.perf_counter() - started


def measure_ours(app: Flask, kind: str, people: list[uuid.UUID]) -> float:
    """Seconds from handing the cohort over until the last PDF is stored."""
    started = time.perf_counter()
    with app.app_context():
        batch_id = service.request_issue(SYSTEM, kind, people)
    worker.drain(app)
    taken = time.perf_counter() - started
    with app.app_context():
        outcome = db.session.get_one(IssueBatch, batch_id).outcome
        assert outcome is not None
        assert len(outcome) == sum("certificate" in one for one in outcome.values()) == len(people), outcome
        db.session.remove()
    return taken


def cohort(app: Flask, ground: Ground, unit: uuid.UUID, copies: int, round_number: int) -> list[uuid.UUID]:
    """New people who have earned a certificate."""
    with app.app_context():
        orders = range(round_number * copies, (round_number + 1) * copies)
        names = [FAMILY[order % 20] + GIVEN[order // 20 % 25] + GIVEN[order % 25] for order in orders]
        people = [make_person(name, unit) for name in names]
        earn(ground, people)
        db.session.remove()
    return people


def claims_of(app: Flask, people: list[uuid.UUID]) -> list[str]:
    with app.app_context():
        return [queries.own(person)[0].certificate.claims for person in people]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with servers.postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        url = servers.create_database(server)
        engine = create_engine(sqlalchemy_url(url))
        with engine.begin() as connection:
            migrate.upgrade(connection)
        engine.dispose()
        app = create_app(Config.from_env({}, database_url=url, data_dir=Path(folder)))
        with app.app_context():
            city = make_small_city()
            kind, ground = make_kind(city.city), make_ground(city.city)
            db.session.remove()
        limits, ours = [], []
        for number in range(options.rounds):
            people = cohort(app, ground, city.community_a, options.copies, number)
            taken = measure_ours(app, kind, people)
            pages = [finished_page(claims) for claims in claims_of(app, people)]
            bare = measure_limit(pages)
            limits.append(options.copies / bare)
            ours.append(options.copies / taken)
            print(
                f"round {number + 1}: bare WeasyPrint {limits[-1]:.1f}/s, issued, printed and stored {ours[-1]:.1f}/s"
            )
        report(app, options.copies, limits, ours)


def report(app: Flask, copies: int, limits: list[float], ours: list[float]) -> None:
    """Check the whole, print the figures."""
    with app.app_context():
        checked, faults = service.check_all()
        assert not faults, faults
        documents = db.session.scalar(select(func.count()).select_from(CertificateDocument))
        assert checked == documents == db.session.scalar(select(func.count()).select_from(Certificate))
        size = round(db.session.scalar(select(func.avg(StoredFile.size))) or 0)
        db.session.remove()
        db.engine.dispose()
    limit, rate = statistics.median(limits), statistics.median(ours)
    print(f"{checked} certificates, digests and files checked, {size / 1000:.0f} kB each")
    figures = {
        "name": "certificates",
        "ratio": round(rate / limit, 2),
        "target": TARGET,
        "certificates_per_second": round(rate, 2),
        "limit_per_second": round(limit, 2),
        "copies": copies,
        "bytes_each": size,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
