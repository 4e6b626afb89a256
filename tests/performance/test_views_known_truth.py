"""Simulated seasons over HTTP: asked for, computed behind the page, never taken for the bank's."""

import pytest
from django.test import Client

from branches.roles import Role
from performance.models import Simulation
from performance.operations import simulations
from performance.operations.simulations import compute_next
from performance.tasks import compute_simulations
from tests.factories import NOW, make_bank, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
WANTED = {"validity": "0.45", "applicants": "600", "seasons": "2", "seed": "7"}


@pytest.fixture
def client() -> Client:
    make_bank()
    found = Client(headers={"accept-language": "en"})
    found.force_login(make_staff(Role.CITY_HR, "440300"))
    return found


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The intervals are proved elsewhere."""
    monkeypatch.setattr(simulations, "REPEATS", 100)
    monkeypatch.setattr(simulations, "REPEATS_OF_MANY", 60)


def test_a_simulation_is_computed_behind_the_page_and_shown_beside_the_truth(client: Client) -> None:
    asked = client.post("/analysis/known-truth/", WANTED)
    row = Simulation.objects.get()
    address = f"/analysis/known-truth/{row.pk}/"
    assert asked.headers["Location"] == address
    assert row.computed_at is None
    waiting = client.get(address).content.decode()
    assert "being simulated" in waiting
    assert "hx-trigger" in client.get(f"{address}progress/").content.decode()
    compute_simulations()
    assert client.get(f"{address}progress/").headers["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "The true validity is 0.45" in page
    assert "Bias: operational validity minus true validity" in page
    for marked in (waiting, page, client.get("/analysis/known-truth/").content.decode()):
        assert "Simulated data. These people do not exist" in marked


def test_who_has_three_waiting_waits_for_one(client: Client) -> None:
    for _ in range(3):
        assert client.post("/analysis/known-truth/", WANTED | {"seasons": "1"}).status_code == 302
    refused = client.post("/analysis/known-truth/", WANTED)
    assert refused.status_code == 422
    assert "3 of your simulations are still running" in refused.content.decode()
    assert "0.45" in refused.content.decode()
    assert compute_next(now=NOW)
    assert client.post("/analysis/known-truth/", WANTED).status_code == 302


def test_one_season_has_no_coverage(client: Client) -> None:
    client.post("/analysis/known-truth/", WANTED | {"seasons": "1"})
    assert compute_next(now=NOW)
    assert not compute_next(now=NOW)
    row = Simulation.objects.get()
    assert row.result["seasons"] == row.result["criteria"] == []
    low, high = row.result["first"]["ci95"]["corrected_full_r"]
    assert low < row.result["first"]["corrected_full_r"] < high


def test_the_same_seed_gives_the_same_season(client: Client) -> None:
    for _ in range(2):
        client.post("/analysis/known-truth/", WANTED | {"seasons": "1"})
    compute_simulations()
    first, second = Simulation.objects.all()
    assert first.result == second.result


@pytest.mark.parametrize(
    "wrong",
    [{"validity": "0.95"}, {"applicants": "99"}, {"seasons": "0"}, {"applicants": "5000", "seasons": "100"}],
)
def test_what_cannot_be_simulated_is_refused_with_the_limit(wrong: dict[str, str], client: Client) -> None:
    refused = client.post("/analysis/known-truth/", WANTED | wrong)
    assert refused.status_code == 422
    assert "field-error" in refused.content.decode()
    assert not Simulation.objects.exists()


def test_too_few_hires_are_said_and_not_shown(client: Client) -> None:
    client.post("/analysis/known-truth/", WANTED | {"applicants": "100"})
    compute_simulations()
    page = client.get(f"/analysis/known-truth/{Simulation.objects.get().pk}/").content.decode()
    assert "more hires with performance records are needed" in page


def test_anothers_simulation_is_not_there(client: Client) -> None:
    client.post("/analysis/known-truth/", WANTED)
    other = Client()
    other.force_login(make_staff(Role.HQ_HR, "000000"))
    assert other.get(f"/analysis/known-truth/{Simulation.objects.get().pk}/").status_code == 404
