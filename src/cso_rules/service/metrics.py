"""Numbers about the service for Prometheus; nothing in them tells of a record."""

from __future__ import annotations

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counts of one service.

    Attributes:
        requests: Answers, by address and status.
        seconds: How long they took, by address.
        lines: Lines of batches, by whether they were answered or refused.
        reloads: Attempts to exchange the rules, by result.
        waiting: Questions that wait for a thread.
        running: Threads that answer.
        rules: 1 under the digest of the rules in use.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._registry = CollectorRegistry()
        here = self._registry
        self.requests = Counter("cso_rules_requests", "Answers", ("path", "status"), registry=here)
        self.seconds = Histogram(
            "cso_rules_request_seconds", "Time to answer", ("path",), buckets=_SECONDS, registry=here
        )
        self.lines = Counter("cso_rules_batch_lines", "Lines of batches", ("result",), registry=here)
        self.reloads = Counter("cso_rules_reloads", "Attempts to exchange the rules", ("result",), registry=here)
        self.waiting = Gauge("cso_rules_waiting", "Questions that wait for a thread", registry=here)
        self.running = Gauge("cso_rules_running", "Threads that answer", registry=here)
        self.rules = Gauge("cso_rules_in_use", "1 under the digest of the rules in use", ("digest",), registry=here)

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self.requests.labels(path, str(status)).inc()
        self.seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        """Return the numbers in the text format of Prometheus."""
        return generate_latest(self._registry)
