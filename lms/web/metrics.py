"""Counting requests for Prometheus. With `PROMETHEUS_MULTIPROC_DIR` set, all processes of a server count together."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from lms.web import queries

REQUESTS = Counter("lms_requests", "Requests answered.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "lms_request_seconds",
    "Time to answer, in seconds.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def install(app: Flask) -> None:
    """Count every request that reaches a view. The endpoint, not the address, is the label: few values, no names."""
    app.before_request(_start)
    app.after_request(_count)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, request.method, str(response.status_code)).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response


class Waiting(Collector):
    """What waits in the database, counted at each scrape."""

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily("lms_waiting", "Rows that wait or failed, by kind.", labels=["kind"])
        for kind, number in queries.waiting().items():
            family.add_metric([kind], number)
        yield family
        yield GaugeMetricFamily("lms_job_lag_seconds", "Wait of the oldest due job.", queries.job_lag())


def exposition() -> bytes:
    """All metrics in Prometheus's text format."""
    database = CollectorRegistry()
    database.register(Waiting())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        requests = CollectorRegistry()
        MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
        return generate_latest(requests) + generate_latest(database)
    return generate_latest(REGISTRY) + generate_latest(database)
