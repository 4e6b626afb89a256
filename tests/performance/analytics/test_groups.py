"""Slopes by group, and how many comparisons may be believed."""

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

from performance.analytics.advice import Comparisons, judge_together
from performance.analytics.groups import Group, compare_groups, fit_line, slope_difference


def test_a_line_agrees_with_statsmodels() -> None:
    generator = np.random.default_rng(2)
    x = generator.standard_normal(50)
    y = 2 + 0.5 * x + generator.standard_normal(50)
    oracle = sm.OLS(y, sm.add_constant(x)).fit()
    line = fit_line(x, y)
    assert (line.intercept, line.slope) == pytest.approx(tuple(oracle.params))
    assert line.slope_error == pytest.approx(oracle.bse[1])
    assert line.residual == pytest.approx(np.sqrt(oracle.mse_resid))


def test_equal_spreads_give_nearly_the_p_of_an_interaction() -> None:
    generator = np.random.default_rng(4)
    x, member = generator.standard_normal(400), np.arange(400) % 2
    y = x + 0.2 * member * x + generator.standard_normal(400)
    design = sm.add_constant(np.column_stack([x, member, x * member]))
    oracle = sm.OLS(y, design).fit().pvalues[3]
    lines = [fit_line(x[member == side], y[member == side]) for side in (0, 1)]
    assert slope_difference(*lines).p == pytest.approx(oracle, rel=0.1)


def season(n: int = 300, *, difference: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(8)
    x = generator.normal(85, 3, n)
    member = np.where(generator.random(n) < 0.5, "yes", "no")
    return x, 40 + (0.4 + difference * (member == "yes")) * x + generator.normal(0, 5, n), member


def judged(x: np.ndarray, y: np.ndarray, attributes: dict[str, np.ndarray]) -> list[Group]:
    nothing = Comparisons(missed=[], steps=[], channels=[])
    return judge_together(compare_groups(x, y, attributes), nothing, share=1.0)[0]


def test_a_group_with_another_slope_is_flagged() -> None:
    x, y, member = season(difference=-1.5)
    (group,) = judged(x, y, {"finance": member})
    assert group.name == "finance"
    assert group.flagged
    assert group.slope_difference == pytest.approx(-1.5, abs=0.5)


def test_equal_slopes_are_not_flagged() -> None:
    x, y, member = season()
    (group,) = judged(x, y, {"finance": member})
    assert not group.flagged


def test_too_few_persons_say_how_many_are_missing() -> None:
    x, y, _ = season(n=60)
    school = np.array(["master"] * 12 + ["bachelor"] * 45 + ["doctor"] * 3)
    groups = {group.name: group for group in compare_groups(x, y, {"education": school})}
    assert groups["education:master"].more_needed == 18
    assert groups["education:bachelor"].more_needed == 15
    assert np.isnan(groups["education:bachelor"].p)
    assert groups["education:doctor"].more_needed == 27


def test_what_is_unknown_is_no_group() -> None:
    x, y, _ = season(n=60)
    groups = compare_groups(x, y, {"education": np.array(["", "master"] * 30)})
    assert [group.name for group in groups] == ["education:master"]


def test_groups_are_judged_together() -> None:
    x, y, member = season()
    names = np.where(member == "yes", "finance", np.where(np.arange(len(x)) % 2, "law", "economics"))
    groups = judged(x, y, {"education": names})
    p_values = [group.p for group in groups]
    assert len(groups) == 3
    assert np.isfinite(p_values).all()
    assert [group.q for group in groups] == pytest.approx(multipletests(p_values, method="fdr_bh")[1])
