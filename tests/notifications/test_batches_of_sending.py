"""The rows of a batch are one statement; what does not fit leaves the batch, and its neighbours notice nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hrportal.kernel.models import FailedRow
from notifications.enums import ChannelCode, DeliveryState, NoticeEvidence, ReceiptOutcome
from notifications.models import Delivery, Notice, NoticeEvent, Receipt, SendRateLimit
from notifications.operations.claiming import Claimed, claim_due
from notifications.operations.dispatch import dispatch_due, dispatching
from notifications.operations.receipts import apply_receipts, store_receipts
from notifications.operations.recording import record_answers
from notifications.providers.base import Evidence, Outcome, OutgoingMessage, ReceiptFact, SendResult
from notifications.providers.registry import providers
from notifications.providers.smtp import Smtp
from tests.factories import NOW
from tests.lab import LabClient
from tests.recruitment.steps import approved_notice
from tests.rival import Slower, rival
from tests.workers import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world")]
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}
FIVE = 5
HOLD = "UPDATE notifications_notice SET sent_at = sent_at WHERE id = %s"


@pytest.fixture
def fresh_providers(lab: LabClient) -> Iterator[None]:
    providers.cache_clear()
    yield
    relay = providers()["smtp"]
    assert isinstance(relay, Smtp)
    relay.close()
    providers.cache_clear()


def sms(number: int = FIVE) -> list[Delivery]:
    """SMS of as many notices, in the order in which they are due."""
    found = []
    for place in range(number):
        delivery = approved_notice(**SMS_ONLY).deliveries.get(channel=ChannelCode.SMS)
        Delivery.objects.filter(pk=delivery.pk).update(due_at=NOW - timedelta(minutes=number - place))
        found.append(delivery)
    return found


def accepted(delivery: Delivery, **answer: Any) -> SendResult:
    return SendResult(outcome=Outcome.ACCEPTED, provider_id=f"SM{delivery.pk.hex}", **answer)


def states(deliveries: list[Delivery]) -> list[str]:
    found = Delivery.objects.in_bulk([delivery.pk for delivery in deliveries])
    return [found[delivery.pk].state for delivery in deliveries]


def statements(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as used:
        work()
    return [query["sql"] for query in used.captured_queries]


class TestStatements:
    def test_claiming_and_recording_cost_the_same_for_one_and_for_many(self) -> None:
        counts = []
        for number in (1, FIVE):
            deliveries = sms(number)
            claimed = statements(lambda: claim_due(now=NOW, limit=64))
            answers = {delivery.pk: accepted(delivery) for delivery in deliveries}
            recorded = statements(lambda answers=answers: record_answers(answers, now=NOW))  # type: ignore[misc]  # mypy knows no defaults of lambdas
            assert states(deliveries) == [DeliveryState.ACCEPTED] * number
            counts.append((len(claimed), len(recorded)))
        assert counts == [(17, 14), (17, 14)]

    def test_receipts_cost_the_same_for_one_and_for_many(self) -> None:
        counts = []
        for number in (1, FIVE):
            deliveries = sms(number)
            claim_due(now=NOW, limit=64)
            record_answers({delivery.pk: accepted(delivery) for delivery in deliveries}, now=NOW)
            stored = statements(lambda deliveries=deliveries: delivered(deliveries))  # type: ignore[misc]  # the same
            counts.append((len(stored), len(statements(lambda: apply_receipts(now=NOW)))))
            assert states(deliveries) == [DeliveryState.DELIVERED] * number
        assert counts == [(1, 16), (1, 16)]

    def test_no_lock_joins_another_table(self) -> None:
        deliveries = sms(2)

        def work() -> None:
            claim_due(now=NOW, limit=64)
            record_answers({delivery.pk: accepted(delivery) for delivery in deliveries}, now=NOW)
            delivered(deliveries)
            apply_receipts(now=NOW)

        locks = [
            sql
            for sql in statements(work)
            if "FOR UPDATE" in sql and "WITH " not in sql and " IN (" not in sql
        ]
        assert locks
        assert not [sql for sql in locks if " JOIN " in sql]


def delivered(deliveries: list[Delivery]) -> None:
    facts = [
        ReceiptFact(
            provider_id=f"SM{one.pk.hex}", evidence=Evidence.DELIVERED, dedupe_key=f"{one.pk}:delivered"
        )
        for one in deliveries
    ]
    store_receipts(provider="twilio", facts=facts, now=NOW)


@pytest.mark.usefixtures("fresh_providers")
class TestSending:
    def test_an_answer_that_no_row_can_hold_in_the_middle_of_a_batch(self) -> None:
        deliveries = sms()
        claim_due(now=NOW, limit=64)
        bad = deliveries[2]
        with dispatching(clock=lambda: NOW) as flight:
            # What the calls would bring; PostgreSQL takes no NUL in a text.
            flight._record([answer_of(one, "\0" if one is bad else "queued") for one in deliveries], now=NOW)
        good = [one for one in deliveries if one is not bad]
        assert states(good) == [DeliveryState.ACCEPTED] * 4
        assert states([bad]) == [DeliveryState.SENDING]
        failed = FailedRow.objects.get()
        assert (failed.sweep, failed.row_key) == ("mark_lost", str(bad.pk))
        assert not bad.transitions.filter(action="accept").exists()
        assert NoticeEvent.objects.filter(kind="sent").count() == 4

    def test_one_name_twice_in_a_batch_is_one_message(self) -> None:
        first, second, third = sms(3)
        claim_due(now=NOW, limit=64)
        record_answers(
            {first.pk: accepted(first), second.pk: accepted(first), third.pk: accepted(third)}, now=NOW
        )
        assert states([first, second, third]) == [DeliveryState.ACCEPTED] * 3
        names = Delivery.objects.filter(pk__in=[first.pk, second.pk]).values_list("provider_id", flat=True)
        assert sorted(names) == ["", f"SM{first.pk.hex}"]
        reasons = [one.transitions.get(action="accept").reason for one in (first, second)]
        assert sorted(reasons) == ["", "same message"]

    def test_a_refusal_in_the_middle_of_a_batch_costs_no_other_accept(self) -> None:
        deliveries = sms()
        claim_due(now=NOW, limit=64)
        answers: dict[Any, SendResult | None] = {one.pk: accepted(one) for one in deliveries}
        answers[deliveries[1].pk] = SendResult(outcome=Outcome.PERMANENT, code="21211", address_is_bad=True)
        answers[deliveries[2].pk] = None
        answers[deliveries[3].pk] = SendResult(outcome=Outcome.UNKNOWN, code="ReadTimeout")
        record_answers(answers, now=NOW)
        assert states(deliveries) == ["accepted", "failed", "planned", "unknown", "accepted"]
        counted = dict(SendRateLimit.objects.values_list("address__recipient__notices", "sent"))
        assert [counted[one.notice_id] for one in deliveries] == [1, 0, 0, 1, 1]

    def test_while_one_call_hangs_the_next_batch_is_claimed_sent_and_recorded(
        self, lab: LabClient, settings: Any
    ) -> None:
        settings.PROVIDER_TIMEOUT_SECONDS = 2
        hanging, *others = sms(4)
        later = NOW + timedelta(minutes=1)
        Delivery.objects.filter(pk__in=[one.pk for one in others]).update(due_at=later)
        lab.behave("sms", "hang_before", times=1)
        with dispatching(clock=lambda: later) as flight:
            assert flight.take_off(now=NOW, limit=64) == 1
            wait_until(lambda: lab.summary()["hanging"])
            while flight.step(now=later) and states(others) != [DeliveryState.ACCEPTED] * 3:
                assert states([hanging]) == [DeliveryState.SENDING]
        assert states([hanging]) == [DeliveryState.UNKNOWN]
        assert len(lab.ledger()) == 3

    def test_a_channel_with_too_much_in_the_air_is_given_no_more_and_holds_up_no_other(self) -> None:
        notice = approved_notice()
        assert [item.channel for item in claim_due(now=NOW, limit=64, but=["app", "email"])[1]] == ["wechat"]
        assert notice.deliveries.filter(state=DeliveryState.PLANNED).count() == 3

    def test_answers_of_a_held_notice_are_left_and_the_rest_written(self) -> None:
        deliveries = sms(3)
        claim_due(now=NOW, limit=64)
        answers = {one.pk: accepted(one) for one in deliveries}
        with rival() as other:
            other.do(HOLD, str(deliveries[1].notice_id))
            assert record_answers(answers, now=NOW, waits=False) == {deliveries[1].pk}
        assert states(deliveries) == ["accepted", "sending", "accepted"]


def answer_of(delivery: Delivery, code: str) -> Any:
    message = OutgoingMessage(address="", idempotency_key="")
    return Claimed(delivery.pk, "sms", "twilio", message), accepted(delivery, code=code)


class TestReceipts:
    @pytest.fixture
    def deliveries(self) -> list[Delivery]:
        found = sms()
        claim_due(now=NOW, limit=64)
        record_answers({one.pk: accepted(one) for one in found}, now=NOW)
        return found

    def test_a_receipt_that_nobody_can_read_in_the_middle_of_a_batch(
        self, deliveries: list[Delivery]
    ) -> None:
        delivered(deliveries)
        bad = Receipt.objects.get(provider_id=f"SM{deliveries[2].pk.hex}")
        Receipt.objects.filter(pk=bad.pk).update(evidence="nonsense")
        apply_receipts(now=NOW)
        assert states(deliveries) == ["delivered", "delivered", "accepted", "delivered", "delivered"]
        assert FailedRow.objects.get().row_key == str(bad.pk)
        assert apply_receipts(now=NOW) == 0

    def test_a_notice_that_somebody_holds_costs_no_other_receipt(self, deliveries: list[Delivery]) -> None:
        delivered(deliveries)
        held, free = deliveries[2], [one for one in deliveries if one is not deliveries[2]]
        with rival() as other:
            other.do(HOLD, str(held.notice_id))
            slower = Slower(lambda: apply_receipts(now=NOW))
            wait_until(lambda: states(free) == [DeliveryState.DELIVERED] * 4)
            assert states([held]) == [DeliveryState.ACCEPTED]
        assert slower.outcome() == FIVE
        assert states([held]) == [DeliveryState.DELIVERED]

    def test_all_the_news_of_one_message_in_one_batch(self, deliveries: list[Delivery]) -> None:
        one = deliveries[0]
        order = (Evidence.READ, Evidence.DELIVERED, Evidence.FAILED)
        facts = [
            ReceiptFact(provider_id=f"SM{one.pk.hex}", evidence=evidence, dedupe_key=evidence.value)
            for evidence in order
        ]
        assert store_receipts(provider="twilio", facts=facts, now=NOW) == 3
        assert store_receipts(provider="twilio", facts=facts, now=NOW) == 0
        apply_receipts(now=NOW)
        assert states([one]) == [DeliveryState.READ]
        assert Notice.objects.get(pk=one.notice_id).evidence == NoticeEvidence.READ
        outcomes = dict(Receipt.objects.values_list("evidence", "outcome"))
        assert outcomes == {
            "read": ReceiptOutcome.APPLIED,
            "delivered": ReceiptOutcome.STALE,
            "failed": ReceiptOutcome.STALE,
        }

    def test_a_read_ends_what_is_pending_in_the_same_transaction(self) -> None:
        notice = approved_notice()
        item = next(one for one in claim_due(now=NOW, limit=64)[1] if one.channel == "app")
        answer = SendResult(outcome=Outcome.ACCEPTED, provider_id="msg_1")
        record_answers({item.delivery_id: answer}, now=NOW)
        fact = ReceiptFact(provider_id="msg_1", evidence=Evidence.READ, dedupe_key="1")
        store_receipts(provider=item.provider, facts=[fact], now=NOW)
        apply_receipts(now=NOW)
        found = dict(notice.deliveries.values_list("channel", "state"))
        assert (found["app"], found["sms"], found["wechat"]) == ("read", "cancelled", "sending")


@pytest.mark.usefixtures("fresh_providers")
def test_an_address_that_does_not_open_in_the_middle_of_a_batch(lab: LabClient) -> None:
    deliveries = sms()
    bad = deliveries[2]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_address SET value = %s WHERE recipient_id = %s AND kind = 'phone'",
            [b"nothing", str(bad.notice.recipient_id)],
        )
    dispatch_due(now=NOW)
    assert states(deliveries) == ["accepted", "accepted", "planned", "accepted", "accepted"]
    assert len(lab.ledger()) == 4
