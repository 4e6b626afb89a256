"""Sent notices and the phones that open them."""

import time
from decimal import Decimal
from typing import Any

from django.test import Client
from pytest_django import Settings

from branches.models import Position
from notifications.enums import ChannelCode, DeliveryState
from notifications.links import token_of
from notifications.models import Notice
from notifications.operations.recording import record_send_result
from notifications.providers.base import Outcome, SendResult
from performance.models import Target
from performance.operations.targets import keep_target
from recruitment.models import Application
from tests.factories import NOW
from tests.recruitment.steps import approved_notice

PHONE, ID_NUMBER = "+8613800001234", "11010519491231002X"
PHONE_LAST, ID_LAST = "1234", "31002X"


def stop_clock(settings: Settings) -> None:
    """Let business time be that of the factories."""
    settings.CLOCK_BUSINESS_EPOCH, settings.CLOCK_REAL_EPOCH = NOW.timestamp(), time.time()


def make_targets() -> None:
    """Two targets of tellers."""
    position = Position.objects.get(code="TELLER")
    for order, (code, text_zh, text_en, threshold, unit_zh, unit_en) in enumerate(
        [
            ("new-customers", "新增客户", "New customers", "10", "位", "customers"),
            ("attainment", "业务指标完成率", "Attainment", "90", "%", "%"),
        ]
    ):
        target = Target(
            code=code,
            position=position,
            text_zh=text_zh,
            text_en=text_en,
            threshold=Decimal(threshold),
            unit_zh=unit_zh,
            unit_en=unit_en,
            months=3,
            order=order,
        )
        keep_target(target=target, now=NOW, by=None)


def sent_notice(**changes: Any) -> Notice:
    """A notice that the app's gateway took; its candidate has the numbers above."""
    return taken_by_app(approved_notice(**{"phone": PHONE, "id_number": ID_NUMBER} | changes))


def taken_by_app(notice: Notice) -> Notice:
    """The approved notice after the app's gateway took it."""
    delivery = notice.deliveries.get(channel=ChannelCode.APP)
    notice.deliveries.filter(pk=delivery.pk).update(state=DeliveryState.SENDING, provider="app_gateway")
    result = SendResult(outcome=Outcome.ACCEPTED, provider_id=f"msg_{notice.pk.hex}")
    record_send_result(delivery_id=delivery.pk, result=result, now=NOW)
    notice.refresh_from_db()
    return notice


def application_of(notice: Notice) -> Application:
    """What the notice is about."""
    return Application.objects.get(pk=notice.subject_ref)


def link_to(notice: Notice, action: str = "") -> str:
    """The path of the page, or of one of its verbs."""
    return f"/n/{token_of(notice.pk)}{'/' if action else ''}{action}"


def open_page(notice: Notice, *, last: str = ID_LAST, client: Client | None = None) -> Client:
    """A browser that has shown whose notice it is."""
    phone = client or Client()
    answer = phone.post(link_to(notice, "identify"), {"digits": last})
    assert (answer.status_code, answer["Location"]) == (303, link_to(notice))
    return phone
