# SPDX-License-Identifier: EUPL-1.2
"""What Prometheus reads: gauges that somebody else computed, and what this process counted by itself.

Names and meanings: docs/deployment.md. No label holds anything that a visitor typed: routes are those of the
program, not the addresses that were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from archive import __version__

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
UNKNOWN: Final = "unknown"
"""Route of an address that the program does not know."""
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One value, or one for each value of a label."""

    name: str
    """Without `longeva_`."""
    words: str
    values: Mapping[str, float]
    """By the value of the label; empty text where there is none."""
    label: str = ""

    @classmethod
    def of(cls, name: str, words: str, value: float) -> Gauge:
        """Return a gauge without label."""
        return cls(name, words, {"": value})


class Metrics:
    """Counts what this process answers, and gives it with the gauges. Threads may share it."""

    def __init__(self, gauges: Callable[[], Iterable[Gauge]] = tuple) -> None:
        """Give what tells the gauges: called at each reading, so it must be quick."""
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "longeva_request_seconds", "Time until the answer.", ("method", "route"),
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._requests = Counter(
            "longeva_requests", "Answers.", ("method", "route", "status"), registry=self._registry
        )
        self._errors = Counter(
            "longeva_errors", "Errors of services and of the program.", ("code",), registry=self._registry
        )
        self._registry.register(_Gauges(gauges))
        ProcessCollector(registry=self._registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._seconds.labels(method, route).observe(seconds)
        self._requests.labels(method, route, str(status)).inc()

    def failed(self, code: str) -> None:
        """Count one error."""
        self._errors.labels(code).inc()

    def exposition(self) -> bytes:
        """Return everything in the text format of Prometheus (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)


class _Gauges(Collector):
    def __init__(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("longeva_info", "Always 1; its label is the version.", labels=("version",))
        info.add_metric((__version__,), 1)
        yield info
        for gauge in self._gauges():
            family = GaugeMetricFamily(
                f"longeva_{gauge.name}", gauge.words, labels=[gauge.label] * bool(gauge.label)
            )
            for label, value in gauge.values.items():
                family.add_metric([label] * bool(gauge.label), value)
            yield family

    def describe(self) -> Iterator[Metric]:
        """Name nothing beforehand: gauges are not asked for before somebody reads."""
        return iter(())
