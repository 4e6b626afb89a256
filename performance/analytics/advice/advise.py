"""All rules over one cohort: what is compared, what is advised, what is held back."""

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
from performance.analytics.arrays import Floats, is_known
from performance.analytics.cohort import Cohort
from performance.analytics.fairness import impact_ratios, is_frozen
from performance.analytics.family import adjusted, level_of_one
from performance.analytics.groups import Group
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """What the rules compare, before or after it was judged together."""

    missed: list[Missed]
    steps: list[Step]
    channels: list[FirstChannel]

    def p_values(self) -> list[list[float]]:
        """Of each rule."""
        return [[row.p for row in rows] for rows in (self.missed, self.steps, self.channels)]

    def judged(self, q_values: list[list[float]], *, level: float) -> "Comparisons":
        """With the q of each, in the order of ``p_values``."""
        missed, steps, channels = q_values
        return Comparisons(
            missed=[row.judged(q, level=level) for row, q in zip(self.missed, missed, strict=True)],
            steps=[row.judged(q, level=level) for row, q in zip(self.steps, steps, strict=True)],
            channels=[row.judged(q, level=level) for row, q in zip(self.channels, channels, strict=True)],
        )


def compare(cohort: Cohort, work: Floats) -> Comparisons:
    """What every rule looks at, but that of the weights, which ``proposal.propose_weights`` is.

    Args:
        cohort: everybody.
        work: mean performance, NaN where there is none, shape (n,).
    """
    return Comparisons(
        missed=compare_missed(cohort),
        steps=compare_at_equal_score(cohort, work),
        channels=compare_first_channels(cohort),
    )


def judge_together(
    groups: list[Group], found: Comparisons, *, share: float
) -> tuple[list[Group], Comparisons]:
    """Everything that an analysis tests as one family: each row with its q, and what would have been found.

    Args:
        groups: whether the score means the same for each.
        found: what the rules look at.
        share: of the error rate (``family.share_of``).
    """
    p_values = [[group.p for group in groups], *found.p_values()]
    q_of_groups, *q_values = adjusted(p_values, share=share)
    level = level_of_one(sum(is_known(p) for rule in p_values for p in rule), share=share)
    judged = [group.judged(q, level=level) for group, q in zip(groups, q_of_groups, strict=True)]
    return judged, found.judged(q_values, level=level)


def advise(cohort: Cohort, found: Comparisons, *, seed: int, is_confounded: bool = False) -> Advice:
    """Ask every rule what it makes of what was compared.

    Args:
        cohort: everybody.
        found: judged.
        seed: of what is drawn.
        is_confounded: the whole contradicts its branches or positions; then nobody's hiring changes.
    """
    missed, steps, channels = found.missed, found.steps, found.channels
    findings: list[Found] = [
        *find_misunderstood(missed),
        *([] if is_confounded else find_shares(cohort, steps, seed=seed)),
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
