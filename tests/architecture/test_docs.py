"""The documents say what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lms.cli import main
from lms.reference import reference

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_is_what_the_code_registers(app):
    written = (ROOT / "docs" / "reference.md").read_text()
    assert written == reference(app, main), "run: lms reference > docs/reference.md"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(path):
    prose = re.sub(r"`[^`\n]*`", "", path.read_text())  # a link shown as code leads nowhere on purpose
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), f"{path.name} points to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_and_commands_named_in_documents_exist(path):
    text = path.read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"`make ([a-z]+)", text):
        assert target in targets, f"{path.name} names make {target}"
    commands = set(main.list_commands(main.make_context("lms", [], resilient_parsing=True)))
    for command in re.findall(r"`lms ([a-z]+)", text):
        assert command in commands, f"{path.name} names lms {command}"
