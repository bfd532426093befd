"""Reading categories, places, placements and the record. Who may see what is asked of `policy`."""

from lms.practice.queries.categories import categories, category, titles
from lms.practice.queries.placements import active_of, lines, listed, names, own, stations_in, sums
from lms.practice.queries.record import (
    entries_of,
    last_log,
    logs,
    minutes_by_category,
    signed_off_minutes,
    standing_on,
    supervised,
    waiting_for,
)
from lms.practice.queries.stations import (
    active_terms,
    can_supervise,
    offers,
    places_by_station,
    places_in,
    staff,
    stations,
)

__all__ = [
    "active_of",
    "active_terms",
    "can_supervise",
    "categories",
    "category",
    "entries_of",
    "last_log",
    "lines",
    "listed",
    "logs",
    "minutes_by_category",
    "names",
    "offers",
    "own",
    "places_by_station",
    "places_in",
    "signed_off_minutes",
    "staff",
    "standing_on",
    "stations",
    "stations_in",
    "sums",
    "supervised",
    "titles",
    "waiting_for",
]
