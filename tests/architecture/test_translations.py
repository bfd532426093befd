"""Both languages are complete: every text of the code and the templates has its English, and the pages use it.

The texts are extracted here, as `make translations` does, so a forgotten one fails the run and is named.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment

from lms.kernel.i18n import LOCALES, SOURCE_LOCALE

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "lms" / "translations"
ENGLISH = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
TEMPLATES = sorted(path for path in (ROOT / "lms").glob("**/templates/**/*") if path.suffix in {".html", ".txt"})
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]")  # characters, and full-width punctuation
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
QUOTED = re.compile(r"“[^“”]*”")

Texts = tuple[str, ...]
"""A text, or a text for one and for many."""


def texts_of(value: str | list[str] | tuple[str, ...]) -> Texts:
    return (value,) if isinstance(value, str) else tuple(value)


@pytest.fixture(scope="module")
def extracted() -> dict[Texts, str]:
    """Every text, with a place where it stands."""
    with (ROOT / "deploy" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT / "lms", methods, options, keywords=KEYWORDS)
    return {texts_of(text): f"lms/{name}:{line}" for name, line, text, _comments, _context in found}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def messages(catalogue: Catalog) -> dict[Texts, Message]:
    return {texts_of(message.id): message for message in catalogue if message.id}


def pairs(messages: dict[Texts, Message]) -> Iterator[tuple[str, str]]:
    """Each Chinese text with each of its English wordings."""
    for chinese, message in messages.items():
        for english in texts_of(message.string):
            yield chinese[-1], english


def test_every_text_has_its_english(extracted, messages):
    def has_english(text: Texts) -> bool:
        return text in messages and not messages[text].fuzzy and all(texts_of(messages[text].string))

    forgotten = [f"{place} {text[0]}" for text, place in extracted.items() if not has_english(text)]
    assert not forgotten, "run: make translations, then fill in lms/translations/en"


def test_the_catalogue_holds_no_text_that_is_gone(extracted, messages, catalogue):
    assert [text[0] for text in messages if text not in extracted] == []
    assert list(catalogue.obsolete) == []


def test_the_english_has_the_same_places_to_fill(messages):
    def places(text: str) -> list[str]:
        return sorted(PLACES.findall(text))

    assert [chinese for chinese, english in pairs(messages) if places(chinese) != places(english)] == []


def test_the_english_is_written_without_chinese_characters_and_punctuation(messages):
    def left_over(chinese: str, english: str) -> bool:
        # A unit's name quoted as an example is the same in both: rosters and lists hold Chinese names.
        examples = set(QUOTED.findall(chinese))
        return CHINESE.search(QUOTED.sub(lambda quote: "" if quote[0] in examples else quote[0], english)) is not None

    assert [english for chinese, english in pairs(messages) if left_over(chinese, english)] == []


def test_the_english_leaves_spaces_at_its_ends_only_where_the_source_is_joined_to_more(messages):
    def unexplained(chinese: str, english: str) -> bool:
        joins = chinese.endswith(("：", "，", "、", "；")) or chinese.startswith("（")
        return english != english.strip() and not joins

    assert [english for chinese, english in pairs(messages) if unexplained(chinese, english)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "lms")))
def test_a_template_says_nothing_in_one_language_only(path, extracted):
    known = {text for texts in extracted for text in texts}
    for line, kind, value in Environment(autoescape=True).lex(path.read_text()):
        if kind == "string" and value[1:-1] in known:
            continue
        if kind in {"data", "string"} and value != '"中文"':  # the way back to Chinese is written in Chinese
            assert not CHINESE.search(value), f"line {line}: {value.strip()}"


def test_each_language_but_the_source_has_a_catalogue():
    assert {path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/*.po")} == set(LOCALES) - {SOURCE_LOCALE}


def test_the_compiled_catalogue_is_the_one_that_is_written(messages):
    compiled = ENGLISH.with_suffix(".mo")
    assert compiled.exists(), "run: deploy/setup.sh test"
    with compiled.open("rb") as file:
        used = gettext.GNUTranslations(file)

    def compiled_of(text: Texts) -> Texts:
        return (used.gettext(*text),) if len(text) == 1 else (used.ngettext(*text, 1), used.ngettext(*text, 2))

    stale = [text[0] for text, message in messages.items() if compiled_of(text) != texts_of(message.string)]
    assert not stale, "run: deploy/setup.sh test"


def test_a_page_is_in_english_when_a_visitor_asks_for_it(client):
    assert 'lang="zh-CN"' in client.get("/").text
    client.post("/preferences", data={"locale": "en"})
    page = client.get("/").text
    assert 'lang="en"' in page
    assert "Sign in" in page
    assert CHINESE.findall(page) == list("中文")
