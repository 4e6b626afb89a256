"""One delivery that cannot be sent does not stop the others, in this round or the next."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from hrportal.kernel import clocks
from hrportal.kernel.database import limits
from hrportal.kernel.models import FailedRow
from hrportal.kernel.scopes import bank_wide, scoped
from hrportal.kernel.sweeps import try_again
from notifications.enums import ChannelCode, DeliveryState
from notifications.models import Address, Delivery, Notice
from notifications.operations import claiming, dispatch, ending, recording
from notifications.operations.ledger import write_ledger
from notifications.operations.recording import Answers
from notifications.providers.base import SendResult
from notifications.providers.registry import providers
from notifications.providers.smtp import Smtp
from notifications.providers.twilio import Twilio
from notifications.rules.answers import take_answer
from notifications.rules.ledger import Ledger
from notifications.rules.rows import DeliveryRow
from notifications.tasks import dispatch_due, settle_unknown_sends
from recruitment.models import Claim
from tests.factories import NOW
from tests.lab import LabClient
from tests.recruitment.steps import approved_notice
from tests.rival import Slower, rival
from tests.workers import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("world", "fresh_providers", "business_clock"),
]
SMS_ONLY: dict[str, Any] = {"app_user_id": None, "wechat_openid": None, "email": None}


@pytest.fixture
def fresh_providers(lab: LabClient) -> Iterator[None]:
    providers.cache_clear()
    yield
    relay = providers()["smtp"]
    assert isinstance(relay, Smtp)
    relay.close()
    providers.cache_clear()


def as_beat(task: Any) -> None:
    """Run a task as a worker does: with no scope but its own."""
    with scoped(None):
        task()


def sms_of(notice: Notice) -> Delivery:
    return notice.deliveries.get(channel=ChannelCode.SMS)


def break_address(notice: Notice) -> tuple[Address, bytes]:
    """The address of another row: it does not open here."""
    address = Address.objects.get(recipient=notice.recipient, kind="phone")
    other = Address.objects.exclude(pk=address.pk).filter(kind="phone").first()
    assert other is not None
    whole = address.value.blob
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_address SET value = %s WHERE id = %s", [other.value.blob, address.pk]
        )
    return address, whole


@pytest.fixture
def pair() -> tuple[Notice, Notice]:
    """The first is due before the second."""
    first, second = approved_notice(**SMS_ONLY), approved_notice(**SMS_ONLY)
    Delivery.objects.filter(notice=first).update(due_at=NOW - timedelta(minutes=1))
    return first, second


def test_an_address_that_cannot_be_opened_stops_no_other(
    lab: LabClient, pair: tuple[Notice, Notice], caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = pair
    break_address(bad)
    as_beat(dispatch_due)
    assert sms_of(good).state == DeliveryState.ACCEPTED
    assert sms_of(bad).state == DeliveryState.PLANNED
    failed = FailedRow.objects.get()
    assert (failed.sweep, failed.row_key, failed.error) == ("send", str(sms_of(bad).pk), "DecryptionFailed")
    assert failed.raised_at.startswith("encryption.py:")
    assert failed.next_attempt_at > clocks.now()
    assert "DecryptionFailed" in caplog.text
    assert bad.recipient.name not in caplog.text
    as_beat(dispatch_due)
    assert FailedRow.objects.get().attempts == 1


def test_pauses_grow_and_what_was_mended_goes_out_when_somebody_says_so(
    lab: LabClient, pair: tuple[Notice, Notice], settings: Settings
) -> None:
    bad, _good = pair
    address, whole = break_address(bad)
    pauses = []
    for _attempt in range(3):
        as_beat(dispatch_due)
        failed = FailedRow.objects.get()
        pauses.append(round((failed.next_attempt_at - failed.last_failed_at).total_seconds()))
        settings.CLOCK_BUSINESS_EPOCH += pauses[-1] + 1
    assert pauses == [30, 60, 120]
    as_beat(dispatch_due)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_address SET value = %s WHERE id = %s", [whole, address.pk])
    as_beat(dispatch_due)
    assert sms_of(bad).state == DeliveryState.PLANNED
    assert try_again(now=clocks.now(), sweep="send") == 1
    as_beat(dispatch_due)
    assert sms_of(bad).state == DeliveryState.ACCEPTED
    assert not FailedRow.objects.exists()


def test_what_the_batch_wrote_of_the_bad_row_is_undone(lab: LabClient, pair: tuple[Notice, Notice]) -> None:
    bad, _good = pair
    address, _whole = break_address(bad)
    as_beat(dispatch_due)
    assert address.allowances.count() == 0
    assert not sms_of(bad).transitions.filter(action="claim").exists()


def test_a_fault_of_a_channels_code_leaves_its_own_message_unknown(
    lab: LabClient, pair: tuple[Notice, Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = pair
    deliver = Twilio.deliver

    async def faulty(channel: Twilio, message: Any) -> Any:
        if message.idempotency_key.startswith(str(sms_of_bad)):
            raise KeyError("an answer of a new shape")
        return await deliver(channel, message)

    sms_of_bad = sms_of(bad).pk
    monkeypatch.setattr(Twilio, "deliver", faulty)
    as_beat(dispatch_due)
    assert sms_of(good).state == DeliveryState.ACCEPTED
    assert (sms_of(bad).state, sms_of(bad).code) == (DeliveryState.UNKNOWN, "internal_error: KeyError")


def test_an_answer_that_cannot_be_recorded_costs_no_other_answer(
    lab: LabClient, pair: tuple[Notice, Notice], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = pair

    def faulty(ledger: Ledger, delivery: DeliveryRow, result: SendResult | None) -> None:
        if delivery.notice_id == bad.pk:
            raise ZeroDivisionError
        take_answer(ledger, delivery, result)

    monkeypatch.setattr(recording, "take_answer", faulty)
    as_beat(dispatch_due)
    assert sms_of(good).state == DeliveryState.ACCEPTED
    assert sms_of(bad).state == DeliveryState.SENDING
    assert FailedRow.objects.get().sweep == "mark_lost"
    monkeypatch.undo()
    settings.CLOCK_BUSINESS_EPOCH += 3600
    as_beat(settle_unknown_sends)
    assert sms_of(bad).state == DeliveryState.ACCEPTED


@pytest.fixture
def impatient(settings: Settings) -> Iterator[None]:
    """This process keeps the limits of a worker, only shorter."""
    settings.DATABASE_LIMITS = settings.DATABASE_LIMITS | {
        "worker": {"statement": 60.0, "lock": 1.0, "idle": 60.0}
    }
    limits.apply("worker")
    yield
    limits.apply("")


HOLD = "UPDATE notifications_notice SET sent_at = sent_at WHERE id = %s"


@pytest.mark.usefixtures("impatient")
def test_a_notice_that_somebody_holds_costs_no_other_answer(
    lab: LabClient, pair: tuple[Notice, Notice]
) -> None:
    bad, good = pair
    with rival() as other:
        other.do(HOLD, str(bad.pk))
        as_beat(dispatch_due)
        assert sms_of(good).state == DeliveryState.ACCEPTED
        assert sms_of(bad).state == DeliveryState.SENDING
    failed = FailedRow.objects.get()
    assert (failed.sweep, failed.row_key) == ("mark_lost", str(sms_of(bad).pk))


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_had_to_wait_is_recorded_after_the_others(
    lab: LabClient, pair: tuple[Notice, Notice]
) -> None:
    bad, good = pair
    with rival() as other:
        other.do(HOLD, str(bad.pk))
        slower = Slower(lambda: as_beat(dispatch_due))
        wait_until(lambda: slower.is_done() or sms_of(good).state == DeliveryState.ACCEPTED)
    slower.outcome()
    assert sms_of(bad).state == DeliveryState.ACCEPTED
    assert not FailedRow.objects.exists()


def test_a_connection_lost_before_answers_are_recorded_costs_none(
    lab: LabClient, pair: tuple[Notice, Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = pair
    cut: list[bool] = []

    def behind_a_cut(answers: Answers, **options: Any) -> set[UUID]:
        if not cut:
            cut.append(True)
            with rival() as other:
                other.do("SELECT pg_terminate_backend(%s)", connection.connection.info.backend_pid)
        return recording.record_answers(answers, **options)

    monkeypatch.setattr(dispatch, "record_answers", behind_a_cut)
    as_beat(dispatch_due)
    assert (sms_of(bad).state, sms_of(good).state) == (DeliveryState.ACCEPTED, DeliveryState.ACCEPTED)


def test_what_the_server_refuses_twice_is_told_after_the_others_were_recorded(
    lab: LabClient, pair: tuple[Notice, Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = pair
    key = sms_of(bad).pk

    def full(answers: Answers, **options: Any) -> set[UUID]:
        if key in answers:
            raise OperationalError("the disk is full")
        return recording.record_answers(answers, **options)

    monkeypatch.setattr(dispatch, "record_answers", full)
    with pytest.raises(OperationalError):
        as_beat(dispatch_due)
    assert (sms_of(bad).state, sms_of(good).state) == (DeliveryState.SENDING, DeliveryState.ACCEPTED)


def test_a_row_that_cannot_be_ended_stops_no_other(
    lab: LabClient, pair: tuple[Notice, Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = pair
    Claim.objects.filter(application_id=bad.subject_ref).update(released_at=NOW, release="stopped")

    def faulty(ledger: Ledger) -> None:
        if bad.pk in ledger.notices:
            raise ZeroDivisionError
        write_ledger(ledger)

    monkeypatch.setattr(ending, "write_ledger", faulty)
    as_beat(dispatch_due)
    assert sms_of(good).state == DeliveryState.ACCEPTED
    assert sms_of(bad).state == DeliveryState.PLANNED
    assert FailedRow.objects.get().error == "ZeroDivisionError"


def test_a_lost_connection_is_no_rows_fault(
    lab: LabClient, pair: tuple[Notice, Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_delivery: DeliveryRow, **_with: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(claiming, "outgoing_message", lost)
    with pytest.raises(OperationalError):
        as_beat(dispatch_due)
    with bank_wide("a test"):
        assert not FailedRow.objects.exists()
        assert Delivery.objects.filter(state=DeliveryState.PLANNED).count() == 2
