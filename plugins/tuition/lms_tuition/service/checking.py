"""Officers compare vouchers: what was typed with the file beside it, and with the issuer's own page."""

from __future__ import annotations

import uuid

from lms.plugin_api.errors import Conflict, Forbidden, Invalid, NotFound
from lms.plugin_api.models import new_id
from lms.plugin_api.services import services
from lms.plugin_api.texts import gettext as _
from lms.plugin_api.work import Actor, clock, unit_of_work
from lms_payouts.api import ClaimState
from lms_tuition import policy
from lms_tuition.claim_models import Check, Verdict, Voucher
from lms_tuition.models import What
from lms_tuition.queries import claims
from lms_tuition.service.common import hold, note

_LONGEST = 300


def check_voucher(actor: Actor, voucher_id: uuid.UUID, verdict: Verdict, remark: str) -> uuid.UUID:
    """Record what an officer found of a voucher; its claim's id. The latest check counts, the same again is none.

    Raises `Invalid` for a difference that is not described, `Forbidden` for one's own, `Conflict` once the claim is
    decided or the voucher was replaced by a correction.
    """
    if verdict is Verdict.WRONG and not remark.strip():
        raise Invalid(_("没有记录。"), fields={"note": _("请写明哪里不一致")})
    with unit_of_work(actor) as uow:
        voucher = uow.session.get(Voucher, voucher_id, populate_existing=True)
        if voucher is None:
            raise NotFound(_("找不到这张票据。"))
        claim = claims.of_officer(actor, voucher.claim_id)
        services().access.require(actor, policy.CHECK, claim.org_id)
        if actor.person_id is None or claim.person_id == actor.person_id:
            raise Forbidden(_("不能核对自己的票据。"), todo=_("请由另一位干部核对。"))
        hold(uow, claim)
        uow.session.refresh(voucher)
        if claim.state is not ClaimState.IN_REVIEW or not voucher.used:
            raise Conflict(_("没有记录。"), why=_("这笔报销已经办结，或票据已由补正替换。"), todo=_("请刷新页面查看。"))
        row = {"verdict": verdict, "note": remark.strip()[:_LONGEST], "by": actor.person_id}
        latest = claims.latest_checks([voucher_id]).get(voucher_id)
        if latest is not None and all(getattr(latest, name) == value for name, value in row.items()):
            return claim.id
        uow.session.add(Check(id=new_id(), voucher_id=voucher_id, at=clock.now(), **row))
        what = What.CHECKED if verdict is Verdict.RIGHT else What.DIFFERS
        note(uow, claim.study_id, what, voucher.number, claim.id)
        uow.audit(
            "tuition.voucher.check", "tuition_voucher", voucher_id, org_id=claim.org_id, verdict=verdict.value,
            number=claim.case_number, identity=voucher.identity, note=remark.strip(),
        )  # fmt: skip
        return claim.id
