"""What payouts puts on the core's pages: figures of the dashboard, a person's payments."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup

from lms.plugin_api.registering import Figure
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor
from lms_payouts import wording
from lms_payouts.dto import PaymentFilter, ReceivableFilter, Settlement
from lms_payouts.queries import batches, payments, receivables
from lms_payouts.rules import PaymentState
from lms_payouts.service import checking


def waiting_figure(actor: Actor) -> Figure | None:
    """What waits to be paid in the officer's units."""
    summed = payments.summed(actor, PaymentFilter(state=PaymentState.WAITING))
    if not summed.count:
        return None
    return Figure(
        label=_("待拨付"),
        value=summed.count,
        note=_("共 %(amount)s", amount=wording.money(summed.total)),
        tone="amber",
        href=url_for("payouts.payments", state=PaymentState.WAITING.value),
    )


def to_sign_figure(actor: Actor) -> Figure | None:
    """Batches that wait for this officer's signature."""
    count = batches.to_sign(actor)
    if not count:
        return None
    return Figure(
        label=_("待签批的付款批次"),
        value=count,
        note=_("要由两个人签批"),
        tone="rose",
        href=url_for("payouts.batches"),
    )


def receivable_figure(actor: Actor) -> Figure | None:
    """What is to come back to the officer's units."""
    summed = receivables.summed(actor, ReceivableFilter(settlement=Settlement.OPEN))
    if not summed.count:
        return None
    return Figure(
        label=_("应退款"),
        value=summed.count,
        note=_("共 %(amount)s", amount=wording.money(summed.total)),
        tone="amber",
        href=url_for("payouts.receivables", settlement=Settlement.OPEN.value),
    )


def fault_figure(actor: Actor) -> Figure | None:
    """The last proof of the books, when it found something."""
    del actor
    last = checking.last_check()
    if last is None or not last.fault:
        return None
    return Figure(
        label=_("资金台账"), value=_("核对不符"), note=_("请联系系统管理员"), tone="rose", href=url_for("payouts.index")
    )


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's payments in the officer's units, on the page about them."""
    found = payments.of_person(actor, person_id)
    if not found:
        return None
    return Markup(render_template("payouts/person_card.html", found=found, wording=wording))  # noqa: S704 - escaped
