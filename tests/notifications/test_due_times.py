"""What waited before there were due times waits by them; what is long over is left alone."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from hrportal.kernel import clocks
from hrportal.kernel.walls import as_owner
from notifications.enums import DeliveryState
from notifications.models import Delivery
from tests.factories import make_world
from tests.recruitment.steps import approved_notice

pytestmark = pytest.mark.django_db


def test_no_provider_is_asked_about_messages_of_long_ago() -> None:
    make_world()
    sms = [approved_notice().deliveries.get(channel="sms") for _ in range(2)]
    for delivery, age in zip(sms, (timedelta(days=40), timedelta(hours=3)), strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.ACCEPTED, provider_id=f"SM{delivery.pk}", accepted_at=clocks.wall() - age
        )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hrportal.scope = 'bank'")
        cursor.execute(import_module("notifications.migrations.0082_due_times").FILL)
    long_ago, just_now = (Delivery.objects.get(pk=delivery.pk) for delivery in sms)
    assert long_ago.check_at is None
    assert just_now.check_at is not None
