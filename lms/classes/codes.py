"""The codes on the screen: a keyed hash of meeting and time step. Nothing is stored; the server's clock decides."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from hmac import compare_digest

from lms.classes.rules.attendance import step_of
from lms.kernel.runtime import kernel

SECONDS = "classes.code_seconds"
_CONTEXT = "class.check-in"


@dataclass(frozen=True, slots=True)
class Code:
    """One step's codes: `token` for the picture, `digits` to type."""

    token: str
    digits: str


def code_of(meeting_id: uuid.UUID, step: int) -> Code:
    """The codes of a meeting in one time step."""
    digest = kernel().cipher.blind_index(f"{meeting_id.hex}:{step}", context=_CONTEXT)
    return Code(digest[:10].hex(), f"{int.from_bytes(digest[10:], 'big') % 1_000_000:06d}")


def current(meeting_id: uuid.UUID, now: dt.datetime) -> Code:
    """The codes that the screen shows now."""
    return code_of(meeting_id, step_of(now, seconds()))


def fits(meeting_id: uuid.UUID, sent: str, now: dt.datetime) -> bool:
    """Whether a token or typed digits are those of this step or the one before: a phone needs a moment."""
    step = step_of(now, seconds())
    codes = [code_of(meeting_id, number) for number in (step, step - 1)]
    wanted = [text for code in codes for text in (code.token, code.digits)]
    return any(compare_digest(text.encode(), sent.encode()) for text in wanted)


def seconds() -> int:
    """How long a code lives."""
    return int(kernel().settings.value(SECONDS))
