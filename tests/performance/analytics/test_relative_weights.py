"""Johnson's weights against the example that every package prints."""

import numpy as np
import pytest

from performance.analytics.relative_weights import relative_weights

# R's mtcars: mpg, cyl, disp, hp, wt.
ROWS = """
    21.0 6 160.0 110 2.620  21.0 6 160.0 110 2.875  22.8 4 108.0  93 2.320  21.4 6 258.0 110 3.215
    18.7 8 360.0 175 3.440  18.1 6 225.0 105 3.460  14.3 8 360.0 245 3.570  24.4 4 146.7  62 3.190
    22.8 4 140.8  95 3.150  19.2 6 167.6 123 3.440  17.8 6 167.6 123 3.440  16.4 8 275.8 180 4.070
    17.3 8 275.8 180 3.730  15.2 8 275.8 180 3.780  10.4 8 472.0 205 5.250  10.4 8 460.0 215 5.424
    14.7 8 440.0 230 5.345  32.4 4  78.7  66 2.200  30.4 4  75.7  52 1.615  33.9 4  71.1  65 1.835
    21.5 4 120.1  97 2.465  15.5 8 318.0 150 3.520  15.2 8 304.0 150 3.435  13.3 8 350.0 245 3.840
    19.2 8 400.0 175 3.845  27.3 4  79.0  66 1.935  26.0 4 120.3  91 2.140  30.4 4  95.1 113 1.513
    15.8 8 351.0 264 3.170  19.7 6 145.0 175 2.770  15.0 8 301.0 335 3.570  21.4 4 121.0 109 2.780
"""
MTCARS = np.array([float(word) for word in ROWS.split()]).reshape(32, 5)


def test_mtcars() -> None:
    correlations = np.corrcoef(MTCARS.T)
    weights = relative_weights(correlations[1:, 1:], correlations[1:, 0])
    assert weights == pytest.approx([0.2096904, 0.1883043, 0.1799590, 0.2706812], abs=5e-8)


def test_they_add_up_to_what_is_explained() -> None:
    correlations = np.corrcoef(MTCARS.T)
    explained = correlations[1:, 0] @ np.linalg.solve(correlations[1:, 1:], correlations[1:, 0])
    assert relative_weights(correlations[1:, 1:], correlations[1:, 0]).sum() == pytest.approx(explained)


def test_dependent_predictors_have_none_and_do_not_stop_other_samples() -> None:
    correlations = np.array([np.ones((2, 2)), np.eye(2)])
    found = relative_weights(correlations, np.array([[0.5, 0.5], [0.3, 0.4]]))
    assert np.isnan(found[0]).all()
    assert found[1] == pytest.approx([0.09, 0.16])
