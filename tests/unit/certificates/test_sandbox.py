from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound
from jinja2.exceptions import SecurityError
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from lms.certificates.sandbox import PRINTED, TEMPLATES, page_environment, render_statement
from lms.kernel.errors import Invalid
from lms.webkit.assets import AssetFetcher

VALUES = {
    "kind": {"title": "成都社工员"},
    "course": {"title": "课程", "version": "1", "hours": "12"},
    "exam": {"title": "考试", "session": 2},
}


def test_a_statement_is_text_with_places():
    assert render_statement("完成{{ course.title }} {{ course.hours }} 小时", VALUES) == "完成课程 12 小时"


@pytest.mark.parametrize(
    "template",
    [
        "{{ course.__class__ }}",
        "{{ course['__class__'] }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ course.title.__class__ }}",
        "{{ course.title | attr('__class__') }}",
        "{{ course.title.format(course) }}",
        "{{ 'x' * 1000000000 }}",
        "{% for x in range(100000) %}x{% endfor %}",
        "{% include 'person.html' %}",
        "{% import 'person.html' as p %}",
        "{% set x = 1 %}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ course }}",
        "{{ course.items }}",
        "{{ secret.key }}",
        "{{ holder.name }}",
        "{{ course.title",
        "{% endfor %}",
    ],
)
def test_a_statement_with_anything_else_is_refused(template):
    with pytest.raises(Invalid) as refused:
        render_statement(template, VALUES)
    assert "statement" in refused.value.fields


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ claims.__class__ }}",
        "{{ (claims | attr('__class__')).__mro__ }}",
        "{{ ''.format.__globals__ }}",
        "{{ claims.update({'name': 'x'}) }}",
        "{{ '{0.__class__.__mro__}'.format(claims) }}",
    ],
)
def test_pages_are_fenced_in_too(template):
    with pytest.raises(SecurityError):
        page_environment("classic").from_string(template).render(claims={"name": "陈思雨"})


@pytest.mark.parametrize("name", ["../../../config.py", "/etc/passwd", "../classic/../../room.py"])
def test_pages_read_nothing_outside_their_folder(name):
    with pytest.raises(TemplateNotFound):
        page_environment("classic").get_template(name)


def test_names_are_escaped_on_the_page():
    page = page_environment("classic").from_string("{{ name }}").render(name="<img src='file:///etc/passwd'>")
    assert "<img" not in page


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x.svg",
        "https://example.org/x.svg",
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
        "ftp://127.0.0.1/x",
        "asset:../sandbox.py",
        "asset:/etc/passwd",
        "asset:person.html",
        "ASSET:border.svg",
        "border.svg",
    ],
)
def test_nothing_but_the_own_assets_is_fetched(address):
    with pytest.raises(ValueError, match="may not load"):
        AssetFetcher(PRINTED / "classic").fetch(address)


@pytest.mark.parametrize(
    "page",
    [
        "<img src='file:///etc/passwd'>",
        "<link rel='stylesheet' href='http://127.0.0.1:9/x.css'>",
        "<style>body { background: url(https://example.org/x.png) }</style>",
        "<style>@import 'file:///etc/passwd';</style>",
        "<link rel='attachment' href='file:///etc/passwd'>",
    ],
)
def test_printing_stops_when_a_page_reaches_out(page):
    with pytest.raises(FatalURLFetchingError):
        HTML(string=page, url_fetcher=AssetFetcher(PRINTED / "classic"), base_url="asset:").write_pdf()


def test_a_drawing_that_reaches_out_gets_nothing():
    asked = []

    class Watched(AssetFetcher):
        def fetch(self, url, headers=None):
            asked.append(url)
            return super().fetch(url, headers)

    picture = "<svg width='9' height='9'><image href='file:///etc/passwd' width='9' height='9'/></svg>"
    printed = HTML(string=picture, url_fetcher=Watched(PRINTED / "classic"), base_url="asset:").write_pdf(
        uncompressed_pdf=True
    )
    assert asked == ["file:///etc/passwd"]
    assert b"/Image" not in printed
    assert b"root:" not in printed


def test_every_template_folder_has_its_two_layers():
    for template in TEMPLATES:
        names = set(page_environment(template).list_templates())
        assert {"person.html", "sheet.html", "person.css"} <= names
