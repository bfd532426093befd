"""Loading the city from the data that is shipped with the product. What is there already is left as it is."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from lms.kernel import clock
from lms.kernel.actor import Actor
from lms.kernel.errors import Conflict
from lms.kernel.i18n import gettext as _
from lms.kernel.ids import new_id
from lms.kernel.uow import UnitOfWork, unit_of_work
from lms.orgs.models import OrgClosure, OrgKind, OrgUnit
from lms.orgs.rules import ancestors
from lms.orgs.service.tree import lock_tree

DATA = Path(__file__).resolve().parents[1] / "data"


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the shipped data; `parent` is the code of the unit above."""

    code: str
    gb_code: str | None
    name: str
    kind: OrgKind
    parent: str | None


@dataclass(frozen=True, slots=True)
class CityReport:
    """How many units were added, and how many of the shipped ones were there before."""

    added: int
    present: int


def load_city(actor: Actor, folder: Path = DATA) -> CityReport:
    """Add the units that are missing. A unit that officers renamed or moved keeps its name and place.

    The caller has made sure of the right: it is a command of the operator's. Raises `Conflict` for who comes second
    when two load an empty database at once.
    """
    places = list(read_places(folder))
    with unit_of_work(actor) as uow:
        lock_tree(uow.session)
        try:
            added = _add_missing(uow, places)
        except IntegrityError:  # into an empty tree, where there was no root to lock
            raise Conflict(_("另一个进程同时在装载这座城市。"), todo=_("请稍后再执行一次。")) from None
        if added:
            uow.audit("org.load", "org_unit", "city", added=added)
    return CityReport(added, len(places) - added)


def read_places(folder: Path = DATA) -> Iterator[Place]:
    """The shipped tree, every unit after the one above it."""
    tree: dict[str, Any] = json.loads((folder / "divisions.json").read_text())
    city, department = tree["city"], tree["department"]
    yield Place(city["code"], city["gb_code"], city["name"], OrgKind.CITY, None)
    yield Place(department["code"], None, department["name"], OrgKind.DEPARTMENT, city["code"])
    for zone in tree["zones"]:
        yield Place(zone["code"], None, zone["name"], OrgKind.ZONE, city["code"])
    managed_by = {town: zone["code"] for zone in tree["zones"] for town in zone["towns"]}
    for county in tree["counties"]:
        yield Place(county["code"], county["code"], county["name"], OrgKind.COUNTY, city["code"])
        for code, name in county["towns"].items():
            kind = OrgKind.STREET if code[6] == "0" else OrgKind.TOWN
            yield Place(code, code, name, kind, managed_by.get(code, county["code"]))
    with (folder / "villages.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            yield Place(row["code"], row["code"], row["name"], OrgKind(row["kind"]), row["code"][:9])


def _add_missing(uow: UnitOfWork, places: list[Place]) -> int:
    """Insert the missing units and their closure rows in bulk; returns how many units."""
    known = uow.session.execute(select(OrgUnit.id, OrgUnit.code, OrgUnit.parent_id)).all()
    ids = {row.code: row.id for row in known}
    missing = [place for place in places if place.code not in ids]
    if not missing:
        return 0
    codes = {row.id: row.code for row in known}
    parents = {row.code: codes.get(row.parent_id) for row in known} | {one.code: one.parent for one in missing}
    ids |= {place.code: new_id() for place in missing}
    now = clock.now()
    uow.session.execute(
        insert(OrgUnit),
        [
            {
                "id": ids[place.code],
                "code": place.code,
                "gb_code": place.gb_code,
                "name": place.name,
                "kind": place.kind,
                "parent_id": ids[place.parent] if place.parent else None,
                "active": True,
                "created_at": now,
            }
            for place in missing
        ],
    )
    uow.session.execute(
        insert(OrgClosure),
        [
            {"ancestor_id": ids[above], "descendant_id": ids[place.code], "depth": depth}
            for place in missing
            for above, depth in ancestors(place.code, parents)
        ],
    )
    return len(missing)
