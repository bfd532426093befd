"""What changed between two versions of an item, word by word: pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from lms.questions.dto import Change, ParsedItem, Piece
from lms.questions.rules import letters

SAME, GONE, NEW = "same", "gone", "new"
_TOKEN = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
_LONG = 600
"""Tokens beyond which frequent ones are passed over, so that no text takes long."""
_UNLIKE = 0.3
"""Texts with less in common are shown whole, one after the other."""


def changes(old: ParsedItem, new: ParsedItem) -> list[Change]:
    """Every part that differs, in the order in which people read an item; empty for equal items."""
    found = [Change("stem", pieces(old.stem, new.stem))]
    found += [
        Change("option", pieces(before, after), letters([index]))
        for index, (before, after) in enumerate(zip_longest(old.options, new.options, fillvalue=""))
    ]
    found += [
        Change("key", whole(letters(old.key), letters(new.key))),
        Change("explanation", pieces(old.explanation, new.explanation)),
        Change("difficulty", whole(str(old.difficulty), str(new.difficulty))),
        Change("points", whole(" ".join(old.points), " ".join(new.points))),
        Change("tags", whole(_tags(old), _tags(new))),
    ]
    return [change for change in found if any(piece.kind != SAME for piece in change.pieces)]


def whole(old: str, new: str) -> tuple[Piece, ...]:
    """Two short values, not looked into."""
    both = [Piece(SAME, old)] if old == new else [Piece(GONE, old), Piece(NEW, new)]
    return tuple(piece for piece in both if piece.text)


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """`new` against `old` by Latin words and single Chinese characters; a lone match between changes does not count."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _LONG)
    if old == new or matcher.ratio() < _UNLIKE:
        return whole(old, new)
    return tuple(_joined(list(_spans(matcher, before, after))))


def _tags(item: ParsedItem) -> str:
    return "; ".join(f"{name}={value}" for name, value in sorted(item.tags.items()))


def _spans(
    matcher: SequenceMatcher[str], before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[bool, str, str]]:
    """Stretches as (equal?, old text, new text)."""
    codes = matcher.get_opcodes()
    for at, (kind, old_from, old_to, new_from, new_to) in enumerate(codes):
        lone = kind == "equal" and old_to - old_from == 1 and 0 < at < len(codes) - 1
        yield kind == "equal" and not lone, "".join(before[old_from:old_to]), "".join(after[new_from:new_to])


def _joined(spans: Sequence[tuple[bool, str, str]]) -> Iterator[Piece]:
    """Neighbouring changes put together: first all that went, then all that came."""
    gone = new = ""
    for equal, old_text, new_text in [*spans, (True, "", "")]:
        if not equal:
            gone, new = gone + old_text, new + new_text
            continue
        yield from (piece for piece in (Piece(GONE, gone), Piece(NEW, new), Piece(SAME, old_text)) if piece.text)
        gone = new = ""
