"""What a day's accounts say of messages: each fault put into the providers' ledger is found, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from branches.models import User
from hrportal.kernel import clocks
from hrportal.kernel.outbox import OutboxState
from hrportal.models import Alert, Digest, DigestMessage, Occasion
from notifications.links import link_of
from notifications.models import Delivery, Notice
from notifications.operations.claiming import claim_due
from notifications.operations.recording import record_send_result
from notifications.providers.base import Outcome, SendResult
from tests.factories import NOW, make_bank, make_user, make_world
from tests.provider_simulator.ledger import Entry
from tests.recruitment.steps import approved_notice
from tests.rehearsal.findings import find_unaccounted
from tests.rehearsal.ledgers import A_WHILE, Ledgers

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice() -> Notice:
    """Sent over every channel that may be used at once; each provider took it."""
    make_world()
    sent = approved_notice()
    for number, item in enumerate(claim_due(now=NOW, limit=10)[1]):
        answer = SendResult(outcome=Outcome.ACCEPTED, provider_id=f"{item.provider}-{number}")
        record_send_result(delivery_id=item.delivery_id, result=answer, now=NOW)
    return sent


def ledger(notice: Notice) -> list[Entry]:
    rows = Delivery.objects.filter(notice=notice).exclude(provider_id="").order_by("pk")
    return [
        Entry(
            n=number,
            provider=row.provider,
            channel=row.channel,
            provider_id=row.provider_id,
            recipient="",
            accepted_at=NOW.isoformat(),
            idempotency_key="",
            body="",
            link=link_of(notice.pk),
        )
        for number, row in enumerate(rows, 1)
    ]


def said(taken: Sequence[Entry]) -> list[str]:
    """What is found of messages and deliveries; this day has no list of what was sent."""
    found = [what for what, _which in find_unaccounted(Ledgers(sent=[], taken=taken))]
    return [what for what in found if "provider" in what or "attempts" in what]


def test_a_day_that_was_sent_as_it_is_told_is_accounted_for(notice: Notice) -> None:
    taken = ledger(notice)
    # Providers are named by their wire, not by the channel.
    assert {entry.provider for entry in taken} == {"app_gateway", "wechat", "smtp"}
    assert said(taken) == []


def test_what_no_provider_has_is_found(notice: Notice) -> None:
    assert said(ledger(notice)[1:]) == ["delivery counts as taken and no provider has it"]


def test_the_number_of_another_provider_is_not_its_own(notice: Notice) -> None:
    first, *rest = ledger(notice)
    assert said([replace(first, provider="twilio"), *rest]) == [
        "provider took a message that no delivery knows",
        "delivery counts as taken and no provider has it",
    ]


def test_a_second_message_is_found(notice: Notice) -> None:
    first, *rest = ledger(notice)
    again = replace(first, n=9, provider_id="another")
    assert said([first, *rest, again]) == [
        "provider took a message that no delivery knows",
        f"{first.channel} took 2 messages in 1 attempts",
    ]


def test_a_message_without_a_notice_is_found(notice: Notice) -> None:
    stray = replace(ledger(notice)[0], n=9, provider_id="stray", link="")
    assert said([*ledger(notice), stray]) == ["provider took a message that opens no notice"]


def of_staff(*entries: Entry) -> list[str]:
    """What is found of messages to staff."""
    found = [what for what, _which in find_unaccounted(Ledgers(sent=[], taken=entries))]
    return [what for what in found if "staff" in what or "digest" in what or "opens no notice" in what]


@pytest.fixture
def told() -> Entry:
    """One digest that a colleague got."""
    make_bank()
    digest = Digest.objects.create(user=make_user(), day=NOW.date(), number=1, made_at=NOW, closed_at=NOW)
    row = DigestMessage.objects.create(
        digest=digest,
        channel="email",
        asked_at=NOW,
        due_at=NOW,
        claimed_at=NOW,
        state=OutboxState.SENT,
        provider_id="<digests-1@bank.example>",
    )
    return Entry(
        n=1,
        provider="smtp",
        channel="email",
        provider_id=row.provider_id,
        recipient="wang@bank.example",
        accepted_at=NOW.isoformat(),
        idempotency_key=row.provider_id,
        body="",
        link="http://localhost/inbox/",
    )


def test_what_staff_were_told_is_accounted_for(told: Entry) -> None:
    assert of_staff(told) == []


def test_a_digest_that_came_twice_or_never_is_found(told: Entry) -> None:
    assert of_staff(told, replace(told, n=2)) == ["staff were told twice"]
    assert of_staff() == ["digest counts as sent and no provider has it"]
    assert of_staff(told, replace(told, n=2, provider_id="another")) == [
        "provider took a message that opens no notice"
    ]


def test_a_digest_that_is_perhaps_sent_explains_one_message(told: Entry) -> None:
    DigestMessage.objects.update(state=OutboxState.UNKNOWN, provider_id="")
    assert of_staff(told) == []
    assert of_staff(told, replace(told, n=2)) == ["provider took a message that opens no notice"]


def test_a_digest_at_night_is_found(told: Entry) -> None:
    DigestMessage.objects.update(claimed_at=NOW + timedelta(hours=13))
    assert of_staff(told) == ["staff were told at night"]


def test_what_was_due_and_not_told_is_found(told: Entry) -> None:
    user = User.objects.get()
    user.email = "wang@bank.example"
    user.save()
    occasion = Occasion.objects.create(work="review", event="new", reference="1", at=NOW, check_at=NOW)
    Alert.objects.create(user=user, occasion=occasion, made_at=NOW, due_at=clocks.now() - A_WHILE * 2)
    assert of_staff(told) == ["staff were not told what was due"]
