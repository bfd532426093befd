"""The transcript: a person's entries by cycle on A4, printed from our own page and style sheet and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from lms.credits import queries, wording
from lms.credits.cycles.dto import CycleView
from lms.credits.dto import HoursSummary
from lms.credits.models import CreditEntry
from lms.kernel import clock
from lms.kernel.db import db
from lms.kernel.i18n import in_locale, pick
from lms.orgs import queries as orgs
from lms.people import queries as people
from lms.people import sealed
from lms.people.models import Person
from lms.people.sealed import Fact
from lms.webkit import paper
from lms.webkit.templating import day, minutes, moment

PRINTED = Path(__file__).parent.parent / "printed"
LANGUAGE = "zh_CN"
"""Transcripts are official papers: they are printed in Chinese whatever the reader's language."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a section: texts as they are printed."""

    day: str
    title: str
    category: str
    recorded: str
    counted: str
    why: str


@dataclass(frozen=True, slots=True)
class Section:
    """A cycle, or the entries that no cycle has."""

    title: str
    status: str
    rows: tuple[Row, ...]
    totals: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def printed(person: Person) -> bytes:
    """A person's transcript as a PDF, as of today."""
    with in_locale(LANGUAGE):
        page = html(person)
    return paper.pdf(PRINTED, page, "transcript.css")


def html(person: Person) -> str:
    """The page, in the present language."""
    summary = queries.summary(person.id)
    entries = db.session.scalars(
        select(CreditEntry).where(CreditEntry.person_id == person.id).order_by(CreditEntry.occurred_on, CreditEntry.id)
    ).all()
    unit_id = people.present_unit(person.id)
    return (
        paper.page_environment(PRINTED)
        .get_template("transcript.html")
        .render(
            name=person.name,
            id_number=sealed.masked(Fact.ID_NUMBER, person.id_number_sealed),
            unit=orgs.unit(unit_id).name if unit_id else "",
            level=str(wording.LEVELS[summary.level]) if summary.level else "",
            sections=list(_sections(summary, entries)),
            ever=minutes(summary.ever),
            printed_at=moment(clock.now()),
        )
    )


def _sections(summary: HoursSummary, entries: Sequence[CreditEntry]) -> Iterator[Section]:
    cycles = sorted((*summary.cycles, *summary.past), key=lambda one: (one.obligation, one.first_day))
    covered: set[uuid.UUID] = set()
    for cycle in cycles:
        covered |= cycle.lines.keys()
        yield _section(cycle, [entry for entry in entries if entry.id in cycle.lines])
    others = [entry for entry in entries if entry.id not in covered]
    if others:
        rows = tuple(_row(entry, minutes(entry.minutes), "") for entry in others)
        total = minutes(sum(entry.minutes for entry in others))
        yield Section("不在任何周期内的记录", "", rows, (("合计", total),), ())


def _section(cycle: CycleView, entries: Sequence[CreditEntry]) -> Section:
    found = cycle.balance
    amounts = (
        ("专业科目计入", found.professional), ("公需科目计入", found.public), ("上一周期结转", found.carried),
        ("合计", found.counted), ("要求", found.required),
    )  # fmt: skip
    totals = [(name, wording.in_unit(cycle, amount)) for name, amount in amounts if amount or name != "上一周期结转"]
    totals.append(("还差", wording.in_unit(cycle, found.missing, missing=True)))
    rows = []
    for entry in entries:
        one = cycle.lines[entry.id]
        why = "" if one.counted == one.minutes else wording.counted(cycle, one)
        rows.append(_row(entry, wording.in_unit(cycle, one.counted), why))
    status = f"{wording.STATUSES[cycle.status]}。{wording.cycle_dates(cycle)}"
    return Section(wording.cycle_title(cycle), status, tuple(rows), tuple(totals), tuple(wording.notes(cycle)))


def _row(entry: CreditEntry, counted: str, why: str) -> Row:
    category = str(wording.CATEGORIES[entry.category])
    return Row(_plain(entry.occurred_on), pick(entry.title), category, minutes(entry.minutes), counted, why)


def _plain(date: dt.date) -> str:
    return day(date).partition("（")[0]
