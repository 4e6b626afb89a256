"""Spring comes before autumn, whatever the alphabet says."""

import pytest

from performance.analytics.seasons import in_time
from performance.models import Analysis
from performance.queries.analyses import Scope, before
from tests.factories import NOW, make_bank


def test_the_terms_of_a_year_follow_each_other() -> None:
    seasons = ["2026-social", "2026-autumn", "2025-autumn", "2026-spring"]
    assert sorted(seasons, key=in_time) == ["2025-autumn", "2026-spring", "2026-autumn", "2026-social"]
    assert in_time("2026-winter") > in_time("2026-social")


@pytest.mark.django_db
def test_what_was_before_is_what_was_before_in_time() -> None:
    bank = make_bank()["000000"]
    for season in ("2025-autumn", "2026-spring", "2026-autumn"):
        figures = {"label": season, "n": 50, "mean": 80.0, "sd": 5.0}
        Analysis.objects.create(
            season=season,
            branch=bank,
            wanted_at=NOW,
            computed_at=NOW,
            result={"summary": {"scores": figures, "work": figures}},
        )
    labels = [spread.label for spread in before("2026-autumn", Scope(bank)).scores]
    assert labels == ["2025-autumn", "2026-spring"]
    assert [spread.label for spread in before("2026-spring", Scope(bank)).scores] == ["2025-autumn"]
