"""The documents say what is true."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask.cli import ScriptInfo

from lms.app import create_app
from lms.cli import main
from lms.config import Config
from lms.learning import packages
from lms.reference import reference

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> ScriptInfo:
    site = create_app(Config.from_env({}, data_dir=tmp_path_factory.mktemp("docs"), testing=True))
    return ScriptInfo(create_app=lambda: site)


def test_the_reference_is_what_the_core_registers(tmp_path):
    core = create_app(Config.from_env({}, data_dir=tmp_path, testing=True), plugins=())
    with core.app_context():
        made = reference(core, main)
    assert (ROOT / "docs" / "reference.md").read_text() == made, "run: lms reference > docs/reference.md"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(path):
    prose = re.sub(r"`[^`\n]*`", "", path.read_text())  # a link shown as code leads nowhere on purpose
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), f"{path.name} points to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_named_in_documents_exist(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"\bmake ([a-z]+)", "\n".join(code_of(path))):
        assert target in targets, f"{path.name} names make {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_named_in_documents_exist(path, script):
    for line in code_of(path):
        for call in re.findall(r"(?:^|[\s/`(])lms ([a-z][a-z-]*(?: [^`#|;&\n]*)?)", line):
            words = call.split()
            command: click.Command = main
            while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
                with click.Context(command, obj=script) as context:  # it opens the application's context
                    named = command.get_command(context, words.pop(0))
                assert named is not None, f"{path.name}: lms {call}"
                command = named
            known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
            used = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert used <= known | {"--help"}, f"{path.name}: lms {call}"


def test_every_key_of_the_configuration_is_explained_and_no_other_is_named():
    keys = {f"LMS_{field.name.upper()}" for field in fields(Config)}
    explained = set(re.findall(r"LMS_[A-Z_]+", (ROOT / "docs/guides/operator.md").read_text()))
    assert keys - explained == {"LMS_TESTING"}
    named = {
        key
        for path in (*DOCUMENTS, ROOT / "Makefile", *(ROOT / "deploy").iterdir())
        if path.suffix != ".lock"
        for key in re.findall(r"LMS_[A-Z_]+", path.read_text())
    }
    assert named <= keys | {"LMS_TEST_FAST"}


def test_every_key_of_a_course_package_is_explained():
    guide = (ROOT / "docs/guides/course-package.md").read_text()
    schema = json.loads(packages.schema_text())
    assert [name for name in sorted(property_names(schema)) if not re.search(rf"\b{name}\b", guide)] == []


def test_settings_named_in_the_guides_exist(app):
    keys = set(app.extensions["lms"].settings.specs)
    rooms = {key.partition(".")[0] for key in keys}
    for path in sorted((ROOT / "docs/guides").glob("*.md")):
        for room, rest in re.findall(r"`([a-z]+)\.([a-z_]+)`", path.read_text()):
            if room in rooms and rest not in {"md", "py", "yml"}:
                assert f"{room}.{rest}" in keys | names_of_other_things(app), f"{path.name} names {room}.{rest}"


@pytest.mark.parametrize("name", ["learner", "trainer", "hr", "exam-officer", "subsidies", "tuition"])
def test_words_of_the_pages_quoted_in_the_guides_stand_on_pages(name):
    said = set()
    for path in (*(ROOT / "lms").rglob("*"), *(ROOT / "plugins").glob("*/lms_*/**/*")):
        if path.suffix in {".py", ".html"}:
            said |= set(re.findall(r"""\b_l?\(\s*["']([^"']+)["']""", path.read_text()))
    quoted = set(re.findall("【([^】]+)】", (ROOT / f"docs/guides/{name}.md").read_text()))
    assert len(quoted) > 10
    assert quoted - said == set()


def names_of_other_things(app) -> set[str]:
    """Jobs, events and messages have names of the same form."""
    kernel = app.extensions["lms"]
    return {*kernel.jobs.specs, *kernel.bus.types, *app.extensions["lms.registry"].messages}


def property_names(schema: object) -> set[str]:
    """The names of all properties, at any depth."""
    if isinstance(schema, list):
        return {name for part in schema for name in property_names(part)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return own | {name for part in schema.values() for name in property_names(part)}


def code_of(path: Path) -> list[str]:
    """The lines of code blocks and the pieces of code in the text."""
    text = path.read_text()
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", prose)
