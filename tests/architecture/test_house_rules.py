"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.app import ROOMS

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "lms").rglob("*.py"))
REQUEST_STATE = {"request", "g", "session"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func


def may_see_the_request(path: Path) -> bool:
    parts = path.relative_to(ROOT / "lms").parts
    return parts[0] in {"webkit", "web", "testing"} or path.stem in {"views", "identify"} or "views" in parts


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_only_the_unit_of_work_commits(path):
    if relative(path) in {"lms/kernel/uow.py", "lms/kernel/fastpath.py"}:
        return
    found = [
        f"{relative(path)}:{call.lineno}"
        for call in calls(ast.parse(path.read_text()))
        if call.attr in {"commit", "rollback"} and "testing" not in path.parts
    ]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_services_never_see_the_request(path):
    if may_see_the_request(path):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "flask":
            assert not REQUEST_STATE & {alias.name for alias in node.names}, f"{relative(path)}:{node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_stay_small(path):
    assert len(path.read_text().splitlines()) <= 400


def test_every_room_of_the_house_is_assembled():
    rooms = {path.parent.name for path in (ROOT / "lms").glob("*/room.py")} - {"webkit"}
    assert rooms == {room.name for room in ROOMS}
