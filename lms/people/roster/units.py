"""Finding the unit an officer means: by management code, statistical code, name, or a path of names."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from lms.kernel.db import db
from lms.orgs.models import OrgUnit
from lms.people.rules import Fault, plain

_JOINTS = re.compile(r"[\s/>＞／\\|→·,，\-–—]+")


def _folded(text: str) -> str:
    return _JOINTS.sub("", plain(text)).casefold()


@dataclass(frozen=True, slots=True)
class _Unit:
    code: str
    path: tuple[str, ...]  # names from the city down
    active: bool


@dataclass
class UnitFinder:
    """Resolves texts to units among those an officer may write to."""

    allowed: Collection[uuid.UUID]
    _units: dict[uuid.UUID, _Unit] = field(default_factory=dict)
    _by_code: dict[str, uuid.UUID] = field(default_factory=dict)
    _by_name: dict[str, list[uuid.UUID]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, allowed: Collection[uuid.UUID]) -> UnitFinder:
        """Read the whole tree once: a few thousand units."""
        finder = cls(allowed)
        columns = (OrgUnit.id, OrgUnit.code, OrgUnit.gb_code, OrgUnit.name, OrgUnit.parent_id, OrgUnit.active)
        rows = {row.id: row for row in db.session.execute(select(*columns))}
        for row in rows.values():
            path, above = [row.name], row.parent_id
            while above is not None:
                path.append(rows[above].name)
                above = rows[above].parent_id
            finder._take(row.id, row.gb_code, _Unit(row.code, tuple(reversed(path)), row.active))
        return finder

    def _take(self, unit_id: uuid.UUID, gb_code: str | None, unit: _Unit) -> None:
        self._units[unit_id] = unit
        for code in filter(None, (gb_code, unit.code)):
            self._by_code[_folded(code)] = unit_id
        for start in range(len(unit.path)):  # “玉林东路社区”, “玉林街道/玉林东路社区”, and so on up to the city
            self._by_name[_folded("".join(unit.path[start:]))].append(unit_id)

    def find(self, text: str) -> uuid.UUID:
        """The unit meant by `text`. Raises `Fault`: unknown, ambiguous, closed, or not the officer's."""
        key, written = _folded(text), plain(text)[:60]
        if key in self._by_code:
            return self._usable(self._by_code[key])
        candidates = self._by_name.get(key, [])
        if not candidates:
            raise Fault("unit_unknown", written=written)
        own = [unit_id for unit_id in candidates if unit_id in self.allowed]
        if len(own) > 1:
            raise Fault("unit_ambiguous", written=written, count=len(own))
        return self._usable(own[0] if own else candidates[0])

    def _usable(self, unit_id: uuid.UUID) -> uuid.UUID:
        if unit_id not in self.allowed:
            raise Fault("unit_outside")
        if not self._units[unit_id].active:
            raise Fault("unit_closed")
        return unit_id

    def label(self, unit_id: uuid.UUID) -> str:
        """How to write a unit so that it is found again: its path of names, or the code where two share that."""
        unit = self._units[unit_id]
        path = "/".join(unit.path[1:] or unit.path)
        return path if self._by_name[_folded(path)] == [unit_id] else unit.code

    def listed(self) -> list[tuple[str, str]]:
        """Code and full name of every unit the officer may write to, in the order of codes."""
        chosen = sorted((unit.code, unit.path) for key, unit in self._units.items() if key in self.allowed)
        return [(code, "/".join(path[1:] or path)) for code, path in chosen]
