"""What payouts brings to the academy."""

from __future__ import annotations

from collections.abc import Iterable

import click

from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.events import DomainEvent
from lms.plugin_api.registering import JobSpec, MessageKind, NavItem, Permission, Role, SettingSpec, Slot
from lms.plugin_api.texts import lazy_gettext as _l
from lms.plugin_api.views import Blueprint
from lms_payouts import policy, slots, views
from lms_payouts.cli import COMMANDS
from lms_payouts.events import EVENTS
from lms_payouts.jobs import JOBS
from lms_payouts.service.batches import MOST_LINES

MANIFEST = Manifest(
    name="payouts",
    version="0.2.0",
    api=">=1.1,<2",
    title=_l("资金拨付"),
    summary=_l("预算、资金台账、两人签批的付款批次、送银行的清单和银行回盘。"),
    public="lms_payouts.api",
)
PAYER, BUDGETER = "payouts.payer", "payouts.budgeter"


@hookimpl
def lms_register_blueprints() -> Iterable[Blueprint]:
    return [views.bp]


@hookimpl
def lms_register_roles() -> Iterable[Role]:
    """Three hands: schemes decide (their own roles), the budgeter funds, payers pay, always two of them."""
    return [Role(PAYER, _l("财务干部"), frozenset()), Role(BUDGETER, _l("预算管理员"), frozenset())]


@hookimpl
def lms_register_permissions() -> Iterable[Permission]:
    lookers = (PAYER, BUDGETER, "hr_officer", "auditor")
    return [
        Permission(policy.BUDGET_VIEW, _l("查看预算和资金台账"), roles=lookers),
        Permission(policy.BUDGET_EDIT, _l("设立和调整预算"), roles=(BUDGETER,)),
        Permission(policy.PAYMENT_VIEW, _l("查看付款和付款批次"), roles=lookers),
        Permission(policy.PAYMENT_EDIT, _l("取消付款"), roles=(PAYER,)),
        Permission(policy.RECEIVABLE_EDIT, _l("登记退款和免予退还"), roles=(PAYER,)),
        Permission(policy.BATCH_EDIT, _l("建立付款批次"), roles=(PAYER,)),
        Permission(policy.BATCH_SIGN, _l("签批和退回付款批次"), roles=(PAYER,)),
        Permission(policy.FILE_DOWNLOAD, _l("下载付款清单（含完整银行账号）"), roles=(PAYER,)),
        Permission(policy.RESULT_IMPORT, _l("登记银行回盘结果"), roles=(PAYER,)),
    ]


@hookimpl
def lms_register_settings() -> Iterable[SettingSpec]:
    return [SettingSpec(MOST_LINES, 1000, _l("一个付款批次最多几笔"), minimum=1, maximum=2000, unit=_l("笔"))]


@hookimpl
def lms_register_navigation() -> Iterable[NavItem]:
    return [NavItem("desk", "payouts.index", _l("资金拨付"), "money", 70, policy.PAYMENT_VIEW)]


@hookimpl
def lms_register_slots() -> Iterable[Slot]:
    return [
        Slot("figure", 60, slots.waiting_figure, policy.PAYMENT_VIEW),
        Slot("figure", 61, slots.to_sign_figure, policy.BATCH_SIGN),
        Slot("figure", 62, slots.fault_figure, policy.BUDGET_VIEW),
        Slot("figure", 63, slots.receivable_figure, policy.RECEIVABLE_EDIT),
        Slot("person", 60, slots.person_card, policy.PAYMENT_VIEW),
    ]


@hookimpl
def lms_register_jobs() -> Iterable[JobSpec]:
    return JOBS


@hookimpl
def lms_register_commands() -> Iterable[click.Command]:
    return COMMANDS


@hookimpl
def lms_register_messages() -> Iterable[MessageKind]:
    return [
        MessageKind(
            "payouts.batch_returned",
            _l("付款批次 %(number)s 已退回"),
            _l("其中的付款回到“待拨付”。理由：%(reason)s"),
        )
    ]


@hookimpl
def lms_register_events() -> Iterable[type[DomainEvent]]:
    return EVENTS
