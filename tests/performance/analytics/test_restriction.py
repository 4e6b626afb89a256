"""The corrections against published figures."""

import numpy as np
import pytest

from performance.analytics.restriction import disattenuated, fully_corrected, lawley, thorndike_case_ii


@pytest.mark.parametrize(
    ("r", "u", "corrected"), [(0.5, 0.6, 0.693375), (0.3, 0.8, 0.365854), (0.3, 0.5, 0.532414)]
)
def test_case_ii(r: float, u: float, corrected: float) -> None:
    assert thorndike_case_ii(r, u) == pytest.approx(corrected, abs=5e-7)


def test_unreliability_is_corrected_before_range_restriction() -> None:
    assert fully_corrected(0.3, u=0.5, reliability=0.6) == pytest.approx(0.643268, abs=5e-7)
    wrong_order = disattenuated(thorndike_case_ii(0.3, 0.5), 0.6)
    assert wrong_order == pytest.approx(0.687343, abs=5e-7)


def test_no_restriction_changes_nothing() -> None:
    assert thorndike_case_ii(0.37, 1.0) == pytest.approx(0.37)


def test_lawley_with_one_variable_is_case_ii() -> None:
    r, u = 0.3, 0.5
    free = lawley(
        selected_xx=np.array([[u**2]]),
        selected_xy=np.array([r * u]),
        selected_yy=np.array(1.0),
        all_xx=np.array([[1.0]]),
    )
    assert free.with_y[0] / np.sqrt(free.of_y) == pytest.approx(thorndike_case_ii(r, u))


def test_lawley_recovers_what_selection_on_a_composite_took() -> None:
    generator = np.random.default_rng(5)
    x = generator.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=400_000)
    y = 0.5 * x[:, 0] + 0.1 * x[:, 1] + generator.standard_normal(len(x))
    selected = x.sum(axis=1) > 1.5
    covariance = np.cov(np.column_stack([x, y])[selected].T)
    free = lawley(
        selected_xx=covariance[:2, :2],
        selected_xy=covariance[:2, 2],
        selected_yy=covariance[2, 2],
        all_xx=np.cov(x.T),
    )
    assert free.with_y / np.sqrt(free.of_y) == pytest.approx(
        [np.corrcoef(x[:, j], y)[0, 1] for j in (0, 1)], abs=0.015
    )
