"""The demo's finished seasons go in as a season from before the portal does, without a wrong row."""

import pytest

from performance.analytics.simulation import World
from performance.models import Analysis, Hire, PerformanceRecord
from tests.factories import NOW, make_bank
from tests.rehearsal import seasons
from tests.rehearsal.seasons import load_seasons

pytestmark = [pytest.mark.django_db]


def test_two_seasons_go_in_whole_and_again_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    make_bank()
    monkeypatch.setattr(seasons, "APPLICANTS", 60)
    monkeypatch.setattr(seasons, "POSITIONS", ("TELLER", "TECH_ENGINEER"))
    monkeypatch.setattr(seasons, "WORLDS", (World(applicants=60, months=3),) * 2)
    branches = ["440201", "440300", "320100"]
    first = load_seasons(branches=branches, seed=1, now=NOW)
    assert [(found.interviews, found.errors) for found in first] == [(60, []), (60, [])]
    assert set(Hire.objects.values_list("season", flat=True)) == {"2024-autumn", "2025-autumn"}
    assert PerformanceRecord.objects.filter(transactions__gt=0, complaints__isnull=False).exists()
    assert Analysis.objects.filter(season="2025-autumn", branch__code="000000").exists()
    again = load_seasons(branches=branches, seed=1, now=NOW)
    assert [(found.interviews, found.records.corrected) for found in again] == [(0, 0), (0, 0)]
