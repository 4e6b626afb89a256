"""How the hired of a season work, by hire."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from math import isnan, nan

from performance.models import PerformanceRecord


@dataclass(slots=True)
class Work:
    """One hire's months: score by month, mean target attainment, mean of each own measure.

    ``complaints`` and ``transactions`` are summed over the months that have both, so that they fit
    each other; ``completion`` is a mean. NaN where no month says anything.
    """

    scores: dict[date, float] = field(default_factory=dict)
    attainment: float = nan
    complaints: float = nan
    transactions: float = nan
    completion: float = nan
    metrics: dict[str, float] = field(default_factory=dict)

    def count_complaints(self, complaints: int, transactions: int) -> None:
        """Add one month that has both."""
        if isnan(self.complaints):
            self.complaints = self.transactions = 0
        self.complaints += complaints
        self.transactions += transactions


@dataclass(slots=True)
class _Values:
    """What of one hire's months becomes a mean."""

    attainment: list[float] = field(default_factory=list)
    completion: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def work_of(season: str) -> dict[int, Work]:
    """The months of every hire of the season who has any, by key of the hire."""
    found: dict[int, Work] = defaultdict(Work)
    values: dict[int, _Values] = defaultdict(_Values)
    rows = PerformanceRecord.objects.filter(hire__season=season).values_list(
        *("hire_id", "period", "score", "target_attainment", "project_completion"),
        *("metrics", "complaints", "transactions"),
    )
    for row in rows.order_by().iterator(chunk_size=5_000):
        hire, period, score, attainment, completion, metrics, complaints, transactions = row
        found[hire].scores[period] = float(score)
        if complaints is not None:
            found[hire].count_complaints(complaints, transactions)
        if attainment is not None:
            values[hire].attainment.append(float(attainment))
        if completion is not None:
            values[hire].completion.append(float(completion))
        for code, value in metrics.items():
            values[hire].metrics[code].append(value)
    for hire, of_hire in values.items():
        work = found[hire]
        work.attainment, work.completion = _mean(of_hire.attainment), _mean(of_hire.completion)
        work.metrics = {code: _mean(measured) for code, measured in of_hire.metrics.items()}
    return found


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else nan
