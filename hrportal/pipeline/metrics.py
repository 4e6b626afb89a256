"""The pipeline's numbers as Prometheus reads them, taken from the rows at the moment of asking.

Counters inside a web process would tell of that process only and forget everything at a restart;
the rows know all of it, whichever process worked.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hrportal.pipeline.queries import COUNTED_STATES, deliveries_by_channel, failed_by_sweep, stages
from hrportal.pipeline.schedule import periodic_tasks
from notifications.enums import OPEN_DELIVERY_STATES


class PipelineCollector(Collector):
    """Rows that wait, the age of the oldest in seconds of business time, deliveries, failed rows."""

    def __init__(self, *, now: datetime) -> None:
        """``now`` is what ages are counted to."""
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the families."""
        waiting = GaugeMetricFamily("portal_waiting", "Rows that wait at a stage", labels=["stage"])
        age = GaugeMetricFamily("portal_oldest_seconds", "Age of the oldest row that waits", labels=["stage"])
        for stage in stages(now=self._now):
            waiting.add_metric([stage.key], stage.waiting)
            seconds = (self._now - stage.oldest).total_seconds() if stage.oldest else 0.0
            age.add_metric([stage.key], max(0.0, seconds))
        yield from (waiting, age)
        yield from self._deliveries()
        failed = GaugeMetricFamily("portal_failed_rows", "Rows that a sweep has set aside", labels=["sweep"])
        people = GaugeMetricFamily(
            "portal_failed_rows_for_a_person", "Failed rows that somebody has to look at", labels=["sweep"]
        )
        for name, number, for_a_person in failed_by_sweep():
            failed.add_metric([name], number)
            people.add_metric([name], for_a_person)
        yield from (failed, people)
        yield from self._tasks()

    def _deliveries(self) -> Iterator[GaugeMetricFamily]:
        names = ["channel", "state"]
        still_open = GaugeMetricFamily("portal_deliveries", "Deliveries in an open state", labels=names)
        ended = GaugeMetricFamily(
            "portal_deliveries_of_the_day", "Other deliveries sent within a day", labels=names
        )
        for row in deliveries_by_channel(now=self._now):
            for state, number in zip(COUNTED_STATES, row["counts"], strict=True):
                family = still_open if state in OPEN_DELIVERY_STATES else ended
                family.add_metric([row["channel"], state], number)
        yield from (still_open, ended)

    def _tasks(self) -> Iterator[GaugeMetricFamily]:
        """Periodic tasks, in real time, whatever the clock of the business says."""
        age = GaugeMetricFamily(
            "portal_task_last_success_age_seconds", "Since a periodic task last succeeded", labels=["task"]
        )
        overdue = GaugeMetricFamily(
            "portal_task_overdue", "1 where a periodic task should have succeeded long ago", labels=["task"]
        )
        for one in periodic_tasks(now=timezone.now()):
            if one.age is not None:
                age.add_metric([one.task], one.age.total_seconds())
            overdue.add_metric([one.task], float(one.is_overdue))
        yield from (age, overdue)


def exposition(*, now: datetime) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PipelineCollector(now=now))
    return generate_latest(registry)
