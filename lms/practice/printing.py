"""The portfolio as a PDF, A4: our own page and style sheet, and nothing from anywhere else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import render_template
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from lms.kernel import clock
from lms.practice import wording

if TYPE_CHECKING:
    from lms.practice.portfolio import Portfolio

_STYLE = Path(__file__).parent / "printed" / "portfolio.css"


class NoFetcher(URLFetcher):  # type: ignore[misc]
    """Fetches nothing: a portfolio has no pictures, and what people typed must not make the printer load any."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Raise `ValueError`, which WeasyPrint passes on as fatal."""
        del headers
        raise ValueError(f"a portfolio may not load {url[:200]}")


def printed(found: Portfolio) -> bytes:
    """The PDF, in the reader's language."""
    page = render_template("practice/printed.html", portfolio=found, words=wording, printed_at=clock.now())
    fonts, style = _style()
    html = HTML(string=page, url_fetcher=NoFetcher(fail_on_errors=True), base_url="practice:")
    return bytes(html.write_pdf(stylesheets=[style], font_config=fonts))


@cache
def _style() -> tuple[FontConfiguration, CSS]:
    """The style sheet, read once per process."""
    fonts = FontConfiguration()
    return fonts, CSS(string=_STYLE.read_text(encoding="utf-8"), font_config=fonts)
