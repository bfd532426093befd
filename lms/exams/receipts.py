"""Exam tokens, and receipts that can be recomputed in an appeal.

A receipt is a keyed hash over one journal row. Whoever has the row and the deployment's secret gets the same receipt
again; nobody else can make one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer

from lms.exams.dto import Answer, Claims, Entry

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_RECEIPT_BYTES = 10


class BadTokenError(Exception):
    """The token was not made here, or was changed."""


@lru_cache(maxsize=8)
def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="exam.token", signer_kwargs={"digest_method": hashlib.sha256})


@lru_cache(maxsize=8)
def _receipt_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"exam.receipt", "sha256")


def make_token(secret: str, claims: Claims) -> str:
    """Sign an exam token. It has no end of its own: the sitting's deadline and device number end it."""
    return str(_serializer(secret).dumps([claims.sitting_id.hex, claims.device, claims.login]))


@lru_cache(maxsize=16_384)
def read_token(secret: str, token: str) -> Claims:
    """What a token says. A token sent with every save is verified once per process. Raises `BadTokenError`."""
    try:
        sitting, device, login = _serializer(secret).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise BadTokenError from None
    return Claims(uuid.UUID(sitting), device, login)


@lru_cache(maxsize=16_384)
def login_mark(cookie: str) -> str:
    """What ties an exam token to a sign-in: the token alone, without the sign-in's cookie, is worth nothing."""
    return hashlib.sha256(f"exam.login|{cookie}".encode()).hexdigest()[:20]


def receipt(secret: str, sitting_id: uuid.UUID, device: int, entry: Entry, saved_at: dt.datetime) -> str:
    """The receipt of one stored entry: 20 hex digits."""
    moment = (saved_at - _EPOCH) // _MICROSECOND
    content = f"{sitting_id.hex}|{device}|{entry.seq}|{entry.position}|{entry.choice}|{entry.marked:d}|{moment}"
    return hmac.digest(_receipt_key(secret), content.encode(), "sha256")[:_RECEIPT_BYTES].hex()


def final_receipt(secret: str, sitting_id: uuid.UUID, submitted_at: dt.datetime, answers: Mapping[int, Answer]) -> str:
    """The receipt of a submitted sitting, over everything that counts in it."""
    counted = [[position, answer.choice] for position, answer in sorted(answers.items())]
    moment = (submitted_at - _EPOCH) // _MICROSECOND
    content = f"{sitting_id.hex}|{moment}|{json.dumps(counted, separators=(',', ':'))}"
    return hmac.digest(_receipt_key(secret), content.encode(), "sha256")[:_RECEIPT_BYTES].hex()
