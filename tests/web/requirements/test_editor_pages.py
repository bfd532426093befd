"""The editor of conditions: every step in the browser's own forms, the preview, putting in force."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from lms.kernel import clock
from lms.kernel.db import db
from lms.people.models import QualificationKind
from lms.requirements import queries, views
from lms.requirements.kinds import RequirementType
from lms.requirements.leaves.schema import asking
from lms.requirements.models import RequirementDraft
from lms.testing.factories.access import make_officer, sign_in
from lms.testing.factories.credits import qualify
from lms.testing.factories.people import make_person
from lms.webkit.registry import registry

ROOT = "/desk/requirements"
CODE = "test.ladder"
EDIT = f"{ROOT}/{CODE}/edit"


@pytest.fixture
def editor(client, city):
    """A city officer who has begun a name; `do(op, ...)` sends a step for the draft as it is."""
    sign_in(client, make_officer("hr_officer", city.city))
    made = client.post(f"{ROOT}/new", data={"title": "测试条件", "title_en": "", "code": CODE})
    assert made.headers["Location"].endswith("/edit")

    def do(op, at="", **fields):
        return client.post(EDIT, data={"op": op, "at": at, "edit": draft().edit, **fields})

    client.do = do
    return client


def draft():
    return db.session.get_one(RequirementDraft, CODE, populate_existing=True)


def qualification(editor, at="", level="assistant", op="add"):
    return editor.do(op, at, type="qualification", param_level=level, param_months="")


def test_a_tree_is_built_without_json_and_the_preview_counts(editor, city):
    person = make_person("陈思雨", city.community_a)
    qualify(person, QualificationKind.ASSISTANT)
    assert editor.get(f"{EDIT}?at=&type=qualification").text.count("级别至少为") == 1
    assert qualification(editor, level="intermediate").status_code == 303
    assert editor.do("nest", "0").status_code == 303
    assert "0 人满足" in editor.get(EDIT).text
    qualification(editor, "0")
    editor.do("add", "0", type="hours", param_minutes="1.5", param_months="12", param_category="")
    page = editor.get(EDIT).text
    assert re.search(r'class="big num">1 <span', page)
    assert "时长 1 小时 30 分" in page
    editor.do("regroup", "0", how="some", need="2")
    assert re.search(r'class="big num">0 <span', editor.get(EDIT).text)
    editor.do("up", "0.1")
    editor.do("remove", "0.2")
    qualification(editor, "0.0", "senior", op="put")
    assert draft().tree == {
        "how": "all",
        "parts": [
            {
                "how": "some", "need": 2,
                "parts": [
                    {"type": "qualification", "params": {"level": "senior"}},
                    {"type": "qualification", "params": {"level": "intermediate"}},
                ],
            }
        ],
    }  # fmt: skip


def test_the_preview_counts_for_the_unit_that_was_chosen(editor, city):
    qualify(make_person(org_id=city.community_a))
    qualification(editor)
    assert re.search(r'class="big num">1 <span', editor.get(f"{EDIT}?org={city.county_a}").text)
    assert re.search(r'class="big num">0 <span', editor.get(f"{EDIT}?org={city.county_b}").text)


def test_faults_are_named_before_a_tree_is_put_in_force_and_what_was_typed_stays(editor):
    editor.do("group")
    form = {"edit": draft().edit, "valid_from": "2020-01-01", "note": "成社工〔2026〕1 号"}
    answer = editor.post(f"{ROOT}/{CODE}/publish", data=form)
    assert answer.status_code == 422
    assert "有一组里还没有条件" in answer.text
    assert "请选今天或以后的日期" in answer.text
    assert "成社工〔2026〕1 号" in answer.text
    qualification(editor, "0")
    form = {"edit": draft().edit, "valid_from": clock.today().isoformat(), "note": "成社工〔2026〕1 号"}
    assert editor.post(f"{ROOT}/{CODE}/publish", data=form).status_code == 303
    page = editor.get(f"{ROOT}/{CODE}").text
    assert "国家职业资格：级别至少为“助理社会工作师”" in page
    assert "测试条件" in editor.get(f"{ROOT}?q=测试").text
    found = queries.named(CODE)
    assert (found.draft, len(found.versions)) == (None, 1)
    assert found.in_force(clock.today() - dt.timedelta(days=1)) is None


def test_two_tabs_do_not_undo_each_other(editor):
    seen = draft().edit
    qualification(editor)
    stale = editor.post(EDIT, data={"op": "group", "at": "", "edit": seen})
    assert stale.status_code == 409
    assert "草稿刚被改过" in stale.text
    assert len(draft().tree["parts"]) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"op": "add", "type": "qualification", "param_level": "master"},
        {"op": "add", "type": "hours", "param_minutes": "0", "param_months": "12"},
        {"op": "remove", "at": "7"},
        {"op": "dance"},
        {"op": "add", "at": "x.y"},
    ],
)
def test_nonsense_changes_nothing(editor, fields):
    before = draft().tree
    assert editor.post(EDIT, data={"at": "", "edit": draft().edit, **fields}).status_code == 422
    assert draft().tree == before


def test_an_equivalence_is_made_and_stopped_on_the_pages(editor):
    made = editor.post(
        f"{ROOT}/new",
        data={"title": "视同", "title_en": "", "code": "equal.test", "type": "service", "param_months": "24"},
    )
    assert made.status_code == 303
    assert "视同满足“服务年限：满 24 个月”" in editor.get(f"{ROOT}/equal.test/edit").text
    form = {"edit": 1, "valid_from": clock.today().isoformat(), "note": "成社工〔2026〕1 号"}
    empty = editor.post(f"{ROOT}/equal.test/publish", data=form)
    assert (empty.status_code, "人人都算满足" in empty.text) == (422, True)
    assert editor.post(f"{ROOT}/equal.test/discard").status_code == 303
    assert editor.get(f"{ROOT}/equal.test").status_code == 404


def nobody(persons, params, on):
    return {}


ODD = {
    one.key: one
    for one in (
        RequirementType("bare", "没有参数", {"type": "object"}, nobody),
        RequirementType("dated", "有日期", asking(day={"type": "string", "format": "date"}), nobody),
        RequirementType("graded", "有等级", asking(grade={"enum": [1, 2, 3]}), nobody),
        RequirementType("coded", "有代码", asking(code={"type": "string", "pattern": "^[a-z]+$"}), nobody),
    )
}


@pytest.fixture
def odd_types(app, monkeypatch):
    for key, one in ODD.items():
        monkeypatch.setitem(registry().offers[RequirementType], key, ("requirements", one))


@pytest.mark.parametrize(
    ("key", "typed", "params"),
    [
        ("bare", {}, {}),
        ("dated", {"param_day": "2026-05-01"}, {"day": "2026-05-01"}),
        ("graded", {"param_grade": "2"}, {"grade": 2}),
        ("coded", {"param_code": "abc"}, {"code": "abc"}),
    ],
)
def test_every_schema_a_type_may_have_is_asked_for_and_shown_again(editor, odd_types, key, typed, params):
    assert editor.do("add", type=key, **typed).status_code == 303
    assert draft().tree["parts"] == [{"type": key, "params": params}]
    shown = editor.get(f"{EDIT}?at=0&type={key}&op=put")
    assert shown.status_code == 200
    assert all(f'value="{value}"' in shown.text for value in typed.values())
    assert str(ODD[key].title) in editor.get(EDIT).text


@pytest.mark.parametrize(
    ("key", "typed"),
    [("dated", {"param_day": "昨天"}), ("graded", {"param_grade": "9"}), ("coded", {"param_code": "A1"})],
)
def test_what_no_schema_takes_is_named_beside_its_field(editor, odd_types, key, typed):
    answer = editor.do("add", type=key, **typed)
    assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (422, True)
    assert draft().tree["parts"] == []
    named = editor.post(
        f"{ROOT}/new", data={"title": "视同", "title_en": "", "code": "equal.odd", "type": key, **typed}
    )
    assert (named.status_code, 'aria-invalid="true"' in named.text) == (422, True)


def test_only_the_city_sets_conditions(client, city):
    sign_in(client, make_officer("hr_officer", city.county_a))
    page = client.get(ROOT).text
    assert "国家职业资格视同成都社工员证书" in page
    assert "新增一组条件" not in page
    assert client.post(f"{ROOT}/equal.community_worker/start").status_code == 404
    sign_in(client, make_person())
    assert client.get(ROOT).status_code == 403


def test_very_many_people_are_counted_when_asked(editor, city, monkeypatch):
    monkeypatch.setattr(views, "COUNTED_AT_ONCE", 0)
    qualify(make_person(org_id=city.community_a))
    qualification(editor)
    page = editor.get(EDIT).text
    assert "计算要几秒钟" in page
    assert "人满足</span>" not in page
    assert re.search(r'class="big num">1 <span', editor.get(f"{EDIT}?count=1").text)
