"""Which channel to write to first, where people left because nothing reached them in time.

By the channel that was written to first, the share of notices not read within a day; each other
channel against the one that most were written to first, by a two-proportion test, with Benjamini
and Hochberg's correction. What channel somebody has is no accident, so this is a question for
people who know the plan, never a change by itself.
"""

from dataclasses import dataclass, replace
from math import nan
from typing import Final, Literal

import numpy as np
from scipy import stats

from performance.analytics.advice.finding import FIRES_BELOW, NOT_AFFECTED, Finding, strength_of
from performance.analytics.arrays import Figure, Interval
from performance.analytics.cohort import Cohort
from performance.analytics.family import detectable
from performance.analytics.minimums import SHOWN, Minimum
from performance.analytics.proportions import newcombe_interval, pooled_error, wilson_interval

# Shares of a hundred: a smaller difference is not worth another plan.
LEAST_DIFFERENCE: Final = 0.05
# So many must have left without having read a word before anybody speaks of it.
LEAST_LEFT: Final = SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstChannel:
    """Those who were written to by one channel first.

    Attributes:
        channel: its code.
        n: persons.
        missed: who had not read the notice in time.
        share: missed of n, with its interval ``ci95``.
        left: whose offer ended without being read.
        is_present: most persons were written to by this channel first.
        difference: share minus that of the present channel, with its interval ``difference_ci95``.
        p: two-sided; NaN for the present channel and where there are too few.
        q: p adjusted for everything that the analysis tests.
        detectable: the smallest difference of shares that would have been found four times in five.
    """

    channel: str
    n: int
    missed: int
    share: Figure
    ci95: Interval
    left: int
    is_present: bool
    difference: Figure = nan
    difference_ci95: Interval = (nan, nan)
    p: Figure = nan
    q: Figure = nan
    error: Figure = nan
    detectable: Figure = nan

    def judged(self, q: float, *, level: float) -> "FirstChannel":
        """With its q, and what would have been found at this level."""
        return replace(self, q=q, detectable=detectable(self.error, level=level))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContent:
    """Channels by code."""

    first: str
    instead_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvidence:
    """The present first channel, and the one that fewer missed their notice by."""

    present_n: int
    present_missed: int
    present_share: float
    present_ci95: Interval
    left_unread: int
    n: int
    missed: int
    share: float
    ci95: Interval
    difference: float
    difference_ci95: Interval
    p: float
    q: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """How many more would have read their notice in time."""

    notices: int
    more_in_time: float
    ci95: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOrder(Finding):
    """Another channel should come first."""

    kind: Literal["channel_order"] = "channel_order"
    content: OrderContent
    evidence: OrderEvidence
    last_season: OrderChange


def compare_first_channels(cohort: Cohort) -> list[FirstChannel]:
    """Every channel by which at least ``SHOWN`` were written to first, the most used one first."""
    if cohort.first_channel is None or cohort.in_time is None or cohort.left_unread is None:
        return []
    found = []
    for channel in np.unique(cohort.first_channel[cohort.first_channel != ""]).tolist():
        here = cohort.first_channel == channel
        n, missed = int(here.sum()), int((here & ~cohort.in_time).sum())
        if n >= SHOWN:
            row = FirstChannel(
                channel=channel,
                n=n,
                missed=missed,
                share=missed / n,
                ci95=wilson_interval(missed, n),
                left=int((here & cohort.left_unread).sum()),
                is_present=False,
            )
            found.append(row)
    found.sort(key=lambda row: (-row.n, row.channel))
    return _judged([replace(row, is_present=not number) for number, row in enumerate(found)])


def find_order(rows: list[FirstChannel]) -> list[ChannelOrder]:
    """At most one advice: the channel with the smallest share, if it is truly smaller than the present one's."""
    if not rows or rows[0].left < LEAST_LEFT:
        return []
    better = [row for row in rows[1:] if row.q < FIRES_BELOW and -row.difference >= LEAST_DIFFERENCE]
    if not better:
        return []
    return [_finding(rows[0], min(better, key=lambda row: (row.share, row.channel)))]


def _judged(rows: list[FirstChannel]) -> list[FirstChannel]:
    if not rows or rows[0].n < Minimum.GROUP:
        return rows
    present, *others = rows
    tested = [row for row in others if row.n >= Minimum.GROUP]
    judged = {
        row.channel: replace(
            row,
            difference=row.share - present.share,
            difference_ci95=newcombe_interval((row.missed, row.n), (present.missed, present.n)),
            p=_p(row, present),
            error=pooled_error((row.missed, row.n), (present.missed, present.n)),
        )
        for row in tested
    }
    return [judged.get(row.channel, row) for row in rows]


def _p(row: FirstChannel, present: FirstChannel) -> float:
    """Two-sided p of equal shares, the pooled z test; 1 where both are all or nothing."""
    error = pooled_error((row.missed, row.n), (present.missed, present.n))
    return float(2 * stats.norm.sf(abs(row.share - present.share) / error)) if error else 1.0


def _finding(present: FirstChannel, better: FirstChannel) -> ChannelOrder:
    low, high = better.difference_ci95
    return ChannelOrder(
        subject=better.channel,
        strength=strength_of(better.n),
        content=OrderContent(first=better.channel, instead_of=present.channel),
        evidence=OrderEvidence(
            present_n=present.n,
            present_missed=present.missed,
            present_share=present.share,
            present_ci95=present.ci95,
            left_unread=present.left,
            n=better.n,
            missed=better.missed,
            share=better.share,
            ci95=better.ci95,
            difference=better.difference,
            difference_ci95=better.difference_ci95,
            p=better.p,
            q=better.q,
        ),
        fairness=NOT_AFFECTED,
        last_season=OrderChange(
            notices=present.n,
            more_in_time=-better.difference * present.n,
            ci95=(-high * present.n, -low * present.n),
        ),
    )
