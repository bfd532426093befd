"""Turning a stored message into words, in the language of the moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import pick
from lms.messages.dto import Worded
from lms.webkit.registry import registry
from lms.webkit.room import MessageKind
from lms.webkit.templating import day, moment


def stored(params: Mapping[str, Any]) -> dict[str, Any]:
    """Params as JSON. Days and moments keep what they are, so that they can be said in either language."""
    return {name: _stored(value) for name, value in params.items()}


def worded(kind_key: str, params: Mapping[str, Any]) -> Worded:
    """The message's title and body.

    One whose kind is gone (a plugin was removed), or whose texts no longer fit its params (a plugin was changed), is
    still listed.
    """
    kind = registry().messages.get(kind_key)
    if kind is None:
        return Worded(_("一条消息"), _("发送它的功能已经停用，内容无法显示。"))
    try:
        return worded_as(kind, params)
    except (KeyError, ValueError, TypeError):
        return Worded(_("一条消息"), _("发送它的功能已经改版，内容无法显示。"))


def worded_as(kind: MessageKind, params: Mapping[str, Any]) -> Worded:
    """Fill a kind's texts. Raises `KeyError` when a place of the text has no param."""
    said = {name: _said(value) for name, value in params.items()}
    return Worded(str(kind.title) % said, str(kind.body) % said)


def _stored(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, dt.date) else value


def _said(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    if "moment" in value:
        return moment(dt.datetime.fromisoformat(value["moment"]))
    return day(dt.date.fromisoformat(value["day"])) if "day" in value else pick(value)
