"""A channel with several providers: one of them is given a message, and whoever asks later asks that one."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from notifications.enums import ChannelCode, DeliveryState, FollowUpKind
from notifications.models import Delivery, FollowUp, Notice
from notifications.operations.dispatch import dispatch_due
from notifications.operations.receipts import apply_receipts, store_receipts
from notifications.operations.settling import poll_missing_receipts, settle_unknown_sends
from notifications.providers.app_gateway import AppGateway
from notifications.providers.base import Evidence, LookUp, OutgoingMessage, ReceiptFact
from notifications.providers.registry import providers
from notifications.providers.twilio import Twilio
from tests.factories import NOW
from tests.lab import LabClient
from tests.recruitment.steps import approved_notice

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world")]
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}
APP_ONLY: dict[str, Any] = {"wechat_openid": None, "email": None}
TWILIO = "notifications.providers.twilio.Twilio"
GATEWAY = "notifications.providers.app_gateway.AppGateway"
OTHER_SMS, OTHER_APP = f"{__name__}.OtherSms", f"{__name__}.OtherApp"
Having = Callable[..., None]


class OtherSms(Twilio):
    """The same wire under another account: what the first has taken, it does not know."""

    name: ClassVar[str] = "other_sms"
    callback_path: ClassVar[str] = "other"

    def look_up(self, message: OutgoingMessage, *, since: datetime) -> LookUp | None:
        raise AssertionError("asked for another provider's message")

    def fetch_status(self, provider_id: str) -> ReceiptFact | None:
        raise AssertionError("asked for another provider's message")


class OtherApp(AppGateway):
    """Another gateway, which would take any message as a new one."""

    name: ClassVar[str] = "other_app"
    callback_path: ClassVar[str] = ""


@pytest.fixture
def having(lab: LabClient, settings: Settings) -> Iterator[Having]:
    """Give the bank these providers, in this order."""

    def having(*paths: str) -> None:
        settings.PROVIDERS = list(paths)
        providers.cache_clear()

    yield having
    providers.cache_clear()


def delivery_of(notice: Notice) -> Delivery:
    return notice.deliveries.get(channel__in=[ChannelCode.SMS, ChannelCode.APP], claimed_at__isnull=False)


def claims(delivery: Delivery) -> int:
    return delivery.transitions.filter(action="claim").count()


@pytest.mark.parametrize(
    ("paths", "name"), [((TWILIO, OTHER_SMS), "twilio"), ((OTHER_SMS, TWILIO), "other_sms")]
)
def test_the_first_of_the_channel_takes_it_and_is_kept_with_the_delivery(
    having: Having, lab: LabClient, paths: tuple[str, ...], name: str
) -> None:
    having(*paths)
    notice = approved_notice(**SMS_ONLY)
    dispatch_due(now=NOW)
    delivery = delivery_of(notice)
    assert (delivery.state, delivery.provider) == (DeliveryState.ACCEPTED, name)
    assert len(lab.ledger()) == 1


def test_what_certainly_went_nowhere_may_go_to_another(having: Having, lab: LabClient) -> None:
    having(TWILIO, OTHER_SMS)
    notice = approved_notice(**SMS_ONLY, phone="+8613800990011")
    dispatch_due(now=NOW)
    assert delivery_of(notice).state == DeliveryState.PLANNED
    having(OTHER_SMS)
    dispatch_due(now=NOW + timedelta(minutes=1))
    dispatch_due(now=NOW + timedelta(minutes=2))
    assert (delivery_of(notice).state, delivery_of(notice).provider) == (DeliveryState.ACCEPTED, "other_sms")


def test_a_receipt_is_of_the_provider_that_sent_it(having: Having, lab: LabClient) -> None:
    having(TWILIO, OTHER_SMS)
    notice = approved_notice(**SMS_ONLY)
    dispatch_due(now=NOW)
    delivery = delivery_of(notice)
    fact = ReceiptFact(
        provider_id=delivery.provider_id, evidence=Evidence.DELIVERED, dedupe_key=delivery.provider_id
    )
    assert store_receipts(provider="other_sms", facts=[fact], now=NOW, delivery_id=delivery.pk) == 1
    apply_receipts(now=NOW)
    assert delivery_of(notice).state == DeliveryState.ACCEPTED
    assert store_receipts(provider="twilio", facts=[fact], now=NOW, delivery_id=delivery.pk) == 1
    apply_receipts(now=NOW)
    assert delivery_of(notice).state == DeliveryState.DELIVERED


def test_an_unknown_send_and_a_silent_accept_are_asked_for_where_they_went(
    having: Having, lab: LabClient
) -> None:
    having(TWILIO, OTHER_SMS)
    unknown = approved_notice(**SMS_ONLY, number=1, phone="+8613800990015")
    silent = approved_notice(**SMS_ONLY, number=2, phone="+8613800990025")
    dispatch_due(now=NOW)
    assert delivery_of(unknown).state == DeliveryState.UNKNOWN
    having(OTHER_SMS, TWILIO)
    settle_unknown_sends(now=NOW)
    assert delivery_of(unknown).state == DeliveryState.ACCEPTED
    assert poll_missing_receipts(now=NOW + timedelta(minutes=3)) == 2
    assert delivery_of(silent).receipts.get().provider == "twilio"


def test_what_a_provider_that_is_gone_may_have_goes_to_a_person(having: Having, lab: LabClient) -> None:
    having(TWILIO, OTHER_SMS)
    notice = approved_notice(**SMS_ONLY, phone="+8613800990015")
    dispatch_due(now=NOW)
    having(OTHER_SMS)
    settle_unknown_sends(now=NOW)
    dispatch_due(now=NOW + timedelta(hours=1))
    assert FollowUp.objects.get().kind == FollowUpKind.UNKNOWN_SEND
    assert (delivery_of(notice).state, len(lab.ledger())) == (DeliveryState.UNKNOWN, 1)


def repeat_of_unknown(having: Having) -> Notice:
    """An app message whose accept was lost, planned again within the gateway's window."""
    having(GATEWAY, OTHER_APP)
    notice = approved_notice(**APP_ONLY, app_user_id="lab-reset_after")
    dispatch_due(now=NOW)
    assert delivery_of(notice).state == DeliveryState.UNKNOWN
    settle_unknown_sends(now=NOW)
    assert delivery_of(notice).state == DeliveryState.PLANNED
    return notice


def test_a_repeat_stays_with_the_provider_that_may_have_the_first(having: Having, lab: LabClient) -> None:
    notice = repeat_of_unknown(having)
    having(OTHER_APP, GATEWAY)
    dispatch_due(now=NOW)
    assert (delivery_of(notice).state, delivery_of(notice).provider) == (
        DeliveryState.ACCEPTED,
        "app_gateway",
    )
    assert claims(delivery_of(notice)) == 2
    assert len(lab.ledger()) == 1


@pytest.mark.parametrize("is_late", [False, True], ids=["its provider is gone", "its window is over"])
def test_a_repeat_that_is_no_longer_harmless_is_not_sent(
    having: Having, lab: LabClient, is_late: bool
) -> None:
    notice = repeat_of_unknown(having)
    having(*((OTHER_APP, GATEWAY) if is_late else (OTHER_APP,)))
    later = NOW + timedelta(hours=24 if is_late else 0)
    Notice.objects.update(reply_by=later + timedelta(days=9))
    dispatch_due(now=later)
    delivery = delivery_of(notice)
    assert (delivery.state, claims(delivery), len(lab.ledger())) == (DeliveryState.UNKNOWN, 1, 1)
    assert delivery.code == ("dedupe_window_over" if is_late else "channel_off")
    settle_unknown_sends(now=later)
    settled = delivery_of(notice).state == DeliveryState.ACCEPTED
    handed_over = FollowUp.objects.filter(kind=FollowUpKind.UNKNOWN_SEND).exists()
    assert (settled, handed_over) == (is_late, not is_late)


def test_the_database_holds_that_a_message_in_flight_names_its_provider() -> None:
    delivery = Delivery.objects.get(notice=approved_notice(**SMS_ONLY), channel=ChannelCode.SMS)
    for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        with pytest.raises(IntegrityError, match="delivery_in_flight_names_provider"), transaction.atomic():
            Delivery.objects.filter(pk=delivery.pk).update(state=state)


def test_each_provider_reports_at_its_own_address(having: Having, client: Client) -> None:
    having(TWILIO, OTHER_SMS, "notifications.providers.smtp.Smtp")
    for path, status in (("twilio/status", 403), ("other", 403), ("wechat", 404), ("smtp", 404)):
        assert client.post(f"/webhooks/{path}", b"", content_type="text/plain").status_code == status
