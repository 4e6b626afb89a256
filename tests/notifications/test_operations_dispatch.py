"""Sending against the real lab: what is certain, what is not, and who settles it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from branches.roles import Role
from hrportal.kernel.rls import as_owner
from notifications.enums import (
    AddressState,
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.links import link_of
from notifications.models import Address, Delivery, FollowUp, Notice, SendRateLimit
from notifications.operations.claiming import claim_due
from notifications.operations.dispatch import dispatch_due
from notifications.operations.read_receipts import record_opened, record_replied
from notifications.operations.recording import record_send_result
from notifications.operations.settling import (
    LOOK_UPS,
    declare_unknown_send,
    mark_unknown_sends,
    poll_missing_receipts,
    settle_unknown_sends,
)
from notifications.providers.base import Outcome, SendResult
from notifications.providers.registry import providers
from notifications.providers.smtp import Smtp
from recruitment.models import Claim
from tests.factories import NOW, make_staff
from tests.lab import LabClient
from tests.recruitment.steps import approved_notice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world", "fresh_providers")]
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}


@pytest.fixture
def fresh_providers(lab: LabClient) -> Iterator[None]:
    """Providers read the lab's addresses when they are made."""
    providers.cache_clear()
    yield
    relay = providers()["smtp"]
    assert isinstance(relay, Smtp)
    relay.close()
    providers.cache_clear()


def sms_of(notice: Notice) -> Delivery:
    return notice.deliveries.order_by("-attempt").get(channel=ChannelCode.SMS, attempt=1)


def states(notice: Notice) -> dict[str, str]:
    return dict(notice.deliveries.values_list("channel", "state"))


def test_at_once_over_app_wechat_and_mail_and_later_by_sms(lab: LabClient) -> None:
    notice = approved_notice()
    assert dispatch_due(now=NOW) == 3
    notice.refresh_from_db()
    assert states(notice) == {
        "app": "accepted",
        "wechat": "accepted",
        "wecom": "skipped",
        "email": "accepted",
        "sms": "planned",
    }
    assert notice.state == NoticeState.SENT
    assert notice.evidence == NoticeEvidence.ACCEPTED
    assert dispatch_due(now=NOW) == 0
    assert dispatch_due(now=NOW + timedelta(minutes=61)) == 1
    assert states(notice)["sms"] == "accepted"
    assert len(lab.ledger()) == 4
    assert {entry["link"] for entry in lab.ledger()} == {link_of(notice.pk)}


def test_a_read_cancels_the_sms(lab: LabClient) -> None:
    notice = approved_notice()
    dispatch_due(now=NOW)
    record_opened(notice_id=notice.pk, now=NOW + timedelta(minutes=5))
    assert dispatch_due(now=NOW + timedelta(minutes=61)) == 0
    assert states(notice)["sms"] == "cancelled"


def test_sms_at_once_without_app_and_wechat(lab: LabClient) -> None:
    notice = approved_notice(app_user_id=None, wechat_openid=None)
    dispatch_due(now=NOW)
    assert states(notice)["sms"] == "accepted"


def test_quiet_hours_put_an_sms_off_until_eight(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY)
    night = datetime(2026, 11, 4, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    dispatch_due(now=night)
    assert sms_of(notice).due_at == datetime(2026, 11, 5, 0, 0, tzinfo=UTC)
    assert lab.ledger() == []
    Delivery.objects.update(due_at=night, urgent=True)
    dispatch_due(now=night)
    assert len(lab.ledger()) == 1


@pytest.mark.parametrize(
    "address",
    [
        {"app_user_id": "u-1"},
        {"wechat_openid": "o-1"},
        {"email": "a@example.com"},
    ],
)
def test_every_channel_rests_at_night_and_sleeps_in_on_days_off(
    lab: LabClient, address: dict[str, str]
) -> None:
    nothing: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}
    notice = approved_notice(**nothing | address)
    friday_night = datetime(2026, 11, 6, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai
    first = Delivery.objects.filter(notice=notice, state="planned").order_by("due_at", "order")[0]
    Delivery.objects.filter(pk=first.pk).update(due_at=friday_night)
    dispatch_due(now=friday_night)
    first.refresh_from_db()
    # Saturday, nine o'clock.
    assert (first.state, first.due_at) == ("planned", datetime(2026, 11, 7, 1, 0, tzinfo=UTC))


def test_a_wrong_number_becomes_a_task_and_is_never_written_to_again(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY, phone="+8613800990001")
    dispatch_due(now=NOW)
    delivery = sms_of(notice)
    assert (delivery.state, delivery.code) == (DeliveryState.FAILED, "21211")
    assert Address.objects.get(kind="phone").state == AddressState.BAD
    assert FollowUp.objects.get().kind == FollowUpKind.SMS_FAILED
    assert SendRateLimit.objects.get().sent == 0


def test_when_everything_at_once_fails_the_sms_does_not_wait(lab: LabClient) -> None:
    notice = approved_notice(
        app_user_id="lab-refuse.unknown_user", wechat_openid="lab-refuse.43004", email=None
    )
    dispatch_due(now=NOW)
    assert sms_of(notice).due_at == NOW
    dispatch_due(now=NOW)
    assert states(notice)["sms"] == "accepted"


def test_throttling_spends_no_retry(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY, phone="+8613800990011")
    dispatch_due(now=NOW)
    delivery = sms_of(notice)
    assert (delivery.state, delivery.retries) == (DeliveryState.PLANNED, 0)
    assert delivery.due_at > NOW
    assert SendRateLimit.objects.get().sent == 0
    for step in range(1, 3):
        dispatch_due(now=NOW + timedelta(minutes=10 * step))
    assert states(notice)["sms"] == "accepted"


def test_transient_errors_are_retried_with_growing_pauses_then_given_up(settings: object) -> None:
    notice = approved_notice(**SMS_ONLY)
    delivery = sms_of(notice)
    now = NOW
    pauses = []
    for _attempt in range(6):
        _looked_at, claimed = claim_due(now=now, limit=1)
        record_send_result(
            delivery_id=claimed[0].delivery_id,
            result=SendResult(outcome=Outcome.TRANSIENT, code="refused"),
            now=now,
        )
        delivery.refresh_from_db()
        pauses.append((delivery.due_at - now).total_seconds())
        now = delivery.due_at
    assert delivery.state == DeliveryState.FAILED
    assert delivery.retries == 5
    assert all(10 * 2**index <= pause <= 30 * 2**index for index, pause in enumerate(pauses[:5]))
    assert FollowUp.objects.get().kind == FollowUpKind.SMS_FAILED


@pytest.mark.parametrize("number", ["+8613800990013", "+8613800990015", "+8613800990017"])
def test_accepted_but_unanswered_is_unknown_then_found_by_the_look_up(lab: LabClient, number: str) -> None:
    notice = approved_notice(**SMS_ONLY, phone=number)
    dispatch_due(now=NOW)
    assert states(notice)["sms"] == "unknown"
    settle_unknown_sends(now=NOW)
    delivery = sms_of(notice)
    assert delivery.state == DeliveryState.ACCEPTED
    assert delivery.provider_id == lab.ledger()[0]["provider_id"]
    assert len(lab.ledger()) == 1


def test_unanswered_and_not_found_goes_to_a_person_and_never_out_again(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY, phone="+8613800990016")
    dispatch_due(now=NOW)
    for look in range(LOOK_UPS + 2):
        settle_unknown_sends(now=NOW + timedelta(minutes=look))
        dispatch_due(now=NOW + timedelta(hours=3))
    assert lab.ledger() == []
    delivery = sms_of(notice)
    assert delivery.state == DeliveryState.UNKNOWN
    task = FollowUp.objects.get()
    assert (task.kind, task.delivery_id) == (FollowUpKind.UNKNOWN_SEND, delivery.pk)
    declare_unknown_send(
        delivery_id=delivery.pk,
        was_taken=False,
        send_again=True,
        now=NOW,
        by=make_staff(Role.CITY_HR, "440200"),
    )
    dispatch_due(now=NOW)
    second = notice.deliveries.get(channel="sms", attempt=2)
    assert second.state == DeliveryState.ACCEPTED
    assert len(lab.ledger()) == 1


def test_inside_a_dedupe_window_the_same_attempt_is_repeated_harmlessly(lab: LabClient) -> None:
    notice = approved_notice(app_user_id="lab-reset_after", wechat_openid=None, email=None)
    dispatch_due(now=NOW)
    assert states(notice)["app"] == "unknown"
    settle_unknown_sends(now=NOW)
    dispatch_due(now=NOW)
    assert states(notice)["app"] == "accepted"
    assert [entry["provider"] for entry in lab.ledger()] == ["app_gateway"]


def test_what_nobody_waits_for_any_more_is_looked_up_instead(lab: LabClient) -> None:
    notice = approved_notice(app_user_id="lab-reset_after", wechat_openid=None, email=None)
    dispatch_due(now=NOW)
    record_replied(notice_id=notice.pk, now=NOW)
    settle_unknown_sends(now=NOW)
    dispatch_due(now=NOW)
    delivery = notice.deliveries.get(channel="app")
    assert (delivery.state, delivery.provider_id) == (
        DeliveryState.ACCEPTED,
        lab.ledger()[0]["provider_id"],
    )


def test_a_process_that_vanished_leaves_unknown_not_a_second_send(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY)
    claim_due(now=NOW, limit=1)
    assert mark_unknown_sends(now=NOW + timedelta(seconds=2)) == 0
    assert mark_unknown_sends(now=NOW + timedelta(minutes=5)) == 1
    assert mark_unknown_sends(now=NOW + timedelta(minutes=5)) == 0
    assert states(notice)["sms"] == "unknown"
    dispatch_due(now=NOW + timedelta(hours=2))
    assert lab.ledger() == []


def test_a_silent_accept_is_asked_for(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY, phone="+8613800990025")
    dispatch_due(now=NOW)
    assert poll_missing_receipts(now=NOW) == 0
    assert poll_missing_receipts(now=NOW + timedelta(minutes=3)) == 1
    assert notice.deliveries.get(channel="sms").receipts.count() == 1


def test_without_a_live_claim_nothing_goes_out_and_a_person_is_told(lab: LabClient) -> None:
    notice = approved_notice()
    Claim.objects.update(released_at=NOW, release="stopped")
    dispatch_due(now=NOW)
    assert lab.ledger() == []
    assert states(notice)["app"] == "cancelled"
    assert FollowUp.objects.get().detail == "no_live_claim"


def test_content_that_is_not_what_was_approved_does_not_go_out(lab: LabClient) -> None:
    notice = approved_notice()
    with as_owner(), connection.cursor() as cursor:
        # Only somebody who switches the trigger off can change an approved row at all.
        cursor.execute("ALTER TABLE notifications_notice DISABLE TRIGGER approved_notice_is_frozen")
        cursor.execute("UPDATE notifications_notice SET bodies = jsonb_set(bodies, '{sms}', '\"tampered\"')")
        cursor.execute("ALTER TABLE notifications_notice ENABLE TRIGGER approved_notice_is_frozen")
    dispatch_due(now=NOW)
    assert lab.ledger() == []
    assert FollowUp.objects.get().detail == "content_differs_from_approval"
    assert states(notice)["app"] == "cancelled"


def test_an_approved_notice_is_frozen_by_the_database() -> None:
    notice = approved_notice()
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(bodies={"sms": "other"})


def test_the_cap_per_recipient_and_day_is_the_databases(lab: LabClient) -> None:
    notice = approved_notice(**SMS_ONLY)
    address = Address.objects.get(kind="phone")
    SendRateLimit.objects.create(address=address, channel="sms", day=NOW.date(), sent=5, cap=5)
    dispatch_due(now=NOW)
    assert lab.ledger() == []
    assert states(notice)["sms"] == "planned"
    with pytest.raises(IntegrityError, match="daily_cap_holds"), transaction.atomic():
        SendRateLimit.objects.update(sent=6)
    with pytest.raises(IntegrityError, match="daily_cap_is_small"), transaction.atomic():
        SendRateLimit.objects.update(cap=500)


def test_two_dispatchers_never_take_the_same_row() -> None:
    approved_notice()
    with transaction.atomic():
        held = list(Delivery.objects.select_for_update().filter(state="planned").values_list("pk", flat=True))
        assert held
    first = claim_due(now=NOW, limit=10)[1]
    second = claim_due(now=NOW, limit=10)[1]
    assert len(first) == 3
    assert second == []


def test_claiming_costs_the_same_few_queries_for_a_batch(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _notice in range(4):
        approved_notice()
    with django_assert_num_queries(17):
        assert len(claim_due(now=NOW, limit=64)[1]) == 12


def test_what_was_claimed_and_not_called_is_given_back_at_a_stop(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = approved_notice(**SMS_ONLY)
    with monkeypatch.context() as stopped:
        stopped.setattr("notifications.operations.dispatch.asked_to_stop", lambda: True)
        assert dispatch_due(now=NOW) > 0
    assert lab.ledger() == []
    delivery = sms_of(notice)
    assert (delivery.state, delivery.retries, delivery.due_at) == (DeliveryState.PLANNED, 0, NOW)
    assert [move.action for move in delivery.transitions.order_by("pk")][-2:] == ["claim", "release_delivery"]
    assert SendRateLimit.objects.get().sent == 0
    dispatch_due(now=NOW)
    assert states(notice)["sms"] == "accepted"


def test_a_row_waits_no_longer_for_a_caller_than_a_call_may_last(lab: LabClient, settings: Any) -> None:
    settings.PROVIDER_TIMEOUT_SECONDS = 0.5
    settings.PROVIDER_CALLS = 1
    lab.behave("sms", "hang_before", times=1)
    first, second = approved_notice(**SMS_ONLY), approved_notice(**SMS_ONLY | {"phone": "+8613800990099"})
    dispatch_due(now=NOW)
    found = {states(first)["sms"], states(second)["sms"]}
    # One hung until its time-out; the other was never sent, so it cannot be "unknown".
    assert found == {"unknown", "planned"}
