"""What may be decided, returned and corrected. Pure: facts in, answers out."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

OTHER = "other"
"""What a return names when it is about no listed fact or proof."""

_RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters nobody confuses when reading a receipt out."""


def fact_item(key: str) -> str:
    """How a return names a fact."""
    return f"fact:{key}"


def proof_item(key: str) -> str:
    """How a return names a kind of proof."""
    return f"proof:{key}"


def namable(items: Collection[str], named_before: Collection[str] | None, new_since: Collection[str]) -> set[str]:
    """What a return may name as missing, of all the `items` it could name.

    The first return may name everything, and must name it all at once (一次性告知, 行政许可法 art. 32). A later one, by
    whichever step, may only repeat what was named and is still not right, or name what has come in since the first.
    `named_before` is None while nothing was returned.
    """
    if named_before is None:
        return set(items)
    return {*items} & {*named_before, *new_since}


def changed_facts(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> set[str]:
    """Keys of facts that are new or say something else than before."""
    old = {fact["key"]: fact for fact in before}
    return {fact["key"] for fact in after if old.get(fact["key"]) != fact}


def seal(
    *,
    round_: int,
    step: int,
    state: str,
    facts: Sequence[Mapping[str, Any]],
    amount_fen: int | None,
    proofs: Iterable[uuid.UUID],
) -> str:
    """A short digest of everything an officer decides on: a page that shows something else has another one."""
    content = [round_, step, state, list(facts), amount_fen, sorted(proof.hex for proof in proofs)]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def case_number(year: int, count: int) -> str:
    """SQ2026000123: 申请, year, count."""
    return f"SQ{year}{count:06d}"


def notice_number(year: int, count: int) -> str:
    """GS20260012: 公示, year, count."""
    return f"GS{year}{count:04d}"


def receipt(random: bytes) -> str:
    """The receipt of an objection, YY-ABCD-EFGH-JKMN, of at least 12 random bytes: it cannot be guessed."""
    signs = [_RECEIPT_SIGNS[byte % len(_RECEIPT_SIGNS)] for byte in random[:12]]
    return "-".join(["YY", *("".join(signs[at : at + 4]) for at in (0, 4, 8))])
