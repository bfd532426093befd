"""Posting what goes out: every half minute whatever is due, channel by channel, each over one connection."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog
from sqlalchemy import delete, update

from lms.kernel import clock
from lms.kernel.actor import SYSTEM, Actor
from lms.kernel.i18n import SOURCE_LOCALE, in_locale
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.jobs.worker import JobContext
from lms.kernel.runtime import kernel
from lms.kernel.uow import unit_of_work
from lms.messages import queries
from lms.messages.dto import Letter
from lms.messages.models import Dispatch, DispatchState
from lms.messages.notifying import Notifier, Post
from lms.messages.wording import worded
from lms.webkit.registry import registry

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long to wait after each failed try."""
MOST_TRIES = len(PAUSES) + 1
ROUND = 500
ROUND_SECONDS = 20.0
"""A round begins no further letter after so long: other channels, and other jobs, have their turn."""
HANGING_SECONDS = 45.0
"""A plugin's round that is not back by then is left behind."""
log = structlog.get_logger(__name__)


def post_due(_context: JobContext, _payload: Mapping[str, Any]) -> dict[str, int]:
    """Post what is due, by the core's channels first. Whatever one of them does, the next has its round.

    A letter is claimed by its number of tries before it is posted, so two workers never post one twice; a worker that
    dies in between leaves it to the next try (at least once). What breaks a round off is raised after the last one, so
    the job is seen to have failed and is tried again; a plugin's fault does not, it is reported.
    """
    results: Counter[str] = Counter(sent=0, failed=0)
    broken: list[Exception] = []
    for notifier in registry().offered(Notifier).values():
        try:
            done = registry().within(notifier, "post", HANGING_SECONDS, partial(_round, notifier))
        except Exception as error:  # noqa: BLE001 - raised below
            broken.append(error)
        else:
            results.update(done or {})
    if broken:
        raise ExceptionGroup("rounds that broke off", broken)
    return dict(results)


def _round(notifier: Notifier) -> Mapping[str, int]:
    """One channel's letters; how many were sent and how many failed."""
    now, until = clock.now(), time.monotonic() + ROUND_SECONDS
    results: Counter[str] = Counter()
    due = queries.due(notifier.key, now, ROUND)
    if not due:
        return results
    way = ExitStack()
    try:
        letters = _letters(notifier, due)
        post = way.enter_context(notifier.opened())
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        _postpone(notifier.key, now, _described(error))
        return results
    try:
        for letter, tries in letters:
            if time.monotonic() > until:
                break
            if _claim(letter, tries):
                results[_try(post, letter, last=tries + 1 >= MOST_TRIES)] += 1
    finally:
        _close(notifier.key, way)
    return results


def _close(channel: str, way: ExitStack) -> None:
    """Close the way out. What goes wrong here takes back nothing that was posted."""
    try:
        way.close()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        log.warning("channel closed badly", channel=channel, error=_described(error))


def _letters(notifier: Notifier, due: Sequence[queries.Due]) -> list[tuple[Letter, int]]:
    """What is due as letters, each with its number of tries; what reaches nobody by this channel is taken away."""
    people = [one for one in sorted({one.person_id for one in due}) if _serves(notifier, one)]
    addresses = notifier.addresses(people) if people else {}
    unreached = [one.id for one in due if not addresses.get(one.person_id)]
    if unreached:
        with unit_of_work(SYSTEM) as uow:
            uow.change(delete(Dispatch).where(Dispatch.id.in_(unreached), Dispatch.state == DispatchState.QUEUED))
    return [(_worded(one, address), one.attempts) for one in due if (address := addresses.get(one.person_id))]


def _serves(notifier: Notifier, person_id: uuid.UUID) -> bool:
    """Whether the channel's plugin is offered where the person works."""
    return registry().serves(notifier, Actor(person_id, ""))


def _worded(one: queries.Due, address: str) -> Letter:
    locale = one.locale or SOURCE_LOCALE
    with in_locale(locale):
        words = worded(one.kind, one.params)
    link = f"{kernel().config.base_url.rstrip('/')}{one.link or '/messages'}"
    subject = " ".join(words.title.split())  # a header has one line
    return Letter(one.id, address, subject, words.body, link, locale)


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _postpone(channel: str, now: dt.datetime, error: str) -> None:
    """The channel is out of reach: everything due waits a little, and no letter loses a try for it."""
    log.warning("channel out of reach", channel=channel, error=error)
    with unit_of_work(SYSTEM) as uow:
        uow.change(
            update(Dispatch)
            .where(Dispatch.channel == channel, Dispatch.state == DispatchState.QUEUED, Dispatch.next_try_at <= now)
            .values(next_try_at=now + PAUSES[0], error=error)
        )


def _claim(letter: Letter, tries: int) -> bool:
    """Take a letter for one try; the next is due only after a pause. False when another worker took it."""
    pause = PAUSES[min(tries, len(PAUSES) - 1)]
    with unit_of_work(SYSTEM) as uow:
        as_seen = update(Dispatch).where(
            Dispatch.id == letter.id, Dispatch.attempts == tries, Dispatch.state == DispatchState.QUEUED
        )
        values = {"attempts": tries + 1, "next_try_at": clock.now() + pause, "recipient": letter.recipient}
        return uow.change(as_seen.values(values)) == 1


def _try(post: Post, letter: Letter, *, last: bool) -> str:
    """Post one letter and note how it went: `sent` or `failed`."""
    try:
        post(letter)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it stands with the letter
        _note(letter.id, error=_described(error), last=last)
        return "failed"
    _note(letter.id)
    return "sent"


def _note(dispatch_id: uuid.UUID, *, error: str = "", last: bool = False) -> None:
    """Record how a try ended."""
    values: dict[str, Any] = {"error": error}
    if not error:
        values |= {"state": DispatchState.SENT, "sent_at": clock.now()}
    elif last:
        values["state"] = DispatchState.FAILED
    with unit_of_work(SYSTEM) as uow:
        queued = update(Dispatch).where(Dispatch.id == dispatch_id, Dispatch.state == DispatchState.QUEUED)
        uow.change(queued.values(**values))


POST = JobSpec("messages.post", post_due, _l("寄出消息"), every_seconds=30)
