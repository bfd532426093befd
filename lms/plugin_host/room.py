"""What the plugin host brings to the application, as a room like any other."""

from __future__ import annotations

from functools import partial

from flask import Flask

from lms.approvals.events import CaseApproved, CaseEvent, CaseRejected, CaseWithdrawn
from lms.approvals.queries import case_view
from lms.certificates import queries as certificates
from lms.certificates.events import CertificateIssued
from lms.kernel.actor import SYSTEM
from lms.kernel.guard import owner_of
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.migrate import FURTHER
from lms.plugin_host import service, slots, views
from lms.plugin_host.cli import plugins_group
from lms.plugin_host.host import host
from lms.plugin_host.services import case_info, certificate_info
from lms.webkit.room import NavItem, Permission, Room, Slot


def _ask_about_certificate(event: CertificateIssued) -> None:
    """Let plugins refuse an issue: inside its transaction."""
    if host().asks("lms_certificate_issuing"):
        found = certificates.one(event.certificate_id)
        host().participate("lms_certificate_issuing", certificate=certificate_info(found))


def _ask_about_case(event: CaseEvent) -> None:
    """Let the plugin whose case it is act on its end, or refuse: inside the transaction."""
    owner = owner_of(event.kind)
    if owner in host().plugins:
        host().participate("lms_case_closing", owner, case=case_info(case_view(event.case_id)))


def _upgrade_with_the_core(app: Flask) -> None:
    """`lms db upgrade` goes on with the plugins."""
    app.extensions.setdefault(FURTHER, []).append(partial(service.upgrade_all, SYSTEM))


ROOM = Room(
    name="plugin_host",
    blueprints=(views.bp,),
    permissions=(
        Permission("plugin:view", _l("查看模块"), roles=("operator", "auditor")),
        Permission("plugin:edit", _l("启用、停用模块和划定开通范围"), roles=("operator",)),
    ),
    handlers=(
        (CertificateIssued, _ask_about_certificate),
        (CaseApproved, _ask_about_case),
        (CaseRejected, _ask_about_case),
        (CaseWithdrawn, _ask_about_case),
    ),
    navigation=(NavItem("admin", "plugins.index", _l("模块"), "plugin", 35, "plugin:view"),),
    slots=(Slot("figure", 95, slots.unwell, "plugin:view"),),
    commands=(plugins_group,),
    install=_upgrade_with_the_core,
)
