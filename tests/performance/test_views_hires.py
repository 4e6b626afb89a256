"""Hires through HTTP: who is to be recorded, recording, the list, one hire's page."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from performance.models import Hire, PerformanceRecord, RecordCorrection
from performance.operations.targets import keep_target
from recruitment.models import Application
from recruitment.operations.replies import accept_offer
from tests.factories import NOW, make_world
from tests.performance.test_operations_targets import target
from tests.staff import HERE, Staff, application_of, make_everybody, sent_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
ALLOWED = {"hq_hr", "province_hr", "city_hr"}
MOST_QUERIES = 14


@pytest.fixture
def staff() -> Staff:
    make_world()
    keep_target(target=target(), now=NOW, by=None)
    return make_everybody()


def accepted(**changes: Any) -> Application:
    """Accepted, to begin tomorrow."""
    notice = sent_notice(**changes)
    accept_offer(notice_id=notice.pk, now=NOW)
    application = application_of(notice)
    Application.objects.filter(pk=application.pk).update(onboarding_on=NOW.date() + timedelta(days=1))
    application.refresh_from_db()
    return application


def hired(application: Application, number: str = "E1") -> Hire:
    return Hire.objects.create(
        employee_no=number,
        application=application,
        branch=application.branch,
        position=application.position,
        season=application.season,
        onboarded_on=NOW.date(),
        recorded_at=NOW,
    )


def record(client: Client, application: Application, **typed: str) -> Any:
    given = {"employee_no": "E100", "onboarded_on": "2026-11-05"}
    return client.post(reverse("hire_record", args=[application.pk]), given | typed)


@pytest.mark.parametrize("name", sorted(HERE))
def test_hr_of_the_branch_sees_who_begins(staff: Staff, name: str) -> None:
    application = accepted(name="李传")
    page = staff.client(name).get(reverse("hires"))
    assert page.status_code == (200 if name in ALLOWED else 403)
    assert ("李传" in page.text) is (name in ALLOWED)
    assert record(staff.client(name), application).status_code == (302 if name in ALLOWED else 403)
    assert Hire.objects.exists() is (name in ALLOWED)


def test_nobody_elsewhere_sees_or_records(staff: Staff) -> None:
    application = accepted(name="李传")
    hire = hired(accepted(name="王二"))
    client = staff.client("foreign_city_hr")
    assert "李传" not in client.get(reverse("hires")).text
    assert "王二" not in client.get(reverse("hires"), {"view": "recorded"}).text
    assert record(client, application).status_code == 404
    assert client.get(reverse("hire", args=[hire.pk])).status_code == 404


def test_a_hire_is_recorded_once(staff: Staff) -> None:
    application = accepted()
    client = staff.client("city_hr")
    assert record(client, application).headers["Location"] == reverse("hires")
    hire = Hire.objects.get()
    assert (hire.employee_no, hire.onboarded_on, hire.application) == ("E100", date(2026, 11, 5), application)
    assert application.transitions.latest("id").by == staff.users["city_hr"]
    assert record(client, application).status_code == 404
    assert application.person.name not in client.get(reverse("hires")).text
    assert application.person.name in client.get(reverse("hires"), {"view": "recorded"}).text


def test_what_is_wrong_is_said_beside_the_field(staff: Staff) -> None:
    hired(accepted())
    application, client = accepted(), staff.client("city_hr")
    for typed, field, says in (
        ({"employee_no": "E1"}, "employee_no", "Another employee has this number"),
        ({"employee_no": ""}, "employee_no", "Enter the employee number"),
        ({"employee_no": "a b"}, "employee_no", "Use letters, digits"),
        ({"onboarded_on": "2026-11-01"}, "onboarded_on", "before the acceptance (2026-11-04)"),
        ({"onboarded_on": "2027-03-01"}, "onboarded_on", "more than a month away"),
        ({"onboarded_on": "soon"}, "onboarded_on", "such as 2026-11-30"),
    ):
        answer = record(client, application, **typed)
        assert answer.status_code == 422
        assert says in answer.text
        ((_row, form),) = answer.context["rows"]
        assert list(form.errors) == [field]
        assert form[field].value() == typed[field]
    assert Hire.objects.count() == 1


def test_a_first_day_far_away_is_not_on_the_list_yet(staff: Staff) -> None:
    application = accepted(name="李传")
    Application.objects.filter(pk=application.pk).update(onboarding_on=NOW.date() + timedelta(days=8))
    assert "李传" not in staff.client("city_hr").get(reverse("hires")).text


def test_the_earliest_first_day_comes_first_on_every_page(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (1, 2, 3):
        application = accepted(name=f"第{days}")
        Application.objects.filter(pk=application.pk).update(onboarding_on=NOW.date() + timedelta(days=days))
    monkeypatch.setattr(
        "hrportal.kernel.keyset_pagination.page.__kwdefaults__", {"cursor": "", "size": 2, "ascending": False}
    )
    client = staff.client("hq_hr")
    first = client.get(reverse("hires")).context["page"]
    second = client.get(reverse("hires"), {"cursor": first.next}).context["page"]
    back = client.get(reverse("hires"), {"cursor": second.previous}).context["page"]
    names = [[row.person.name for row in found.rows] for found in (first, second, back)]
    assert names == [["第1", "第2"], ["第3"], ["第1", "第2"]]


def test_both_lists_are_narrowed(staff: Staff) -> None:
    application, client = accepted(name="李传"), staff.client("hq_hr")
    filters = (
        ({"q": "李"}, {"q": "张"}),
        ({"branch": "440000"}, {"branch": "320000"}),
        ({"position": "TELLER"}, {"position": "TECH_ENGINEER"}),
        ({"season": "2026-autumn"}, {"season": "2025-autumn"}),
    )
    for view in ("", "recorded"):
        for fitting, other in filters:
            assert "李传" in client.get(reverse("hires"), fitting | {"view": view}, follow=True).text
            assert "李传" not in client.get(reverse("hires"), other | {"view": view}, follow=True).text
        if not view:
            hired(application)


@pytest.mark.parametrize("view", ["", "recorded"])
def test_a_list_costs_the_same_however_long(staff: Staff, view: str) -> None:
    client = staff.client("city_hr")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(reverse("hires"), {"view": view}).status_code == 200
        return len(captured)

    def one_more(number: int) -> None:
        application = accepted()
        if view:
            hired(application, f"E{number}")

    one_more(1)
    client.get(reverse("hires"))
    few = queries()
    one_more(2)
    one_more(3)
    assert queries() == few <= MOST_QUERIES


def test_a_hire_shows_promised_beside_reached_and_every_correction(staff: Staff) -> None:
    hire = hired(accepted(name="李传"))
    month = PerformanceRecord.objects.create(
        hire=hire,
        period=date(2026, 11, 1),
        score=80,
        complaints=2,
        transactions=400,
        project_completion="0.95",
        metrics={"new-customers": 12},
        recorded_at=NOW,
        source="api",
    )
    RecordCorrection.objects.create(
        record=month,
        at=NOW,
        by=staff.users["city_hr"],
        source="file",
        before={"score": "70.00"},
        after={"score": "80.00"},
    )
    page = staff.client("city_hr").get(reverse("hire", args=[hire.pk])).text
    for told in ("李传", "120%", "Score: 70.00 → 80.00", "2 / 400", "95%", "new-customers · v1"):
        assert told in page
    assert "13800" not in page
