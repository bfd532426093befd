"""What subsidies brings to the academy."""

from __future__ import annotations

from collections.abc import Iterable

import click

from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.events import CertificateIssued, CertificateRevoked, QualificationRecorded, RosterApplied
from lms.plugin_api.registering import (
    CaseKind,
    JobSpec,
    MessageKind,
    NavItem,
    Permission,
    Slot,
    Subscription,
)
from lms.plugin_api.services import CaseInfo
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import Blueprint
from lms_payouts.api import PaymentBounced, PaymentCancelled, PaymentMade
from lms_subsidies import policy, slots, views
from lms_subsidies.cases import CASE_KIND
from lms_subsidies.cli import COMMANDS
from lms_subsidies.jobs import JOBS
from lms_subsidies.service import closing, inviting, paying, recalling
from lms_subsidies.wording import MESSAGES

MANIFEST = Manifest(
    name="subsidies",
    version="0.2.0",
    api=">=1.1,<2",
    title=_l("持证奖励"),
    summary=_l("取得证书的一次性奖励：邀请、用手机申领、逐级审核和公示、拨付。"),
    requires=("payouts>=0.2,<1",),
)


@hookimpl
def lms_register_blueprints() -> Iterable[Blueprint]:
    return [views.bp]


@hookimpl
def lms_register_permissions() -> Iterable[Permission]:
    return [
        Permission(policy.VIEW, _l("查看持证奖励的申领"), roles=("hr_officer", "auditor")),
        Permission(policy.EDIT, _l("设置奖励标准"), roles=("hr_officer",)),
        Permission(policy.RECALL, _l("办结奖励追回"), roles=("hr_officer",)),
    ]


@hookimpl
def lms_register_navigation() -> Iterable[NavItem]:
    return [
        NavItem("me", "subsidies.own", _l("持证奖励"), "award", 16),
        NavItem("desk", "subsidies.index", _l("持证奖励"), "award", 65, policy.VIEW),
    ]


@hookimpl
def lms_register_slots() -> Iterable[Slot]:
    return [
        Slot("next", 40, slots.next_step),
        Slot("figure", 50, slots.review_figure, policy.VIEW),
        Slot("figure", 51, slots.trouble_figure, policy.VIEW),
        Slot("person", 55, slots.person_card, policy.VIEW),
    ]


@hookimpl
def lms_register_jobs() -> Iterable[JobSpec]:
    return JOBS


@hookimpl
def lms_register_commands() -> Iterable[click.Command]:
    return COMMANDS


@hookimpl
def lms_register_messages() -> Iterable[MessageKind]:
    return MESSAGES


@hookimpl
def lms_register_case_kinds() -> Iterable[CaseKind]:
    return [CASE_KIND]


@hookimpl
def lms_case_closing(case: CaseInfo) -> None:
    closing.close_claim(case)


@hookimpl
def lms_subscriptions() -> Iterable[Subscription]:
    return [
        Subscription("subsidies.issued", CertificateIssued, inviting.on_issued),
        Subscription("subsidies.recorded", QualificationRecorded, inviting.on_recorded),
        Subscription("subsidies.roster", RosterApplied, inviting.on_roster),
        Subscription("subsidies.revoked", CertificateRevoked, recalling.on_revoked),
        Subscription("subsidies.paid", PaymentMade, paying.follow),
        Subscription("subsidies.bounced", PaymentBounced, paying.follow),
        Subscription("subsidies.cancelled", PaymentCancelled, paying.follow),
    ]
