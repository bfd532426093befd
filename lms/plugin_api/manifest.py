"""What a plugin says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

API_VERSION = "1.1"
"""The version of this surface. The first number changes when something is taken away, the second when it is added to.

1.0  The first surface.
1.1  `CaseInfo.approvers` and `.files`, `events.PersonsMerged`, `.PracticeCompleted` and `.PracticeHoursSigned`,
     `registering.Progress`, `views.YuanField`, `.SeenField` and `.me`, `texts.parse_yuan` and `.in_both`,
     `work.in_force` and `.Dated`, `models.next_revision`.
"""

NAME = re.compile(r"[a-z][a-z0-9]{2,23}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The plugin's own description, `MANIFEST` in the module that its entry point names.

    :param name: lower-case letters and digits, 3 to 24 of them, the same as the entry point's. It is the namespace of
        everything the plugin brings: tables `<name>_...`, permissions `<name>.<thing>:<action>`, settings, jobs,
        events, messages and subscriptions `<name>....`, templates `<name>/...`, the blueprint `<name>`, the commands
        `lms <name> ...`, addresses with `<name>` as their first or second part.
    :param version: the plugin's version, as its distribution's.
    :param api: the range of `API_VERSION` it works with, such as `>=1.0,<2`.
    :param title: what officers call it, a lazy text.
    :param summary: what it is for, in one sentence, a lazy text.
    :param requires: plugins it needs, each with a range of versions, such as `payouts>=1.0,<2`; their public
        modules may be imported.
    :param public: the module, below the plugin's package, that other plugins may import; empty for none.
    """

    name: str
    version: str
    api: str
    title: Any
    summary: Any = ""
    requires: tuple[str, ...] = ()
    public: str = ""
