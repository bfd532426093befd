"""Words for stored codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.kernel.i18n import lazy_gettext as _l

OUTCOMES: Mapping[str, Any] = {
    "ok": _l("登录成功"),
    "external": _l("用其他方式登录"),
    "activated": _l("用开通码登录"),
    "wrong_password": _l("密码不对"),
    "wrong_code": _l("验证码不对"),
    "wrong_confirm": _l("修改安全设置时密码不对"),
    "locked": _l("账号锁定中，未受理"),
    "disabled": _l("账号已停用，未受理"),
}

STANDINGS: Mapping[str, Any] = {
    "in_force": _l("有效"),
    "to_come": _l("未开始"),
    "expired": _l("已到期"),
    "revoked": _l("已撤销"),
}

STANDING_TONES: Mapping[str, str] = {"in_force": "green", "to_come": "blue", "expired": "grey", "revoked": "rose"}


def outcome_text(outcome: str) -> str:
    """What became of a try to sign in."""
    return str(OUTCOMES.get(outcome, outcome))
