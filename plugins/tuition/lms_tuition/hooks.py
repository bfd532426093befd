"""What tuition brings to the academy."""

from __future__ import annotations

from collections.abc import Iterable

import click

from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.registering import CaseKind, MessageKind, NavItem, Permission, Slot, Subscription
from lms.plugin_api.services import CaseInfo
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import Blueprint
from lms_payouts.api import PaymentBounced, PaymentCancelled, PaymentMade
from lms_tuition import policy, slots, views
from lms_tuition.cases import CLAIM_CASE, STUDY_CASE
from lms_tuition.cli import COMMANDS
from lms_tuition.service import closing, paying
from lms_tuition.wording import MESSAGES

MANIFEST = Manifest(
    name="tuition",
    version="0.1.0",
    api=">=1.1,<2",
    title=_l("学费报销"),
    summary=_l("在职学历教育：单位同意、签服务协议、凭票据报销学费、提前离职按天退还。"),
    requires=("payouts>=0.2,<1",),
)


@hookimpl
def lms_register_blueprints() -> Iterable[Blueprint]:
    return [views.bp]


@hookimpl
def lms_register_permissions() -> Iterable[Permission]:
    return [
        Permission(policy.VIEW, _l("查看学历进修和学费报销"), roles=("hr_officer", "auditor")),
        Permission(policy.CHECK, _l("核对学费票据"), roles=("hr_officer",)),
        Permission(policy.STUDY_EDIT, _l("登记学历进修的毕业"), roles=("hr_officer",)),
        Permission(policy.RECALL, _l("登记提前离职和应退款"), roles=("hr_officer",)),
        Permission(policy.SCHEME_EDIT, _l("设置学费报销标准"), roles=("hr_officer",)),
    ]


@hookimpl
def lms_register_navigation() -> Iterable[NavItem]:
    return [
        NavItem("me", "tuition.own", _l("学费报销"), "learn", 17),
        NavItem("desk", "tuition.index", _l("学费报销"), "learn", 66, policy.VIEW),
    ]


@hookimpl
def lms_register_slots() -> Iterable[Slot]:
    return [
        Slot("next", 41, slots.next_step),
        Slot("figure", 52, slots.check_figure, policy.CHECK),
        Slot("figure", 53, slots.gone_figure, policy.RECALL),
        Slot("person", 56, slots.person_card, policy.VIEW),
    ]


@hookimpl
def lms_register_commands() -> Iterable[click.Command]:
    return COMMANDS


@hookimpl
def lms_register_messages() -> Iterable[MessageKind]:
    return MESSAGES


@hookimpl
def lms_register_case_kinds() -> Iterable[CaseKind]:
    return [STUDY_CASE, CLAIM_CASE]


@hookimpl
def lms_case_closing(case: CaseInfo) -> None:
    closing.close(case)


@hookimpl
def lms_subscriptions() -> Iterable[Subscription]:
    return [
        Subscription("tuition.paid", PaymentMade, paying.follow),
        Subscription("tuition.bounced", PaymentBounced, paying.follow),
        Subscription("tuition.cancelled", PaymentCancelled, paying.follow),
    ]
