"""Signing up without a roster: a record, an account and a sign-in at once; merged with the roster later."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, select

from lms.access.dto import Device, Opened, Slip
from lms.access.service import activation
from lms.access.service import public as accounts
from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.errors import Conflict, Invalid
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.insert import insert_new
from lms.kernel.uow import unit_of_work
from lms.orgs import queries as orgs
from lms.orgs.models import COUNTIES
from lms.people import rules as people_rules
from lms.people import sealed
from lms.people.rules import Fault
from lms.people.sealed import Fact
from lms.people.service import public as people
from lms.people.wording import say
from lms.prep import consent, policy
from lms.prep.dto import NewSignUp
from lms.prep.models import SignUp


def sign_up(new: NewSignUp, device: Device) -> Opened:
    """Sign somebody up and in. Raises `Invalid` naming every faulty field, `Conflict` where they did so before.

    The phone is not looked up among those of the roster: an answer would tell who is on it. The same name and phone
    sign up once; a form sent twice at once leaves one record, and the second answer says so.
    """
    name, phone = _checked(new)
    prepared = accounts.prepare(new.username, new.password, [name, phone])
    with unit_of_work(SYSTEM) as uow:
        if uow.session.scalar(_same(phone, name)) is not None:
            raise _before()
        person = people.add_public_person(uow, name=name, email=new.email)
        row = {
            "id": new_id(),
            "key": new.key,
            "person_id": person.id,
            "org_id": new.org_id,
            "name": name,
            "phone_sealed": sealed.seal(Fact.PHONE, phone),
            "phone_index": sealed.index(Fact.PHONE, phone),
            "source": new.source,
            "consent": new.consent,
            "consent_digest": consent.digest(new.consent),
            "signed_up_on": clock.today(),
            "signed_up_at": clock.now(),
        }
        if not insert_new(uow.session, SignUp, **row):
            raise _before()
        opened = accounts.open_prepared(uow, person.id, prepared, device)
        uow.audit("prep.sign_up", "person", person.id, org_id=new.org_id, source=new.source.value, consent=new.consent)
        return opened


def merge(actor: Actor, sign_up_id: uuid.UUID, kept_id: uuid.UUID) -> None:
    """Merge a sign-up's record into that of somebody on the officer's roster."""
    with unit_of_work(actor) as uow:
        row = policy.sign_up(actor, sign_up_id, policy.MERGE)
        people.merge_into(actor, row.person_id, kept_id)
        uow.audit("prep.merge", "prep_sign_up", row.id, org_id=row.org_id, kept=kept_id.hex)


def reset_code(actor: Actor, sign_up_id: uuid.UUID) -> Slip:
    """A code with which somebody who signed up sets a new password: by who may invite in the district they chose.

    The officer has made sure who is asking. Raises `Conflict` for who belongs to a unit by now.
    """
    with unit_of_work(actor) as uow:
        row = policy.sign_up(actor, sign_up_id, activation.INVITE)
        slip = activation.make_reset_code(uow, row.person_id)
        uow.audit("prep.reset_code", "prep_sign_up", row.id, org_id=row.org_id)
        return slip


def _checked(new: NewSignUp) -> tuple[str, str]:
    """The plain name and phone. Raises `Invalid` naming every fault at once."""
    fields: dict[str, str] = {}
    plain: dict[str, str] = {}
    checks = {"name": people_rules.checked_name, "phone": people_rules.checked_phone}
    if new.email.strip():
        checks["email"] = people_rules.checked_email
    for field, check in checks.items():
        try:
            plain[field] = check(getattr(new, field))
        except Fault as fault:
            fields[field] = say(fault.code, fault.params)
    if orgs.unit(new.org_id).kind not in COUNTIES:
        fields["org"] = _("请从列表里选择")
    if new.consent != consent.CURRENT:
        fields["consent"] = _("说明刚有更新，请看过再勾选")
    if fields:
        raise Invalid(_("报名没有提交。"), todo=_("请改好标出的地方再提交。"), fields=fields)
    return plain["name"], plain["phone"]


def _same(phone: str, name: str) -> Select[uuid.UUID]:
    return select(SignUp.id).where(SignUp.phone_index == sealed.index(Fact.PHONE, phone), SignUp.name == name)


def _before() -> Conflict:
    return Conflict(
        _("您已经报过名。"),
        todo=_("请用报名时设的用户名登录；忘记密码的，请联系所在区（市）县。"),
        code="signed_up_before",
    )


def require_nothing_hidden(trap: str) -> None:
    """Raise for a form whose hidden field was filled in: people do not see it, programs do."""
    if trap:
        raise Invalid(_("报名没有提交。"), why=_("提交的内容不像是由人填写的。"), todo=_("请刷新页面，重新填写。"))
