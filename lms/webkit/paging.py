"""Lists: filter, sort, stable paging and the same list as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for
from sqlalchemy import Select, func, select

from lms.kernel.db import db

T = TypeVar("T")
PAGE_SIZE = 20
MAX_PAGE = 10_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows, the count of all rows, and where it stands."""

    rows: Sequence[T]
    total: int
    number: int
    size: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    def url(self, number: int) -> str:
        """The address of another page of the same list, filters kept."""
        return url_for(str(request.endpoint), **filters(), **(request.view_args or {}), page=number)


def filters() -> dict[str, Any]:
    """What the address asks of this list, to carry to its other pages and its export.

    Never a name that `url_for` or the route takes for its own: whoever wrote the address must not steer our links.
    """
    taken = {"endpoint", "page", *(request.view_args or {})}
    return {name: value for name, value in request.args.items() if name not in taken and not name.startswith("_")}


def page_number() -> int:
    """The page asked for; nonsense means the first."""
    return max(1, min(request.args.get("page", 1, type=int) or 1, MAX_PAGE))


def paginate(query: Select[*tuple[Any, ...]], *, size: int = PAGE_SIZE, scalars: bool = True) -> Page[Any]:
    """Run one page of `query`, whose ORDER BY must end with a unique column. Two queries, whatever the size."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(page_number(), max(1, -(-total // size)))
    result = db.session.execute(query.limit(size).offset((number - 1) * size))
    return Page(result.scalars().all() if scalars else result.all(), total, number, size)
