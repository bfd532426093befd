"""What an account remembers of how its person likes pages to look."""

from __future__ import annotations

from sqlalchemy import update

from lms.access.models import Account
from lms.kernel.actor import Actor
from lms.kernel.i18n import LOCALES
from lms.kernel.uow import unit_of_work


def keep_preferences(actor: Actor, *, locale: str | None = None, easy_reading: bool | None = None) -> None:
    """Keep language and easy reading for the next sign-in; None and unknown values change nothing."""
    chosen: dict[str, object] = {}
    if locale in LOCALES:
        chosen["locale"] = locale
    if easy_reading is not None:
        chosen["easy_reading"] = easy_reading
    if actor.account_id is None or not chosen:
        return
    with unit_of_work(actor) as uow:
        uow.change(update(Account).where(Account.id == actor.account_id).values(chosen))
