"""Taking positions and branches out of values, as dummies in a regression would."""

import numpy as np
import pytest

from performance.analytics.within import compare_within, numbered, spent, without_means


def places(n: int = 400) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    generator = np.random.default_rng(2)
    return generator.integers(5, size=n), generator.integers(12, size=n), generator


def test_it_is_the_residual_of_a_regression_on_dummies() -> None:
    position, branch, generator = places()
    values = generator.normal(size=len(position)) + position - 0.3 * branch
    design = np.hstack([np.eye(5)[position], np.eye(12)[branch]])
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    assert without_means(values, position, branch) == pytest.approx(values - fitted, abs=1e-7)
    assert spent(position, branch) == np.linalg.matrix_rank(design)


def test_what_is_only_rounding_is_nothing() -> None:
    position, _, _ = places()
    assert not without_means(0.1 + 1e-14 * position + position / 3, position).any()


def test_labels_are_numbered_together() -> None:
    assert numbered(np.array(["a", "b", "a"]), np.array([5, 5, 7])).tolist() == [0, 2, 1]


def test_branches_that_do_not_differ_cost_nothing_and_others_are_taken_out() -> None:
    position, branch, generator = places()
    x = generator.normal(size=len(position))
    y = 0.3 * x + generator.normal(size=len(x))
    assert compare_within(x, y, strata=position, branch=branch).branch_share > 0.3
    apart = compare_within(x + 0.5 * branch, y + 0.5 * branch, strata=position, branch=branch)
    assert apart.branch_share < 0.05
    assert (apart.x @ apart.y) / (apart.x @ apart.x) == pytest.approx(0.3, abs=0.12)
