"""What the demonstration prints at the end: what happened, and how to look around."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lms.demo.cast import EVERYBODY, PASSWORD, neighbour_username
from lms.demo.neighbours import share
from lms.demo.scene import Scene

DEFAULT_FOLDER = Path("var/demo")


def report(scene: Scene) -> str:
    """The whole text."""
    return "\n".join(["", "What happened", *_happened(scene), "", *_accounts(scene), ""])


def codes_command(folder: Path) -> str:
    """How to ask for an officer's one-time code, as typed in the project's folder."""
    return ".venv/bin/lms demo codes" + ("" if folder == DEFAULT_FOLDER else f" --data {folder}")


def _happened(scene: Scene) -> Iterator[str]:
    outcome, walker = scene.outcome, scene.walker
    facts = (
        ("community worker", f"{walker.name}, {walker.unit}"),
        ("preparation", outcome.forecast),
        ("course", f"{outcome.course}: {outcome.studied}"),
        ("exam", outcome.score),
        ("hours", outcome.hours),
        ("certificate", outcome.certificate),
        ("PDF", outcome.pdf),
        ("verification", outcome.verify),
        ("award", outcome.paid),
        ("tuition", outcome.tuition_paid),
        ("three years", outcome.three_years),
        ("registration", outcome.registered),
        ("next three years", outcome.cycle),
        ("appointment", outcome.appointment),
        ("senior class", outcome.graduated),
    )
    for name, fact in facts:
        yield f"  {name:<18}{fact}"


def _accounts(scene: Scene) -> Iterator[str]:
    yield f"Accounts at {scene.site.url}/sign-in, the password of all is {PASSWORD}"
    student = neighbour_username(share(len(scene.roster)))
    yield f"  {'learner':<18}{scene.outcome.username} (has the certificate), {student} (is studying)"
    for officer in EVERYBODY:
        yield f"  {officer.title:<18}{officer.username}"
    yield f"Officers need a one-time code:  {codes_command(scene.site.folder)} [USERNAME]"
