"""What a person corrected holds, and a row under somebody else's number is asked back."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from branches.roles import Role
from performance.models import Hire, PerformanceRecord, RecordCorrection, RecordDifference, RecordUpload
from performance.operations.history import import_history
from recruitment.enums import DifferenceState
from recruitment.models import Application
from tests.factories import NOW, make_staff, make_world
from tests.performance.seasons import interview, write_history
from tests.performance.test_api import month, post
from tests.performance.test_operations_records import record, row
from tests.performance.test_views_hires import accepted, hired
from tests.performance.test_views_records import confirm, looked_at
from tests.staff import Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]


@pytest.fixture
def staff() -> Staff:
    make_world()
    return make_everybody()


@pytest.fixture
def hire(staff: Staff) -> Hire:
    """E1, at work since last month, whom the performance system has judged and HR corrected."""
    found = hired(accepted())
    Hire.objects.filter(pk=found.pk).update(onboarded_on=NOW.date() - timedelta(days=300))
    found.refresh_from_db()
    record(row(score="60", metrics={"loans": 2, "cards": 1}), source="api")
    upload = looked_at(staff.client("city_hr"), "employee_no,period,score,metric.loans\nE1,2026-02,90,5\n")
    confirm(staff.client("city_hr"), upload)
    assert held() == (Decimal(90), {"loans": 5, "cards": 1})
    return found


def held() -> tuple[Decimal, dict[str, float]]:
    kept = PerformanceRecord.objects.get()
    return kept.score, kept.metrics


def decide(client: Client, *, take: bool) -> Any:
    row = RecordDifference.objects.get(state=DifferenceState.OPEN)
    url = f"/hires/{row.hire_id}/differences/{row.pk}/"
    return client.post(url, {"take": "yes" if take else "no", "seen": row.sent_at.isoformat()}, follow=True)


@pytest.mark.parametrize("way", ["api", "history", "file"])
def test_a_correction_holds_against_every_door(client: Client, staff: Staff, hire: Hire, way: str) -> None:
    if way == "api":
        post(client, month(score=60, metrics={"loans": 2, "cards": 7}))
    elif way == "history":
        record(row(score="60", metrics={"loans": 2, "cards": 7}), source="history")
    else:
        text = "employee_no,period,score,metric.loans,metric.cards\nE1,2026-02,60,2,7\n"
        confirm(staff.client("province_hr"), looked_at(staff.client("province_hr"), text))
    assert held() == (Decimal(90), {"loans": 5, "cards": 7})
    difference = RecordDifference.objects.get()
    assert difference.sent == {"score": "60.00", "metric.loans": 2}
    page = staff.client("city_hr").get(f"/hires/{hire.pk}/").text
    assert "Score: 90.00 → 60.00" in page
    assert "Loans: 5 → 2" in page
    assert f'href="/hires/{hire.pk}/"' in staff.client("city_hr").get("/").text


def test_the_performance_system_is_told_what_stays(client: Client, hire: Hire) -> None:
    told = post(client, month(score=60)).json()
    assert (told["kept"], told["corrected"]) == (1, 0)
    assert (told["results"][0]["status"], told["results"][0]["kept"]) == ("kept", ["score"])


def test_complaints_and_transactions_stay_together(client: Client, hire: Hire) -> None:
    record(row(score="90", complaints="5", transactions="50"), source="api")
    record(row(score="90", transactions="100"), by=make_staff(Role.CITY_HR, "440200"), accepted=[1])
    told = post(client, month(score=90, complaints=150, transactions=200)).json()
    assert (told["errors"], told["results"][0]["kept"]) == (0, ["complaints", "transactions"])


def test_kept_is_kept_and_not_asked_again(client: Client, staff: Staff, hire: Hire) -> None:
    post(client, month(score=60))
    assert "Current value kept." in decide(staff.client("city_hr"), take=False).text
    post(client, month(score=60))
    assert held()[0] == 90
    assert RecordDifference.objects.get().state == DifferenceState.KEPT
    post(client, month(score=61))
    assert RecordDifference.objects.filter(state=DifferenceState.OPEN).count() == 1


def test_taken_holds_from_then_on(client: Client, staff: Staff, hire: Hire) -> None:
    post(client, month(score=60))
    page = decide(staff.client("city_hr"), take=True)
    assert "New value accepted." in page.text
    assert held()[0] == 60
    correction = RecordCorrection.objects.latest("id")
    assert (correction.by, correction.before, correction.after) == (
        staff.users["city_hr"],
        {"score": "90.00"},
        {"score": "60.00"},
    )
    post(client, month(score=75))
    assert held()[0] == 60


def test_nobody_decides_on_a_value_they_did_not_see(client: Client, staff: Staff, hire: Hire) -> None:
    post(client, month(score=60))
    row = RecordDifference.objects.get()
    seen = (row.sent_at - timedelta(seconds=1)).isoformat()
    url = f"/hires/{hire.pk}/differences/{row.pk}/"
    answer = staff.client("city_hr").post(url, {"take": "yes", "seen": seen}, follow=True)
    assert "changed by someone else" in answer.text
    assert held()[0] == 90


def test_a_person_lets_a_line_of_a_file_hold(staff: Staff, hire: Hire) -> None:
    client = staff.client("province_hr")
    upload = looked_at(client, "employee_no,period,score\nE1,2026-02,70\n")
    page = client.get(f"/performance-records/{upload.pk}/").text
    assert 'name="accept" value="2"' in page
    client.post(f"/performance-records/{upload.pk}/confirm/", {"accept": ["2", "x", "9"]})
    confirm(client, upload)
    assert held()[0] == 70
    assert not RecordDifference.objects.exists()


def test_what_only_machines_wrote_is_replaced_by_machines(client: Client, staff: Staff, hire: Hire) -> None:
    post(client, month(period="2026-03", score=60))
    post(client, month(period="2026-03", score=61))
    assert PerformanceRecord.objects.get(period__month=3).score == 61
    assert not RecordDifference.objects.exists()


def test_another_body_under_a_known_id_waits_for_a_person(client: Client, staff: Staff, hire: Hire) -> None:
    post(client, month(score=90, metrics={"cards": 3}), message_id="m1")
    new = month(period="2026-03", score=50)
    for _ in range(2):
        answer = post(client, month(score=90, metrics={"cards": 4}), new, message_id="m1")
        assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (422, "id-reused")
    assert held() == (Decimal(90), {"loans": 5, "cards": 3})
    assert [(row.period.month, row.sent) for row in RecordDifference.objects.order_by("period")] == [
        (2, {"metric.cards": 4}),
        (3, {"score": "50.00"}),
    ]
    first, second = RecordDifference.objects.order_by("period")
    url = f"/hires/{hire.pk}/differences/"
    boss = staff.client("city_hr")
    boss.post(f"{url}{first.pk}/", {"take": "no", "seen": first.sent_at.isoformat()})
    boss.post(f"{url}{second.pk}/", {"take": "yes", "seen": second.sent_at.isoformat()})
    assert PerformanceRecord.objects.get(period__month=2).metrics["cards"] == 3
    assert PerformanceRecord.objects.get(period__month=3).score == 50


def test_a_message_that_comes_again_under_its_own_id_settles_it(client: Client, hire: Hire) -> None:
    post(client, month(period="2026-03", score=50), message_id="m1")
    post(client, month(period="2026-03", score=55), message_id="m1")
    post(client, month(period="2026-03", score=55), message_id="m2")
    assert RecordDifference.objects.get().state == DifferenceState.TAKEN
    assert PerformanceRecord.objects.get(period__month=3).score == 55


@pytest.mark.parametrize(("field", "value"), [("name", "钱二"), ("application_ref", "APP-OF-ANOTHER")])
def test_a_row_of_somebody_else_is_refused(client: Client, hire: Hire, field: str, value: str) -> None:
    told = post(client, month(score=1, **{field: value}), month(period="2026-03")).json()
    assert told["results"][0] | {"message": ""} == {
        "row": 1,
        "status": "error",
        "code": f"{field}-differs",
        "field": field,
        "message": "",
    }
    assert told["created"] == 1
    assert value not in str(told)


def test_the_right_name_in_another_writing_is_no_contradiction(client: Client, hire: Hire) -> None:
    application = Application.objects.get(hire=hire)
    name = "　".join(application.person.name)
    told = post(client, month(period="2026-03", name=name, application_ref=application.ref)).json()
    assert told["created"] == 1


def test_a_line_with_another_name_is_named_masked_and_may_be_right(staff: Staff, hire: Hire) -> None:
    client = staff.client("city_hr")
    application = Application.objects.get(hire=hire)
    upload = looked_at(client, "工号,姓名,月份,绩效\nE1,欧阳一二,2026-03,80\n")
    (error,) = upload.errors
    assert (error["line"], error["field"], error["can_stand"]) == (2, "name", True)
    page = client.get(f"/performance-records/{upload.pk}/").text
    name = application.person.name
    assert f"received: 欧***, on record: {name[0]}{'*' * (len(name) - 1)}" in page
    assert "Import selected rows" in page
    assert "欧阳一二" not in page
    confirm(client, upload)
    assert not PerformanceRecord.objects.filter(period__month=3).exists()
    upload = looked_at(client, "工号,姓名,月份,绩效\nE1,欧阳一二,2026-03,80\n")
    client.post(f"/performance-records/{upload.pk}/confirm/", {"accept": "2"})
    confirm(client, upload)
    assert PerformanceRecord.objects.get(period__month=3).score == 80
    assert RecordUpload.objects.get(pk=upload.pk).errors == []


def test_a_hire_of_a_file_with_another_name_is_asked_back(staff: Staff, tmp_path: Path) -> None:
    application = accepted()
    folder = write_history(tmp_path, interviews=[interview()])
    day = NOW.date().isoformat()
    for name, expected in (("欧阳一二", ["name"]), (application.person.name, []), ("", [])):
        text = f"application_ref,employee_no,onboarded_on,name\n{application.ref},E77,{day},{name}\n"
        (folder / "history-hires.csv").write_text(text, encoding="utf-8")
        errors = import_history(folder=folder, now=NOW + timedelta(days=2)).errors
        assert [error.field for error in errors] == expected
    assert Hire.objects.get().employee_no == "E77"
