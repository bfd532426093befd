from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from sqlalchemy import select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict
from lms.questions import gift, queries, service
from lms.questions.models import Bank, Item, ItemVersion
from lms.testing.factories.exams import make_bank, make_items
from lms.testing.factories.orgs import make_small_city


def together(app, calls):
    """Run calls at the same moment, each in a thread with its own connection; their answers or refusals."""
    barrier = Barrier(len(calls))

    def run(call):
        with app.app_context():
            barrier.wait()
            try:
                return call()
            except Conflict:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_edits_at_once_one_is_refused(real_app):
    with real_app.app_context():
        bank = db.session.get_one(Bank, make_bank(make_small_city().county_a, make_items(1, 0)))
        item = db.session.scalars(select(Item).where(Item.bank_id == bank.id)).one()
        version = db.session.get_one(ItemVersion, item.current_version_id)
        start, item_id, seen = queries.as_parsed(item, version), item.id, version.id
        db.session.remove()

    def edit(stem):
        return lambda: service.edit_item(SYSTEM, item_id, replace(start, stem=stem), seen_version=seen)

    assert (
        sorted(map(str, together(real_app, [edit(f"第 {n} 个人改的") for n in range(4)]))) == ["True"] + ["refused"] * 3
    )
    with real_app.app_context():
        assert [row.number for row in queries.versions(item_id)] == [2, 1]


def test_of_two_clicks_on_apply_one_writes(real_app):
    with real_app.app_context():
        bank = db.session.get_one(Bank, make_bank(make_small_city().county_a, make_items(3, 0)))
        slug, bank_id = bank.slug, bank.id
        content = gift.compose(replace(item, stem=f"{item.stem}改") for item in make_items(3, 0)).encode()
        file_id = service.keep_upload(SYSTEM, slug, "x.gift", content)
        seal = service.check_upload(SYSTEM, slug, file_id).seal
        db.session.remove()
    reports = together(real_app, [lambda: service.apply_upload(SYSTEM, slug, file_id, seal=seal)] * 3)
    assert sorted(report.changed for report in reports) == [0, 0, 3]
    with real_app.app_context():
        numbers = [row.number for row in queries.export_items(bank_id)]
        assert numbers == [2, 2, 2]
