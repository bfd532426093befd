"""What a room brings to the application. The composition root assembles rooms; a room never reaches for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import click
from flask import Flask

from lms.kernel.events import DomainEvent
from lms.kernel.jobs.registry import JobSpec
from lms.kernel.settings import SettingSpec
from lms.webkit.blueprint import Blueprint


@dataclass(frozen=True, slots=True)
class Permission:
    """A right, `"<resource>:<action>"`, granted on units of the management tree.

    `roles` names roles of the access room that hold it beside those that list it themselves: how a plugin's right
    reaches people.
    """

    key: str
    title: Any
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of a menu for holders of `permission`.

    `area`: `learner` (the phone's tab bar), `me` (links of one's own page), `desk` or `admin`.
    """

    area: str
    endpoint: str
    title: Any
    icon: str
    order: int
    permission: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a page that a room fills; `render(actor)` gives it, or None when there is nothing to say.

    Places: `next` (a `NextStep`; home shows the most urgent), `home` (HTML cards of the learner's home), `figure`
    (a `Figure` on the officers' dashboard), `desk` (HTML cards of the dashboard), `person` (HTML on a person's page;
    called with the person's id as well), `search` (HTML of what the desk's search finds; called with the text typed).
    """

    place: str
    order: int
    render: Callable[..., Any]
    permission: str | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a learner could do now.

    The lowest `rank` wins: 10 an exam under way, 20 one to sit today, 30 a deadline, 40 a course to go on with,
    50 something to begin.
    """

    rank: int
    title: Any
    text: Any
    href: str
    action: Any
    due: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on the officers' dashboard. `tone`: green, rose, amber, blue or empty."""

    label: Any
    value: Any
    note: Any = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler of committed events; `name` identifies it for ever."""

    name: str
    event: type[DomainEvent]
    handler: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class MessageKind:
    """A kind of message: `title` and `body` are lazy texts with `%(name)s` places for the message's params."""

    key: str
    title: Any
    body: Any


class Offer(Protocol):
    """One thing of a kind that some room keeps a register of; its class names the kind, `key` is unique in it."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Room:
    """Everything one feature registers."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    permissions: tuple[Permission, ...] = ()
    settings: tuple[SettingSpec, ...] = ()
    jobs: tuple[JobSpec, ...] = ()
    events: tuple[type[DomainEvent], ...] = ()
    handlers: tuple[tuple[type[DomainEvent], Callable[[Any], None]], ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    navigation: tuple[NavItem, ...] = ()
    slots: tuple[Slot, ...] = ()
    messages: tuple[MessageKind, ...] = ()
    commands: tuple[click.Command, ...] = ()
    offers: tuple[Offer, ...] = ()
    """What other rooms keep a register of: roles, kinds of approval case, question types, notifiers."""
    install: Callable[[Flask], None] | None = None
    """Called last with the application, for what cannot be said above: hooks on requests, extensions."""
