"""The finished seasons are there for the analysis, the same for the same seed."""

import pytest

from performance.analytics.simulation import World
from performance.models import Analysis, Hire, HistoricInterview, PerformanceRecord
from tests.factories import NOW, make_bank
from tests.rehearsal import seasons
from tests.rehearsal.seasons import load_seasons

pytestmark = [pytest.mark.django_db]


def test_two_seasons_are_stored_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    make_bank()
    monkeypatch.setattr(seasons, "POSITIONS", {"TELLER": 2, "TECH_ENGINEER": 1})
    monkeypatch.setattr(seasons, "WORLDS", (World(applicants=60, months=3),) * 2)
    branches = ["440201", "440300", "320100"]
    first = load_seasons(branches=branches, seed=1, now=NOW)
    assert [season.name for season in first] == ["2024-autumn", "2025-autumn"]
    assert set(Hire.objects.values_list("season", flat=True)) == {"2024-autumn", "2025-autumn"}
    assert HistoricInterview.objects.count() == 120
    assert set(HistoricInterview.objects.values_list("branch__code", flat=True)) == set(branches)
    months = PerformanceRecord.objects.filter(hire__season="2025-autumn")
    assert months.count() == 3 * Hire.objects.filter(season="2025-autumn").count()
    assert months.filter(transactions__gt=0, complaints__isnull=False).exists()
    assert Analysis.objects.filter(season="2025-autumn", branch__code="000000").exists()
