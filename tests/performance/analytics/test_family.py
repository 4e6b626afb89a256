"""One error rate over rules and scopes."""

from math import isnan, nan

import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower

from performance.analytics.family import adjusted, detectable, level_of_one, share_of


def test_all_rules_are_one_family() -> None:
    first, second = adjusted([[0.01, nan, 0.2], [0.03]], share=1.0)
    assert [first[0], first[2], second[0]] == pytest.approx(
        multipletests([0.01, 0.2, 0.03], method="fdr_bh")[1]
    )
    assert isnan(first[1])
    assert adjusted([[], []], share=0.5) == [[], []]


def test_the_shares_of_all_scopes_add_up_to_one() -> None:
    whole, part = (share_of(positions=8, is_position=flag) for flag in (False, True))
    assert whole + 8 * part == pytest.approx(1.0)
    assert adjusted([[0.01]], share=part) == [[pytest.approx(0.16)]]


def test_what_would_have_been_found_is_that_of_a_power_analysis() -> None:
    n = 200
    expected = NormalIndPower().solve_power(nobs1=n, alpha=0.05, power=0.8, ratio=1.0)
    assert detectable((2 / n) ** 0.5, level=level_of_one(1, share=1.0)) == pytest.approx(expected, abs=1e-3)
