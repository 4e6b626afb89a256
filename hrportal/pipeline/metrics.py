"""The pipeline's numbers as Prometheus reads them, taken from the rows at the moment of asking.

Counters inside a web process would tell of that process only and forget everything at a restart;
the rows know all of it, whichever process worked.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hrportal.pipeline.queries import deliveries_by_channel, stages
from notifications.enums import DeliveryState


class PipelineCollector(Collector):
    """Rows that wait, the age of the oldest in seconds of business time, deliveries by channel and state."""

    def __init__(self, *, now: datetime) -> None:
        """``now`` is what ages are counted to."""
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the three families."""
        waiting = GaugeMetricFamily("portal_waiting", "Rows that wait at a stage", labels=["stage"])
        age = GaugeMetricFamily("portal_oldest_seconds", "Age of the oldest row that waits", labels=["stage"])
        for stage in stages(now=self._now):
            waiting.add_metric([stage.key], stage.waiting)
            seconds = (self._now - stage.oldest).total_seconds() if stage.oldest else 0.0
            age.add_metric([stage.key], max(0.0, seconds))
        yield from (waiting, age)
        deliveries = GaugeMetricFamily("portal_deliveries", "Deliveries", labels=["channel", "state"])
        for row in deliveries_by_channel():
            for state, number in zip(DeliveryState.values, row["counts"], strict=True):
                deliveries.add_metric([row["channel"], state], number)
        yield deliveries


def exposition(*, now: datetime) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PipelineCollector(now=now))
    return generate_latest(registry)
