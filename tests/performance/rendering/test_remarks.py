"""Every warning that the analysis can give has words with its figures and something to do."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from performance.analytics import report
from performance.rendering.remarks import WORDS, needed, remark

FIGURES: dict[str, dict[str, Any]] = {
    "more_hires_needed": {"section": "validity", "n": 31, "minimum": 50, "more_needed": 19},
    "too_few_applicants": {"minimum": 5},
    "no_scatter": {"of": "work", "n": 229},
    "reliability_unknown": {},
    "reliability_low": {"criterion_reliability": 0.41},
    "restriction_strong": {"u": 0.27},
    "simpson": {"pooled_r": 0.3, "within_branch_r": -0.1, "p": 0.0004},
    "dimensions_dependent": {},
    "group_slope_differs": {"name": "education:master", "slope_difference": -0.31, "q": 0.012},
    "anomalies_above_chance": {"observed": 9, "high": 5},
    "adverse_impact": {"group": "gender:female", "impact_ratio": 0.71, "p": 0.003},
    "drift": {"of": "versions", "label": "v3.2", "d": 0.34, "p": 0.0001},
    "weights_frozen": {"groups": ["gender:female"]},
    "recommendation_frozen": {
        "kind": "hiring_share",
        "subject": "experience:finance",
        "groups": ["gender:female"],
    },
    "present_weights_unclear": {"fit": 0.83},
}


def test_every_code_of_the_report_has_words() -> None:
    source = Path(report.__file__).read_text()
    codes = set(re.findall(r'\.warn\(\s*"(\w+)"', source))
    assert codes == set(WORDS) == set(FIGURES)


@pytest.mark.parametrize("code", sorted(FIGURES))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_warning_is_a_sentence_and_an_advice(code: str, language: str) -> None:
    with translation.override(language):
        found = remark({"code": code} | FIGURES[code])
    assert found.text.endswith((".", "。"))
    assert found.to_do
    assert "%(" not in found.text + found.to_do


def test_its_figures_stand_in_it() -> None:
    with translation.override("en"):
        found = remark({"code": "simpson"} | FIGURES["simpson"])
        assert "0.30, within branches \u22120.10 (p = < .001)" in found.text
        assert "19 more hires" in needed(
            [{"code": "more_hires_needed"} | FIGURES["more_hires_needed"]], "validity"
        )


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert remark({"code": "brand_new"}).text == "brand_new"
