"""Lesson texts: what a Markdown file refers to, and its HTML, made once at import and cleaned to an allow-list."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from lms.kernel.i18n import SOURCE_LOCALE, in_locale
from lms.kernel.i18n import gettext as _

CALLOUTS = frozenset({"提示", "注意", "案例", "讨论", "法条"})
VIDEO = (".mp4", ".webm")
AUDIO = (".mp3", ".m4a")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_TAGS = {
    "a", "audio", "blockquote", "br", "code", "del", "div", "em", "figcaption", "figure", "h2", "h3", "h4", "hr",
    "img", "li", "ol", "p", "pre", "s", "section", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr",
    "track", "ul", "video",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "id", "title"},
    "audio": {"aria-label", "controls", "preload", "src"},
    "div": {"aria-label", "role", "tabindex"},
    "img": {"alt", "loading", "src", "title"},
    "li": {"id"},
    "ol": {"start"},
    "sup": {"id"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {"aria-label", "controls", "playsinline", "preload", "src"},
}
_CLASSES = {
    "a": {"footnote-backref"},
    "blockquote": {"callout"},
    "div": {"table-scroll"},
    "figure": {"media"},
    "hr": {"footnotes-sep"},
    "li": {"footnote-item"},
    "ol": {"footnotes-list"},
    "section": {"footnotes"},
    "sup": {"footnote-ref"},
}


@dataclass(frozen=True, slots=True)
class Reference:
    """Something a lesson points to: an image, video or link, on a line (from 1)."""

    target: str
    line: int
    image: bool
    label: str


def title_of(source: str) -> str | None:
    """The text of the `# ` line the file begins with."""
    first = source.split("\n", 1)[0]
    return first[2:].strip() if first.startswith("# ") else None


def body_of(source: str) -> str:
    """The text after the title line."""
    return source.partition("\n")[2]


def references(source: str) -> Iterator[Reference]:
    """Every image and link of a text."""
    for block in _parser().parse(source, {}):
        line = block.map[0] + 1 if block.map else 1
        for token in block.children or ():
            if token.type == "image":
                yield Reference(str(token.attrGet("src")), line, image=True, label=token.content)
            elif token.type == "link_open":
                yield Reference(str(token.attrGet("href")), line, image=False, label="")


def stray_tags(source: str) -> Iterator[tuple[int, str]]:
    """HTML tags written into the text, with their lines; they would be shown as they stand."""
    for block in _parser().parse(source, {}):
        line = block.map[0] + 1 if block.map else 1
        for token in block.children or ():
            if token.type == "text" and (found := _TAG.search(token.content)):
                yield line, found[0]


def media_path(target: str) -> str | None:
    """The path in the package of a `../media/x` reference out of `lessons/`, or None for anything else."""
    path = posixpath.normpath(posixpath.join("lessons", unquote(target)))
    return path if path.startswith("media/") and "://" not in target else None


def render(source: str, *, media_url: Callable[[str], str], captions: Collection[str]) -> str:
    """Safe HTML of a lesson text. `media_url` gives the address of a package path; `captions` are the `.vtt` paths."""
    environment = {"media_url": media_url, "captions": frozenset(captions)}
    with in_locale(SOURCE_LOCALE):  # lessons are in Chinese, and what was rendered never changes
        html = _parser().render(source, environment)
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, url_schemes={"http", "https"})


def plain_text(html: str) -> str:
    """The words of rendered HTML, for searching: blocks part words, inline marks do not."""
    parted = re.sub(r"</(?:p|li|h[2-4]|t[dhr]|figcaption|blockquote)>|<br>|<hr[^>]*>", " ", html)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", parted))).strip()


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).use(footnote_plugin)
    parser.core.ruler.after("inline", "lesson_blocks", _shape_blocks)
    parser.add_render_rule("image", _render_media)
    parser.add_render_rule("link_open", _render_link)
    parser.add_render_rule(
        "table_open",
        lambda *_args: f'<div class="table-scroll" tabindex="0" role="region" aria-label="{_("表格")}"><table>',
    )
    parser.add_render_rule("table_close", lambda *_args: "</table></div>")
    return parser


def _shape_blocks(state: StateCore) -> None:
    """Take the paragraph away from around a lone picture or video, and mark quotations that are call-outs."""
    tokens = state.tokens
    for at, token in enumerate(tokens):
        children = token.children or []
        if token.type == "inline" and len(children) == 1 and children[0].type == "image":
            tokens[at - 1].hidden = tokens[at + 1].hidden = True
            children[0].meta["alone"] = True
        if token.type == "blockquote_open" and _label(tokens[at + 2]) in CALLOUTS:
            token.attrSet("class", "callout")


def _label(token: Token) -> str:
    """The bold word a block begins with."""
    children = [child for child in token.children or [] if child.type != "text" or child.content]
    starts_bold = len(children) > 1 and children[0].type == "strong_open"
    return children[1].content if starts_bold else ""


def _render_media(_self: Any, tokens: list[Token], at: int, _options: Any, env: Any) -> str:
    token = tokens[at]
    path = media_path(str(token.attrGet("src"))) or ""
    address, label = escape(env["media_url"](path)), escape(token.content)
    if path.endswith(VIDEO):
        attributes = f'controls preload="none" playsinline src="{address}" aria-label="{label}"'
        element = f"<video {attributes}>{_track(path, env)}</video>"
    elif path.endswith(AUDIO):
        element = f'<audio controls preload="none" src="{address}" aria-label="{label}"></audio>'
    else:
        element = f'<img src="{address}" alt="{label}" loading="lazy">'
    caption = str(token.attrGet("title") or "") or (token.content if path.endswith(VIDEO + AUDIO) else "")
    if not token.meta.get("alone"):
        return element
    return (
        f'<figure class="media">{element}{f"<figcaption>{escape(caption)}</figcaption>" if caption else ""}</figure>\n'
    )


def _track(path: str, env: Any) -> str:
    captions = posixpath.splitext(path)[0] + ".vtt"
    if captions not in env["captions"]:
        return ""
    return (
        f'<track kind="captions" srclang="zh" label="{_("字幕")}" src="{escape(env["media_url"](captions))}" default>'
    )


def _render_link(renderer: Any, tokens: list[Token], at: int, options: Any, env: Any) -> str:
    path = media_path(str(tokens[at].attrGet("href")))
    if path:
        tokens[at].attrSet("href", env["media_url"](path))
    return str(renderer.renderToken(tokens, at, options, env))
