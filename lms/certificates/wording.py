"""Certificates in words: what a status means on a day, which fields can be compared with the paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.certificates.dto import Issued
from lms.certificates.rules import Status
from lms.kernel.i18n import gettext as _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.i18n import pick
from lms.webkit.templating import day as day_text

STATUSES: Mapping[Status, Any] = {
    Status.VALID: _l("有效"),
    Status.NOT_YET: _l("尚未生效"),
    Status.EXPIRED: _l("已过期"),
    Status.REVOKED: _l("已撤销"),
    Status.SUPERSEDED: _l("已更正"),
}
TONES = {
    Status.VALID: "green",
    Status.NOT_YET: "blue",
    Status.EXPIRED: "amber",
    Status.REVOKED: "rose",
    Status.SUPERSEDED: "amber",
}
FIELDS: Mapping[str, Any] = {
    "name": _l("姓名"),
    "number": _l("证书编号"),
    "title": _l("证书名称"),
    "id_tail": _l("证件尾号"),
    "issued_on": _l("发证日期"),
}


def sentence(found: Issued, day: dt.date) -> str:
    """The status on a day as a sentence with its date."""
    life = found.life
    match found.status_on(day):
        case Status.NOT_YET:
            return _("这一天证书尚未生效，生效日期是 %(day)s。", day=day_text(max(life.issued_on, life.valid_from)))
        case Status.EXPIRED:
            return _("证书已过期，最后有效的一天是 %(day)s。", day=day_text(life.valid_until))
        case Status.REVOKED:
            return _("证书已于 %(day)s撤销，不再有效。", day=day_text(life.ended_on))
        case Status.SUPERSEDED:
            number = found.replaced_by or ""
            return _("证书已于 %(day)s更正，请查验新证书 %(number)s。", day=day_text(life.ended_on), number=number)
        case Status.VALID if life.valid_until is not None:
            return _("证书有效，最后有效的一天是 %(day)s。", day=day_text(life.valid_until))
        case _valid:
            return _("证书有效，长期有效。")


def on_paper(claims: Mapping[str, Any]) -> dict[str, str]:
    """What somebody can read off the paper and compare, by field."""
    return {
        "name": claims["holder"]["name"],
        "number": claims["number"],
        "title": pick(claims["kind"]["title"]),
        "id_tail": claims["holder"]["id_tail"],
        "issued_on": claims["issued_on"],
    }
