"""The proposal of new weights: only above its minimum number, and frozen while a group is treated adversely."""

from typing import Any, Final

import numpy as np

from performance.analytics.arrays import Bools, Floats, is_flat
from performance.analytics.cohort import Cohort
from performance.analytics.dimensions import are_independent
from performance.analytics.fairness import impact_ratios, is_frozen
from performance.analytics.minimums import Minimum, more_needed
from performance.analytics.plain import plain
from performance.analytics.weights import WeightStudy, admitted_by, study_weights

# Below, the score is not the weighted mean of its dimensions, and weights are not what to change.
LEAST_FIT: Final = 0.98


def propose_weights(cohort: Cohort, work: Floats, *, seed: int) -> dict[str, Any]:
    """Whether weights are proposed (``status``) and all that a person needs to judge them.

    ``status`` is more_hires_needed, dimensions_dependent, no_scatter, present_weights_unclear, frozen, keep,
    suggestion or recommendation. Fairness is computed as it is and as it would be with the new weights and the
    same number of passes; protected attributes are not read before that.

    Args:
        cohort: everybody.
        work: mean performance, NaN where there is none, shape (n,).
        seed: of the cross-validation.
    """
    complete: Bools = np.logical_and.reduce(np.isfinite(cohort.dimensions), axis=1)
    rated = cohort.hired & ~np.isnan(work) & complete
    n = int(rated.sum())
    answer: dict[str, Any] = {"n": n, "more_needed": more_needed(Minimum.WEIGHTS_SUGGESTED, n)}
    if answer["more_needed"] or not cohort.codes:
        return {"status": "more_hires_needed", **answer}
    everybody = cohort.only(complete)
    if not are_independent(everybody.dimensions) or not are_independent(cohort.dimensions[rated]):
        return {"status": "dimensions_dependent", **answer}
    if is_flat(everybody.score) or is_flat(work[rated]):
        return {"status": "no_scatter", **answer}
    study = study_weights(
        everybody.dimensions, everybody.score, cohort.dimensions[rated], work[rated], seed=seed
    )
    admitted = np.zeros(len(everybody), dtype=bool)
    admitted[admitted_by(study.proposed, everybody.dimensions, int(everybody.passed.sum()))] = True
    before = impact_ratios(cohort.passed, cohort.protected)
    after = impact_ratios(admitted, everybody.protected)
    answer |= {
        "status": _status(study, frozen=is_frozen(before) or is_frozen(after)),
        "adverse": [impact.group for impact in before + after if impact.adverse],
        **_figures(cohort.codes, study),
        "fairness_before": before,
        "fairness_after": after,
        "last_season": _changes(everybody.passed, admitted),
    }
    found: dict[str, Any] = plain(answer)
    return found


def _status(study: WeightStudy, *, frozen: bool) -> str:
    if not study.fit >= LEAST_FIT or not np.isfinite(study.today).all():
        return "present_weights_unclear"
    if not np.isfinite(study.gain):
        return "no_scatter"
    if frozen:
        return "frozen"
    if not study.is_supported:
        return "keep"
    return "recommendation" if study.n >= Minimum.WEIGHTS_RECOMMENDED else "suggestion"


def _figures(codes: tuple[str, ...], study: WeightStudy) -> dict[str, Any]:
    def by_code(weights: Floats) -> dict[str, float]:
        return dict(zip(codes, map(float, weights), strict=True))

    return {
        "today": by_code(study.today),
        "fit": study.fit,
        "best": by_code(study.best),
        "proposed": by_code(study.proposed),
        "p": study.p,
        "gain": study.gain,
        "gain_ci95": (study.gain_low, study.gain_high),
    }


def _changes(passed: Bools, admitted: Bools) -> dict[str, int]:
    """What the proposal would have changed: as many passes, but other persons."""
    return {
        "passes": int(passed.sum()),
        "newly_passing": int((admitted & ~passed).sum()),
        "no_longer_passing": int((passed & ~admitted).sum()),
    }
