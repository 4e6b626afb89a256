"""The validity of the interview for a position, over all positions: the estimate that the page stands for.

Selection on the score leaves two things as they are among the hired of one position: the slope of
performance on score, and the scatter about it. With s the slope times the applicants' spread, over that
scatter without the noise of the marks, the validity is s / sqrt(1 + s²): Thorndike's case II and the
correction for unreliability in one (see ``restriction``). s is linear in the slope, so positions are
averaged on s, which a small position does not bend, and its sampling error is nearly normal. Positions
are weighted by what they know (n u²), so that a few small ones do not bend the mean, and the interval
holds how much they truly differ (random effects with fixed weights: Henmi & Copas 2010, Stat. Med. 29,
2969-2983; the variance is that of DerSimonian & Laird 1986, Control. Clin. Trials 7, 177-188).
"""

from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np
from scipy import stats

from performance.analytics.arrays import UNKNOWN, Bools, Figure, Floats, Integers, Interval, Texts, is_flat
from performance.analytics.bootstrap import PersonRows
from performance.analytics.marks import Marks
from performance.analytics.minimums import Minimum
from performance.analytics.within import numbered, without_means

# Of the scatter about the line: less of it would be true, and the estimate near 1.
LEAST_TRUE = 0.05
# Columns of the sums of one stratum, of applicants and of the rated.
_ALL, _RATED = 3, 8
# Positions with fewer hires are taken together.
SEPARATE = int(Minimum.GROUP)
OTHERS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionValidity:
    """One position, or all small ones together (``OTHERS``); ``n`` hires with records."""

    position: str
    n: int
    u: Figure
    r: Figure
    ci95: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationalValidity:
    """Over all positions.

    Attributes:
        r: mean operational validity of a position; NaN without a value.
        ci95: its interval, with what positions differ.
        for_position: 95% prediction interval of the validity of one position; unknown below three.
        reliability: of the mean mark, inside positions and branches.
        tau: standard deviation between positions, on s.
        heterogeneity_p: Cochran's test that positions do not differ (1954, Biometrics 10, 101-129).
        branch_share: how much of the difference between branches counts, 0 to 1.
        positions: each alone.
    """

    r: Figure = nan
    ci95: Interval = UNKNOWN
    for_position: Interval = UNKNOWN
    reliability: Figure = nan
    tau: Figure = nan
    heterogeneity_p: Figure = nan
    branch_share: Figure = nan
    positions: list[PositionValidity] = field(default_factory=list)


def estimate_operational(score: Floats, marks: Marks, *, position: Texts) -> OperationalValidity:
    """The estimate with its intervals by the jackknife; arguments as in ``mark``."""
    within = marks.within
    if is_flat(within.x) or is_flat(within.y) or within.freedom < SEPARATE or np.isnan(marks.noise).all():
        return OperationalValidity(branch_share=within.branch_share)
    stratum, names = _separate(position, marks.rated)
    rows = _person_rows(score, marks, position, stratum, len(names))
    freedom = within.freedom / len(within.x)
    found = _signals(rows.totals(), len(names), freedom)
    left_out = _signals(rows.left_out(), len(names), freedom)[0]
    signal, information = found[0], found[1]
    usable = np.isfinite(signal) & np.isfinite(information) & (information > 0)
    if not usable.any():
        return OperationalValidity(branch_share=within.branch_share)
    spread = np.array([_jackknife(column) for column in left_out.T])
    pooled = _pool(signal[usable], spread[usable], information[usable], left_out[:, usable])
    sizes = np.bincount(stratum[marks.rated] + 1, minlength=len(names) + 1)[1:]
    positions = [
        PositionValidity(
            position=name,
            n=int(sizes[number]),
            u=float(found[2][number]),
            r=as_validity(float(signal[number])),
            ci95=_ends(float(signal[number]), sqrt(spread[number]), sizes[number] - 2),
        )
        for number, name in enumerate(names)
    ]
    return _described(pooled, positions, len(within.x), float(found[3]), within.branch_share)


def as_validity(signal: float) -> float:
    """Correlation of a slope over its scatter: s / sqrt(1 + s²)."""
    return signal / sqrt(1 + signal**2)


def as_signal(validity: float) -> float:
    """A slope over its scatter of a correlation: r / sqrt(1 - r²)."""
    return validity / sqrt(1 - validity**2)


@dataclass(frozen=True, slots=True)
class _Pooled:
    signal: float
    sampling: float
    between: float
    tau_squared: float
    heterogeneity_p: float
    number: int


def _separate(position: Texts, rated: Bools) -> tuple[Integers, list[str]]:
    """Number of the stratum of each applicant, -1 for none, and the names: large positions, then all others."""
    codes, counts = np.unique(position[rated], return_counts=True)
    large = [str(code) for code, n in zip(codes, counts, strict=True) if n >= SEPARATE]
    rest = len(position[rated]) - int(counts[counts >= SEPARATE].sum())
    names = large if large and rest < Minimum.UNIT else [*large, OTHERS]
    found = np.full(len(position), names.index(OTHERS) if OTHERS in names else -1, dtype=np.int64)
    for number, name in enumerate(large):
        found[position == name] = number
    return found, names


def _person_rows(score: Floats, marks: Marks, position: Texts, stratum: Integers, count: int) -> PersonRows:
    """Blocks of sums, one block a stratum: of applicants 1, x, x²; of the rated 1, x, x², y, y², xy, noise."""
    x = without_means(score, numbered(position))
    everybody = np.stack([np.ones_like(x), x, x**2], axis=1)
    within, noise = marks.within, marks.noise
    known = ~np.isnan(noise)
    rated = np.stack(
        [
            *(np.ones_like(within.x), within.x, within.x**2, within.y, within.y**2, within.x * within.y),
            *(known.astype(np.float64), np.where(known, noise, 0.0)),
        ],
        axis=1,
    )
    return PersonRows(
        _blocks(everybody, stratum, count), _blocks(rated, stratum[marks.rated], count), marks.rated
    )


def _blocks(rows: Floats, stratum: Integers, count: int) -> Floats:
    found = np.zeros((len(rows), count, rows.shape[1]))
    some = np.flatnonzero(stratum >= 0)
    found[some, stratum[some]] = rows[some]
    return found.reshape(len(rows), -1)


def _signals(sums: Floats, count: int, freedom: float) -> tuple[Floats, Floats, Floats, Floats]:
    """s, n u², u of each stratum, shape (..., count), and the reliability over all, shape (...)."""
    everybody = sums[..., : _ALL * count].reshape(*sums.shape[:-1], count, _ALL)
    rated = sums[..., _ALL * count :].reshape(*sums.shape[:-1], count, _RATED)
    n, x, xx = np.moveaxis(everybody, -1, 0)
    h, rx, rxx, ry, ryy, rxy, known, noise = np.moveaxis(rated, -1, 0)
    with np.errstate(all="ignore"):
        spread = (xx - x**2 / n) / (n - 1)
        sxx, syy, sxy = rxx - rx**2 / h, ryy - ry**2 / h, rxy - rx * ry / h
        slope = sxy / sxx
        left = np.maximum(h * freedom - 1, 1)
        scatter = (syy - slope * sxy) / left
        noisy = (noise.sum(axis=-1) / known.sum(axis=-1))[..., None]
        true = np.maximum(scatter - noisy, LEAST_TRUE * scatter)
        small = 1 - 3 / (4 * np.maximum(left, 2))
        signal = small * slope * np.sqrt(spread / true)
        u = np.sqrt(sxx / (h * freedom) / spread)
        reliability = 1 - noisy[..., 0] / (syy.sum(axis=-1) / (h.sum(axis=-1) * freedom))
        return signal, h * freedom * u**2, u, reliability


def _jackknife(left_out: Floats) -> float:
    """Sampling variance of a figure from its values without each person (Tukey 1958)."""
    known = left_out[np.isfinite(left_out)]
    if len(known) < 2:
        return nan
    return float((len(known) - 1) * known.var())


def _pool(signal: Floats, spread: Floats, information: Floats, left_out: Floats) -> _Pooled:
    """The mean over positions; weights do not depend on the estimates themselves, which would bias it."""
    noise = float(np.median(spread * information)) / information
    fixed = 1 / noise
    mean = float((fixed * signal).sum() / fixed.sum())
    scale = fixed.sum() - (fixed**2).sum() / fixed.sum()
    heterogeneity = float((fixed * (signal - mean) ** 2).sum())
    several = len(signal) - 1
    tau_squared = max(0.0, (heterogeneity - several) / float(scale)) if several and scale > 0 else 0.0
    weights = fixed / fixed.sum()
    return _Pooled(
        signal=float(weights @ signal),
        sampling=_jackknife(left_out @ weights),
        between=tau_squared * float((weights**2).sum()),
        tau_squared=tau_squared,
        heterogeneity_p=float(stats.chi2.sf(heterogeneity, several)) if several else nan,
        number=len(signal),
    )


def _described(
    pooled: _Pooled, positions: list[PositionValidity], n: int, reliability: float, branch_share: float
) -> OperationalValidity:
    """Interval by Satterthwaite's degrees of freedom; the mean without what bending the scale adds to it."""
    variance = pooled.sampling + pooled.between
    freedom = n - 2.0
    if pooled.between > 0:
        parts = pooled.sampling**2 / (n - 2) + pooled.between**2 / (pooled.number - 1)
        freedom = variance**2 / parts
    s = pooled.signal
    bent = 1.5 * s * (1 + s**2) ** -2.5 * variance
    wide = sqrt(pooled.tau_squared + variance)
    return OperationalValidity(
        r=max(-1.0, min(1.0, as_validity(s) + bent)),
        ci95=_ends(s, sqrt(variance), freedom),
        for_position=_ends(s, wide, pooled.number - 2) if pooled.number > 2 else UNKNOWN,
        reliability=reliability,
        tau=sqrt(pooled.tau_squared),
        heterogeneity_p=pooled.heterogeneity_p,
        branch_share=branch_share,
        positions=positions,
    )


def _ends(signal: float, error: float, freedom: float) -> Interval:
    if not error > 0 or not freedom >= 1:
        return UNKNOWN
    half = float(stats.t.ppf(0.975, freedom)) * error
    return as_validity(signal - half), as_validity(signal + half)
