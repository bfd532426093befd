"""What the demonstration remembers between runs: the officers' authenticator secrets, and who has walked already.

It plays the officers' phones. Each 30-second code opens the door once, so the notebook hands out each once, whoever
asks: the walk and `lms demo codes` never spoil each other's.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from lms.access.rules import TOTP_SECONDS
from lms.kernel import clock
from lms.kernel.errors import NotFound

FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code. The site takes it from `usable_from` to `usable_until`, in seconds since 1970."""

    digits: str
    usable_from: int
    usable_until: int


@dataclass
class Notebook:
    """One file in the demonstration's folder, read and written as a whole."""

    folder: Path
    walks: int = 0
    secrets: dict[str, str] = field(default_factory=dict)
    last_steps: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Notebook:
        """The notebook of a folder; an empty one where there is none yet."""
        path = folder / FILE
        stored: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return cls(folder, **stored)

    def begin_walk(self) -> int:
        """The number of a new walk, from 1: nobody walks twice, even when a walk breaks off."""
        self.walks += 1
        self._save()
        return self.walks

    def set_up(self, username: str, secret: str) -> Code:
        """Keep an authenticator's new secret; its first code."""
        self.secrets[username] = secret
        self.last_steps.pop(username, None)
        return self.code(username)

    def code(self, username: str) -> Code:
        """The officer's next code that nobody was given before. Raises `NotFound` where no secret is kept."""
        if username not in self.secrets:
            raise NotFound(f"There is no authenticator for {username}.", todo="Run the demonstration once.")
        step = max(int(clock.now().timestamp()) // TOTP_SECONDS, self.last_steps.get(username, 0) + 1)
        self.last_steps[username] = step
        self._save()
        digits = pyotp.HOTP(self.secrets[username]).at(step)
        # the site takes the code of the present step and of both its neighbours (RFC 6238, 5.2)
        return Code(digits, (step - 1) * TOTP_SECONDS, (step + 2) * TOTP_SECONDS)

    def _save(self) -> None:
        kept = {name: value for name, value in asdict(self).items() if name != "folder"}
        path, scratch = self.folder / FILE, self.folder / f"{FILE}.new"
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps(kept, indent=1))
        os.replace(scratch, path)  # noqa: PTH105 - atomic, also over an existing file
