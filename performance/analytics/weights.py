"""Whether other weights of the dimensions would predict the work better, and how sure that is.

Optimal weights of one season are mostly luck, so the proposal goes half-way from today's to the
best ones (a fixed shrinkage in the spirit of Stein 1956 and of Wainer 1976, Psychol. Bull. 83,
213-217), is judged on persons who did not take part in choosing it, and is made only when today's
weights are refuted by the usual F test. Protected attributes are never read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import numpy as np
from scipy import stats

from performance.analytics.arrays import ROUNDING, Floats, Integers
from performance.analytics.restriction import lawley

SHRINKAGE = 0.5
# Stricter than the usual .05: to change the interview for a whole bank costs more than to wait a season.
SIGNIFICANT = 0.025
FOLDS, REPEATS = 5, 20


@dataclass(frozen=True, slots=True)
class WeightStudy:
    """Today's weights against others, each adding up to 1.

    Attributes:
        n: hired persons with records.
        today: weights that the present score has, found from the applicants.
        fit: share of the score's variance that these weights explain; below .98 they are not its rule.
        best: what this season alone would choose.
        proposed: half-way from today's to the best.
        p: F test that today's weights predict as well as free ones.
        gain: cross-validated gain of the proposal in the correlation corrected for selection.
        gain_low: lower end of its 95% interval.
        gain_high: upper end.
    """

    n: int
    today: Floats
    fit: float
    best: Floats
    proposed: Floats
    p: float
    gain: float
    gain_low: float
    gain_high: float

    def is_supported(self, *, share: float = 1.0) -> bool:
        """Whether today's weights are refuted and the proposal is better for persons it has not seen.

        ``share`` is the part of the error rate that the analysis may spend (``family.share_of``).
        """
        return self.p < SIGNIFICANT * share and self.gain > 0


def study_weights(
    everybody: Floats, score: Floats, hired: Floats, work: Floats, *, seed: int, cost: float = 0.0
) -> WeightStudy:
    """Compare today's weights with others.

    Args:
        everybody: dimensions of all applicants, shape (n, p).
        score: their interview scores, shape (n,).
        hired: dimensions of hired persons with records, without what is taken out of both, shape (h, p).
        work: their performance, shape (h,).
        seed: of the cross-validation's folds.
        cost: degrees of freedom that were taken out before.
    """
    today, fit = present_weights(everybody, score)
    best = best_weights(hired, work, today)
    gains = np.array(list(_gains(np.atleast_2d(np.cov(everybody.T)), hired, work, today, seed=seed)))
    gain = float(gains.mean())
    # Folds share persons: Nadeau & Bengio 2003, Machine Learning 52, 239-281.
    error = float(np.sqrt(gains.var(ddof=1) * (1 / len(gains) + 1 / (FOLDS - 1))))
    half = float(stats.t.ppf(0.975, len(gains) - 1)) * error
    return WeightStudy(
        n=len(work),
        today=today,
        fit=fit,
        best=best,
        proposed=half_way(today, best),
        p=today_suffices_p(hired, work, today, cost=cost),
        gain=gain,
        gain_low=gain - half,
        gain_high=gain + half,
    )


def present_weights(dimensions: Floats, score: Floats) -> tuple[Floats, float]:
    """The weights by which the score is made of the dimensions, adding up to 1, and how well they fit."""
    centred = dimensions - dimensions.mean(axis=0)
    target = score - score.mean()
    weights = np.linalg.lstsq(centred, target)[0]
    fit = 1 - ((target - centred @ weights) ** 2).sum() / (target**2).sum()
    total = weights.sum()
    if not abs(total) > ROUNDING * np.abs(weights).sum():
        return np.full_like(weights, np.nan), float(fit)
    return weights / total, float(fit)


def best_weights(dimensions: Floats, work: Floats, today: Floats) -> Floats:
    """Least-squares weights, negative ones at 0 (a better interview never counts against anybody).

    Selection on the score leaves the regression of work on the dimensions as it is.
    """
    centred = dimensions - dimensions.mean(axis=0)
    weights = np.clip(np.linalg.lstsq(centred, work - work.mean())[0], 0, None)
    return weights / weights.sum() if weights.sum() > ROUNDING else today


def half_way(today: Floats, best: Floats) -> Floats:
    """Today's weights moved towards the best ones by ``SHRINKAGE``."""
    moved: Floats = today + SHRINKAGE * (best - today)
    return moved


def today_suffices_p(dimensions: Floats, work: Floats, today: Floats, *, cost: float = 0.0) -> float:
    """P of the F test of the regression on today's composite within the one on all dimensions.

    NaN for a single dimension, which has no other weights, and where the dimensions leave nothing unexplained.
    """
    h, p = dimensions.shape
    centred = dimensions - dimensions.mean(axis=0)
    target = work - work.mean()
    left = target - centred @ np.linalg.lstsq(centred, target)[0]
    if p < 2 or left @ left <= ROUNDING * (target @ target):
        return nan
    composite = centred @ today
    left_today = target - composite * (composite @ target) / (composite @ composite)
    freedom = h - p - 1 - cost
    if freedom < 1:
        return nan
    f = ((left_today @ left_today - left @ left) / (p - 1)) / (left @ left / freedom)
    return float(stats.f.sf(f, p - 1, freedom))


def admitted_by(weights: Floats, dimensions: Floats, number: int) -> Integers:
    """Rows of the ``number`` best by these weights; equal ones in their order."""
    return np.sort(np.argsort(-(dimensions @ weights), kind="stable")[:number])


def _gains(spread: Floats, hired: Floats, work: Floats, today: Floats, *, seed: int) -> Iterator[float]:
    generator = np.random.default_rng(seed)
    for _ in range(REPEATS):
        order = generator.permutation(len(work))
        for fold in np.array_split(order, FOLDS):
            learn = np.ones(len(work), dtype=bool)
            learn[fold] = False
            proposal = half_way(today, best_weights(hired[learn], work[learn], today))
            yield _validity(proposal, spread, hired[fold], work[fold]) - _validity(
                today, spread, hired[fold], work[fold]
            )


def _validity(weights: Floats, spread: Floats, hired: Floats, work: Floats) -> float:
    """Correlation of a composite with the work, corrected for selection, on these persons."""
    covariance = np.cov(np.column_stack([hired, work]).T)
    free = lawley(
        selected_xx=covariance[:-1, :-1],
        selected_xy=covariance[:-1, -1],
        selected_yy=covariance[-1, -1],
        all_xx=spread,
    )
    return float(weights @ free.with_y / np.sqrt(weights @ spread @ weights * free.of_y))
