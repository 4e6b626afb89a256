"""Where candidates drop out on the way from the interview to the first day, by the channel that reached them."""

from dataclasses import dataclass
from math import nan

import numpy as np

from performance.analytics.arrays import Figure, Floats, Integers, Interval, Texts
from performance.analytics.minimums import SHOWN
from performance.analytics.proportions import wilson_interval

STAGES = ("interviewed", "passed", "notified", "read", "replied", "accepted", "hired")
# Seasons before this portal know nothing of notices.
WITHOUT_NOTICES = ("interviewed", "passed", "hired")


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: who came so far, as a share of those who were at the stage before."""

    stage: str
    n: int
    share: Figure
    ci95: Interval


@dataclass(frozen=True, slots=True)
class ChannelFunnel:
    """The stages of those reached by one channel first; hours from sending to reply, NaN without any."""

    channel: str
    n: int
    steps: list[Step]
    median_hours_to_reply: Figure


def count_steps(reached: Integers, *, stages: tuple[str, ...] = STAGES) -> list[Step]:
    """One step for each of the stages.

    Args:
        reached: number of the last of ``STAGES`` that each person came to, shape (n,).
        stages: those to show.
    """
    counts = [int((reached >= STAGES.index(stage)).sum()) for stage in stages]
    before = [len(reached), *counts]
    return [
        Step(stage, n, n / earlier if earlier else nan, wilson_interval(n, earlier))
        for stage, n, earlier in zip(stages, counts, before, strict=False)
    ]


def by_channel(reached: Integers, channel: Texts, hours: Floats) -> list[ChannelFunnel]:
    """The funnel of each channel with at least ``SHOWN`` persons; "" is nobody's channel.

    Args:
        reached: number of the last of ``STAGES`` that each person came to, shape (n,).
        channel: the first channel that reached the person, shape (n,).
        hours: from the notice to the reply, NaN without one, shape (n,).
    """
    found = []
    for name in np.unique(channel[channel != ""]):
        here = channel == name
        if (n := int(here.sum())) < SHOWN:
            continue
        replied = hours[here & ~np.isnan(hours)]
        median = float(np.median(replied)) if len(replied) >= SHOWN else nan
        found.append(ChannelFunnel(str(name), n, count_steps(reached[here]), median))
    return found
