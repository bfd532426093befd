"""The browser without a screen: it fills in what is on the page and nothing else."""

from __future__ import annotations

import pytest

from lms.demo.browser import Page, Refusal, Upload, filled_in, multipart
from lms.kernel.errors import NotFound

SITE = "http://127.0.0.1:8000"
PAGE = """<!doctype html><html><body><main><h1>登记</h1><p>请填写</p>
<form method="post"><input type="hidden" name="csrf_token" value="t"><input name="name" value="旧名">
<select name="unit"><option value="a">A</option><option value="b" selected>B</option></select>
<label><input type="checkbox" name="choice" value="0">甲</label><label><input type="checkbox" name="choice" value="1">乙</label>
<button name="as" value="xlsx">下载</button></form>
<form method="post" action="/desk/apply"><input type="hidden" name="mode" value="all"></form>
<a href="/verify/abc">查验</a></main></body></html>"""


def page(content=PAGE, status=200, path="/desk/new"):
    return Page(SITE + path, status, content.encode())


def test_the_forms_own_values_are_sent_when_nothing_is_typed():
    assert filled_in(page().form(), {}) == [("csrf_token", "t"), ("name", "旧名"), ("unit", "b")]


def test_what_is_typed_replaces_the_forms_values():
    sent = filled_in(page().form(), {"name": "新名", "choice": ["0", "1"], "as": "xlsx"})
    assert sent == [
        ("csrf_token", "t"), ("unit", "b"), ("name", "新名"), ("choice", "0"), ("choice", "1"), ("as", "xlsx"),
    ]  # fmt: skip


def test_a_field_is_refused_when_the_form_does_not_have_it():
    with pytest.raises(KeyError, match="salary"):
        filled_in(page().form(), {"salary": "1"})


def test_a_form_leads_to_its_own_page_when_it_names_no_address():
    assert page().form().action == f"{SITE}/desk/new"
    assert page().form("/apply").action == f"{SITE}/desk/apply"


def test_the_missing_form_is_named_when_a_page_does_not_offer_it():
    assert not page().has_form("/publish")
    with pytest.raises(NotFound, match="no form that leads to /publish"):
        page().form("/publish")


def test_links_are_whole_addresses_when_they_are_read():
    assert page().link("/verify/") == f"{SITE}/verify/abc"
    with pytest.raises(NotFound, match=r"link to \.pdf"):
        page().link(".pdf")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"what": "没有存下。", "why": "", "todo": "请再试。", "code": "x"}', "没有存下。 请再试。"),
        ('<html><body><h1>页</h1><p role="alert"><b>有一处</b> 要改</p></body></html>', "有一处 要改。"),
        ("<html><body><div><h1>找不到</h1><p>地址有误。</p></div></body></html>", "找不到 地址有误。"),
        ("%PDF-1.7", ""),
    ],
)
def test_a_refusal_repeats_what_the_page_says_when_it_is_shown(content, said):
    shown = Refusal(page(content, status=409))
    assert str(shown) == f"{SITE}/desk/new answered 409: {said}"
    assert shown.answered == 409


def test_a_file_travels_with_the_fields_when_a_form_has_one():
    kind, body = multipart([("org_id", "x")], Upload("file", "名册.xlsx", b"PK\r\n--", "application/zip"))
    boundary = kind.rpartition("boundary=")[2].encode()
    parts = body.split(b"--" + boundary)
    assert [len(parts), parts[-1]] == [4, b"--\r\n"]
    assert parts[1] == b'\r\nContent-Disposition: form-data; name="org_id"\r\n\r\nx\r\n'
    assert parts[2].endswith(b"Content-Type: application/zip\r\n\r\nPK\r\n--\r\n")
    assert 'filename="名册.xlsx"'.encode() in parts[2]


def test_a_form_that_changes_something_comes_before_a_filter_when_both_lead_to_the_page():
    both = PAGE.replace("<p>请填写</p>", '<form method="get"><input name="q"></form>')
    assert page(both).form().method == "POST"


def test_what_the_page_hides_is_not_told_when_something_went_wrong():
    hidden = (
        '<template><p role="alert">模板</p></template><div role="alert" hidden>藏着</div><p role="alert">看得见</p>'
    )
    assert page(PAGE.replace("<p>请填写</p>", hidden), 422).words() == "看得见"
