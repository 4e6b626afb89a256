"""How the months were marked: each by itself, with room at the top, and without a look at the score?"""

from math import nan, sqrt

import numpy as np
from scipy import stats

from performance.analytics.arrays import Floats, is_flat
from performance.analytics.assumptions.check import Check, judged
from performance.analytics.marks import APART, Marks

SURE = 0.01
# Next months are less apart than distant ones by this share of it.
CLOSER = 0.10
# So many more next months are equal than distant ones.
COPIED = 0.10
AT_THE_EDGE = 0.10
# Reliability of a single month; marks of people for people stay well below (Viswesvaran et al. 1996, J. Appl.
# Psychol. 81, 557-574: .52 between raters, .81 within one).
HARDLY_CHANGE = 0.90
FEWEST = 30


def check_months_independent(centred: Floats) -> Check:
    """Are next months no more alike than distant ones? ``value`` is how much closer they are, of 1.

    Args:
        centred: marks about the month's mean, shape (h, m).
    """
    near, far = _apart(centred, 1, 1), _apart(centred, APART, centred.shape[1] - 1)
    both = np.isfinite(near) & np.isfinite(far)
    n = int(both.sum())
    if n < FEWEST or is_flat(far[both]):
        return judged("months_independent", "range", fails=False, value=nan, limit=CLOSER, n=n)
    difference = far[both] - near[both]
    p = float(stats.ttest_1samp(difference, 0.0, alternative="greater").pvalue)
    value = float(difference.mean() / far[both].mean())
    return judged(
        "months_independent", "range", fails=value > CLOSER and p < SURE, value=value, limit=CLOSER, p=p, n=n
    )


def check_months_copied(monthly: Floats) -> Check:
    """Are next months equal no more often than distant ones? ``value`` is the difference of shares."""
    near, far = _equal(monthly, 1, 1), _equal(monthly, APART, monthly.shape[1] - 1)
    value = near - far
    return judged("months_copied", "range", fails=value > COPIED, value=value, limit=COPIED, n=len(monthly))


def check_marks_hardly_change(centred: Floats) -> Check:
    """Do a person's months differ as work does? ``value`` is the reliability of a single month (halo)."""
    n = len(centred)
    far = _apart(centred, min(APART, centred.shape[1] - 1), centred.shape[1] - 1)
    total = float(np.nanvar(centred)) if n else nan
    with np.errstate(all="ignore"):
        value = 1 - float(np.nanmean(far)) / total if np.isfinite(far).any() and total > 0 else nan
    return judged(
        "marks_hardly_change", "range", fails=value > HARDLY_CHANGE, value=value, limit=HARDLY_CHANGE, n=n
    )


def check_ceiling(monthly: Floats) -> Check:
    """Is there room above the best marks and below the worst? ``value`` is the share of months at the fuller edge."""
    known = monthly[~np.isnan(monthly)]
    if len(known) < FEWEST or is_flat(known):
        return judged("ceiling", "range", fails=False, value=nan, limit=AT_THE_EDGE, n=len(monthly))
    value = float(max((known == known.max()).mean(), (known == known.min()).mean()))
    return judged(
        "ceiling", "range", fails=value > AT_THE_EDGE, value=value, limit=AT_THE_EDGE, n=len(monthly)
    )


def check_known_score(marks: Marks, attainment: Floats) -> Check:
    """Do marks follow the score no more than figures do that nobody judges?

    Marks and target attainment show the same work. What they have in common, over the true variance of
    the marks, is how attainment follows work; by it the score's covariance with the marks foretells the one
    with attainment. Where managers mark by a score they know, that is too much. ``value`` is the share
    of the marks' covariance that attainment does not confirm.

    Args:
        marks: of the hired.
        attainment: of the same, without position and branch, NaN where unknown, shape (h,).
    """
    known = np.isfinite(attainment) & np.isfinite(marks.noise)
    n = int(known.sum())
    x, y, a = marks.within.x[known], marks.within.y[known], attainment[known]
    if n < max(FEWEST, len(known) / 2) or any(map(is_flat, (x, y, a))):
        return judged("known_score", "withdrawn", fails=False, value=nan, limit=0.2, n=n)
    true = y * y - marks.noise[known]
    rows = np.stack([x * y, x * a, y * a, true], axis=1)
    if not rows[:, 3].mean() > 0.1 * (y * y).mean() or not rows[:, 2].mean() > 0:
        return judged("known_score", "withdrawn", fails=False, value=nan, limit=0.2, n=n)

    def excess(sums: Floats) -> Floats:
        xy, xa, ya, yy = np.moveaxis(sums, -1, 0)
        found: Floats = xy - xa * yy / ya
        return found

    totals = rows.sum(axis=0)
    found, left_out = float(excess(totals)), excess(totals - rows)
    error = sqrt((n - 1) * float(left_out.var())) * (n / (n - 1))
    p = float(stats.norm.sf(found / error)) if error > 0 else nan
    value = found / abs(float(totals[0])) if totals[0] else nan
    return judged(
        "known_score", "withdrawn", fails=value > 0.2 and p < SURE, value=value, limit=0.2, p=p, n=n
    )


def check_steady_validity(x: Floats, centred: Floats) -> Check:
    """Does the score tell as much of the last months as of the first?

    ``value`` is the change of the slope over all months, of the mean slope.
    """
    months = centred.shape[1]
    trend = np.arange(months) - (months - 1) / 2
    known = ~np.isnan(centred)
    each = np.nansum(centred * trend, axis=1)
    full = known.all(axis=1)
    n = int(full.sum())
    if months < 2 or n < FEWEST or is_flat(x[full]) or is_flat(each[full]):
        return judged("steady_validity", "range", fails=False, value=nan, limit=0.5, n=n)
    found = stats.linregress(x[full], each[full] / (trend**2).sum())
    mean = stats.linregress(x[full], centred[full].mean(axis=1))
    value = float(found.slope * (months - 1) / mean.slope) if mean.slope else nan
    p = float(found.pvalue)
    return judged(
        "steady_validity", "range", fails=abs(value) > 0.5 and p < SURE, value=value, limit=0.5, p=p, n=n
    )


def _apart(centred: Floats, least: int, most: int) -> Floats:
    """Half the mean squared difference of a person's months so far apart, NaN without two, shape (h,)."""
    total, number = np.zeros(len(centred)), np.zeros(len(centred))
    for lag in range(max(least, 1), most + 1):
        squares = (centred[:, lag:] - centred[:, :-lag]) ** 2 / 2
        total += np.nansum(squares, axis=1)
        number += (~np.isnan(squares)).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _equal(monthly: Floats, least: int, most: int) -> float:
    """Share of pairs of months so far apart that are equal; NaN without any."""
    equal = number = 0
    for lag in range(least, most + 1):
        differences = monthly[:, lag:] - monthly[:, :-lag]
        number += int((~np.isnan(differences)).sum())
        equal += int((differences == 0).sum())
    return equal / number if number >= FEWEST else nan
