"""Escalation that arrives: on the work page of whoever something was passed to, in working time, still late."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from branches.access import access_of
from branches.queries.calendar import bank_calendar
from hrportal.home.work import work_of
from hrportal.kernel.refusals import NotSecondPerson
from notifications.models import Notice
from notifications.operations.review import approve
from recruitment.models import Confirmation
from recruitment.operations.deadlines import escalate_confirmations
from tests.factories import NOW, make_world
from tests.recruitment.steps import confirm, passed_application
from tests.staff import Staff, make_everybody

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(business_clock: Settings) -> Staff:
    make_world()
    return make_everybody()


def test_what_was_passed_up_stands_first_with_its_first_due_time(
    staff: Staff, business_clock: Settings
) -> None:
    """Nothing of it is in the province's hands before; then it leads the list, late since it first was due."""
    others = [confirm(passed_application()) for _ in range(3)]
    Notice.objects.filter(pk__in=[row.pk for row in others]).update(due_at=NOW - timedelta(days=30))
    waiting = Confirmation.objects.get(application=passed_application(name="部门未答"))
    assert "部门未答" not in staff.client("province_hr").get("/").text
    moment = waiting.escalate_at
    assert moment is not None
    # Due at six in the evening: passed up at nine, not in the night.
    escalate_confirmations(now=moment - timedelta(hours=3))
    waiting.refresh_from_db()
    assert (waiting.escalated_to, waiting.reminded_at) == (None, moment - timedelta(hours=3))
    escalate_confirmations(now=moment)
    business_clock.CLOCK_BUSINESS_EPOCH = moment.timestamp()
    first = work_of(access_of(staff.users["province_hr"], now=moment), now=moment).tasks[0]
    assert (first.name, first.due_at, first.is_late, first.is_escalated) == (
        "部门未答",
        waiting.due_at,
        True,
        True,
    )
    client = staff.client("province_hr")
    assert "部门未答" in client.get("/confirmations/").text
    assert "部门未答" not in staff.client("foreign_province_hr").get("/confirmations/").text
    # Answered there, the notice needs another reviewer.
    day = {"onboarding_on": waiting.proposed_on.isoformat()}
    assert client.post(f"/confirmations/{waiting.pk}/confirm/", day).status_code == 302
    notice = Notice.objects.get(subject_ref=waiting.application_id)
    with pytest.raises(NotSecondPerson):
        approve(
            notice_id=notice.pk,
            content_hash=notice.content_hash,
            now=moment,
            by=staff.users["province_hr"],
        )


def test_it_climbs_once_per_level_and_keeps_its_first_due_time(staff: Staff) -> None:
    waiting = Confirmation.objects.get(application=passed_application())
    due_at, levels, moment = waiting.due_at, [], waiting.escalate_at
    while moment is not None:
        assert bank_calendar().is_working_moment(moment)
        escalate_confirmations(now=moment)
        waiting.refresh_from_db()
        levels.append(waiting.escalated_to.code if waiting.escalated_to else "")
        assert waiting.due_at == due_at
        moment = waiting.escalate_at
    # From the head office it goes nowhere, and nothing is written down a second time.
    assert levels == ["440000", "000000"]
    escalate_confirmations(now=NOW + timedelta(days=60))
    escalated = waiting.application.transitions.filter(action="escalate")
    assert list(escalated.values_list("reason", flat=True)) == ["440000", "000000"]
