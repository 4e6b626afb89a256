"""Follow-ups and deliveries through HTTP."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches.models import AccessEntry, Branch
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.models import Delivery, FollowUp
from notifications.operations.escalation import escalate_follow_ups
from notifications.operations.recipients import mark_address_bad
from notifications.operations.stopping import revoke_notice
from notifications.queries.recipients import address_for
from tests.factories import NOW, make_world
from tests.staff import Staff, failed_sms, make_everybody, sent_notice, unknown_sms

pytestmark = pytest.mark.django_db
PHONE = "+8613812345678"
MOST_QUERIES = 12


@pytest.fixture
def world(db: None) -> dict[str, Branch]:
    return make_world()


@pytest.fixture
def staff(world: dict[str, Branch]) -> Staff:
    return make_everybody()


@pytest.fixture
def task(staff: Staff) -> FollowUp:
    """An SMS failed and the number is known to be bad."""
    notice = sent_notice(name="李传", phone=PHONE)
    address = address_for(notice.recipient_id, ChannelCode.SMS)
    assert address is not None
    mark_address_bad(address_id=address.pk, reason="21211")
    return failed_sms(notice)


@pytest.mark.parametrize(
    ("who", "listed", "shown"),
    [
        ("hq_hr", 200, 200),
        ("province_hr", 200, 200),
        ("city_hr", 200, 200),
        ("foreign_province_hr", 200, 404),
        ("foreign_city_hr", 200, 404),
        ("department", 403, 404),
        ("administration", 403, 404),
        ("it_ops", 403, 404),
        ("auditor", 403, 404),
    ],
)
def test_only_hr_of_the_branch_sees_a_follow_up(
    staff: Staff, task: FollowUp, who: str, listed: int, shown: int
) -> None:
    client = staff.client(who)
    page = client.get("/follow-ups/")
    assert page.status_code == listed
    assert ("李传" in page.text) is (shown == 200)
    assert client.get(f"/follow-ups/{task.pk}/").status_code == shown
    if shown == 404:
        for action in ("number", "correct", "settle", "complete"):
            assert client.post(f"/follow-ups/{task.pk}/{action}/", {"purpose": "to call"}).status_code == 404
        assert FollowUp.objects.get(pk=task.pk).state == FollowUpState.OPEN


def test_escalated_first_then_by_due_time(staff: Staff, task: FollowUp) -> None:
    later = sent_notice(name="后到")
    failed_sms(later)
    FollowUp.objects.filter(pk=task.pk).update(due_at=NOW + timedelta(days=2))
    client = staff.client("city_hr")
    assert [row.label for row in client.get("/follow-ups/").context["rows"]] == ["后到", "李传"]
    FollowUp.objects.filter(pk=task.pk).update(due_at=NOW - timedelta(minutes=1), escalate_at=NOW)
    escalate_follow_ups(now=NOW)
    page = client.get("/follow-ups/")
    assert [row.label for row in page.context["rows"]] == ["李传", "后到"]
    assert "escalated to" in page.text


def test_a_person_reads_words_instead_of_codes(staff: Staff, task: FollowUp) -> None:
    FollowUp.objects.filter(pk=task.pk).update(due_at=NOW - timedelta(minutes=1), escalate_at=NOW)
    escalate_follow_ups(now=NOW)
    page = staff.client("city_hr").get(f"/follow-ups/{task.pk}/")
    assert "not a mobile number" in page.text
    assert [event.text for event in page.context["events"]] == ["广东分行", ""]


def test_kinds_are_tabs_and_the_branch_stays_chosen(staff: Staff, task: FollowUp) -> None:
    client = staff.client("province_hr")
    assert [row.label for row in client.get("/follow-ups/?kind=sms_failed").context["rows"]] == ["李传"]
    assert client.get("/follow-ups/?kind=unread").context["rows"] == []
    assert client.get("/follow-ups/?branch=440300").context["rows"] == []
    assert "kind=sms_failed&amp;branch=440200" in client.get("/follow-ups/?branch=440200").text


def test_the_list_costs_the_same_for_many(staff: Staff, task: FollowUp) -> None:
    client = staff.client("hq_hr")
    with CaptureQueriesContext(connection) as one:
        client.get("/follow-ups/")
    for _ in range(5):
        failed_sms(sent_notice())
    with CaptureQueriesContext(connection) as many:
        client.get("/follow-ups/")
    assert len(many) == len(one) <= MOST_QUERIES


def test_a_number_is_shown_once_after_its_purpose_was_logged(staff: Staff, task: FollowUp) -> None:
    client = staff.client("city_hr")
    page = client.get(f"/follow-ups/{task.pk}/")
    assert "138****5678" in page.text
    assert "13812345678" not in page.text
    assert client.get(f"/follow-ups/{task.pk}/number/").status_code == 405
    refused = client.post(f"/follow-ups/{task.pk}/number/", {"purpose": ""})
    assert (refused.status_code, PHONE in refused.text) == (422, False)
    assert not AccessEntry.objects.filter(action="reveal_phone").exists()
    shown = client.post(f"/follow-ups/{task.pk}/number/", {"purpose": "call about the notice"})
    assert PHONE in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    entry = AccessEntry.objects.get(action="reveal_phone")
    assert (entry.user, entry.purpose, entry.subject) == (
        staff.users["city_hr"],
        "call about the notice",
        f"follow_up:{task.pk}",
    )
    assert PHONE not in client.get(f"/follow-ups/{task.pk}/").text


def test_a_corrected_number_resumes_the_approved_plan(staff: Staff, task: FollowUp) -> None:
    client = staff.client("city_hr")
    address = f"/follow-ups/{task.pk}/correct/"
    refused = client.post(address, {"number": "12345"})
    assert refused.status_code == 422
    assert "mobile number" in refused.text
    assert client.post(address, {"number": "139 0000 1111"}).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.outcome, task.done_by) == (
        FollowUpState.DONE,
        FollowUpOutcome.ADDRESS_CORRECTED,
        staff.users["city_hr"],
    )
    again = Delivery.objects.get(notice=task.notice, channel=ChannelCode.SMS, attempt=2)
    assert again.state == DeliveryState.PLANNED
    assert task.notice is not None
    assert again.approval.content_hash == task.notice.content_hash
    reached = address_for(task.notice.recipient_id, ChannelCode.SMS)
    assert reached is not None
    assert reached.value.decrypt() == "+8613900001111"
    assert client.post(address, {"number": "139 0000 1111"}).status_code == 302
    assert Delivery.objects.filter(notice=task.notice, channel=ChannelCode.SMS).count() == 2


def test_nothing_is_sent_for_a_notice_that_has_ended(staff: Staff) -> None:
    notice = sent_notice(name="李传")
    revoke_notice(notice_id=notice.pk, reason="withdrawn", now=NOW)
    task = failed_sms(notice)
    answer = staff.client("city_hr").post(
        f"/follow-ups/{task.pk}/correct/", {"number": "13900001111"}, follow=True
    )
    assert "has already ended" in answer.text
    assert Delivery.objects.filter(notice=notice, channel=ChannelCode.SMS).count() == 1


@pytest.mark.parametrize(
    ("finding", "state", "outcome", "attempts"),
    [
        ("taken", DeliveryState.ACCEPTED, FollowUpOutcome.CONFIRMED_SENT, 1),
        ("not_taken", DeliveryState.FAILED, FollowUpOutcome.CANCELLED, 1),
        ("send_again", DeliveryState.FAILED, FollowUpOutcome.RESENT, 2),
    ],
)
def test_an_unknown_send_is_settled_by_a_person(
    staff: Staff, finding: str, state: str, outcome: str, attempts: int
) -> None:
    task = unknown_sms(sent_notice(name="李传"))
    client = staff.client("city_hr")
    address = f"/follow-ups/{task.pk}/settle/"
    assert client.post(address, {"finding": finding}).status_code == 422
    assert client.post(address, {"finding": finding, "note": "asked the provider"}).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.outcome) == (FollowUpState.DONE, outcome)
    deliveries = Delivery.objects.filter(notice=task.notice, channel=ChannelCode.SMS).order_by("attempt")
    assert deliveries[0].state == state
    assert len(deliveries) == attempts


def test_what_evidence_settled_first_is_not_declared_again(staff: Staff) -> None:
    task = unknown_sms(sent_notice(name="李传"))
    Delivery.objects.filter(follow_ups=task).update(state=DeliveryState.DELIVERED, accepted_at=NOW)
    client = staff.client("city_hr")
    client.post(f"/follow-ups/{task.pk}/settle/", {"finding": "send_again", "note": "asked the provider"})
    assert Delivery.objects.filter(notice=task.notice, channel=ChannelCode.SMS).count() == 1
    assert FollowUp.objects.get(pk=task.pk).state == FollowUpState.OPEN
    assert "outcome" in client.get(f"/follow-ups/{task.pk}/").context["outcome_form"].fields


def test_finishing_takes_an_outcome_and_a_note_and_happens_once(staff: Staff, task: FollowUp) -> None:
    client = staff.client("city_hr")
    address = f"/follow-ups/{task.pk}/complete/"
    assert client.post(address, {"outcome": "reached"}).status_code == 422
    assert client.post(address, {"outcome": "address_corrected", "note": "x y"}).status_code == 422
    assert client.post(address, {"outcome": "reached", "note": "will open the app"}).status_code == 302
    task.refresh_from_db()
    assert (task.outcome, task.note) == (FollowUpOutcome.REACHED, "will open the app")
    second = client.post(address, {"outcome": "unreachable", "note": "no answer"}, follow=True)
    assert "already ended" in second.text
    task.refresh_from_db()
    assert task.outcome == FollowUpOutcome.REACHED
    done = client.get("/follow-ups/?state=done").text
    assert "Reached by phone" in done


def test_a_question_leads_to_its_answer(staff: Staff, task: FollowUp) -> None:
    FollowUp.objects.filter(pk=task.pk).update(kind=FollowUpKind.QUESTION)
    page = staff.client("city_hr").get(f"/follow-ups/{task.pk}/").text
    assert f"/candidates/{task.subject_ref}/#replies" in page


@pytest.mark.parametrize(
    ("who", "status", "sees"),
    [
        ("hq_hr", 200, True),
        ("city_hr", 200, True),
        ("foreign_city_hr", 200, False),
        ("department", 403, False),
        ("administration", 403, False),
        ("it_ops", 403, False),
        ("auditor", 403, False),
    ],
)
def test_deliveries_of_the_own_scope(
    staff: Staff, task: FollowUp, who: str, status: int, *, sees: bool
) -> None:
    page = staff.client(who).get("/deliveries/")
    assert page.status_code == status
    assert ("李传" in page.text) is sees


def test_views_of_deliveries_keep_channel_and_branch(staff: Staff, task: FollowUp) -> None:
    page = staff.client("hq_hr").get("/deliveries/?channel=sms&branch=440200&state=failed")
    urls = {view["label"]: view["url"] for view in page.context["views"]}
    assert [view["label"] for view in page.context["views"] if view["is_active"]] == ["Failed"]
    assert urls["All"] == "/deliveries/?channel=sms&branch=440200"
    assert urls["Unknown"] == "/deliveries/?state=unknown&channel=sms&branch=440200"


def test_deliveries_are_filtered_and_cost_the_same_for_many(staff: Staff, task: FollowUp) -> None:
    client = staff.client("hq_hr")
    rows = client.get("/deliveries/", {"channel": "sms"}).context["page"].rows
    assert {row.channel for row in rows} == {"sms"}
    rows = client.get("/deliveries/", {"state": "skipped"}).context["page"].rows
    assert {row.channel for row in rows} == {"wecom"}
    assert client.get("/deliveries/", {"branch": "440300"}).context["page"].rows == []
    with CaptureQueriesContext(connection) as few:
        client.get("/deliveries/")
    for _ in range(4):
        sent_notice()
    with CaptureQueriesContext(connection) as many:
        client.get("/deliveries/")
    assert len(many) == len(few) <= MOST_QUERIES
