"""The four-fifths rule beside a test."""

import numpy as np
import pytest
from scipy import stats

from performance.analytics.fairness import Impact, impact_ratios, is_frozen


def audit(**counts: tuple[int, int]) -> dict[str, Impact]:
    """Groups as ``name=(applicants, passes)``."""
    values = np.array([name for name, (n, _) in counts.items() for _ in range(n)])
    passed = np.array([number < passes for n, passes in counts.values() for number in range(n)])
    return {impact.group: impact for impact in impact_ratios(passed, {"gender": values})}


def test_a_large_difference_is_adverse() -> None:
    found = audit(female=(200, 40), male=(200, 80))
    assert found["gender:male"].impact_ratio == 1
    assert found["gender:female"].impact_ratio == pytest.approx(0.5)
    assert found["gender:female"].p == pytest.approx(stats.fisher_exact(np.array([[40, 160], [80, 120]]))[1])
    assert found["gender:female"].adverse
    assert is_frozen(list(found.values()))


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({"female": (40, 6), "male": (40, 8)}, id="low but not significant"),
        pytest.param(
            {"female": (9_000, 3_800), "male": (9_000, 4_200)}, id="significant but above four fifths"
        ),
        pytest.param({"female": (20, 0), "male": (400, 300)}, id="too few"),
        pytest.param({"undisclosed": (300, 10), "male": (300, 200)}, id="did not say"),
        pytest.param({"female": (100, 0), "male": (100, 0)}, id="nobody passes"),
    ],
)
def test_these_freeze_nothing(counts: dict[str, tuple[int, int]]) -> None:
    assert not is_frozen(list(audit(**counts).values()))


def test_who_did_not_say_is_never_the_yardstick() -> None:
    found = audit(undisclosed=(100, 90), male=(100, 50), female=(100, 45))
    assert found["gender:male"].impact_ratio == 1
