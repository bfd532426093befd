from __future__ import annotations

from lms.kernel import search


def test_chinese_is_cut_into_pairs_and_latin_words_are_kept():
    assert list(search.tokens("社会工作 MZ/T 166 ａ")) == ["社会", "会工", "工作", "作", "mz", "t", "166", "a"]


def marked(content, query, **sizes):
    return "".join(f"[{part.text}]" if part.hit else part.text for part in search.highlight(content, query, **sizes))


def test_every_hit_is_marked_around_the_first():
    assert marked("入户走访前先约时间，入户后先问好", "入户") == "[入户]走访前先约时间，[入户]后先问好"
    assert marked("一二三四五六七八九十入户之后", "入户", around=3, width=8) == "…八九十[入户]之后"
    assert marked("MZ/T 166 标准", "mz 166") == "[MZ]/T [166] 标准"


def test_nothing_is_marked_without_a_hit():
    assert search.highlight("走访", "考试") == []
    assert search.highlight("走访", " ，。") == []
    assert marked("a.c abc", "a.c") == "[a].[c] [a]b[c]"
