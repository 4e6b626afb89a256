"""How the hired of a season work, by hire."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from math import nan

from performance.models import PerformanceRecord


@dataclass(slots=True)
class Work:
    """One hire's months: score by month, mean target attainment, mean of each own measure."""

    scores: dict[date, float] = field(default_factory=dict)
    attainment: float = nan
    metrics: dict[str, float] = field(default_factory=dict)


def work_of(season: str) -> dict[int, Work]:
    """The months of every hire of the season who has any, by key of the hire."""
    found: dict[int, Work] = defaultdict(Work)
    attained: dict[int, list[float]] = defaultdict(list)
    measured: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    rows = PerformanceRecord.objects.filter(hire__season=season).values_list(
        "hire_id", "period", "score", "target_attainment", "metrics"
    )
    for hire, period, score, attainment, metrics in rows.order_by().iterator(chunk_size=5_000):
        found[hire].scores[period] = float(score)
        if attainment is not None:
            attained[hire].append(float(attainment))
        for code, value in metrics.items():
            measured[hire][code].append(value)
    for hire, values in attained.items():
        found[hire].attainment = sum(values) / len(values)
    for hire, codes in measured.items():
        found[hire].metrics = {code: sum(values) / len(values) for code, values in codes.items()}
    return found
