"""What the composition root hands to everybody: one object per application, reached through the app context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from lms.config import Config
from lms.kernel.crypto import FieldCipher
from lms.kernel.events import EventBus
from lms.kernel.files import FileStore
from lms.kernel.guard import Guard
from lms.kernel.settings import SettingsRegistry

if TYPE_CHECKING:
    from lms.kernel.jobs.registry import JobRegistry, Transport

EXTENSION = "lms"


@dataclass(frozen=True)
class Kernel:
    """The assembled kernel of one application."""

    config: Config
    bus: EventBus
    jobs: JobRegistry
    transport: Transport
    settings: SettingsRegistry
    files: FileStore
    cipher: FieldCipher
    guard: Guard


def kernel() -> Kernel:
    """The kernel of the current application. Needs an app context."""
    return cast("Kernel", current_app.extensions[EXTENSION])
