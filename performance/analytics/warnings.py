"""What a reader must know beside the figures: each warning with its own; the pages have the words."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from performance.analytics.arrays import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreHiresNeeded:
    """A section has too few persons."""

    code: Literal["more_hires_needed"] = "more_hires_needed"
    section: str
    n: int
    minimum: int
    more_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewApplicants:
    """Nothing is shown at all."""

    code: Literal["too_few_applicants"] = "too_few_applicants"
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoScatter:
    """Everybody has the same score or work, or the work follows from the score."""

    code: Literal["no_scatter"] = "no_scatter"
    of: Literal["score", "work", "residual"]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityUnknown:
    """No correction for the criterion."""

    code: Literal["reliability_unknown"] = "reliability_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityLow:
    """The correction for the criterion is larger than what was measured."""

    code: Literal["reliability_low"] = "reliability_low"
    criterion_reliability: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionStrong:
    """Most of the corrected value is extrapolated."""

    code: Literal["restriction_strong"] = "restriction_strong"
    u: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Simpson:
    """The whole and its parts disagree; weights and hiring shares are frozen."""

    code: Literal["simpson"] = "simpson"
    of: Literal["branches", "positions"] = "branches"
    pooled_r: Figure
    within_branch_r: Figure
    p: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateWithheld:
    """No single figure may be called the validity: a range, or nothing; ``because`` are failed checks."""

    code: Literal["estimate_withheld"] = "estimate_withheld"
    status: Literal["range", "withdrawn"]
    because: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionsDependent:
    """Some dimensions cannot be told apart."""

    code: Literal["dimensions_dependent"] = "dimensions_dependent"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSlopeDiffers:
    """The score does not mean the same for a group."""

    code: Literal["group_slope_differs"] = "group_slope_differs"
    name: str
    slope_difference: Figure
    q: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomaliesAboveChance:
    """More high scores with poor work than chance makes."""

    code: Literal["anomalies_above_chance"] = "anomalies_above_chance"
    observed: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseImpact:
    """A group passes significantly less often."""

    code: Literal["adverse_impact"] = "adverse_impact"
    group: str
    impact_ratio: Figure
    p: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """Scores or work have shifted."""

    code: Literal["drift"] = "drift"
    of: Literal["seasons", "versions", "work"]
    label: str
    d: Figure
    p: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFrozen:
    """No weights are proposed because of these groups."""

    code: Literal["weights_frozen"] = "weights_frozen"
    groups: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationFrozen:
    """A finding is held back because of these groups."""

    code: Literal["recommendation_frozen"] = "recommendation_frozen"
    kind: str
    subject: str
    groups: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentWeightsUnclear:
    """The score is not the weighted mean of its dimensions."""

    code: Literal["present_weights_unclear"] = "present_weights_unclear"
    fit: Figure


Caution = Annotated[
    MoreHiresNeeded
    | TooFewApplicants
    | NoScatter
    | ReliabilityUnknown
    | ReliabilityLow
    | RestrictionStrong
    | Simpson
    | EstimateWithheld
    | DimensionsDependent
    | GroupSlopeDiffers
    | AnomaliesAboveChance
    | AdverseImpact
    | Drifted
    | WeightsFrozen
    | RecommendationFrozen
    | PresentWeightsUnclear,
    Field(discriminator="code"),
]
