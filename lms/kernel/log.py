"""The log: one line to stderr for each event, JSON for machines, readable where stderr is a terminal.

Set up once by the composition root. What third parties log by `logging` comes out in the same form, from WARNING on.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor

from lms.config import ConfigError
from lms.kernel.audit import request_id


class _Stderr(logging.Handler):
    """Writes to what stderr is at the moment: servers and tests replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def configure(level: str) -> None:
    """Send every log to stderr, our own from `level` on. Safe to repeat. Raises `ConfigError` for an unknown level."""
    if level.upper() not in logging.getLevelNamesMapping():
        raise ConfigError(f"LMS_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {level!r}")
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request_id,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    _handle_with(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering()))
    logging.getLogger("lms").setLevel(level.upper())


def _rendering() -> list[Processor]:
    """Tracebacks without local variables: those may hold what is stored encrypted."""
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if sys.stderr.isatty():
        plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        return [remove_meta, plain]
    return [
        remove_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _handle_with(formatter: logging.Formatter) -> None:
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Stderr)]:
        root.removeHandler(handler)
    handler = _Stderr()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def _with_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The reference that pages show and audit entries carry; in a worker it names the job."""
    if current := request_id.get():
        event.setdefault("request_id", current)
    return event
