"""Papers to keep: an A4 page and its style sheet from a folder of our own, and nothing from anywhere else."""

from __future__ import annotations

from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


def page_environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """Reads the pages of one folder and nothing else; a page has no way to Python, and a missing value is an error."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def pdf(folder: Path, page: str, style: str) -> bytes:
    """Print a page with a style sheet of its folder. Raises WeasyPrint's error for a page that asks for anything else.

    WeasyPrint takes longer to load than all the rest: only what prints is to wait for it.
    """
    from weasyprint import CSS, HTML  # noqa: PLC0415 - see above
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    from lms.webkit.assets import AssetFetcher  # noqa: PLC0415

    fonts, fetcher = FontConfiguration(), AssetFetcher(folder)
    sheet = CSS(url=f"asset:{style}", font_config=fonts, url_fetcher=fetcher)
    document = HTML(string=page, url_fetcher=fetcher, base_url="asset:")
    return bytes(document.write_pdf(stylesheets=[sheet], font_config=fonts))
