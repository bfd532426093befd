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


@dataclass(frozen=True, slots=True)
class Selected:
    """Where a round is on the desk and for its panel, and where the worker's application in it is."""

    desk: str
    panel: str
    application: str


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
    """How ready the worker is for the national examination."""
    evidence_case: str = ""
    three_years: str = ""
    """What has been counted in the three years of the registration."""
    registration: str = ""
    """The address of the worker's application to be registered again."""
    registration_case: str = ""
    registered: str = ""
    """From when to when."""
    cycle: str = ""
    """What the next three years ask for."""
    selected: dict[str, Selected] = field(default_factory=dict)
    """By programme."""
    application_case: str = ""
    """The number of the latest application for a programme."""
    appointment: str = ""
    group: str = ""
    """The address of the senior class at the desk."""
    group_title: str = ""
    meeting: str = ""
    """The id of its meeting."""
    assignment: str = ""
    """The id of the work to graduate with."""
    graduated: str = ""


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
