"""The cap per recipient and day, counted for a whole batch at once."""

import pytest

from notifications.models import Address, SendRateLimit
from notifications.operations.rate_limits import consume_rate_limits
from tests.factories import NOW
from tests.recruitment.steps import approved_notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def phones() -> list[Address]:
    for phone in ("+8613800990041", "+8613800990042"):
        approved_notice(phone=phone)
    return list(Address.objects.filter(kind="phone"))


def test_each_message_to_one_address_counts_up_to_the_cap(phones: list[Address]) -> None:
    full, free = phones
    SendRateLimit.objects.create(address=full, channel="sms", day=NOW.date(), sent=3, cap=5)
    asked = [(full.pk, "sms"), (free.pk, "sms"), (full.pk, "sms"), (full.pk, "sms"), (full.pk, "app")]
    assert consume_rate_limits(asked, now=NOW) == [True, True, True, False, True]
    counted = SendRateLimit.objects.values_list("address", "channel", "sent")
    assert set(counted) == {(full.pk, "sms", 5), (free.pk, "sms", 1), (full.pk, "app", 1)}


def test_nothing_asked_takes_nothing() -> None:
    assert consume_rate_limits([], now=NOW) == []
    assert not SendRateLimit.objects.exists()
