"""What this room brings to the application."""

from __future__ import annotations

from lms.certificates import jobs, slots
from lms.certificates.cli import certificates_group
from lms.certificates.events import CertificateIssued, CertificateRevoked
from lms.certificates.held import HELD
from lms.certificates.service.documents import PRINT
from lms.certificates.service.issuing import ISSUE
from lms.certificates.views import bp
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.settings import SettingSpec
from lms.webkit.room import MessageKind, NavItem, Permission, Room, Slot

ROOM = Room(
    name="certificates",
    blueprints=(bp,),
    permissions=(
        Permission("certificate:view", _l("查看证书")),
        Permission("certificate:issue", _l("签发和更正证书")),
        Permission("certificate:revoke", _l("撤销证书")),
    ),
    settings=(
        SettingSpec(
            "certificates.verify_per_minute",
            20,
            _l("公开查验的次数限制"),
            _l("同一网络地址每分钟最多按编号和姓名查验多少次。"),
            minimum=1,
            maximum=1000,
            unit=_l("次"),
        ),
        SettingSpec(
            "certificates.soon_days",
            90,
            _l("名单查验中视为即将到期的天数"),
            minimum=1,
            maximum=730,
            unit=_l("天"),
        ),
    ),
    jobs=(
        JobSpec(ISSUE, jobs.issue_cohort, _l("批量签发证书")),
        JobSpec(PRINT, jobs.print_certificates, _l("生成证书 PDF")),
        JobSpec("certificates.print_forgotten", jobs.print_forgotten, _l("补印证书 PDF"), every_seconds=600),
    ),
    events=(CertificateIssued, CertificateRevoked),
    navigation=(
        NavItem("learner", "certificates.own", _l("证书"), "certificate", 30),
        NavItem("desk", "certificates.waiting", _l("证书"), "certificate", 80, "certificate:view"),
    ),
    slots=(
        Slot("home", 40, slots.home_card),
        Slot("figure", 50, slots.waiting_figure, "certificate:issue"),
        Slot("person", 40, slots.person_card, "certificate:view"),
    ),
    messages=(
        MessageKind(
            "certificates.issued",
            _l("您的证书已签发"),
            _l("“%(title)s”证书已签发，编号 %(number)s。可以在“证书”里查看和下载。"),
        ),
        MessageKind(
            "certificates.corrected",
            _l("您的证书已更正"),
            _l("“%(title)s”证书已按正确的姓名重新签发，新编号 %(number)s，原证书同时失效。"),
        ),
        MessageKind(
            "certificates.revoked",
            _l("您的证书已被撤销"),
            _l("编号 %(number)s 的证书已被撤销。理由：%(reason)s。如有异议，请联系发证单位。"),
        ),
    ),
    commands=(certificates_group,),
    offers=(HELD,),
)
