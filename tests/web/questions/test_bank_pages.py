from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
from sqlalchemy import func, select

from lms.kernel.actor import SYSTEM
from lms.kernel.db import db
from lms.kernel.models import StoredFile
from lms.kernel.uow import unit_of_work
from lms.questions import gift, queries, service
from lms.questions.dto import UseRecord
from lms.questions.models import Bank, Item, ItemState, ItemVersion
from lms.questions.service.uploads import MEGABYTES
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.exams import make_bank, make_items
from lms.testing.queries import count_queries

NOTHING_TO_SEE = 404


@pytest.fixture
def bank(city):
    return db.session.get_one(Bank, make_bank(city.county_a))


@pytest.fixture
def home(bank):
    return f"/desk/banks/{bank.slug}"


@pytest.fixture
def trainer(client, city):
    person = make_officer("trainer", city.county_a, "林培训")
    sign_in(client, person)
    return person


def current(bank, ref="s-001"):
    return db.session.execute(
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank.id, Item.ref == ref)
        .execution_options(populate_existing=True)
    ).one()


def typed(item, version, **changes):
    """The edit form as a browser sends it."""
    parsed = replace(queries.as_parsed(item, version), **changes)
    form = {
        "seen": version.id.hex,
        "stem": parsed.stem,
        "explanation": parsed.explanation,
        "points": list(parsed.points),
        "difficulty": str(parsed.difficulty),
    }
    for index, text in enumerate(parsed.options):
        form[f"options-{index}-text"] = text
        if index in parsed.key:
            form[f"options-{index}-right"] = "y"
    return form


def gift_file(items, name="题目.gift"):
    return {"file": (io.BytesIO(gift.compose(items).encode()), name)}


PAGES = ("", "/items.xlsx", "/items.gift", "/coverage", "/items/s-001")
EDITS = ("/items/s-001/edit", "/upload")


def test_a_stranger_has_to_sign_in_and_another_unit_finds_nothing(client, city, bank, home):
    for page in ("", *PAGES, *EDITS):
        assert client.get(home + page).status_code == 302
    sign_in(client, make_officer("trainer", city.county_b))
    for page in (*PAGES, *EDITS):
        assert client.get(home + page).status_code == NOTHING_TO_SEE
    assert bank.slug not in client.get("/desk/banks").text
    for step in ("/items/s-001/edit", "/items/s-001/retire", "/upload"):
        assert client.post(home + step, data={"reason": "x"}).status_code == NOTHING_TO_SEE
    assert current(bank)[0].state is ItemState.ACTIVE


def test_who_may_only_look_is_offered_no_change(client, city, bank, home):
    sign_in(client, make_officer("auditor", city.county_a))
    for page in PAGES:
        answer = client.get(home + page)
        assert answer.status_code == 200
        if page.endswith(".xlsx"):
            continue
        assert "/edit" not in answer.text
        assert f"{home}/upload" not in answer.text
        assert "/retire" not in answer.text
    for page in EDITS:
        assert client.get(home + page).status_code == 403
    assert client.post(f"{home}/items/s-001/retire", data={"reason": "x"}).status_code == 403


def test_a_bank_or_item_that_does_not_exist_is_not_found(client, trainer, home):
    for page in ("/desk/banks/none", f"{home}/items/none", f"{home}/items/none/edit"):
        assert client.get(page).status_code == 404


def test_the_list_shows_banks_with_their_counts(client, trainer, bank):
    page = client.get("/desk/banks").text
    assert "示例题库" in page
    assert '<td class="num">9</td><td class="num">6</td><td class="num">0</td>' in page


def test_items_are_searched_filtered_and_paged(client, trainer, home):
    first = client.get(home).text
    assert "s-008" not in client.get(f"{home}?q=多选题").text
    found = client.get(f"{home}?q=错二+单选&point=1.2&kind=single&difficulty=2").text
    assert "s-001" in found
    assert "s-000" not in found
    assert "共 15 条" in first
    assert "没有符合条件的题目" in client.get(f"{home}?q=查无此词").text
    nonsense = client.get(f"{home}?kind=x&difficulty=9&state=%27&point=%25&page=-4")
    assert nonsense.status_code == 200


def test_pages_of_a_long_list_hold_every_item_once(client, city, trainer):
    bank = db.session.get_one(Bank, make_bank(city.county_a, make_items(single=45, multiple=0)))
    pages = [client.get(f"/desk/banks/{bank.slug}?page={number}").text for number in (1, 2, 3)]
    shown = [f"s-{n:03d}" for n in range(45)]
    assert [sum(f"<code>{ref}</code>" in page for page in pages) for ref in shown] == [1] * 45


def test_a_long_list_costs_no_more_queries_than_a_short_one(client, city, trainer):
    def cost(items):
        slug = db.session.get_one(Bank, make_bank(city.county_a, items)).slug
        client.get(f"/desk/banks/{slug}")
        with count_queries() as seen:
            assert client.get(f"/desk/banks/{slug}").status_code == 200
        return seen.count

    assert cost(make_items(1, 0)) == cost(make_items(60, 10)) <= 14


def test_the_spreadsheet_holds_the_filtered_items_and_no_formula(client, city, trainer):
    items = make_items(2, 1)
    items[0] = replace(items[0], stem='=HYPERLINK("http://x","点我")', options=("+1", "-2", "@三", "四"))
    bank = db.session.get_one(Bank, make_bank(city.county_a, items))
    answer = client.get(f"/desk/banks/{bank.slug}/items.xlsx?kind=single")
    assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == ["s-000", "s-001"]
    assert rows[0][2].value.startswith("=HYPERLINK")
    assert {cell.data_type for row in rows for cell in row[:8]} <= {"s", "inlineStr"}
    assert all(cell.quotePrefix for cell in rows[0][2:6] if cell.value[0] in "=+-@")
    assert rows[1][7].value == "A"


def test_the_gift_file_reads_back_to_the_same_items(client, trainer, bank, home):
    answer = client.get(f"{home}/items.gift")
    assert "attachment" in answer.headers["Content-Disposition"]
    parsed = gift.parse(gift.decode(answer.data), "x")
    assert parsed.problems == []
    assert {item.ref for item in parsed.items} == {item.ref for item in make_items()}


def test_the_item_page_marks_the_key_and_says_it_in_words(client, trainer, home):
    page = client.get(f"{home}/items/m-001").text
    assert page.count('<li class="is-key">') == 2
    assert "<dd>AC</dd>" in page.replace("\n", "")
    assert "因为甲、丙正确" in page
    assert "还没有在考试中用过" in page


def test_texts_of_items_cannot_bring_markup(client, city, trainer):
    hostile = "<script>alert(1)</script> **重点** <img src=x onerror=alert(1)>"
    items = [replace(make_items(1, 0)[0], stem=hostile, explanation=hostile)]
    bank = db.session.get_one(Bank, make_bank(city.county_a, items))
    for page in ("", "/items/s-000", "/items/s-000/edit"):
        text = client.get(f"/desk/banks/{bank.slug}{page}").text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "<strong>重点</strong>" in client.get(f"/desk/banks/{bank.slug}/items/s-000").text


def test_how_an_item_fared_is_shown_with_the_share_of_each_option(client, trainer, bank, home):
    _item, version = current(bank)
    with unit_of_work(SYSTEM) as uow:
        record = UseRecord(version.id, 2, 20, 19, 30, {"0": 15, "2": 4, "none": 1}, 420)
        service.record_uses(uow, "session", [record])
    page = client.get(f"{home}/items/s-001").text
    for words in ("75%", "0.42", "A（正确）", "未作答"):
        assert words in page


def test_editing_saves_a_version_and_shows_what_changed(client, trainer, bank, home):
    item, version = current(bank)
    form = typed(item, version, stem="第 1 道单选题，错误的是（　　）。")
    answer = client.post(f"{home}/items/s-001/edit", data=form)
    assert answer.location == f"{home}/items/s-001"
    page = client.get(answer.location).text
    assert "</span>正</del>" in page or "</span>正确</del>" in page
    assert "林培训" in page
    assert client.get(f"{home}/items/s-001?from=2&to=1").status_code == 200
    assert client.get(f"{home}/items/s-001?from=x&to=99").status_code == 200
    assert current(bank)[1].number == 2
    assert current(bank)[1].tags == version.tags


def test_saving_without_a_change_or_twice_makes_no_version(client, trainer, bank, home):
    item, version = current(bank)
    client.post(f"{home}/items/s-001/edit", data=typed(item, version))
    assert "没有生成新版本" in client.get(f"{home}/items/s-001").text
    form = typed(item, version, explanation="换一个解析。")
    for _click in range(2):
        assert client.post(f"{home}/items/s-001/edit", data=form).status_code == 302
    assert current(bank)[1].number == 2


def test_a_stale_edit_is_refused_and_keeps_what_was_typed(client, trainer, bank, home):
    item, version = current(bank)
    first = replace(queries.as_parsed(item, version), stem="先到的题干")
    service.edit_item(SYSTEM, item.id, first, seen_version=version.id)
    form = typed(item, version, stem="后到的题干", explanation="我写了很久的解析。")
    answer = client.post(f"{home}/items/s-001/edit", data=form)
    assert answer.status_code == 409
    assert "没有保存" in answer.text
    for words in ("后到的题干", "我写了很久的解析。", "先</del>"):
        assert words in answer.text
    assert current(bank)[1].stem == "先到的题干"
    newest = current(bank)[1].id.hex
    assert f'value="{newest}"' in answer.text
    assert client.post(f"{home}/items/s-001/edit", data=form | {"seen": newest}).status_code == 302
    assert current(bank)[1].stem == "后到的题干"


@pytest.mark.parametrize("seen", ["", "x", "0" * 32])
def test_a_forged_start_counts_as_stale(client, trainer, bank, home, seen):
    item, version = current(bank)
    form = typed(item, version, stem="改") | {"seen": seen}
    assert client.post(f"{home}/items/s-001/edit", data=form).status_code == 409
    assert current(bank)[1].number == 1


@pytest.mark.parametrize(
    ("ref", "change", "message"),
    [
        ("s-001", {"stem": "  "}, "请填写题干"),
        ("s-001", {"options-1-right": "y"}, "有且只有一个正确选项"),
        ("s-001", {"options-0-right": None}, "有且只有一个正确选项"),
        ("s-001", {"options-1-text": "对1"}, "文字相同"),
        ("s-001", {"options-5-right": "y"}, "标为正确，但没有文字"),
        ("s-001", {"points": []}, "请至少选一个考点"),
        ("s-001", {"points": ["9.9"]}, "9.9"),
        ("s-001", {"difficulty": "7"}, ""),
        ("s-001", {"explanation": "长" * 4001}, "最多 4000 字"),
        ("m-001", {"options-4-text": ""}, "应有 5 个选项"),
        ("m-001", {"options-2-right": None}, "2 到 4 个正确选项"),
        ("m-001", {f"options-{n}-right": "y" for n in range(5)}, "2 到 4 个正确选项"),
    ],
)
def test_a_faulty_form_says_why_and_keeps_what_was_typed(client, trainer, bank, home, ref, change, message):
    item, version = current(bank, ref)
    form = {"options-5-text": "", **typed(item, version, explanation="写了一半的解析"), **change}
    form = {name: value for name, value in form.items() if value is not None}
    answer = client.post(f"{home}/items/{ref}/edit", data=form)
    assert answer.status_code == 200
    assert "需要修改" in answer.text
    assert message in answer.text
    assert "写了一半的解析" in answer.text or "长长长" in answer.text
    assert current(bank, ref)[1].number == 1


def test_empty_rows_are_left_out_and_the_key_follows_the_options(client, trainer, bank, home):
    item, version = current(bank)
    form = typed(item, version) | {"options-1-text": "", "options-5-text": "补一项", "options-3-right": "y"}
    del form["options-0-right"]
    assert client.post(f"{home}/items/s-001/edit", data=form).status_code == 302
    newest = current(bank)[1]
    assert (newest.options, newest.key) == (["对1", "错二1", "错三1", "补一项"], [2])


def test_retiring_asks_for_a_reason_and_a_second_click_is_harmless(client, trainer, bank, home):
    address = f"{home}/items/s-001"
    refused = client.post(f"{address}/retire", data={"reason": " "})
    assert refused.status_code == 422
    assert "请写明理由" in refused.text
    assert "各版本的不同" in refused.text
    for _click in range(2):
        assert client.post(f"{address}/retire", data={"reason": "依据已废止"}).status_code == 302
    assert current(bank)[0].state is ItemState.RETIRED
    page = client.get(address).text
    assert "依据已废止" in page
    assert "已停用" in page
    assert "s-001" not in client.get(home).text
    assert "s-001" in client.get(f"{home}?state=retired").text
    assert "s-001" in client.get(f"{home}?state=all").text
    client.post(f"{address}/reinstate", data={"reason": "文件恢复"})
    assert current(bank)[0].state is ItemState.ACTIVE


def test_an_upload_is_looked_at_first_and_applied_with_one_button(client, trainer, bank, home):
    items = make_items()[:2]
    items[0] = replace(items[0], stem="文件里的新题干")
    items.append(replace(items[1], ref="s-900", stem="新来的题"))
    sent = client.post(f"{home}/upload", data=gift_file(items))
    assert sent.status_code == 302
    page = client.get(sent.location).text
    for words in ("题库还没有改动", "写入 2 题", "s-900", "新来的题", "新题干"):
        assert words in page
    assert current(bank, "s-000")[1].number == 1
    seal = page.split('name="seal"')[1].split('value="')[1].split('"')[0]
    for _click in range(2):
        assert client.post(sent.location, data={"seal": seal}).status_code == 302
    assert current(bank, "s-000")[1].number == 2
    assert current(bank, "s-900")[1].number == 1
    assert "没有需要写入的" in client.get(sent.location).text


def test_an_upload_checked_before_another_change_has_to_be_looked_at_again(client, trainer, bank, home):
    sent = client.post(f"{home}/upload", data=gift_file([replace(make_items()[0], stem="文件里的")]))
    answer = client.post(sent.location, data={"seal": "0" * 64})
    assert answer.location == sent.location
    assert "检查之后题库有了改动" in client.get(answer.location).text
    assert current(bank, "s-000")[1].number == 1


def test_a_faulty_upload_names_each_line_and_offers_no_button(client, trainer, home):
    text = "// [id:n-1] [tag:point:9.9]\n::n-1::题{=甲~乙~丙~丁}\n\n::n-2::题{\n=甲\n}\n"
    sent = client.post(f"{home}/upload", data={"file": (io.BytesIO(text.encode()), "x.gift")})
    page = client.get(sent.location).text
    assert "考点 9.9 不在大纲中" in page
    assert '<td class="num">4</td>' in page
    assert 'name="seal"' not in page


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("题.gift", b"\x89PNG\r\n\x1a\n\x00", 422),
        ("题.gift", "::a::题{=甲~乙}".encode("gbk"), 422),
        ("题.exe", b"::a::b{=c~d}", 422),
        ("..\\..\\题.gift", b"", 422),
        ("题.gift", b"a" * ((MEGABYTES << 20) + 1), 413),
    ],
)
def test_a_hostile_upload_gets_a_clear_answer_and_changes_nothing(client, trainer, home, name, content, status):
    answer = client.post(f"{home}/upload", data={"file": (io.BytesIO(content), name)})
    answer.request.environ["wsgi.input"].close()  # the client keeps long bodies in a file
    assert answer.status_code == status
    assert "需要修改" in answer.text
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_no_file_at_all_is_asked_for(client, trainer, home):
    assert "请选择文件" in client.post(f"{home}/upload", data={}).text


def test_somebody_elses_upload_is_not_found(client, city, trainer, home):
    sent = client.post(f"{home}/upload", data=gift_file(make_items()))
    sign_in(client, make_officer("trainer", city.county_a))
    assert client.get(sent.location).status_code == 404
    assert client.post(sent.location, data={"seal": ""}).status_code == 404
    assert client.get(f"{home}/uploads/{'0' * 32}").status_code == 404


def test_the_coverage_names_the_gaps_and_has_a_table(client, city, trainer):
    bank = db.session.get_one(Bank, make_bank(city.county_a, make_items(1, 0)))
    page = client.get(f"/desk/banks/{bank.slug}/coverage").text
    assert "2 个考点还没有在用的题" in page
    assert page.count("没有题</span>") == 2
    assert "看数据表" in page


def test_commands_check_files_and_export_a_bank(app, bank, tmp_path):
    run = app.test_cli_runner().invoke
    exported = run(args=["questions", "export", bank.slug])
    assert exported.exit_code == 0
    good, bad = tmp_path / "good.gift", tmp_path / "bad.gift"
    good.write_bytes(exported.stdout_bytes)
    assert "没有问题，15 题" in run(args=["questions", "check", str(good)]).output
    bad.write_text("\n::s-001::题{\n~%50%甲\n~%50%乙\n~%-100%丙\n}\n")
    checked = run(args=["questions", "check", str(good), str(bad)])
    assert checked.exit_code == 1
    assert f"{bad}:2: 多项选择题应有 5 个选项。" in checked.output
    assert "已经用过" in checked.output
    bad.write_bytes(b"\x00")
    assert run(args=["questions", "check", str(bad)]).exit_code == 1
    target = tmp_path / "out.gift"
    assert run(args=["questions", "export", bank.slug, "--output", str(target)]).exit_code == 0
    assert target.read_bytes() == exported.stdout_bytes
    assert run(args=["questions", "export", bank.slug, "--output", str(target)]).exit_code != 0
