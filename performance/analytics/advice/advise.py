"""All rules over one cohort: what is advised, what is held back, and the tables behind both."""

from dataclasses import dataclass

from performance.analytics.advice.order import (
    ChannelOrder,
    FirstChannel,
    compare_first_channels,
    find_order,
)
from performance.analytics.advice.shares import HiringShare, Step, compare_at_equal_score, find_shares
from performance.analytics.advice.understanding import (
    Missed,
    TargetUnderstanding,
    compare_missed,
    find_misunderstood,
)
from performance.analytics.arrays import Floats
from performance.analytics.cohort import Cohort
from performance.analytics.fairness import impact_ratios, is_frozen
from performance.analytics.privacy import Hidden, hide_small

Found = TargetUnderstanding | HiringShare | ChannelOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Findings that stand, findings that an adverse impact holds back, and the tables that the rules looked at."""

    findings: list[Found]
    frozen: list[Found]
    attention: list[Missed | Hidden]
    equal_score: list[Step | Hidden]
    first_channels: list[FirstChannel | Hidden]


def advise(cohort: Cohort, work: Floats, *, seed: int) -> Advice:
    """Ask every rule but that of the weights, which ``proposal.propose_weights`` is.

    Args:
        cohort: everybody.
        work: mean performance, NaN where there is none, shape (n,).
        seed: of what is drawn.
    """
    missed = compare_missed(cohort)
    steps = compare_at_equal_score(cohort, work)
    channels = compare_first_channels(cohort)
    findings: list[Found] = [
        *find_misunderstood(missed),
        *find_shares(cohort, steps, seed=seed),
        *find_order(channels),
    ]
    held = _held_back(cohort, findings)
    return Advice(
        findings=[finding for finding in findings if finding not in held],
        frozen=held,
        attention=hide_small(missed, name_of=lambda row: row.name),
        equal_score=hide_small(steps, name_of=lambda row: row.name, total=int(cohort.hired.sum())),
        first_channels=hide_small(channels, name_of=lambda row: row.channel),
    )


def _held_back(cohort: Cohort, findings: list[Found]) -> list[Found]:
    """Those that would change who passes or is hired, while some group is treated adversely."""
    frozen = is_frozen(impact_ratios(cohort.passed, cohort.protected))
    return [
        finding for finding in findings if finding.fairness.affected and (frozen or finding.fairness.adverse)
    ]
