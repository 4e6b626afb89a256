"""An accepted candidate begins to work; the way there is part of the analysis."""

from datetime import date, timedelta
from typing import Any

import pytest

from branches.roles import Role
from hrportal.kernel.refusals import Conflict, Refused
from hrportal.kernel.scopes import Scope, scoped
from performance.models import Analysis, Hire, PerformanceRecord
from performance.operations.hires import (
    AHEAD,
    record_hire,
)
from performance.queries.cohorts import load_season
from performance.queries.journeys import journeys_of
from recruitment.enums import ApplicationState
from recruitment.models import Application
from tests.factories import NOW, make_staff, make_world
from tests.recruitment.candidates import application_of, make_targets, sent_notice

pytestmark = pytest.mark.django_db
DAY = date(2026, 12, 1)


@pytest.fixture
def accepted() -> Application:
    make_world()
    make_targets()
    application = application_of(sent_notice())
    application.state = ApplicationState.ACCEPTED
    application.save()
    return application


def hire(application: Application, **how: Any) -> Hire:
    given: dict[str, Any] = {"application": application, "employee_no": "E1", "onboarded_on": DAY, "now": NOW}
    return record_hire(**given | how)


def test_the_hire_is_where_the_application_was(accepted: Application) -> None:
    clerk = make_staff(Role.CITY_HR, "440200")
    found = hire(accepted, by=clerk)
    assert (found.branch, found.position, found.season) == (
        accepted.branch,
        accepted.position,
        accepted.season,
    )
    move = accepted.transitions.latest("id")
    assert (move.action, move.by) == ("hire", clerk)
    assert Analysis.objects.filter(season=accepted.season, branch=accepted.branch).exists()


def test_the_same_again_is_the_same_hire(accepted: Application) -> None:
    assert hire(accepted) == hire(accepted)
    assert accepted.transitions.filter(action="hire").count() == 1


def test_another_number_for_a_known_hire_is_refused(accepted: Application) -> None:
    hire(accepted)
    with pytest.raises(Conflict):
        hire(accepted, employee_no="E2")


@pytest.mark.parametrize(
    ("day", "is_early"), [(date(2026, 11, 3), True), (NOW.date() + AHEAD + timedelta(days=1), False)]
)
def test_nobody_begins_before_the_acceptance_or_long_from_now(
    accepted: Application, day: date, is_early: bool
) -> None:
    with pytest.raises(Refused) as refusal:
        hire(accepted, onboarded_on=day)
    assert refusal.value.field == "onboarded_on"
    assert (NOW.date().isoformat() in str(refusal.value.sentence)) is is_early
    assert not Hire.objects.exists()


def test_a_city_has_every_place_analysed_again(accepted: Application) -> None:
    """The analyses of the places above are not the city's to see, and yet they wait for a worker."""
    here = Scope(reason="a test", branch_ids=frozenset({accepted.branch_id}))
    with scoped(here):
        hire(accepted)
    assert Analysis.objects.filter(season=accepted.season, branch__depth=1).exists()


def test_a_number_belongs_to_one_hire(accepted: Application) -> None:
    hire(accepted)
    other = application_of(sent_notice(phone="+8613800009999", id_number="11010119900307811X"))
    Application.objects.filter(pk=other.pk).update(state=ApplicationState.READY)
    with pytest.raises(Refused) as refusal:
        hire(other)
    assert refusal.value.field == "employee_no"


def test_who_has_not_accepted_is_not_hired(accepted: Application) -> None:
    Application.objects.filter(pk=accepted.pk).update(state=ApplicationState.NOTIFIED)
    with pytest.raises(Conflict):
        hire(accepted)


def test_the_way_of_an_application_is_read(accepted: Application) -> None:
    journey = journeys_of(accepted.season)[accepted.pk]
    assert (journey.reached, journey.channel) == (5, "app")
    assert journey.notified == {"new-customers": 10.0, "attainment": 90.0}


def test_what_was_promised_is_held_against_what_was_reached(accepted: Application) -> None:
    found = hire(accepted)
    for month, customers in ((12, 8), (11, 14)):
        PerformanceRecord.objects.create(
            hire=found,
            period=date(2026, month, 1),
            score=80,
            metrics={"new-customers": customers},
            recorded_at=NOW + timedelta(days=60),
            source="api",
        )
    data = load_season(accepted.season).cohort
    assert data.hired.tolist() == [True]
    assert data.ratios["new-customers"].tolist() == [1.1]
    assert "attainment" not in data.ratios
    assert data.reached.tolist() == [6]
    assert data.channel.tolist() == ["app"]


def test_complaints_and_completion_of_all_months_are_read(accepted: Application) -> None:
    """A month without transactions says nothing about complaints, nor adds to their exposure."""
    found = hire(accepted)
    months: list[dict[str, Any]] = [
        {"complaints": 1, "transactions": 400, "project_completion": "0.9"},
        {"complaints": 2, "transactions": 600, "project_completion": "0.8"},
        {"transactions": 5000},
    ]
    for number, values in enumerate(months, 9):
        PerformanceRecord.objects.create(
            hire=found, period=date(2026, number, 1), score=80, recorded_at=NOW, source="api", **values
        )
    measures = load_season(accepted.season).cohort.measures
    assert {name: column.tolist() for name, column in measures.items()} == {
        "complaints": [3],
        "transactions": [1000],
        "project_completion": [pytest.approx(0.85)],
    }
