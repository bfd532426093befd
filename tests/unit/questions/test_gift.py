from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions import gift
from lms.questions.dto import MULTIPLE, SINGLE, ParsedItem, QuestionType
from lms.questions.kinds import CORE
from lms.questions.rules import tidy

COURSES = Path(__file__).parents[3] / "courses"
GIFT_FILES = sorted(COURSES.glob("*/bank/*.gift")) + sorted(COURSES.glob("*/checks/*.gift"))

SINGLE_TEXT = """\
// a note of the author
// [id:x-1] [tag:point:1.1] [tag:syllabus:s-2026] [tag:difficulty:3]
::x-1::比率是 1\\:2 的有 \\{甲\\}（　　）。{
=对 \\= 一
~错\\~二#因为不对
~错三
~错四
####解析\\n第二行
}
"""


@pytest.mark.parametrize("path", GIFT_FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_every_shipped_file_parses_whole(path):
    text = path.read_text(encoding="utf-8")
    parsed = gift.parse(text, str(path))
    assert parsed.problems == []
    assert len(parsed.items) == sum(1 for line in text.splitlines() if line.startswith("::"))


def test_escapes_tags_and_feedback_are_read():
    [item] = gift.parse(SINGLE_TEXT, "x.gift").items
    assert (item.ref, item.kind, item.key, item.difficulty, item.line) == ("x-1", SINGLE, (0,), 3, 3)
    assert item.stem == "比率是 1:2 的有 {甲}（　　）。"
    assert item.options == ("对 = 一", "错~二", "错三", "错四")
    assert item.points == ("1.1",)
    assert item.tags == {"syllabus": "s-2026"}
    assert item.explanation == "解析\n第二行\nB. 因为不对"


def test_a_multiple_item_is_known_by_its_weights():
    [item] = gift.parse("::m::题{\n~%50%甲\n~%-100%乙\n~%50%丙\n}", "x").items
    assert (item.kind, item.key) == (MULTIPLE, (0, 2))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("::a::题{T}", 1, "只支持"),
        ("::a::题{#3:1}", 1, "只支持"),
        ("::a::题{=甲 -> 乙 =丙 -> 丁}", 1, "只支持"),
        ("::a::题{=甲 =乙}", 1, "只支持"),
        ("::a::题{}", 1, "没有选项"),
        ("\n\n::a::题", 3, "没有找到答案部分"),
        ("::a::题{=甲\n~乙", 1, "没有闭合"),
        ("::a::题{=甲~乙} 尾巴", 1, "之后还有文字"),
        ("题{=甲~乙}", 1, "没有编号"),
        ("::a::{=甲~乙}", 1, "题干是空的"),
        ("::a::题{=甲~甲}", 1, "文字相同"),
        ("::a::题{\n=甲\n=乙\n~丙}", 1, "有且只有一个"),
        ("::a::题{~%50%甲 ~%50%乙 ~丙}", 1, "写明权重"),
        ("::a::题{~%50%甲 ~%30%乙 ~%-100%丙}", 1, "100%"),
        ("// [id:a] [tag:difficulty:9]\n::a::题{=甲~乙}", 2, "难度"),
        ("// [id:a] [tag:point:x]\n::a::题{=甲~乙}", 2, "考点编码"),
        ("::a::题{=甲~乙}\n\n::a::题二{=甲~乙}", 3, "第 1 行"),
    ],
)
def test_a_fault_names_its_line_and_the_way_out(text, line, words):
    [problem] = gift.parse(text, "bank.gift").problems
    assert (problem.path, problem.line) == ("bank.gift", line)
    assert words in problem.message


def test_the_next_question_is_still_read_when_one_was_never_closed():
    parsed = gift.parse("::a::题{\n=甲\n\n// [id:b]\n::b::题{\n=甲\n~乙\n}\n", "x")
    assert [item.ref for item in parsed.items] == ["b"]
    assert len(parsed.problems) == 1


TEXT = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30)
    | st.text(st.sampled_from("甲a1~=#{}:\\[]%->$/\nn "), min_size=1, max_size=20)
    | st.sampled_from(["[html]甲", "[plain] 乙", "%50%丙", "甲 -> 乙", "// 丁", "####戊", "\\n", "::己::", "$CATEGORY: x"])
).map(tidy).filter(bool)  # fmt: skip


@st.composite
def items(draw):
    kind = draw(st.sampled_from([SINGLE, MULTIPLE]))
    options = draw(st.lists(TEXT, min_size=3, max_size=5, unique=True))
    count = 1 if kind == SINGLE else draw(st.integers(2, len(options) - 1))
    key = draw(st.permutations(range(len(options))))[:count]
    return ParsedItem(
        ref=draw(st.from_regex(r"[a-z0-9题_][a-z0-9题_.-]{0,19}", fullmatch=True)),
        kind=kind,
        stem=draw(TEXT),
        options=tuple(options),
        key=tuple(sorted(key)),
        explanation=draw(st.just("") | TEXT),
        points=tuple(draw(st.lists(st.from_regex(r"[1-9]\.[1-9]", fullmatch=True), max_size=2))),
        difficulty=draw(st.integers(1, 3)),
        tags=draw(
            st.dictionaries(st.sampled_from(["subject", "syllabus"]), st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True))
        ),
    )


@given(st.lists(items(), max_size=5, unique_by=lambda item: item.ref))
def test_what_is_written_is_read_back_the_same(some):
    parsed = gift.parse(gift.compose(some), "x")
    assert parsed.problems == []
    assert [replace(item, line=0) for item in parsed.items] == some


JUDGE = QuestionType("probe.judge", "判断题", 2, (2, 2), (1, 1), several=False, score=lambda *_answer: 0)
CHECK = QuestionType("probe.check", "勾选题", 2, (2, 5), (1, 4), several=True, score=lambda *_answer: 0)
TYPES = {**CORE, JUDGE.key: JUDGE, CHECK.key: CHECK}


@pytest.mark.parametrize(("kind", "key"), [(JUDGE, (1,)), (CHECK, (0,)), (CHECK, (0, 2))])
def test_an_item_of_another_type_names_it_and_is_read_back_the_same(kind, key):
    item = ParsedItem("a-1", kind.key, "题干", ("甲", "乙", "丙"), key, tags={"subject": "s"})
    text = gift.compose([item], TYPES)
    assert f"[tag:kind:{kind.key}]" in text
    [read] = gift.parse(text, "x", TYPES).items
    assert replace(read, line=0) == item


def test_a_type_nobody_answers_for_is_named_with_its_line():
    [problem] = gift.parse(f"// [tag:kind:{JUDGE.key}]\n::a::题{{\n=甲\n~乙\n}}", "x").problems
    assert (problem.line, "probe.judge" in problem.message) == (2, True)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("题".encode("utf-16"), 1, "UTF-16"),
        ("一行\n::a::题目{=甲~乙}".encode("gbk"), 1, "GBK"),
        ("一行\n".encode() + "题目".encode("gbk"), 2, "已损坏"),
        (b"PK\x03\x04\n\x00\x00", 2, "不是文本文件"),
        (b"::a::\xff\xfe\xff", 1, "不是文本文件"),
    ],
)
def test_a_file_that_is_no_utf8_text_is_refused_with_its_line(content, line, words):
    with pytest.raises(gift.UnreadableError) as refused:
        gift.decode(content)
    assert refused.value.line == line
    assert words in refused.value.message


def test_a_byte_order_mark_is_not_part_of_the_text():
    assert gift.decode("\ufeff题".encode()) == "题"


def test_reading_stays_quick_when_a_file_is_made_to_be_slow():
    started = time.perf_counter()
    gift.parse("::a::题{\n" + "~甲\n" * 200_000 + "}", "x")
    problems = gift.parse("甲\n\n" * 200_000, "x").problems
    assert len(problems) == gift.MAX_PROBLEMS
    assert time.perf_counter() - started < 10


@given(st.text(max_size=300) | st.text(st.sampled_from("甲~=#{}:\\[]%1\n/ id"), max_size=80))
def test_any_text_gives_items_or_problems_but_never_an_exception(text):
    gift.parse(text, "x")
