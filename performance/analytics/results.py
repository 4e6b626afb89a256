"""What an analysis found, as it is stored and shown: a tree of figures, with the words of the field."""

from dataclasses import dataclass, field
from math import nan
from typing import Annotated

from pydantic import Field

from performance.analytics.advice.order import ChannelOrder, FirstChannel
from performance.analytics.advice.shares import HiringShare
from performance.analytics.advice.shares import Step as AtEqualScore
from performance.analytics.advice.understanding import Missed, TargetUnderstanding
from performance.analytics.anomalies import Anomalies
from performance.analytics.arrays import Figure, Interval
from performance.analytics.assumptions.checking import Conclusion
from performance.analytics.attainment import Attainment
from performance.analytics.dimensions import Dimension
from performance.analytics.drift import Shift, Spread
from performance.analytics.expectancy import Expectancy
from performance.analytics.fairness import Impact
from performance.analytics.funnel import ChannelFunnel, Step
from performance.analytics.groups import Group
from performance.analytics.operational import OperationalValidity
from performance.analytics.outcomes import Earlier, OutcomeRow
from performance.analytics.privacy import Hidden
from performance.analytics.proposal import (
    ComparedProposal,
    DimensionWeights,
    Proposal,
)
from performance.analytics.randomised_band import Band
from performance.analytics.scatter import Scatter
from performance.analytics.units import Unit
from performance.analytics.validity import Validity
from performance.analytics.warnings import (
    Caution,
)

Advised = Annotated[
    DimensionWeights | TargetUnderstanding | HiringShare | ChannelOrder, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class Before:
    """Earlier seasons of the same place and position, the oldest first: scores, and work.

    ``outcomes`` are those of the last one, by code.
    """

    scores: list[Spread] = field(default_factory=list)
    work: list[Spread] = field(default_factory=list)
    outcomes: dict[str, Earlier] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """The score that separates a position's verdicts best; not the lowest pass, which may be an exception."""

    position: str
    n: int
    cut_off: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Fisher:
    """Intervals by Fisher's z."""

    naive_r: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """From the interview to the first day, for all and by channel."""

    steps: list[Step]
    channels: list[ChannelFunnel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What later seasons are held against."""

    scores: Spread
    work: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Shifts against the first season or version."""

    seasons: list[Shift]
    versions: list[Shift]
    work: list[Shift]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Validity):
    """The whole analysis; docs/analysis.md describes the figures. Below ``SHOWN`` applicants it has only warnings."""

    n_applicants: int | None = None
    n_hired: int | None = None
    n_performance: int | None = None
    cut_off: Figure = nan
    cut_offs: list[CutOff] = field(default_factory=list)
    operational: OperationalValidity | None = None
    conclusion: Conclusion | None = None
    expectancy: Expectancy | None = None
    fisher95: Fisher | None = None
    spearman: Figure = nan
    pooled_r: Figure = nan
    within_branch_r: Figure = nan
    within_branch_detectable: Figure = nan
    simpson_warning: bool = False
    dimensions: list[Dimension] = field(default_factory=list)
    groups: list[Group | Hidden] = field(default_factory=list)
    units: list[Unit | Hidden] = field(default_factory=list)
    anomalies: Anomalies | None = None
    fairness: list[Impact | Hidden] = field(default_factory=list)
    weights: ComparedProposal | Proposal | None = None
    funnel: Funnel | None = None
    summary: Summary | None = None
    drift: Drift | None = None
    just_below_cut: list[Band] = field(default_factory=list)
    targets: list[Attainment] = field(default_factory=list)
    outcomes: list[OutcomeRow] = field(default_factory=list)
    scatter: Scatter | None = None
    recommendations: list[Advised] = field(default_factory=list)
    attention: list[Missed | Hidden] = field(default_factory=list)
    equal_score: list[AtEqualScore | Hidden] = field(default_factory=list)
    first_channels: list[FirstChannel | Hidden] = field(default_factory=list)
    warnings: list[Caution]
