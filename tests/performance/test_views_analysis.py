"""The analysis over HTTP: who sees which scope, what each panel says with and without enough people."""

import csv
import io
import json
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from branches.roles import Role
from hrportal.kernel import clocks
from hrportal.kernel.models import FailedRow
from performance.analytics.plain import plain
from performance.analytics.privacy import Hidden
from performance.analytics.report import analyse
from performance.models import Analysis, CaseNote, Hire, HistoricInterview, PerformanceRecord
from performance.operations import analyses
from performance.operations.analyses import compute_waiting
from performance.queries.analyses import waiting
from performance.rendering.panels import PANELS
from tests.chinese import latin_words
from tests.factories import NOW, make_staff
from tests.performance.seasons import SEASON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("business_clock", "finished_season", "computed"),
]
DATA = re.compile(r'<script id="([\w-]+)" type="application/json">(.*?)</script>', re.DOTALL)
PANEL_QUERIES = 13


@pytest.fixture
def computed(finished_season: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole bank's analysis, a province's with enough hires, a city's with too few; few samples do here."""
    monkeypatch.setattr(analyses, "analyse", partial(analyse, repeats=100))
    wanted = Analysis.objects.filter(branch__code__in=["000000", "440000", "440300"], position=None)
    Analysis.objects.exclude(pk__in=wanted.values("pk")).delete()
    compute_waiting(now=NOW)


def client_of(role: Role, branch: str, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(make_staff(role, branch))
    return client


@pytest.fixture
def head_office() -> Client:
    return client_of(Role.HQ_HR, "000000")


def body(response: Any) -> str:
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def drawings(response: Any) -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in DATA.findall(body(response))}


def anomalous_hire(branch: str) -> Hire:
    """Somebody whose interview was splendid and whose work is poor."""
    hire = Hire.objects.filter(branch__code=branch, season=SEASON).earliest("pk")
    HistoricInterview.objects.filter(hire=hire).update(score=95)
    PerformanceRecord.objects.filter(hire=hire).update(score=61)
    return hire


def test_it_begins_with_the_viewers_own_branch(head_office: Client) -> None:
    assert "总行 · All positions" in body(head_office.get("/analysis/"))
    assert "广东分行 · All positions" in body(client_of(Role.PROVINCE_HR, "440000").get("/analysis/"))


def test_a_foreign_or_unknown_scope_is_not_there() -> None:
    client = client_of(Role.CITY_HR, "440200")
    for page in ("", "groups/", "groups/csv/", "progress/"):
        for branch in ("320100", "000000", "440300", "nowhere"):
            assert client.get(f"/analysis/{page}?branch={branch}").status_code == 404, (page, branch)
        for query in ("season=1999-autumn", "position=ASTRONAUT"):
            assert client.get(f"/analysis/{page}?{query}").status_code == 404, (page, query)


def test_an_unknown_panel_is_not_there(head_office: Client) -> None:
    assert head_office.get("/analysis/horoscope/").status_code == 404
    assert head_office.get("/analysis/horoscope/csv/").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_panel_has_a_sentence_and_a_table_beside_each_drawing(language: str) -> None:
    client = client_of(Role.HQ_HR, "000000", language)
    for panel in PANELS:
        page = client.get(f"/analysis/{panel}/")
        for name in drawings(page):
            code = name.removesuffix("-data")
            assert f'data-chart="{name}" role="img" aria-labelledby="{code}-says"' in body(page)
            card = body(page).split(f'aria-labelledby="{code}-title"')[1].split("</section>")[0]
            assert f'id="{code}-says"' in card
            assert "<table" in card


def test_no_panel_shows_a_word_that_nobody_translated() -> None:
    client = client_of(Role.HQ_HR, "000000", "zh-hans")
    found = [word for panel in PANELS for word in latin_words(body(client.get(f"/analysis/{panel}/")))]
    assert not found, "\n".join(found)


def test_corrected_values_never_stand_alone(head_office: Client) -> None:
    estimates = drawings(head_office.get("/analysis/"))["validity_estimates-data"]["rows"]
    naive, corrected, full = estimates
    assert naive["value"] < corrected["value"] < full["value"]
    assert all(row["low"] < row["value"] < row["high"] for row in estimates)
    n = Analysis.objects.get(branch__code="000000", position=None).result["n_performance"]
    assert f'<td class="number" data-label="n">{n}</td>' in body(head_office.get("/analysis/"))


def test_below_the_minimum_a_panel_says_how_many_more_and_nothing_else(head_office: Client) -> None:
    found = Analysis.objects.get(branch__code="440300", position=None).result
    assert 0 < found["n_performance"] < 50
    page = head_office.get("/analysis/?branch=440300")
    assert f"{50 - found['n_performance']} more hires with performance records are needed" in body(page)
    assert not {"validity_estimates-data", "scatter-data"} & set(drawings(page))
    assert "Corrected for range restriction" not in body(page)
    for panel in ("dimensions", "anomalies", "weights", "groups", "branches"):
        assert not drawings(head_office.get(f"/analysis/{panel}/?branch=440300")), panel


def test_small_groups_are_not_counted_out(head_office: Client) -> None:
    row = Analysis.objects.get(branch__code="000000", position=None)
    row.result["groups"][0] = plain(Hidden("education:doctor"))
    row.save()
    assert "too few to show" in body(head_office.get("/analysis/groups/"))
    assert "under 5" in body(head_office.get("/analysis/groups/"))


def test_nobody_is_a_point_below_city_level(head_office: Client) -> None:
    head_office.post("/analysis/compute/", {"season": SEASON, "branch": "440201", "position": ""})
    compute_waiting(now=NOW)
    anomalous_hire("440201")
    row = Analysis.objects.get(branch__code="440201")
    assert row.result["scatter"] is None
    row.result["naive_r"], row.result["warnings"] = 0.3, []
    row.result["anomalies"] = {"observed": 1, "expected": 0.2, "low": 0, "high": 1, "considered": 6}
    row.save()
    assert 'id="cases-title"' not in body(head_office.get("/analysis/anomalies/?branch=440201"))
    assert 'id="cases-title"' in body(head_office.get("/analysis/anomalies/"))


def test_what_is_not_computed_yet_is_asked_for_and_appears(head_office: Client) -> None:
    scope = f"season={SEASON}&branch=440200&position=TELLER"
    assert "Not computed yet" in body(head_office.get(f"/analysis/groups/?{scope}"))
    assert head_office.get(f"/analysis/progress/?{scope}").status_code == 404
    wanted = {"season": SEASON, "branch": "440200", "position": "TELLER", "panel": "groups"}
    asked = head_office.post("/analysis/compute/", wanted)
    assert asked.headers["Location"] == f"/analysis/groups/?{scope}"
    assert waiting().count() == 1
    assert "It will appear on this page" in body(head_office.get(asked.headers["Location"]))
    assert "hx-trigger" in body(head_office.get(f"/analysis/progress/?{scope}"))
    compute_waiting(now=clocks.now())
    assert head_office.get(f"/analysis/progress/?{scope}").headers["HX-Refresh"] == "true"
    assert "computed 2026-" in body(head_office.get(asked.headers["Location"]))


@pytest.mark.parametrize("sweep", ["compute_analyses", "load_season"])
def test_a_scope_that_could_not_be_computed_says_so_and_keeps_what_it_had(
    head_office: Client, sweep: str
) -> None:
    row = Analysis.objects.get(branch__code="000000", position=None)
    assert "failed" not in body(head_office.get("/analysis/validity/"))
    Analysis.objects.filter(pk=row.pk).update(wanted_at=NOW + timedelta(hours=1))
    FailedRow.objects.create(
        sweep=sweep,
        row_key=str(row.pk) if sweep == "compute_analyses" else row.season,
        next_attempt_at=NOW + timedelta(hours=2),
        error="ZeroDivisionError",
        raised_at="units.py:1 spread",
        first_failed_at=NOW,
        last_failed_at=NOW,
    )
    for page in ("/analysis/validity/", "/analysis/progress/"):
        text = body(head_office.get(page))
        assert "The last computation of this analysis failed." in text
        assert "The figures shown are from" in text
        assert "ZeroDivisionError" not in text


def test_a_foreign_scope_is_not_computed() -> None:
    client = client_of(Role.CITY_HR, "440200")
    asked = client.post("/analysis/compute/", {"season": SEASON, "branch": "440300", "position": "TELLER"})
    assert asked.status_code == 404
    assert not waiting().exists()


def test_reading_computes_nothing(
    head_office: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for panel in PANELS:
        with django_assert_max_num_queries(PANEL_QUERIES + (2 if panel == "anomalies" else 1)):
            head_office.get(f"/analysis/{panel}/")
    assert not waiting().exists()


def test_the_tables_leave_as_csv_without_any_person(head_office: Client) -> None:
    numbers = list(Hire.objects.values_list("employee_no", flat=True))
    for panel in PANELS:
        response = head_office.get(f"/analysis/{panel}/csv/?season={SEASON}")
        assert response.headers["Content-Disposition"] == (
            f'attachment; filename="analysis-{panel}-{SEASON}-000000.csv"'
        )
        text = response.content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0][:2] == ["Analysis", f"'{SEASON}"]
        assert len(rows) > 2
        assert not any(number in text for number in numbers)


def test_an_interval_has_two_columns_in_a_file(head_office: Client) -> None:
    text = head_office.get("/analysis/validity/csv/").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    head = next(row for row in rows if row[:1] == ["Estimate"])
    assert head[2:4] == ["95% confidence interval, lower end", "95% confidence interval, upper end"]


def test_hr_writes_why_and_earlier_notes_stay() -> None:
    client = client_of(Role.CITY_HR, "440300")
    hire = anomalous_hire("440300")
    address = f"/analysis/cases/{hire.pk}/"
    assert "No notes yet" in body(client.get(address))
    refused = client.post(address, {"reason": "", "text": "x"})
    assert refused.status_code == 422
    assert not CaseNote.objects.exists()
    for reason, text in (("measure", "考核口径有误"), ("guidance", "到岗三个月没有带教")):
        assert client.post(address, {"reason": reason, "text": text}).status_code == 302
    page = body(client.get(address))
    assert page.index("到岗三个月没有带教") < page.index("考核口径有误")
    assert set(hire.case_notes.values_list("reason", flat=True)) == {"measure", "guidance"}


def test_a_case_elsewhere_is_not_there() -> None:
    hire = anomalous_hire("440300")
    address = f"/analysis/cases/{hire.pk}/"
    foreign = client_of(Role.CITY_HR, "440200")
    assert foreign.get(address).status_code == 404
    assert foreign.post(address, {"reason": "guidance", "text": "越权记录"}).status_code == 404
    assert not CaseNote.objects.exists()


def test_cases_are_listed_with_their_newest_reason(head_office: Client) -> None:
    hire = anomalous_hire("440300")
    assert hire.employee_no in (page := body(head_office.get("/analysis/anomalies/")))
    assert "to be determined" in page
    head_office.post(f"/analysis/cases/{hire.pk}/", {"reason": "placement", "text": "更适合技术岗"})
    page = body(head_office.get("/analysis/anomalies/"))
    assert "The position does not suit the person" in page
    assert "1 of 1 with a reason" in page


def test_a_band_is_counted_and_never_drawn(head_office: Client) -> None:
    found = Analysis.objects.get(branch__code="000000", position=None).result["just_below_cut"]
    n = found[3]["n"]
    page = body(head_office.get("/analysis/randomised_band/?width=4&share=10"))
    assert f"{n} candidates failed within 4 points" in page
    assert f"would have added {-(-n // 10)} of them" in page
    assert head_office.get("/analysis/randomised_band/?width=99").status_code == 422


def test_the_guide_names_its_sources(head_office: Client) -> None:
    assert "Thorndike (1949)" in body(head_office.get("/analysis/guide/"))


def test_an_empty_bank_says_so() -> None:
    PerformanceRecord.objects.all()._raw_delete("default")
    Hire.objects.all().delete()
    HistoricInterview.objects.all().delete()
    Analysis.objects.all().delete()
    page = body(client_of(Role.HQ_HR, "000000").get("/analysis/"))
    assert "No interviews yet" in page
