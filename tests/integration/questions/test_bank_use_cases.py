from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from lms.access.actors import actor_for
from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from lms.kernel.models import AuditEntry, OutboxEvent, StoredFile
from lms.kernel.uow import unit_of_work
from lms.questions import gift, queries, service
from lms.questions.dto import UseRecord
from lms.questions.models import Bank, Item, ItemState, ItemVersion
from lms.questions.queries import ItemFilter
from lms.questions.service.uploads import MEGABYTES
from lms.testing.factories.access import make_officer
from lms.testing.factories.exams import SYLLABUS, make_bank, make_items
from lms.testing.queries import count_queries


@pytest.fixture
def bank(city):
    return db.session.get_one(Bank, make_bank(city.county_a))


@pytest.fixture
def trainer(city):
    return actor_for(make_officer("trainer", city.county_a))


def only(bank, ref="s-001"):
    return db.session.execute(
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank.id, Item.ref == ref)
        .execution_options(populate_existing=True)
    ).one()


def import_again(bank, items, **more):
    return service.import_bank(
        SYSTEM,
        slug=bank.slug,
        title=bank.title,
        org_id=bank.org_id,
        syllabus_id=bank.syllabus_id,
        course_slug="",
        items=items,
        **more,
    )


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def refs(bank, **wanted):
    return [item.ref for item, _version in db.session.execute(queries.items(bank.id, ItemFilter(**wanted)))]


def test_the_same_content_twice_changes_nothing(bank):
    before = [count(model) for model in (Item, ItemVersion, OutboxEvent, AuditEntry)]
    report = import_again(bank, make_items())
    assert (report.new, report.changed, report.unchanged, report.retired) == (0, 0, 15, 0)
    assert [count(model) for model in (Item, ItemVersion, OutboxEvent, AuditEntry)] == before


def test_a_changed_item_gets_a_version_and_a_missing_one_stays_unless_told(bank):
    items = make_items()
    items[0] = replace(items[0], stem="新的题干")
    report = import_again(bank, items[:-1])
    assert (report.new, report.changed, report.unchanged, report.missing) == (0, 1, 13, ("m-005",))
    assert only(bank, "s-000")[1].number == 2
    assert only(bank, "m-005")[0].state is ItemState.ACTIVE
    assert import_again(bank, items[:-1], retire_missing=True).retired == 1
    assert only(bank, "m-005")[0].state is ItemState.RETIRED


@pytest.mark.parametrize(
    "change",
    [{"points": ("9.9",)}, {"points": ()}, {"kind": "multiple", "key": (0, 1)}, {"key": ()}, {"ref": "s-000"}],
)
def test_one_faulty_item_keeps_the_whole_file_out(bank, change):
    items = [replace(item, stem=f"{item.stem}改") for item in make_items()]
    items[1] = replace(items[1], **change)
    with pytest.raises(Invalid):
        import_again(bank, items)
    assert only(bank, "s-000")[1].number == 1


def test_what_is_exported_reads_back_as_no_change(bank):
    rows = queries.export_items(bank.id)
    text = gift.compose(row.item for row in rows)
    report = import_again(bank, gift.parse(text, "x").items)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 15)


def test_editing_makes_a_version_and_keeps_the_old_one(bank, trainer):
    item, version = only(bank)
    typed = replace(queries.as_parsed(item, version), stem="改过的题干")
    assert service.edit_item(trainer, item.id, typed, seen_version=version.id) is True
    item, newest = only(bank)
    assert (newest.number, newest.stem, newest.created_by) == (2, "改过的题干", trainer.person_id)
    assert [row.stem for row in queries.versions(item.id)] == ["改过的题干", version.stem]


def test_saving_unchanged_or_twice_makes_no_version(bank, trainer):
    item, version = only(bank)
    same = queries.as_parsed(item, version)
    assert service.edit_item(trainer, item.id, same, seen_version=version.id) is False
    typed = replace(same, stem="改过的题干")
    assert service.edit_item(trainer, item.id, typed, seen_version=version.id) is True
    assert service.edit_item(trainer, item.id, typed, seen_version=version.id) is False
    assert only(bank)[1].number == 2


def test_a_stale_edit_is_refused(bank, trainer):
    item, version = only(bank)
    start = queries.as_parsed(item, version)
    service.edit_item(trainer, item.id, replace(start, stem="先到的"), seen_version=version.id)
    with pytest.raises(Conflict):
        service.edit_item(trainer, item.id, replace(start, stem="后到的"), seen_version=version.id)
    assert only(bank)[1].stem == "先到的"


def test_retiring_needs_a_reason_and_takes_the_item_out_of_the_pool(bank, trainer):
    item, _version = only(bank)
    with pytest.raises(Invalid):
        service.retire_item(trainer, item.id, reason="  ")
    assert len(queries.draw_pool(bank.id)) == 15
    service.retire_item(trainer, item.id, reason="依据的文件已经废止")
    assert len(queries.draw_pool(bank.id)) == 14
    with pytest.raises(Conflict):
        service.retire_item(trainer, item.id, reason="再来一次")
    service.reinstate_item(trainer, item.id, reason="文件恢复")
    assert len(queries.draw_pool(bank.id)) == 15
    assert [entry.detail["reason"] for entry in queries.history(item.id)] == ["文件恢复", "依据的文件已经废止"]


def test_another_units_bank_does_not_exist_and_ones_own_is_forbidden_without_the_right(bank, city):
    item, version = only(bank)
    typed = replace(queries.as_parsed(item, version), stem="改过的题干")
    foreign = actor_for(make_officer("trainer", city.county_b))
    marker = actor_for(make_officer("marker", city.county_a))
    for actor, refusal in ((foreign, NotFound), (marker, Forbidden)):
        with pytest.raises(refusal):
            service.edit_item(actor, item.id, typed, seen_version=version.id)
        with pytest.raises(refusal):
            service.retire_item(actor, item.id, reason="理由")
        with pytest.raises(refusal):
            service.keep_upload(actor, bank.slug, "x.gift", b"::a::b{=c~d}")
        with pytest.raises(refusal):
            service.import_bank(
                actor, slug=bank.slug, title=bank.title, org_id=city.county_b, syllabus_id=bank.syllabus_id,
                course_slug="", items=make_items(),
            )  # fmt: skip
    assert queries.banks(foreign) == []
    assert [row.slug for row in queries.banks(marker)] == [bank.slug]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "第 3 道"}, ["m-003", "s-003"]),
        ({"text": "错二 单选", "kind": "single"}, [f"s-{n:03d}" for n in range(9)]),
        ({"text": "S-004"}, ["s-004"]),
        ({"text": "其余与材料不符", "point": "1.2"}, ["s-001", "s-004", "s-007"]),
        ({"text": "没有这个词"}, []),
        ({"text": "%"}, []),
        ({"point": "1", "kind": "multiple"}, ["m-000", "m-001", "m-003", "m-004"]),
        ({"difficulty": 3}, []),
        ({"state": "retired"}, []),
    ],
)
def test_items_are_found_by_words_points_kind_difficulty_and_state(bank, wanted, found):
    assert refs(bank, **wanted) == found


def test_only_the_newest_text_is_searched(bank, trainer):
    item, version = only(bank)
    typed = replace(queries.as_parsed(item, version), stem="关于低保申请的题")
    service.edit_item(trainer, item.id, typed, seen_version=version.id)
    assert refs(bank, text="低保") == ["s-001"]
    assert "s-001" not in refs(bank, text="道单选题")


def test_an_item_tells_how_it_fared_in_examinations(bank):
    item, version = only(bank)
    none = queries.uses(item)
    assert none.rows == ()
    with unit_of_work(SYSTEM) as uow:
        for key, marks in (("one", 10), ("two", 20)):
            record = UseRecord(version.id, 2, 10, 9, marks, {"0": marks // 2, "1": 9 - marks // 4, "none": 1}, 350)
            service.record_uses(uow, key, [record])
            service.record_uses(uow, key, [record])
    figures = queries.uses(item)
    assert [row.percent for row in figures.rows] == [100, 50]
    assert figures.rows[0].discrimination == 0.35
    assert (figures.shares[0], figures.none) == (75, 10)


def test_coverage_counts_active_items_by_point_and_chapter(bank, trainer):
    item, _version = only(bank)
    service.retire_item(trainer, item.id, reason="过时")
    chapters = queries.chapters(bank)
    counts = [(one.whole.code, one.whole.counts["single"], one.whole.counts["multiple"]) for one in chapters]
    assert counts == [("1", 5, 4), ("2", 3, 2)]
    assert [(leaf.code, leaf.total) for leaf in chapters[0].leaves] == [("1.1", 5), ("1.2", 4)]


def test_a_syllabus_may_not_lose_order_or_take_a_point_twice(city):
    with pytest.raises(Invalid):
        service.import_syllabus(SYSTEM, {**SYLLABUS, "points": [SYLLABUS["points"][0]] * 2})


def test_a_syllabus_used_by_another_unit_is_not_changed_under_its_bank(bank, trainer, city):
    foreign = actor_for(make_officer("trainer", city.county_b))
    service.import_syllabus(foreign, SYLLABUS)
    with pytest.raises(Conflict):
        service.import_syllabus(foreign, {**SYLLABUS, "points": SYLLABUS["points"][:2]})
    db.session.expire_all()
    assert len(queries.points(bank.syllabus_id)) == 5
    service.import_syllabus(trainer, {**SYLLABUS, "version": "2027"})
    with pytest.raises(Forbidden):
        service.import_syllabus(actor_for(make_officer("marker", city.county_a)), SYLLABUS)


# --- a file sent in the browser ---


def send(actor, bank, items, name="题目.gift"):
    return service.keep_upload(actor, bank.slug, name, gift.compose(items).encode())


def test_an_upload_is_checked_without_writing_and_then_applied_once(bank, trainer):
    items = make_items()[:3]
    items[0] = replace(items[0], stem="新的题干")
    items.append(replace(items[1], ref="s-900", stem="新的题"))
    file_id = send(trainer, bank, items)
    checked = service.check_upload(trainer, bank.slug, file_id)
    assert ([one.ref for one in checked.new], [one.ref for one in checked.changed]) == (["s-900"], ["s-000"])
    assert (checked.unchanged, checked.missing, checked.problems) == (2, 12, ())
    assert only(bank, "s-000")[1].number == 1
    report = service.apply_upload(trainer, bank.slug, file_id, seal=checked.seal)
    assert (report.new, report.changed) == (1, 1)
    again = service.apply_upload(trainer, bank.slug, file_id, seal=checked.seal)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 4)
    assert only(bank, "s-000")[1].number == 2


def test_a_check_that_is_out_of_date_is_not_applied(bank, trainer):
    item, version = only(bank)
    file_id = send(trainer, bank, [replace(make_items()[1], stem="文件里的")])
    checked = service.check_upload(trainer, bank.slug, file_id)
    typed = replace(queries.as_parsed(item, version), stem="别人刚改的")
    service.edit_item(SYSTEM, item.id, typed, seen_version=version.id)
    with pytest.raises(Conflict):
        service.apply_upload(trainer, bank.slug, file_id, seal=checked.seal)
    assert only(bank)[1].stem == "别人刚改的"


def test_a_faulty_upload_names_its_lines_and_cannot_be_applied(bank, trainer):
    text = "::s-001::题{=甲~乙}\n\n// [id:n-1] [tag:point:9.9]\n::n-1::题{=甲~乙~丙~丁}\n\n::n-2::没有答案\n"
    file_id = service.keep_upload(trainer, bank.slug, "x.gift", text.encode())
    checked = service.check_upload(trainer, bank.slug, file_id)
    assert [problem.line for problem in checked.problems] == [1, 4, 6]
    with pytest.raises(Invalid):
        service.apply_upload(trainer, bank.slug, file_id, seal=checked.seal)
    assert count(Item) == 15


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("", b"", Invalid),
        ("x.xlsx", b"::a::b{=c~d}", Invalid),
        ("x.gift", b"", Invalid),
        ("x.gift", b"  \n", Invalid),
        ("x.gift", b"\x89PNG\r\n\x1a\n\x00\x00", Invalid),
        ("x.gift", "::a::题{=甲~乙}".encode("gbk"), Invalid),
        ("x.txt", "::a::题{=甲~乙}".encode("utf-16"), Invalid),
        ("x.gift", b"a" * ((MEGABYTES << 20) + 1), TooLarge),
    ],
)
def test_what_is_no_text_file_is_refused_before_it_is_kept(bank, trainer, name, content, refusal):
    with pytest.raises(refusal) as refused:
        service.keep_upload(trainer, bank.slug, name, content)
    assert refused.value.fields["file"]
    assert count(StoredFile) == 0


def test_an_upload_belongs_to_who_sent_it(bank, trainer, city):
    file_id = send(trainer, bank, make_items())
    colleague = actor_for(make_officer("trainer", city.county_a))
    with pytest.raises(NotFound):
        service.check_upload(colleague, bank.slug, file_id)
    with pytest.raises(NotFound):
        service.apply_upload(colleague, bank.slug, file_id, seal="")


def test_lists_cost_the_same_however_long(city, trainer):
    def cost():
        with count_queries() as seen:
            queries.banks(trainer)
        return seen.count

    make_bank(city.county_a)
    once = cost()
    make_bank(city.county_a)
    assert cost() == once == 1
