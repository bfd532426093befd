"""What tuition puts on the core's pages: the phone's next step, figures of the dashboard, a person's page."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from markupsafe import Markup

from lms.plugin_api.registering import Figure, NextStep
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.texts import yuan
from lms.plugin_api.work import Actor, clock
from lms_payouts.api import claim_words
from lms_tuition import wording
from lms_tuition.dto import Serving, Standing
from lms_tuition.queries import claims, studies
from lms_tuition.rules import Timing


def next_step(actor: Actor) -> NextStep | None:
    """Money that came back comes first, then what is owed, an agreement to sign, a degree that is there."""
    if actor.person_id is None:
        return None
    back = claims.bounced(actor.person_id)
    if back is not None:
        return NextStep(
            31,
            _("请更正收款账户"),
            _("学费报销被银行退回，更正后会重新拨付。"),
            url_for("tuition.account", claim_id=back.id),
            _("去更正"),
        )
    found = (_step(one) for one in studies.own(actor.person_id))
    return next((step for step in found if step is not None), None)


def _step(one: Standing) -> NextStep | None:
    place = url_for("tuition.own_study", study_id=one.study.id)
    if one.study.left_on is not None:
        open_fen = sum(debt.open_fen for debt in studies.debt(one.claims))
        if not open_fen:
            return None
        said = _("还应退还 %(amount)s，怎样算出来的请打开查看。", amount=yuan(open_fen))
        return NextStep(31, _("有学费报销款要退还"), said, place, _("去看看"))
    if one.may_sign_or_claim and one.signed_at is None:
        sign = url_for("tuition.agreement", study_id=one.study.id)
        said = _("%(school)s的学历进修已同意，签好协议就可以报销。", school=one.study.school)
        return NextStep(31, _("请签服务协议"), said, sign, _("去签署"))
    done = one.revision.timing is Timing.GRADUATION and one.study.ends_on <= clock.today()
    if done and one.may_claim and not one.claims:
        claim = url_for("tuition.claim", study_id=one.study.id)
        return NextStep(31, _("毕业了吗？可以报销学费了"), _("请准备好票据和毕业证书。"), claim, _("去报销"))
    return None


def check_figure(actor: Actor) -> Figure | None:
    """How many claims have vouchers that nobody has compared."""
    count = claims.to_check(actor)
    if not count:
        return None
    return Figure(_("学费报销"), count, _("有票据待核对"), "amber", url_for("tuition.index", unchecked=1))


def gone_figure(actor: Actor) -> Figure | None:
    """How many people work nowhere any more while they owe service."""
    count = studies.gone(actor)
    if not count:
        return None
    address = url_for("tuition.desk_studies", serving=Serving.GONE.value)
    return Figure(_("学费报销"), count, _("已离职，服务期未满"), "rose", address)


def person_card(actor: Actor, person_id: uuid.UUID) -> Markup | None:
    """A person's claims on the officers' page about them, as far as the officer sees them."""
    found = claims.of_person(actor, person_id)
    if not found:
        return None
    page = render_template("tuition/person_card.html", rows=found, wording=wording, claim_words=claim_words)
    return Markup(page)  # noqa: S704 - rendered by our own template, which escapes
