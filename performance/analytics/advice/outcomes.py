"""What the next season shows of what was advised: the same figure before and after, each with its interval.

A difference between two seasons is no proof of the advice: other things change, too. That is why
both intervals are kept and no test is made of it.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from performance.analytics.advice.order import ChannelOrder, FirstChannel
from performance.analytics.advice.shares import HiringShare, ShareEvidence, Step
from performance.analytics.advice.understanding import Missed, TargetUnderstanding
from performance.analytics.arrays import Figure, Interval, is_known
from performance.analytics.proposal import DimensionWeights, WeightsEvidence
from performance.analytics.results import Advised, Report

TOO_FEW: Final = "too_few_yet"
MEASURED: Final = "measured"

Measure = Literal["corrected_r", "liked_and_missed", "difference_at_equal_score", "not_read_in_time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigure:
    """A figure of ``n`` persons; ``share`` of all hires, where the advice was about shares."""

    value: Figure
    ci95: Interval
    n: int
    share: Figure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figure (``of``) as it was signed, and in the next season."""

    season: str
    status: Literal["too_few_yet", "measured"]
    of: Measure
    before: MeasuredFigure | None
    after: MeasuredFigure | None


def measure(advised: Advised, later: Report, *, season: str) -> Outcome:
    """Compare.

    Args:
        advised: as it was signed.
        later: the next season's analysis at the same place.
        season: its name.
    """
    of, before, after = _measured(advised, later)
    return Outcome(
        season=season, status=TOO_FEW if after is None else MEASURED, of=of, before=before, after=after
    )


def _measured(
    advised: Advised, later: Report
) -> tuple[Measure, MeasuredFigure | None, MeasuredFigure | None]:
    match advised:
        case DimensionWeights(evidence=evidence):
            return "corrected_r", _validity(evidence, evidence.n), _validity(later, later.n_performance)
        case TargetUnderstanding(evidence=evidence, subject=subject):
            before = _figure(evidence.share, evidence.ci95, evidence.liked)
            rows = (row for row in later.attention if isinstance(row, Missed) and row.name == subject)
            return "liked_and_missed", before, _share_of(next(rows, None))
        case HiringShare(evidence=evidence, subject=subject):
            steps = (row for row in later.equal_score if isinstance(row, Step) and row.name == subject)
            return "difference_at_equal_score", _at_equal_score(evidence), _at_equal_score(next(steps, None))
        case ChannelOrder(evidence=signed):
            before = _figure(signed.present_share, signed.present_ci95, signed.present_n)
            channels = (
                row for row in later.first_channels if isinstance(row, FirstChannel) and row.is_present
            )
            return "not_read_in_time", before, _share_of(next(channels, None))


def _validity(found: WeightsEvidence | Report, n: int | None) -> MeasuredFigure | None:
    return _figure(found.corrected_r, found.ci95.corrected_r, n or 0)


def _share_of(row: Missed | FirstChannel | None) -> MeasuredFigure | None:
    return None if row is None else _figure(row.share, row.ci95, row.n)


def _at_equal_score(row: ShareEvidence | Step | None) -> MeasuredFigure | None:
    found = None if row is None else _figure(row.difference, row.ci95, row.n)
    return found if row is None or found is None else replace(found, share=row.share)


def _figure(value: float, interval: Interval, n: int) -> MeasuredFigure | None:
    return MeasuredFigure(value=value, ci95=interval, n=n) if is_known(value) else None
