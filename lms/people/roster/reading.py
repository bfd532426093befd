"""Reading the rows of a roster: every faulty cell named, every contradiction in a row or between rows. No database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any

from lms.people import rules
from lms.people.models import IdDocument, QualificationKind
from lms.people.roster.layout import DOCUMENT_WORDS, KEYS, QUALIFICATION_WORDS, REQUIRED, Header
from lms.people.rules import Fault
from lms.webkit.spreadsheets import Row

POST_LENGTH = 60
UNIQUE = ("id_number", "phone", "certificate_number")  # each belongs to one person
DIFFERENT = (*UNIQUE, "email")  # hardly ever the same twice: not worth remembering
_FAR = dt.timedelta(days=366)
_DOCUMENTS = {word.casefold(): kind for kind, words in DOCUMENT_WORDS.items() for word in words}
_QUALIFICATIONS = {word.casefold(): kind for kind, words in QUALIFICATION_WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Problem:
    """One faulty cell."""

    row_number: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ReadRow:
    """A row as it was read. None: the cell was blank, what we hold stays."""

    number: int
    name: str
    id_document: IdDocument
    id_number: str
    birth_date: dt.date | None
    phone: str | None
    email: str | None
    unit: uuid.UUID
    post: str | None
    started_on: dt.date
    ended_on: dt.date | None
    qualification: QualificationKind | None
    certificate_number: str | None
    obtained_on: dt.date | None
    registered_from: dt.date | None
    registered_until: dt.date | None


class _Remembering(dict[str, Any]):
    """Judges each text once: units, posts, dates and levels come again and again. A `Fault` is a value like others."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        super().__init__({"": None})
        self._parse = parse

    def __missing__(self, text: str) -> Any:
        value = self[text] = _judged(self._parse, text)
        return value


def _judged(parse: Callable[[str], Any], text: str) -> Any:
    """The value of a cell, None for a blank one, or its `Fault`."""
    try:
        return parse(text) if text else None
    except Fault as fault:
        return fault


class RosterReader:
    """Reads rows batch after batch; `problems` collects what is wrong, `last_row` is Excel's number of the last row.

    Cells are judged column by column and rows then checked for contradictions: for long rosters much quicker than
    cell after cell.
    """

    def __init__(self, header: Header, find_unit: Callable[[str], uuid.UUID], today: dt.date) -> None:
        self.today = today
        self.problems: list[Problem] = []
        self.rows = self.last_row = 0
        self._wrong: dict[int, set[str]] = defaultdict(set)  # faulty columns of the batch's rows
        self._first: dict[str, dict[str, int]] = {key: {} for key in UNIQUE}
        self._told: set[tuple[str, str]] = set()
        self._width = max(header.places.values()) + 1
        absent = self._width  # where `_texts` puts a blank
        self._cells_of = itemgetter(*(header.places.get(key, absent) for key in KEYS))
        self._judges = _judges(find_unit)

    def read(self, rows: Sequence[Row]) -> list[ReadRow]:
        """Check the next rows; returns those without a fault."""
        self._wrong.clear()
        numbers = [number for number, _cells in rows]
        texts = zip(*(self._texts(cells) for _number, cells in rows), strict=True)
        columns = [
            self._set_aside(key, numbers, list(map(judge, column)))
            for key, judge, column in zip(KEYS, self._judges, texts, strict=True)
        ]
        read = list(map(ReadRow, numbers, *columns))
        for row in read:
            self._check(row)
        for key in UNIQUE:
            self._once(key, read)
        self.rows, self.last_row = self.rows + len(rows), numbers[-1]
        return [row for row in read if row.number not in self._wrong]

    def take_problems(self) -> list[Problem]:
        """The problems found since this was last asked."""
        found, self.problems = self.problems, []
        return found

    def _texts(self, cells: list[str]) -> tuple[str, ...]:
        """The cells of a row in the order of `KEYS`."""
        padded = cells[: self._width]
        padded += [""] * (self._width + 1 - len(padded))
        return self._cells_of(padded)  # type: ignore[no-any-return]

    def _add(self, number: int, key: str, fault: Fault) -> None:
        self.problems.append(Problem(number, key, fault.code, fault.params))
        self._wrong[number].add(key)

    def _set_aside(self, key: str, numbers: Sequence[int], values: list[Any]) -> list[Any]:
        """Write down the faults among a column's values and blank them."""
        if Fault in map(type, values):
            for at, value in enumerate(values):
                if isinstance(value, Fault):
                    self._add(numbers[at], key, value)
                    values[at] = None
        return values

    def _check(self, row: ReadRow) -> None:
        """Name what is missing, wrong about the identity, or cannot be true together."""
        if None in (row.name, row.id_number, row.unit, row.started_on):
            for key in REQUIRED:
                if getattr(row, key) is None and key not in self._wrong.get(row.number, ()):
                    self._add(row.number, key, Fault("required"))
        self._check_identity(row)
        if row.number not in self._wrong:
            for key, contradiction in contradictions(row, self.today):
                self._add(row.number, key, contradiction)

    def _check_identity(self, row: ReadRow) -> None:
        """Check the document's number, and the birth date against it."""
        wrong = self._wrong.get(row.number, ())
        if row.id_number is None or "id_document" in wrong:
            return
        row.id_document = row.id_document or IdDocument.RESIDENT
        try:
            row.id_number, born = rules.checked_document_number(row.id_document, row.id_number, self.today)
        except Fault as fault:
            self._add(row.number, "id_number", fault)
            return
        if born is None:
            if row.birth_date is None and "birth_date" not in wrong:
                self._add(row.number, "birth_date", Fault("required"))
        elif row.birth_date is None:
            row.birth_date = born
        elif row.birth_date != born:
            self._add(row.number, "birth_date", Fault("birth_date_differs"))

    def _once(self, key: str, rows: Sequence[ReadRow]) -> None:
        """Name both rows when a number that belongs to one person stands in two."""
        first_rows, value_of = self._first[key], attrgetter(key)
        for row in rows:
            value = value_of(row)
            if value is None:
                continue
            first = first_rows.setdefault(value, row.number)
            if first != row.number:
                self._add(row.number, key, Fault("twice_in_file", row=first))
                if (key, value) not in self._told:
                    self._told.add((key, value))
                    self._add(first, key, Fault("twice_in_file", row=row.number))


def _judges(find_unit: Callable[[str], uuid.UUID]) -> list[Callable[[str], Any]]:
    """What turns a cell's text into its value, None or `Fault`, in the order of `KEYS`."""
    parsers = _parsers(find_unit)
    return [
        partial(_judged, parsers[key]) if key in DIFFERENT else _Remembering(parsers[key]).__getitem__ for key in KEYS
    ]


def _parsers(find_unit: Callable[[str], uuid.UUID]) -> Mapping[str, Callable[[str], Any]]:
    return {
        "name": rules.checked_name,
        "id_document": partial(_one_of, _DOCUMENTS, "document_unknown"),
        "id_number": str,  # checked when the kind of document is known
        "birth_date": rules.checked_date,
        "phone": rules.checked_phone,
        "email": rules.checked_email,
        "unit": find_unit,
        "post": partial(rules.checked_text, limit=POST_LENGTH),
        "started_on": rules.checked_date,
        "ended_on": rules.checked_date,
        "qualification": partial(_one_of, _QUALIFICATIONS, "qualification_unknown"),
        "certificate_number": rules.checked_certificate_number,
        "obtained_on": rules.checked_date,
        "registered_from": rules.checked_date,
        "registered_until": rules.checked_date,
    }


def _one_of(words: Mapping[str, Any], code: str, text: str) -> Any:
    found = words.get(rules.plain(text).casefold())
    if found is None:
        raise Fault(code, written=rules.plain(text)[:40])
    return found


def contradictions(row: ReadRow, today: dt.date) -> Iterator[tuple[str, Fault]]:
    """What cannot be true together, as (column, fault)."""
    if row.birth_date is not None and row.birth_date > today:
        yield "birth_date", Fault("date_future")
    if row.birth_date is not None and row.started_on <= row.birth_date:
        yield "started_on", Fault("started_before_birth")
    if row.started_on > today + _FAR:
        yield "started_on", Fault("date_too_far")
    if row.ended_on is not None and row.ended_on < row.started_on:
        yield "ended_on", Fault("ended_before_started")
    elif row.ended_on is not None and row.ended_on > today:
        yield "ended_on", Fault("date_future")
    yield from qualification_contradictions(row, today)


def qualification_contradictions(row: ReadRow, today: dt.date) -> Iterator[tuple[str, Fault]]:
    """The same for the certificate's cells: all of them or none, the registration's being optional."""
    if row.qualification is None:
        if row.certificate_number or row.obtained_on or row.registered_from or row.registered_until:
            yield "qualification", Fault("qualification_missing")
        return
    if row.certificate_number is None:
        yield "certificate_number", Fault("required_with_qualification")
    if row.obtained_on is None:
        yield "obtained_on", Fault("required_with_qualification")
    elif row.obtained_on > today:
        yield "obtained_on", Fault("date_future")
    if row.registered_from and row.registered_until and row.registered_until < row.registered_from:
        yield "registered_until", Fault("registration_reversed")
