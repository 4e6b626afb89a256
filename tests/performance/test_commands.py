"""The three commands of the analysis."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from branches.models import Branch
from performance.analytics.robustness import every_world
from performance.models import Analysis
from performance.operations.history import HistoryImported
from tests.performance.seasons import SEASON, interview, write_history


def run(*words: str, **named: Any) -> tuple[str, str]:
    out, error = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=error, **named)
    return out.getvalue(), error.getvalue()


def test_import_counts_and_names_wrong_rows(bank: dict[str, Branch], tmp_path: Path) -> None:
    write_history(tmp_path, interviews=[interview(1), interview(2, branch_code="999999")])
    out, error = run("import_history", str(tmp_path))
    assert out.splitlines()[0] == "1 interviews, 0 known before"
    assert error.startswith("history-interviews.ndjson:2: branch_code: ")


def test_import_names_a_missing_file(bank: dict[str, Branch], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"history-interviews\.ndjson is missing"):
        run("import_history", str(tmp_path))


def test_analyse_prints_one_object_and_keeps_it(finished_season: HistoryImported) -> None:
    out, _ = run("analyse", "--season", SEASON, "--branch", "440000", "--json")
    found = json.loads(out)
    assert found.keys() >= {
        "season",
        "branch",
        "n_applicants",
        "naive_r",
        "ci95",
        "recommendations",
        "warnings",
    }
    assert (found["season"], found["branch"], found["position"]) == (SEASON, "440000", None)
    stored = Analysis.objects.get(branch__code="440000", position=None)
    assert stored.result["n_applicants"] == found["n_applicants"]


def test_analyse_summarises_for_people(finished_season: HistoryImported) -> None:
    out, _ = run("analyse", "--season", SEASON)
    assert "corrected for unreliability, then range restriction" in out
    assert "more_hires_needed" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--season", "1999-spring"], "Known: 2025-autumn"),
        (["--season", SEASON, "--branch", "999999"], "No branch has the code '999999'"),
        (["--season", SEASON, "--position", "ASTRONAUT"], "No position has the code 'ASTRONAUT'"),
    ],
)
def test_analyse_names_what_it_does_not_know(
    finished_season: HistoryImported, words: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("analyse", *words)


def test_simulation_prints_what_is_promised() -> None:
    out, _ = run("simulate_validity", "--seasons", "2", "--applicants", "400", "--repeats", "120")
    assert "2 seasons of 400 applicants, true validity 0.45" in out
    assert "(promised 0.92 to 0.98)" in out


def test_every_world_is_simulated_and_told_in_json() -> None:
    out, _ = run("simulate_validity", "--worlds", "--seasons", "1", "--json")
    found = json.loads(out)
    assert {row["world"] for row in found} == set(every_world())
    assert all(row.keys() >= {"world", "truth", "bias", "coverage", "warned", "met"} for row in found)
    assert all(row["met"] for row in found if row["truth"] is None)


def test_simulation_refuses_a_world_that_cannot_be() -> None:
    with pytest.raises(CommandError, match="at least 1 season"):
        run("simulate_validity", "--seasons", "0")
