"""Figures for whoever watches the machine: how many requests, how fast, and in what condition the place is."""

from __future__ import annotations

import os
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from xueji.web.condition import InstallationCondition

_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_REQUESTS = Counter("xueji_requests", "已答复的请求", ["route", "method", "status"])
_SECONDS = Histogram("xueji_request_seconds", "答复用时（秒）", buckets=_BOUNDS)


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the name of its address, so there are only so many."""
    _REQUESTS.labels(route, method, str(status)).inc()
    _SECONDS.observe(seconds)


class _Gauges(Collector):
    """The condition of the place as gauges."""

    def __init__(self, found: InstallationCondition) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return one gauge a figure; one that could not be asked for is left out."""
        for name, (help_text, value) in self._found.gauges().items():
            if value is not None:
                yield GaugeMetricFamily(f"xueji_{name}", help_text, value=value)


def prometheus_text(found: InstallationCondition) -> bytes:
    """Return everything in Prometheus' text form, of all page processes together where `xueji serve` started them."""
    gauges = CollectorRegistry()
    gauges.register(_Gauges(found))
    counted = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    return generate_latest(counted) + generate_latest(gauges)
