"""Loads well and behaves as it is told: `MOOD` is "well", "raises", "refuses", "sleeps", "hangs" or "nonsense"."""

from __future__ import annotations

import threading
import time

import click

from lms.plugin_api import Manifest, hookimpl
from lms.plugin_api.errors import Conflict
from lms.plugin_api.events import CertificateIssued, QualificationRecorded
from lms.plugin_api.registering import Figure, JobSpec, NavItem, NextStep, Permission, SettingSpec, Slot, Subscription
from lms.plugin_api.views import Blueprint, signed_in

MANIFEST = Manifest(name="misbehaving", version="1.0.0", api=">=1.0,<2", title="misbehaving")
MOOD = {"now": "well", "seconds": 3.0}
TOLD: list[object] = []
GATE = threading.Event()
HUNG: list[object] = []
bp = Blueprint("misbehaving", __name__)


def behave(sound: object) -> object:
    if MOOD["now"] == "raises":
        raise ZeroDivisionError("a plugin's bug")
    if MOOD["now"] == "refuses":
        raise Conflict("今天不签发。")
    if MOOD["now"] == "hangs":
        HUNG.append(sound)
        GATE.wait(60)
    if MOOD["now"] == "sleeps":
        time.sleep(MOOD["seconds"])
    return 42 if MOOD["now"] == "nonsense" else sound


@bp.get("/misbehaving")
@signed_in
def index():
    return behave("a page")


def told(event):
    behave(None)
    TOLD.append(event)


@hookimpl
def lms_register_blueprints():
    return [bp]


@hookimpl
def lms_register_permissions():
    return [Permission("misbehaving.note:view", "view", roles=("hr_officer",))]


@hookimpl
def lms_register_settings():
    return [SettingSpec("misbehaving.limit", 5, "limit")]


@hookimpl
def lms_register_navigation():
    return [NavItem("me", "misbehaving.index", "misbehaving page", "link", 90)]


@hookimpl
def lms_register_slots():
    step = NextStep(5, "misbehaving step", "text", "/misbehaving", "go")
    return [
        Slot("next", 1, lambda actor: behave(step)),
        Slot("home", 1, lambda actor: behave("misbehaving card")),
        Slot("figure", 1, lambda actor: behave(Figure("misbehaving figure", 1))),
        Slot("desk", 1, lambda actor: behave("misbehaving desk")),
        Slot("search", 1, lambda actor, asked: behave("misbehaving search")),
        Slot("person", 1, lambda actor, person_id: behave("misbehaving person")),
    ]


@hookimpl
def lms_register_jobs():
    return [JobSpec("misbehaving.work", lambda context, payload: {"done": behave(1)}, "work")]


@hookimpl
def lms_register_commands():
    @click.command("greet")
    def greet():
        click.echo("hello from the plugin")

    return [greet]


@hookimpl
def lms_certificate_issuing(certificate):
    del certificate
    behave(None)


@hookimpl
def lms_subscriptions():
    return [
        Subscription("misbehaving.certificates", CertificateIssued, told),
        Subscription("misbehaving.qualifications", QualificationRecorded, told),
    ]
