"""A row says what was measured, how far it spread, and whether it is enough."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.report import Row, row, write_json, write_report


@pytest.mark.parametrize(
    ("values", "unit", "target", "met"),
    [
        ([900.0], "signals/s", 900.0, True),
        ([899.0], "signals/s", 900.0, False),
        ([40.0], "ms", 40.0, True),
        ([40.1], "ms", 40.0, False),
        ([13.0], "statements", 12.0, False),
        ([1.0], "ms", None, None),
    ],
)
def test_a_rate_must_reach_its_target_and_all_else_must_not_exceed_it(
    values: list[float], unit: str, target: float | None, met: bool | None
) -> None:
    assert row("x", values, unit, target).met is met


def test_the_verdict_is_that_of_the_median() -> None:
    assert row("x", [1.0, 50.0, 30.0], "ms", 40.0) == Row("x", 30.0, 1.0, 50.0, "ms", 40.0, met=True)


def test_rows_for_machines_and_for_people(tmp_path: Path) -> None:
    rows = [row("a", [1.0, 3.0, 2.0], "ms", 2.5), row("b", [7.0], "things/s", 8.0), row("c", [1.0], "ms")]
    write_json(rows, tmp_path / "rows.json")
    found = json.loads((tmp_path / "rows.json").read_text())
    assert found[0] == {
        "name": "a",
        "value": 2.0,
        "low": 1.0,
        "high": 3.0,
        "unit": "ms",
        "target": 2.5,
        "met": True,
    }
    assert (found[2]["target"], found[2]["met"]) == (None, None)
    write_report(rows, tmp_path / "page.md", options="few")
    page = (tmp_path / "page.md").read_text()
    assert "| a | 2 (1 to 3) | ms | ≤ 2.5 | met |" in page
    assert "| b | 7 | things/s | ≥ 8 | not met |" in page
    assert "| c | 1 | ms |  |  |" in page
