"""Panels from results: large seasons, seasons with an earlier one, and what other sections add."""

from dataclasses import replace
from functools import cache
from math import nan
from typing import Any

import numpy as np
import pytest
from django.utils import translation

from performance.analytics.anomalies import Anomalies
from performance.analytics.arrays import UNKNOWN
from performance.analytics.drift import Spread
from performance.analytics.fairness import Impact
from performance.analytics.outcomes import OutcomeRow
from performance.analytics.plain import plain, typed
from performance.analytics.proposal import ComparedProposal
from performance.analytics.randomised_band import Band
from performance.analytics.report import analyse
from performance.analytics.results import Before, Report
from performance.analytics.simulation import World, simulate
from performance.rendering.names import Names
from performance.rendering.panels import PANELS, sections_of
from performance.rendering.panels.randomised_band import randomised_band
from performance.rendering.parts import HIDDEN, Column, Section, Table, shown

WEIGHTS = (1.0, 0.2, 3.0, 1.0, 0.2, 0.2, 3.0)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@cache
def large_season() -> Report:
    cohort = simulate(World(applicants=2_500, validity=0.5, weights=WEIGHTS), seed=3)
    before = Before(
        scores=[Spread("2023-autumn", 900, 70.0, 6.0)], work=[Spread("2023-autumn", 300, 76.0, 5.0)]
    )
    channels = np.where(cohort.passed, np.where(np.arange(len(cohort)) % 2, "sms", "app"), "")
    cohort = replace(
        cohort, channel=channels, hours=np.where(cohort.hired, 20.0 + 5 * (channels == "sms"), np.nan)
    )
    found = analyse(cohort, season="2024-autumn", before=before, repeats=60)
    return typed(Report, plain(found))


def section(panel: str, code: str, result: Report | None = None) -> Section:
    found = sections_of(panel, result or large_season(), Names(targets={"x": "Customers"}))
    return next(row for row in found if row.code == code)


@pytest.mark.parametrize("panel", sorted(PANELS))
def test_what_is_drawn_is_said_and_tabled(panel: str) -> None:
    for found in sections_of(panel, large_season(), Names()):
        assert bool(found.needed) != bool(found.table), found.code
        if found.chart:
            assert found.sentence, found.code
        if found.table:
            assert all(len(row) == len(found.table.columns) for row in found.table.rows)
            assert all(len(cells) == len(found.table.header) for cells in found.table.cells)


@pytest.mark.parametrize("panel", sorted(PANELS))
def test_a_handful_of_applicants_shows_nothing(panel: str) -> None:
    nothing = analyse(simulate(World(applicants=4), seed=1), season="2024-autumn", before=Before())
    assert all(found.needed and not found.table for found in sections_of(panel, nothing, Names()))


def test_weights_say_what_is_proposed_and_what_it_would_change() -> None:
    found = section("weights", "weights")
    assert found.sentence.startswith("Recommendation:")
    columns = list(zip(*found.table.rows, strict=True)) if found.table else []
    assert [round(sum(column), 6) for column in columns[1:]] == [1.0, 1.0, 1.0]
    assert "others than today's weights" in section("weights", "weights-change").sentence


def test_small_groups_are_hidden_before_and_after() -> None:
    weights = large_season().weights
    assert isinstance(weights, ComparedProposal)
    few = Impact(group="gender:other", n=3, pass_rate=0.3, impact_ratio=0.9, p=0.4)
    weights = replace(weights, fairness_before=[*weights.fairness_before, few])
    result = replace(large_season(), weights=weights)
    table = section("weights", "weights-fairness", result).table
    assert table is not None
    hidden = [row for row in table.rows if row[1] == HIDDEN]
    # With the next smallest, by which the hidden one could be worked out.
    assert len(hidden) == 2
    assert all(row[1:] == (HIDDEN, HIDDEN, HIDDEN) for row in hidden)


def test_the_cohort_is_compared_with_the_season_before() -> None:
    assert "more than in 2023-autumn" in section("validity", "cohort").sentence
    assert "Shifted from 2023-autumn: 2024-autumn." in section("drift", "seasons").sentence


def test_other_outcomes_are_shown_when_they_are_there() -> None:
    rows = [
        OutcomeRow("score", 90, 81.2, 80.1, 82.3, before=79.0, before_n=80),
        OutcomeRow("complaint_rate", 90, 35.2, 24.1, 49.6),
        OutcomeRow("project_completion", 0),
    ]
    found = section("validity", "outcomes", replace(large_season(), outcomes=rows))
    assert (
        found.sentence
        == "Performance score 81.2 (before: 79.0), Complaints per 10,000 transactions 35.2 (before: –)"
    )
    assert found.table is not None
    assert len(found.table.rows) == 2


def test_channels_are_compared_by_the_time_to_a_reply() -> None:
    assert section("funnel", "channels").sentence.startswith(
        "Quickest to a reply: Bank app, half of the replies within 20.0"
    )


def test_anomalies_above_chance_are_called_so() -> None:
    result = replace(large_season(), anomalies=Anomalies(9, 1.4, 0, 4, 60))
    assert section("anomalies", "anomalies", result).sentence.endswith("That is more than chance explains.")


def test_a_band_needs_near_misses() -> None:
    result = Report(just_below_cut=[Band(1, None)], cut_off=80.0, n_hired=5, warnings=[])
    assert randomised_band(result, width=1, share=0.05)[0].needed
    result = replace(result, just_below_cut=[Band(1, None), Band(2, 7)])
    assert (
        "Fewer than five people failed within 1 points"
        in randomised_band(result, width=1, share=0.05)[0].sentence
    )


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("r", -0.254, "\u22120.25"),
        ("percent", 0.1234, "12.3%"),
        ("p", 0.00004, "< 0.001"),
        ("p", 0.0421, "0.042"),
        ("r", -0.001, "0.00"),
        ("count", 12345, "12,345"),
        ("interval", (-0.1, 0.3), "\u22120.10 to 0.30"),
        ("slope", None, "–"),
        ("slope", nan, "–"),
        ("interval", (nan, nan), "–"),
        ("count", HIDDEN, "under 5"),
    ],
)
def test_numbers_are_written_as_people_read_them(kind: str, value: Any, text: str) -> None:
    assert shown(kind, value) == text


def test_a_file_has_more_decimals_than_the_page() -> None:
    table = Table(
        "t",
        [Column("a", "text"), Column("b", "interval")],
        [("x", (0.12345649, 0.5)), ("y", UNKNOWN), ("z", HIDDEN)],
    )
    assert table.cells == [["x", 0.123456, 0.5], ["y", None, None], ["z", "under 5", "under 5"]]
