"""Who was selected: by the score alone, and only by the bank?"""

from math import nan

import numpy as np
from scipy import stats

from performance.analytics.arrays import Bools, Floats, Integers, is_flat
from performance.analytics.assumptions.check import Check, judged
from performance.analytics.marks import centred_months
from performance.analytics.within import numbered, without_means

# Of all verdicts, or hires: fewer exceptions move no estimate by .02.
EXCEPTIONS = 0.03
# Applicants of a place, so that its best cut-off is not found by chance.
PLACE = 20
SURE = 0.01
# Of the hires: more of them without any mark may be those who did badly.
UNMARKED = 0.10


def check_verdict_order(score: Floats, passed: Bools, *, position: Integers, branch: Integers) -> Check:
    """Do verdicts follow the order of scores, whatever the cut-off of a position or branch is?

    ``value`` is the share of verdicts on the wrong side of the best cut-offs: positions', branches', or
    both together, whichever explain them best.
    """
    if is_flat(score) or passed.all() or not passed.any():
        return judged("verdict_order", "withdrawn", fails=False, value=nan, limit=EXCEPTIONS, n=len(score))
    places = [np.zeros(len(score), dtype=np.int64), position, branch, numbered(position, branch)]
    wide = [place for place in places if len(score) >= PLACE * (int(place.max()) + 1)] or places[:1]
    value = min(misjudged(score, passed, place) for place in wide) / len(score)
    return judged(
        "verdict_order", "withdrawn", fails=value > EXCEPTIONS, value=value, limit=EXCEPTIONS, n=len(score)
    )


def misjudged(score: Floats, passed: Bools, place: Integers) -> int:
    """Verdicts on the wrong side of the best cut-off of each place."""
    order = np.argsort(place, kind="stable")
    places = np.split(order, np.cumsum(np.bincount(place))[:-1])
    return sum(_least_errors(score[here], passed[here]) for here in places)


def best_cut_off(score: Floats, passed: Bools) -> float:
    """The score that separates verdicts best, the lowest of equals; NaN where nobody passed."""
    if not passed.any():
        return nan
    scores, errors = _errors(score, passed)
    return float(scores[int(errors[:-1].argmin())])


def _least_errors(score: Floats, passed: Bools) -> int:
    return int(_errors(score, passed)[1].min()) if len(score) else 0


def _errors(score: Floats, passed: Bools) -> tuple[Floats, Integers]:
    """The different scores, and the wrong verdicts with each as the cut-off; last, with nobody passing."""
    scores, number = np.unique(score, return_inverse=True)
    failed_at = np.bincount(number, ~passed, minlength=len(scores))
    passed_at = np.bincount(number, passed, minlength=len(scores))
    below = np.concatenate([[0], np.cumsum(passed_at)])
    above = np.concatenate([failed_at[::-1].cumsum()[::-1], [0]])
    return scores, (below + above).astype(np.int64)


def check_hired_without_pass(passed: Bools, hired: Bools) -> Check:
    """Are the hired those who passed? ``value`` is the share of the hired who did not."""
    n = int(hired.sum())
    value = float((hired & ~passed).sum() / n) if n and passed.any() else nan
    return judged(
        "hired_without_pass", "withdrawn", fails=value > EXCEPTIONS, value=value, limit=EXCEPTIONS, n=n
    )


def check_best_decline(score: Floats, passed: Bools, hired: Bools, position: Integers) -> Check:
    """Of those who passed, do the better ones begin to work less often?

    ``value`` is the difference of the mean score between those who were hired and those who were not,
    in the same position, in standard deviations.
    """
    here = passed if (hired & passed).any() else hired
    x, came = score[here], hired[here]
    n = len(x)
    if min(came.sum(), (~came).sum()) < PLACE or is_flat(x):
        return judged("best_decline", "range", fails=False, value=nan, limit=0.0, n=n)
    left = without_means(np.stack([x, came.astype(np.float64)], axis=1), numbered(position[here]))
    found = stats.linregress(left[:, 1], left[:, 0])
    value = float(found.slope / left[:, 0].std())
    return judged(
        "best_decline",
        "range",
        fails=value < 0 and bool(found.pvalue < SURE),
        value=value,
        limit=0.0,
        p=float(found.pvalue),
        n=n,
    )


def check_start_order(score: Floats, start: Integers, position: Integers) -> Check:
    """Did better candidates start earlier or later? The model compares within the month of the start.

    ``value`` is the correlation of the start with the score in the same position.
    """
    n = len(score)
    if len(np.unique(start)) < 2 or is_flat(score) or n < PLACE:
        return judged("start_order", "adjusted", fails=False, value=nan, limit=0.1, n=n)
    left = without_means(np.stack([score, start.astype(np.float64)], axis=1), numbered(position))
    if is_flat(left[:, 0]) or is_flat(left[:, 1]):
        return judged("start_order", "adjusted", fails=False, value=nan, limit=0.1, n=n)
    found = stats.pearsonr(left[:, 0], left[:, 1])
    value, p = float(found.statistic), float(found.pvalue)
    return judged(
        "start_order", "adjusted", fails=abs(value) > 0.1 and p < SURE, value=value, limit=0.1, p=p, n=n
    )


def check_attrition(monthly: Floats, strata: Integers, hired: int) -> Check:
    """Have those who left been marked like those who stayed, and has nearly every hire a mark?

    ``value`` is the share of the hired who have no mark, or whose marks ended early and were lower.

    Args:
        monthly: marks of the hired who have any, shape (h, m).
        strata: position and start, shape (h,).
        hired: how many were hired.
    """
    n, months = monthly.shape
    if not hired or not months:
        return judged("attrition", "range", fails=False, value=nan, limit=UNMARKED, n=hired)
    unmarked = 1 - n / hired
    last = months - 1 - (~np.isnan(monthly))[:, ::-1].argmax(axis=1)
    left_early = last < months - 1
    p = nan
    if min(left_early.sum(), (~left_early).sum()) >= 5:
        early = np.nanmean(centred_months(monthly, strata), axis=1)
        with np.errstate(all="ignore"):
            p = float(
                stats.ttest_ind(
                    early[left_early], early[~left_early], equal_var=False, alternative="less"
                ).pvalue
            )
    lower = p < SURE
    value = unmarked + (float(left_early.mean()) * (n / hired) if lower else 0.0)
    return judged("attrition", "range", fails=value > UNMARKED, value=value, limit=UNMARKED, p=p, n=hired)
