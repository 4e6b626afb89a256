"""What the sections of an analysis share, and those about the validity itself."""

from dataclasses import dataclass, field
from math import nan
from typing import Final, Literal

import numpy as np

from performance.analytics.arrays import Bools, Floats
from performance.analytics.assumptions import check_assumptions
from performance.analytics.assumptions.checking import Conclusion
from performance.analytics.assumptions.selection import best_cut_off
from performance.analytics.cohort import Cohort
from performance.analytics.correlation import fisher_interval, pearson
from performance.analytics.expectancy import Expectancy, expect_at, expect_by_band
from performance.analytics.marks import Marks, mark
from performance.analytics.minimums import Minimum, more_needed
from performance.analytics.operational import OperationalValidity, estimate_operational
from performance.analytics.reliability import summarise_months
from performance.analytics.results import CutOff
from performance.analytics.units import Pooling, compare_pooling
from performance.analytics.validity import Validity, estimate_validity
from performance.analytics.warnings import (
    Caution,
    EstimateWithheld,
    MoreHiresNeeded,
    ReliabilityLow,
    ReliabilityUnknown,
    RestrictionStrong,
    Simpson,
)

# Below, the correction for the criterion is larger than what was measured.
LOW_RELIABILITY: Final = 0.5
# Below, most of the corrected value is extrapolated beyond the scores of those who were hired.
STRONG_RESTRICTION: Final = 0.3


@dataclass(slots=True)
class Study:
    """What the sections share. ``work`` is NaN for who was not hired or has no record."""

    cohort: Cohort
    work: Floats
    rated: Bools
    marks: Marks
    repeats: int
    seed: int
    share: float
    warnings: list[Caution] = field(default_factory=list)

    @property
    def n(self) -> int:
        return int(self.rated.sum())

    @property
    def is_confounded(self) -> bool:
        """Whether the whole contradicts its branches or positions."""
        return any(isinstance(warning, Simpson) for warning in self.warnings)

    def has(self, minimum: Minimum, section: str) -> bool:
        """Whether there are enough persons; else a warning says how many more are needed."""
        missing = more_needed(minimum, self.n)
        if missing:
            self.warnings.append(
                MoreHiresNeeded(section=section, n=self.n, minimum=int(minimum), more_needed=missing)
            )
        return not missing


def prepared(cohort: Cohort, *, repeats: int, seed: int, share: float) -> Study:
    work = summarise_months(cohort.monthly).mean if cohort.monthly.shape[1] else np.full(len(cohort), np.nan)
    marked = np.where(cohort.hired[:, None], cohort.monthly, np.nan)
    marks = mark(cohort.score, marked, position=cohort.positions, branch=cohort.branch)
    return Study(cohort, work, cohort.hired & ~np.isnan(work), marks, repeats, seed, share)


def validity_of(study: Study) -> Validity:
    """Naive, u, reliability and both corrections, always with their intervals."""
    if not study.has(Minimum.VALIDITY, "validity"):
        return Validity()
    found = estimate_validity(
        study.cohort.score,
        np.where(study.cohort.hired[:, None], study.cohort.monthly, np.nan),
        repeats=study.repeats,
        seed=study.seed,
    )
    if np.isnan(found.criterion_reliability):
        if not np.isnan(found.naive_r):
            study.warnings.append(ReliabilityUnknown())
    elif found.criterion_reliability < LOW_RELIABILITY:
        study.warnings.append(ReliabilityLow(criterion_reliability=found.criterion_reliability))
    if found.u < STRONG_RESTRICTION:
        study.warnings.append(RestrictionStrong(u=found.u))
    return found


def pooling_of(study: Study) -> Pooling:
    if study.n < Minimum.VALIDITY:
        return Pooling(nan, nan, nan, simpson_warning=False)
    rated = study.rated
    x, y = study.cohort.score[rated], study.work[rated]
    found = compare_pooling(x, y, study.cohort.branch[rated])
    of: Literal["branches", "positions"]
    for of, pooling in (
        ("branches", found),
        ("positions", compare_pooling(x, y, study.marks.position)),
    ):
        if pooling.simpson_warning:
            study.warnings.append(
                Simpson(
                    of=of, pooled_r=pooling.pooled_r, within_branch_r=pooling.within_branch_r, p=pooling.p
                )
            )
    return found


def operational_of(study: Study, pooling: Pooling) -> tuple[OperationalValidity | None, Conclusion | None]:
    """The estimate inside positions and branches, and what the checks of its assumptions leave of it."""
    if study.n < Minimum.VALIDITY:
        return None, None
    cohort, within = study.cohort, study.marks.within
    found = estimate_operational(cohort.score, study.marks, position=cohort.positions)
    observed = fisher_interval(pearson(within.x, within.y), int(within.freedom) + 1)
    conclusion = check_assumptions(cohort, study.marks, found, observed=observed, pooling=pooling)
    if conclusion.status in ("range", "withdrawn"):
        study.warnings.append(EstimateWithheld(status=conclusion.status, because=list(conclusion.because)))
    return found, conclusion


def cut_offs_of(cohort: Cohort) -> list[CutOff]:
    found = []
    for code in np.unique(cohort.positions).tolist():
        here = cohort.positions == code
        cut_off = best_cut_off(cohort.score[here], cohort.passed[here])
        found.append(CutOff(position=code, n=int(here.sum()), cut_off=cut_off))
    return found


def cut_off_of_each(cohort: Cohort, cut_offs: list[CutOff]) -> Floats:
    by_position = {row.position: row.cut_off for row in cut_offs}
    return np.array([by_position[code] for code in cohort.positions.tolist()])


def expectancy_of(
    study: Study,
    found: OperationalValidity | None,
    conclusion: Conclusion | None,
    cut_offs: list[CutOff],
) -> Expectancy | None:
    """What the estimate, or its range, is worth; of a withdrawn one only what was observed."""
    if found is None or conclusion is None:
        return None
    cohort = study.cohort
    bands = expect_by_band(cohort.score, study.marks)
    if conclusion.status not in ("estimate", "range"):
        return Expectancy(bands=bands)
    is_one = conclusion.status == "estimate"
    each = cut_off_of_each(cohort, cut_offs)
    ends = found.ci95 if is_one else conclusion.range
    return Expectancy(bands=bands, cut_offs=expect_at(cohort.score, each, found.r if is_one else nan, ends))
