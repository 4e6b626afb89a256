"""Analyses are computed behind the reader's back, for every place that has one."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import redis
from pytest_django import DjangoAssertNumQueries

from branches.models import Branch, Position
from performance.analytics.report import analyse
from performance.models import Analysis, Hire, HistoricInterview, PerformanceRecord
from performance.operations import analyses
from performance.operations.analyses import analyse_now, compute_waiting, want_analysis, want_changed_seasons
from performance.operations.history import HistoryImported
from performance.queries.analyses import Scope, anomalous_hires, before, report_of, stored_analysis, waiting
from performance.queries.cohorts import load_season
from performance.tasks import compute_analyses
from tests.factories import NOW
from tests.performance.seasons import SEASON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("finished_season")]


def branch(code: str) -> Branch:
    found: Branch = Branch.objects.get(code=code)
    return found


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The intervals are proved elsewhere; here a hundred samples do."""
    monkeypatch.setattr(analyses, "analyse", partial(analyse, repeats=100))


def test_every_place_down_to_cities_and_each_position_is_computed() -> None:
    number = waiting().count()
    assert number == Analysis.objects.count()
    assert compute_waiting(now=NOW) == number
    assert not waiting().exists()
    assert compute_waiting(now=NOW) == 0
    scopes = set(Analysis.objects.values_list("branch__code", "position__code"))
    assert scopes == {
        *((code, None) for code in ("000000", "440000", "440200", "440300", "320000", "320100")),
        ("000000", "TELLER"),
        ("000000", "TECH_ENGINEER"),
    }


def test_reading_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    compute_waiting(now=NOW)
    bank = branch("000000")
    with django_assert_num_queries(1):
        found = stored_analysis(season=SEASON, branch=bank)
    assert found is not None
    assert found.result["n_applicants"] == HistoricInterview.objects.count()
    assert found.inputs["records"] == PerformanceRecord.objects.count()


def test_what_is_not_computed_yet_is_not_there() -> None:
    assert stored_analysis(season=SEASON, branch=branch("000000")) is None


def test_a_branch_counts_all_below_and_nobody_beside() -> None:
    compute_waiting(now=NOW)
    counted = {
        code: Analysis.objects.get(branch__code=code, position=None).result["n_applicants"]
        for code in ("000000", "440000", "440200", "440300", "320000")
    }
    assert (
        counted["440200"] == HistoricInterview.objects.filter(branch__code__in=["440200", "440201"]).count()
    )
    assert counted["440000"] == counted["440200"] + counted["440300"]
    assert counted["000000"] == counted["440000"] + counted["320000"]


def test_units_are_those_right_below() -> None:
    data = load_season(SEASON)
    assert set(data.at(branch("000000"), None).unit) == {"440000", "320000"}
    assert set(data.at(branch("440000"), None).unit) == {"440200", "440300"}
    assert set(data.at(branch("440200"), None).unit) == {"440200", "440201"}


def test_rows_become_the_columns_of_their_person() -> None:
    data = load_season(SEASON).at(branch("000000"), Position.objects.get(code="TELLER"))
    tellers = HistoricInterview.objects.filter(position__code="TELLER").order_by("pk")
    assert data.score.tolist() == [float(row.score) for row in tellers]
    assert data.hired.tolist() == [hasattr(row, "hire") for row in tellers]
    learning = data.dimensions[:, data.codes.index("learning")]
    assert learning.tolist() == [row.dimensions["learning"] for row in tellers]
    assert data.protected["gender"].tolist() == [row.gender for row in tellers]
    assert "gender" not in data.groups
    hire = Hire.objects.filter(position__code="TELLER").order_by("historic").first()
    assert hire is not None
    months = [float(score) for score in hire.records.values_list("score", flat=True)]
    assert data.monthly[data.hired][0].tolist() == months


def test_somebody_may_ask_for_any_scope() -> None:
    compute_waiting(now=NOW)
    teller = Position.objects.get(code="TELLER")
    want_analysis(season=SEASON, branch=branch("440200"), position=teller, now=NOW + timedelta(hours=1))
    assert compute_waiting(now=NOW + timedelta(hours=1)) == 1
    assert stored_analysis(season=SEASON, branch=branch("440200"), position=teller) is not None


def test_below_city_level_nobody_is_a_point() -> None:
    below = analyse_now(season=SEASON, branch=branch("440201"), position=None, now=NOW)
    city = analyse_now(season=SEASON, branch=branch("440200"), position=None, now=NOW)
    assert below.result["scatter"] is None
    assert city.result["scatter"]["points"]


def test_one_scope_at_once() -> None:
    row = analyse_now(season=SEASON, branch=branch("440000"), position=None, now=NOW)
    assert row.computed_at == NOW
    assert row.result["n_applicants"] > 0


def test_only_a_season_that_changed_is_computed_again() -> None:
    compute_waiting(now=NOW)
    later = NOW + timedelta(hours=1)
    assert want_changed_seasons(now=later) == []
    HistoricInterview.objects.filter(hire__isnull=True).first().delete()  # type: ignore[union-attr]  # there are hundreds
    assert want_changed_seasons(now=later) == [SEASON]
    assert waiting().count() == Analysis.objects.count()


def test_a_change_during_the_computation_leaves_it_waiting() -> None:
    Analysis.objects.update(wanted_at=NOW + timedelta(seconds=1))
    compute_waiting(now=NOW)
    assert waiting().count() == Analysis.objects.count()


def test_the_task_drains_what_waits(valkey: redis.Redis) -> None:
    Analysis.objects.update(wanted_at=NOW - timedelta(days=9_000))
    compute_analyses()
    assert not waiting().exists()


def test_seasons_before_come_from_their_stored_analyses() -> None:
    compute_waiting(now=NOW)
    found = before("2026-autumn", Scope(branch("000000")))
    assert [spread.label for spread in found.scores] == [SEASON]
    assert found.scores[0].n == HistoricInterview.objects.count()
    assert found.work[0].n == Hire.objects.count()
    assert before(SEASON, Scope(branch("000000"))).scores == []


def test_anomalous_hires_are_those_the_analysis_counts() -> None:
    some = Hire.objects.filter(branch__code="440201").first()
    assert some is not None
    HistoricInterview.objects.filter(hire=some).update(score=Decimal(93))
    some.records.update(score=Decimal(70))
    analyse_now(season=SEASON, branch=branch("000000"), position=None, now=NOW)
    row = stored_analysis(season=SEASON, branch=branch("000000"))
    assert row is not None
    found = list(anomalous_hires(season=SEASON, branch=branch("440000")))
    assert some in found
    anomalies = report_of(row).anomalies
    assert anomalies is not None
    assert anomalies.observed == len(anomalous_hires(season=SEASON, branch=branch("000000")))
    assert some not in anomalous_hires(season=SEASON, branch=branch("320000"))


def test_a_season_without_hires_is_left_alone(finished_season: HistoryImported) -> None:
    PerformanceRecord.objects.all()._raw_delete("default")
    Hire.objects.all().delete()
    assert want_changed_seasons(now=NOW) == []
