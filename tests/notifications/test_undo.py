"""What was approved by a key or many at once waits some seconds, and can be taken back until it leaves."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from hrportal.kernel.refusals import Conflict
from notifications.enums import DeliveryState, NoticeState
from notifications.models import Approval, Delivery, Notice, NoticeTransition
from notifications.operations.claiming import claim_due
from notifications.operations.review import UNDO, approve, undo_approval
from recruitment.enums import ApplicationState, ConfirmationState
from recruitment.models import Application, Confirmation
from tests.factories import NOW, make_world
from tests.recruitment.steps import confirm, passed_application
from tests.staff import Staff, make_everybody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]


@pytest.fixture
def staff(db: None) -> Staff:
    make_world()
    return make_everybody()


@pytest.fixture
def notice(staff: Staff) -> Notice:
    return confirm(passed_application(name="李一"), by=staff.users["department"], now=NOW)


def by_key(client: Client, notice: Notice) -> None:
    client.post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash, "by": "key"})


def state_of(notice: Notice) -> str:
    return Notice.objects.values_list("state", flat=True).get(pk=notice.pk)


def test_by_a_key_nothing_leaves_before_the_time_is_over(staff: Staff, notice: Notice) -> None:
    by_key(staff.client("province_hr"), notice)
    assert state_of(notice) == NoticeState.APPROVED
    approval = Approval.objects.get()
    assert claim_due(now=approval.at + UNDO - timedelta(seconds=1), limit=10)[1] == []
    assert claim_due(now=approval.at + UNDO, limit=10)[1] != []


def test_where_time_runs_faster_a_person_still_has_real_seconds(
    staff: Staff, notice: Notice, settings: Settings
) -> None:
    settings.CLOCK_RATE = 60.0
    by_key(staff.client("province_hr"), notice)
    approval = Approval.objects.get()
    assert claim_due(now=approval.at + 59 * UNDO, limit=10)[1] == []
    assert claim_due(now=approval.at + 60 * UNDO, limit=10)[1] != []


def test_by_the_button_it_leaves_at_once(staff: Staff, notice: Notice) -> None:
    staff.client("province_hr").post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
    assert claim_due(now=Approval.objects.get().at, limit=10)[1] != []


def test_undone_it_is_in_review_as_before(staff: Staff, notice: Notice) -> None:
    client = staff.client("province_hr")
    by_key(client, notice)
    page = client.get("/reviews/").text
    assert "李一: approved, will be sent from" in page
    answer = client.post("/reviews/undo/", {"chosen": str(notice.pk)}, follow=True)
    assert "Undone. 1 notice is in review again." in answer.text
    after = Notice.objects.get(pk=notice.pk)
    assert (after.state, after.due_at, after.approved_at) == (NoticeState.IN_REVIEW, notice.due_at, None)
    assert Approval.objects.get().revoked_at is not None
    assert not Delivery.objects.filter(notice=notice, state=DeliveryState.PLANNED).exists()
    assert [move.action for move in NoticeTransition.objects.filter(subject=notice)] == [
        "confirm",
        "approve",
        "undo",
    ]
    # And may be approved again, by the same person: undoing is no edit.
    client.post(f"/reviews/{notice.pk}/approve/", {"content_hash": notice.content_hash})
    assert state_of(notice) == NoticeState.APPROVED
    assert claim_due(now=NOW + timedelta(minutes=1), limit=10)[1] != []


def test_many_at_once_are_undone_at_once(staff: Staff, notice: Notice) -> None:
    other = confirm(passed_application(name="李二"), by=staff.users["department"], now=NOW)
    client = staff.client("province_hr")
    client.post("/reviews/approve/", {"chosen": [f"{row.pk}:{row.content_hash}" for row in (notice, other)]})
    page = client.get("/reviews/").text
    assert "2 notices approved" in page
    assert claim_due(now=NOW + timedelta(seconds=5), limit=10)[1] == []
    client.post("/reviews/undo/", {"chosen": [str(notice.pk), str(other.pk)]})
    assert {state_of(notice), state_of(other)} == {NoticeState.IN_REVIEW}
    assert "approved, will be sent" not in client.get("/reviews/").text


def test_what_has_left_is_not_undone(staff: Staff, notice: Notice) -> None:
    client = staff.client("province_hr")
    by_key(client, notice)
    assert claim_due(now=NOW + timedelta(minutes=1), limit=10)[1]
    answer = client.post("/reviews/undo/", {"chosen": str(notice.pk)}, follow=True)
    assert "cannot be undone" in answer.text
    assert state_of(notice) == NoticeState.APPROVED


def test_nobody_undoes_what_somebody_else_approved(staff: Staff, notice: Notice) -> None:
    by_key(staff.client("province_hr"), notice)
    with pytest.raises(Conflict):
        undo_approval(notice_id=notice.pk, now=NOW, by=staff.users["hq_hr"])
    assert "Undo" not in staff.client("hq_hr").get("/reviews/").text
    assert (
        staff.client("foreign_city_hr").post("/reviews/undo/", {"chosen": str(notice.pk)}).status_code == 404
    )
    assert staff.client("city_hr").post("/reviews/undo/", {"chosen": "x"}).status_code == 302
    assert state_of(notice) == NoticeState.APPROVED


def test_the_offer_ends_with_the_time(staff: Staff, notice: Notice, settings: Settings) -> None:
    client = staff.client("province_hr")
    by_key(client, notice)
    settings.CLOCK_BUSINESS_EPOCH += UNDO.total_seconds() + 1
    assert "Undo" not in client.get("/reviews/").text


def test_operations_that_hold_nothing_back_are_as_fast_as_ever(staff: Staff, notice: Notice) -> None:
    approve(notice_id=notice.pk, content_hash=notice.content_hash, now=NOW, by=staff.users["province_hr"])
    assert claim_due(now=NOW, limit=10)[1] != []


class TestConfirmations:
    """What a department confirmed is taken back until a reviewer has decided."""

    def ask(self, name: str) -> Confirmation:
        return Confirmation.objects.get(application=passed_application(name=name))

    def test_many_at_once_are_asked_again(self, staff: Staff) -> None:
        asked = [self.ask("李一"), self.ask("李二")]
        client = staff.client("department")
        client.post("/confirmations/confirm/", {"chosen": [row.pk for row in asked]})
        assert "2 candidates (李一, 李二): just confirmed" in client.get("/confirmations/").text
        answer = client.post("/confirmations/undo/", {"chosen": [row.pk for row in asked]}, follow=True)
        assert "Undone. 2 candidates are pending again." in answer.text
        for row in asked:
            row.refresh_from_db()
            assert (row.state, row.decided_by) == (ConfirmationState.OPEN, None)
            application = Application.objects.get(pk=row.application_id)
            assert (application.state, application.onboarding_on) == (
                ApplicationState.CONFIRMING,
                row.proposed_on,
            )
        assert not Notice.objects.exclude(state=NoticeState.CANCELLED).exists()
        # And are confirmed again, with a notice of their own.
        client.post("/confirmations/confirm/", {"chosen": [row.pk for row in asked]})
        assert Notice.objects.filter(state=NoticeState.IN_REVIEW).count() == 2

    def test_not_after_a_reviewer_decided(self, staff: Staff) -> None:
        asked = self.ask("李一")
        client = staff.client("department")
        client.post("/confirmations/confirm/", {"chosen": [asked.pk]})
        notice = Notice.objects.get()
        approve(notice_id=notice.pk, content_hash=notice.content_hash, now=NOW, by=staff.users["province_hr"])
        answer = client.post("/confirmations/undo/", {"chosen": [asked.pk]}, follow=True)
        assert "cannot be undone" in answer.text
        asked.refresh_from_db()
        assert asked.state == ConfirmationState.CONFIRMED

    def test_only_by_who_confirmed(self, staff: Staff) -> None:
        asked = self.ask("李一")
        staff.client("department").post("/confirmations/confirm/", {"chosen": [asked.pk]})
        assert (
            staff.client("foreign_department")
            .post("/confirmations/undo/", {"chosen": [asked.pk]})
            .status_code
            == 404
        )
        # HR opens what was escalated to it, and nothing else.
        assert staff.client("city_hr").post("/confirmations/undo/", {"chosen": [asked.pk]}).status_code == 404
        asked.refresh_from_db()
        assert asked.state == ConfirmationState.CONFIRMED
