"""What subsidies puts on the core's pages: the phone's next step, figures of the dashboard, a person's page."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup

from lms.plugin_api.registering import Figure, NextStep
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import pick, yuan
from lms.plugin_api.work import Actor, clock
from lms_subsidies import wording
from lms_subsidies.dto import Standing
from lms_subsidies.queries import claims, rounds


def next_step(actor: Actor) -> NextStep | None:
    """Money that came back comes first, then what is owed, then the invitation whose last day is the nearest."""
    if actor.person_id is None:
        return None
    back = claims.bounced(actor.person_id)
    if back is not None:
        return NextStep(
            30,
            _("请更正收款账户"),
            _("奖励被银行退回，更正后会重新拨付。"),
            url_for("subsidies.account", claim_id=back.id),
            _("去更正"),
        )
    owed = claims.owed(actor.person_id)
    if owed is not None:
        said = _("还应退还 %(amount)s，情况和依据请打开查看。", amount=yuan(owed[1].open_fen))
        place = url_for("subsidies.own_claim", claim_id=owed[0].id)
        return NextStep(30, _("有奖励要退还"), said, place, _("去看看"))
    offer = next(iter(claims.claimable(actor.person_id)), None)
    if offer is None or offer.revision is None or offer.assessment is None:
        return None
    return NextStep(
        30,
        _("可以申领“%(title)s”", title=pick(offer.revision.title)),
        _("奖励金额 %(amount)s，审核通过后汇入您的银行卡。", amount=yuan(offer.assessment.amount_fen)),
        url_for("subsidies.claim", invitation_id=offer.invitation.id),
        _("去申领"),
        clock.start_of_day(offer.assessment.last_day),
    )


def review_figure(actor: Actor) -> Figure | None:
    """How many claims are under review in the officer's units."""
    count = rounds.counts(actor)[Standing.IN_REVIEW]
    if not count:
        return None
    address = url_for("subsidies.index", standing=Standing.IN_REVIEW.value)
    return Figure(_("持证奖励"), count, _("审核中"), "blue", address)


def trouble_figure(actor: Actor) -> Figure | None:
    """What officers have to look after: money to recall, else accounts that claimants must correct."""
    counts = rounds.counts(actor)
    for standing in (Standing.RECALL, Standing.BOUNCED):
        if counts[standing]:
            address = url_for("subsidies.index", standing=standing.value)
            note = str(wording.STANDINGS[standing])
            return Figure(_("持证奖励待处理"), counts[standing], note, "rose", address)
    return None


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's awards on the officers' page about them, as far as the officer sees them."""
    found = claims.of_person(actor, person_id)
    if not found:
        return None
    rows = [(invitation, claim, revision, rounds.standing(invitation, claim)) for invitation, claim, revision in found]
    page = render_template("subsidies/person_card.html", rows=rows, wording=wording)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
