"""The rows behind the measured lists are made by the database, past the models, whose tables must take them."""

import pytest

from branches.roles import Role
from notifications.enums import DeliveryState, NoticeState
from notifications.models import Delivery, Notice
from recruitment.models import Application
from tests.benchmarks import pages
from tests.benchmarks.filling import fill
from tests.factories import make_staff, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_applications_have_persons_results_and_notices() -> None:
    make_world()
    # Somebody approved what was sent.
    make_staff(Role.HQ_HR, "000000")
    fill(20)
    rows = Application.objects.select_related("person", "result")
    assert {(row.person.name, row.result is not None) for row in rows} == {
        (f"测试{n}", True) for n in range(1, 21)
    }
    assert Notice.objects.filter(state=NoticeState.SENT).count() == 2
    assert Delivery.objects.filter(state=DeliveryState.DELIVERED).count() == 4


def test_pages_with_rows_behind_them_are_looked_at_by_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    make_world()
    make_staff(Role.HQ_HR, "000000", username="hq_hr")
    make_staff(Role.CITY_HR, "440200", username="city_hr")
    monkeypatch.setattr(pages, "LOOKS", 2)
    fill(40)
    before: dict[str, float] = {}
    few = pages.rows(applications=40, runs=1, before=before)
    again = pages.rows(applications=41, runs=1, before=before)
    assert {one.met for one in few if one.unit == "statements"} == {True}
    assert {one.unit for one in again} - {one.unit for one in few} == {"times"}
    assert any("detail" in one.name for one in few)
