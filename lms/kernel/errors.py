"""Errors for people: what happened, why, and what to do. Views turn them into pages or JSON; nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from lms.kernel.i18n import sentences


class LmsError(Exception):
    """A refusal that the person should understand.

    `what` says what happened, `why` the reason, `todo` the way out; each is shown as it stands, so pass translated
    text. `code` is stable and for machines. `fields` maps form fields to their messages.
    """

    status: ClassVar[int] = 400
    code: str = "refused"

    def __init__(
        self,
        what: Any,
        *,
        why: Any = "",
        todo: Any = "",
        code: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.why, self.todo = what, why, todo
        self.fields = dict(fields or {})
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return sentences((self.what, self.why, self.todo))


class Invalid(LmsError):
    """The input cannot be accepted as it is."""

    status = 422
    code = "invalid"


class Unauthenticated(LmsError):
    """Nobody is signed in, or the sign-in has run out."""

    status = 401
    code = "sign_in_required"


class Forbidden(LmsError):
    """The person's own unit, but not the person's right."""

    status = 403
    code = "forbidden"


class NotFound(LmsError):
    """There is no such thing, or it belongs to a unit the person may not see: the two look alike on purpose."""

    status = 404
    code = "not_found"


class Conflict(LmsError):
    """Somebody, or an earlier click, was quicker; the state no longer allows this."""

    status = 409
    code = "conflict"


class TooLarge(LmsError):
    status = 413
    code = "too_large"
