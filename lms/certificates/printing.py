"""Printing a certificate from its claims and nothing else.

Two layers: the sheet (paper, border, title, seal) is alike for all certificates of an issuer and made once per process;
the page with the person's text is made by WeasyPrint and laid over it. A whole page at once takes four times as long.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pikepdf
import segno
from jinja2 import Environment
from markupsafe import Markup
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from lms.certificates.sandbox import PRINTED, TEMPLATES, page_environment
from lms.webkit.assets import AssetFetcher

INK = "#1f2a26"


def printed(claims: str) -> bytes:
    """The PDF of a certificate's canonical claims. The same claims give the same bytes on the same machine.

    Raises `ValueError` for an unknown template or a page that did not fit.
    """
    data = json.loads(claims)
    template = data["template"]
    if template not in TEMPLATES:
        raise ValueError(f"there is no certificate template {template!r}")
    page = _person_page(template, data)
    with (
        pikepdf.open(io.BytesIO(page)) as document,
        pikepdf.open(io.BytesIO(_sheet(template, data["issuer"], data["illustrative"]))) as sheet,
    ):
        if len(document.pages) != 1:
            raise ValueError(f"certificate {data['number']} did not fit on one page")
        front, target = document.pages[0], io.BytesIO()
        under = document.copy_foreign(sheet.pages[0].as_form_xobject())
        name = front.add_resource(under, pikepdf.Name.XObject, pikepdf.Name.Sheet)
        front.contents_add(f"q {name} Do Q ".encode(), prepend=True)
        document.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def person_html(env: Environment, claims: Mapping[str, Any]) -> str:
    """The page that is laid over the sheet."""
    before, award, after = claims["statement"]["zh_CN"].rpartition(claims["kind"]["title"]["zh_CN"])
    qr = segno.make_qr(claims["verify"], error="m", mask=3).svg_inline(border=0, dark=INK, omitsize=True)
    return env.get_template("person.html").render(
        claims=claims,
        sentence={"before": before, "award": award, "after": after},
        qr=Markup(qr),  # noqa: S704 - segno's own drawing
    )


def _person_page(template: str, claims: Mapping[str, Any]) -> bytes:
    text = person_html(page_environment(template), claims)
    fonts, style = _style(template)
    page = HTML(string=text, url_fetcher=AssetFetcher(PRINTED / template), base_url="asset:")
    return bytes(page.write_pdf(stylesheets=[style], font_config=fonts))


@cache
def _style(template: str) -> tuple[FontConfiguration, CSS]:
    """The style sheet, read once per process."""
    fonts = FontConfiguration()
    return fonts, CSS(url="asset:person.css", url_fetcher=AssetFetcher(PRINTED / template), font_config=fonts)


@cache
def _sheet(template: str, issuer: str, illustrative: bool) -> bytes:  # noqa: FBT001 - a key of the cache
    text = page_environment(template).get_template("sheet.html").render(issuer=issuer, illustrative=illustrative)
    return bytes(HTML(string=text, url_fetcher=AssetFetcher(PRINTED / template), base_url="asset:").write_pdf())
