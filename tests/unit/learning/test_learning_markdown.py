from __future__ import annotations

from lms.learning import markdown


def html(source: str, captions=()) -> str:
    return markdown.render(source, media_url=lambda path: f"/m/{path}", captions=captions)


def test_tables_footnotes_and_callouts_are_rendered():
    text = html("| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |\n\n> **提示** 留意。\n\n> 引文。\n\n话[^1]\n\n[^1]: 出处\n")
    assert "<td>1</td>" in text
    assert 'class="table-scroll" tabindex="0" role="region"' in text
    assert text.count('<blockquote class="callout">') == 1
    assert "<blockquote>\n<p>引文" in text
    assert 'class="footnotes"' in text


def test_a_picture_alone_becomes_a_figure_without_a_paragraph():
    assert html("![一个圆](../media/a.svg)") == (
        '<figure class="media"><img src="/m/media/a.svg" alt="一个圆" loading="lazy"></figure>\n'
    )
    assert html("前 ![圆](../media/a.svg) 后").startswith("<p>前 <img")


def test_a_video_loads_nothing_before_it_is_played_and_has_its_captions():
    text = html("![走访](../media/v.mp4)", captions=["media/v.vtt"])
    assert 'preload="none"' in text
    assert "controls" in text
    assert '<track kind="captions" srclang="zh"' in text
    assert 'src="/m/media/v.vtt"' in text
    assert "<figcaption>走访</figcaption>" in text
    assert "<track" not in html("![走访](../media/v.mp4)")
    assert "<audio" in html("![录音](../media/v.mp3)")


def test_nothing_an_author_writes_becomes_active():
    hostile = (
        "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))\n\n"
        '[y](data:text/html,<script>)\n\n![a" onload="x](../media/a.svg "t\\" onload=x")\n\n<a href="//x" onclick=1>z</a>\n'
    )
    text = html(hostile)
    assert "<script" not in text
    assert "javascript:" not in text.replace("[x](javascript:", "")
    assert 'href="data:' not in text
    assert "<img src=x" not in text
    assert ' onload="x' not in text.replace("&quot; onload=&quot;x", "")


def test_plain_text_parts_blocks_and_joins_inline_marks():
    assert markdown.plain_text(html("社会**工作**者\n\n第二段 &lt;\n\n- 甲\n- 乙")) == "社会工作者 第二段 < 甲 乙"


def test_references_name_targets_and_lines():
    found = list(markdown.references("# 题\n\n话 [链](https://x.cn)\n\n![图](../media/a.svg)\n"))
    assert [(one.target, one.line, one.image) for one in found] == [
        ("https://x.cn", 3, False),
        ("../media/a.svg", 5, True),
    ]


def test_only_media_paths_are_media():
    assert markdown.media_path("../media/a.svg") == "media/a.svg"
    assert markdown.media_path("../media/%61.svg") == "media/a.svg"
    for target in (
        "../media/../course.yml",
        "/media/a.svg",
        "media/a.svg",
        "../../media/a.svg",
        "https://x/../media/a",
    ):
        assert markdown.media_path(target) is None
