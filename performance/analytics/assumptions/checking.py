"""All checks of one season, and what they leave of the estimate."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from performance.analytics.arrays import UNKNOWN, Floats, Interval, is_known
from performance.analytics.assumptions.check import Check, Code
from performance.analytics.assumptions.line import (
    Bend,
    check_branches_alike,
    check_curvature,
    check_equal_scatter,
    check_positions_alike,
    check_precision,
    find_bend,
)
from performance.analytics.assumptions.marking import (
    check_ceiling,
    check_known_score,
    check_marks_hardly_change,
    check_months_copied,
    check_months_independent,
    check_steady_validity,
)
from performance.analytics.assumptions.selection import (
    check_attrition,
    check_best_decline,
    check_hired_without_pass,
    check_start_order,
    check_verdict_order,
)
from performance.analytics.cohort import Cohort
from performance.analytics.marks import Marks, centred_months, start_months
from performance.analytics.operational import OperationalValidity
from performance.analytics.units import Pooling
from performance.analytics.within import numbered

Status = Literal["estimate", "range", "withdrawn", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What may be said of the validity.

    Attributes:
        status: one figure, a range, or nothing; unknown where there was nothing to compute.
        range: the ends of everything that the data allow, where it is a range.
        because: failed checks that took the figure away.
        checks: every check.
    """

    status: Status = "unknown"
    range: Interval = UNKNOWN
    because: list[Code] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


def check_assumptions(
    cohort: Cohort, marks: Marks, found: OperationalValidity, *, observed: Interval, pooling: Pooling
) -> Conclusion:
    """Make every check and conclude.

    Args:
        cohort: everybody.
        marks: of the hired.
        found: the estimate.
        observed: interval of the correlation as it is observed, the lowest that could be meant.
        pooling: the whole against its branches.
    """
    position, n = numbered(cohort.positions), int(marks.rated.sum())
    monthly = cohort.monthly[marks.rated]
    centred = centred_months(monthly, marks.strata)
    attainment = _without_gaps(cohort.attainment[marks.rated], marks)
    bend = find_bend(cohort.score, marks, position)
    checks = [
        check_verdict_order(cohort.score, cohort.passed, position=position, branch=numbered(cohort.branch)),
        check_hired_without_pass(cohort.passed, cohort.hired),
        check_best_decline(cohort.score, cohort.passed, cohort.hired, position),
        check_start_order(cohort.score[marks.rated], start_months(monthly), marks.position),
        check_attrition(monthly, marks.strata, int(cohort.hired.sum())),
        check_curvature(bend, n),
        check_equal_scatter(marks),
        check_ceiling(monthly),
        check_months_independent(centred),
        check_months_copied(monthly),
        check_marks_hardly_change(centred),
        check_known_score(marks, attainment),
        check_steady_validity(marks.within.x, centred),
        check_positions_alike(found),
        check_branches_alike(pooling, n),
        check_precision(found, n),
    ]
    return _concluded(found, checks, bend, observed)


def _without_gaps(values: Floats, marks: Marks) -> Floats:
    """``marks.without`` of values of which some are unknown: those are the mean, and NaN afterwards."""
    known = np.isfinite(values)
    if not known.any():
        return values
    found = marks.without(np.where(known, values, values[known].mean()))
    return np.where(known, found, np.nan)


def _concluded(found: OperationalValidity, checks: list[Check], bend: Bend, observed: Interval) -> Conclusion:
    if not is_known(found.r):
        return Conclusion(checks=checks)
    failed = [check for check in checks if check.withdraws]
    if not failed:
        return Conclusion(status="estimate", checks=checks)
    because = [check.code for check in failed]
    if any(check.consequence == "withdrawn" for check in failed):
        return Conclusion(status="withdrawn", because=because, checks=checks)
    spans = [found.ci95, observed, *([bend.ends] if "curvature" in because else [])]
    spans += [found.for_position] if "positions_alike" in because else []
    known = [span for span in spans if is_known(span[0]) and is_known(span[1])]
    ends = (min(low for low, _high in known), max(high for _low, high in known)) if known else UNKNOWN
    return Conclusion(status="range", range=ends, because=because, checks=checks)
