"""Every warning that the analysis can give has words with its figures and something to do."""

from dataclasses import replace
from typing import get_args

import pytest
from django.utils import translation

from performance.analytics.warnings import (
    AdverseImpact,
    AnomaliesAboveChance,
    Caution,
    DimensionsDependent,
    Drifted,
    EstimateWithheld,
    GroupSlopeDiffers,
    MoreHiresNeeded,
    NoScatter,
    PresentWeightsUnclear,
    RecommendationFrozen,
    ReliabilityLow,
    ReliabilityUnknown,
    RestrictionStrong,
    Simpson,
    TooFewApplicants,
    WeightsFrozen,
)
from performance.rendering.remarks import needed, remark

MISSING = MoreHiresNeeded(section="validity", n=31, minimum=50, more_needed=19)
CONTRADICTION = Simpson(pooled_r=0.3, within_branch_r=-0.1, p=0.0004)
WARNINGS: list[Caution] = [
    MISSING,
    TooFewApplicants(minimum=5),
    NoScatter(of="work", n=229),
    ReliabilityUnknown(),
    ReliabilityLow(criterion_reliability=0.41),
    RestrictionStrong(u=0.27),
    CONTRADICTION,
    replace(CONTRADICTION, of="positions"),
    EstimateWithheld(status="range", because=["curvature"]),
    EstimateWithheld(status="withdrawn", because=["verdict_order", "known_score"]),
    DimensionsDependent(),
    GroupSlopeDiffers(name="education:master", slope_difference=-0.31, q=0.012),
    AnomaliesAboveChance(observed=9, high=5),
    AdverseImpact(group="gender:female", impact_ratio=0.71, p=0.003),
    Drifted(of="versions", label="v3.2", d=0.34, p=0.0001),
    WeightsFrozen(groups=["gender:female"]),
    RecommendationFrozen(kind="hiring_share", subject="experience:finance", groups=["gender:female"]),
    PresentWeightsUnclear(fit=0.83),
]


def test_every_warning_is_looked_at() -> None:
    kinds, _how_to_tell_them = get_args(Caution)
    assert {type(warning) for warning in WARNINGS} == set(get_args(kinds))


@pytest.mark.parametrize("warning", WARNINGS, ids=lambda warning: warning.code)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_warning_is_a_sentence_and_an_advice(warning: Caution, language: str) -> None:
    with translation.override(language):
        found = remark(warning)
    assert found.text.endswith((".", "。"))
    assert found.to_do
    assert "%(" not in found.text + found.to_do


def test_its_figures_stand_in_it() -> None:
    with translation.override("en"):
        assert "0.30, within branches \u22120.10 (p < 0.001)" in remark(CONTRADICTION).text
        assert "19 more hires" in needed([MISSING], "validity")
