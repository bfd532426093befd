"""Item texts as HTML: a little Markdown, sanitised, no pictures, links or raw HTML."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "strong", "em", "code", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "blockquote"}
_PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable(["image", "link", "autolink"])
)


@lru_cache(maxsize=4096)
def html(text: str, *, inline: bool = False) -> str:
    """Render `text`; `inline` leaves out the paragraph around it."""
    rendered = _PARSER.renderInline(text) if inline else _PARSER.render(text)
    return nh3.clean(rendered, tags=_TAGS, attributes={}).strip()
