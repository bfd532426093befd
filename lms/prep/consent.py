"""What people agree to when they sign up: one text for each version, so that what was agreed to can be shown again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from lms.kernel.i18n import SOURCE_LOCALE, in_locale
from lms.kernel.i18n import lazy_gettext as _l

CURRENT = "2026-11"
TEXTS: Mapping[str, Sequence[Any]] = {
    CURRENT: (
        _l("我们收集：姓名、手机号码、所在区（市）县，您愿意填写的邮箱，以及您的学习和练习记录。"),
        _l("只用于：免费考前培训、练习和备考情况分析，以及您报考、考取证书后由所在区（市）县核对身份。"),
        _l("手机号码加密保存，页面上只显示后几位；不用于广告，不提供给培训机构。"),
        _l("身份证件号码现在不收集，只有报名正式考试、申领证书时才请您登记。"),
        _l("您可以随时到“我的报名”查看，或联系所在区（市）县更正、删除，撤回同意后不再继续使用。"),
        _l("不满十四周岁的，请由监护人陪同报名。"),
    )
}
"""Personal Information Protection Law, art. 14 and 17: purpose, kinds, period and rights, said before collecting."""


def digest(version: str) -> str:
    """The SHA-256 of a version's text in its source language, in hex."""
    with in_locale(SOURCE_LOCALE):
        text = "\n".join(str(line) for line in TEXTS[version])
    return hashlib.sha256(text.encode()).hexdigest()
