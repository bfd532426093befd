"""Which jobs exist, and how their ids travel."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from lms.kernel.jobs.worker import JobContext

JobHandler = Callable[["JobContext", Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A kind of job. The handler must be idempotent: after a crash it runs again from the start.

    `every_seconds` makes it run by itself, once in each such span of the clock; `title` is what people see.
    """

    name: str
    handler: JobHandler
    title: Any
    max_attempts: int = 3
    every_seconds: int | None = None


@dataclass
class JobRegistry:
    """The declared jobs."""

    specs: dict[str, JobSpec] = field(default_factory=dict)

    def declare(self, spec: JobSpec) -> None:
        if spec.name in self.specs:
            raise ValueError(f"two jobs are called {spec.name}")
        self.specs[spec.name] = spec

    def spec(self, name: str) -> JobSpec:
        """The kind of job called `name`. Raises `LookupError` for one whose room or plugin is gone."""
        if name not in self.specs:
            raise LookupError(f"no room or plugin declares the job {name}")
        return self.specs[name]


class Transport(Protocol):
    """Carries a job's id to a worker, after the commit. Losing one is harmless: it is sent again."""

    def announce(self, job_id: uuid.UUID) -> None:
        """Send an id. Never raises: the job is queued already."""


class Polling:
    """The embedded worker finds jobs by looking into the table; nothing needs to be carried."""

    def announce(self, job_id: uuid.UUID) -> None:
        del job_id
