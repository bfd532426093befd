"""Wishes and votes of a merged person go to the record that is kept; ratings stay, and nobody is asked again."""

from __future__ import annotations

from lms.demand.models import Wish, WishVote
from lms.kernel.actor import SYSTEM
from lms.kernel.uow import unit_of_work
from lms.people import moving
from lms.people.events import PersonsMerged


def on_merged(event: PersonsMerged) -> None:
    """Two votes for one wish are one person's vote."""
    with unit_of_work(SYSTEM) as uow:
        moving.move(uow, event, Wish, "created_by")
        moving.move(uow, event, WishVote, once_per=("wish_id",))
