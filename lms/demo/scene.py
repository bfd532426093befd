"""What the steps share: the site, who is signed in where, and what has come of the walk so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from lms.demo.browser import Browser
from lms.demo.knowledge import Knowledge
from lms.demo.notebook import Notebook
from lms.demo.roster import Entry
from lms.demo.site import Server, Site


@dataclass
class Outcome:
    """What has come of the walk so far: later steps and the report read what earlier steps found."""

    code: str = ""
    username: str = ""
    course: str = ""
    lesson: str = ""
    """The address of the first lesson."""
    studied: str = ""
    session: str = ""
    """The exam session's id."""
    sitting: str = ""
    """The sitting's path."""
    token: Mapping[str, str] = field(default_factory=dict)
    """The header that lets this browser write in the sitting."""
    score: str = ""
    hours: str = ""
    certificate: str = ""
    verify: str = ""
    pdf: Path = Path()
    claim: str = ""
    """The address of the worker's claim."""
    case: str = ""
    """The number under which the claim is decided."""
    batch: str = ""
    """The address of the batch that pays it."""
    paid: str = ""
    study: str = ""
    """The address of the worker's degree study."""
    tuition: str = ""
    """The address of the claim for its first fee."""
    tuition_case: str = ""
    tuition_paid: str = ""
    forecast: str = ""
    """How ready the volunteer is."""
    registration: str = ""
    """The address of the worker's application to be registered."""
    registration_case: str = ""
    registered: str = ""
    """From when to when."""
    evidence_case: str = ""
    cycle: str = ""
    """What the cycle of hours still asks for."""
    round: str = ""
    """The id of the ladder's round."""
    application: str = ""
    """The address of the worker's application in it."""
    application_case: str = ""
    appointment: str = ""
    group: str = ""
    """The address of the class at the desk."""
    meeting: str = ""
    """The id of its meeting."""
    attended: str = ""


@dataclass
class Scene:
    """One run of the demonstration. `note` shows how far the present step is."""

    site: Site
    app: Flask
    people: int
    courses: Path
    notebook: Notebook
    learner: Browser
    volunteer: Browser
    note: Callable[[str], None]
    open_until_end: ExitStack
    """What has to end with the demonstration, however it ends."""
    server: Server | None = None
    knowledge: Knowledge = field(default_factory=lambda: Knowledge({}, {}))
    roster: list[Entry] = field(default_factory=list)
    officers: dict[str, Browser] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    walk: int = 0

    @property
    def walker(self) -> Entry:
        """Who walks this time: the next of the roster."""
        return self.roster[self.walk - 1]

    @property
    def roster_path(self) -> Path:
        return self.site.folder / f"roster-{self.people}.xlsx"
