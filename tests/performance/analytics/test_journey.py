"""Funnel, targets reached, drift."""

import numpy as np
import pytest
from scipy import stats

from performance.analytics.attainment import summarise_attainment
from performance.analytics.drift import Spread, find_shifts
from performance.analytics.funnel import WITHOUT_NOTICES, by_channel, count_steps


def test_each_step_is_a_share_of_the_one_before() -> None:
    reached = np.array([0] * 60 + [1] * 20 + [6] * 20)
    steps = count_steps(reached, stages=WITHOUT_NOTICES)
    assert [(step.stage, step.n, step.share) for step in steps] == [
        ("interviewed", 100, 1.0),
        ("passed", 40, 0.4),
        ("hired", 20, 0.5),
    ]


def test_channels_with_few_persons_are_left_out() -> None:
    channel = np.array(["app"] * 10 + ["sms"] * 3 + [""] * 5)
    hours = np.array([2.0] * 6 + [np.nan] * 12)
    (app,) = by_channel(np.full(18, 4), channel, hours)
    assert (app.channel, app.n, app.median_hours_to_reply) == ("app", 10, 2.0)


def test_a_median_of_four_replies_is_not_shown() -> None:
    (app,) = by_channel(np.full(9, 4), np.full(9, "app"), np.array([2.0] * 4 + [np.nan] * 5))
    assert np.isnan(app.median_hours_to_reply)


def test_reached_is_at_least_what_was_promised() -> None:
    found = summarise_attainment("deposits", np.array([1.0, 1.2, 0.8, np.nan]))
    assert found is not None
    assert (found.n, found.reached, found.median) == (3, 2, 1.0)


def test_nobody_measured_no_target() -> None:
    assert summarise_attainment("deposits", np.array([np.nan])) is None


def test_a_shift_agrees_with_scipy() -> None:
    generator = np.random.default_rng(1)
    old, new = generator.normal(78, 6, 300), generator.normal(80, 5, 200)
    spreads = [Spread(name, len(v), v.mean(), v.std(ddof=1)) for name, v in (("old", old), ("new", new))]
    first, second = find_shifts(spreads)
    assert not first.shifted
    assert second.p == pytest.approx(stats.ttest_ind(new, old, equal_var=False).pvalue)
    assert second.shifted


def test_a_significant_trifle_is_no_shift() -> None:
    _, second = find_shifts([Spread("a", 100_000, 78, 6), Spread("b", 100_000, 78.3, 6)])
    assert second.p < 0.001
    assert not second.shifted


def test_one_person_is_no_spread() -> None:
    _, second = find_shifts([Spread("a", 100, 78, 6), Spread("b", 1, 90, float("nan"))])
    assert np.isnan(second.d)
