from datetime import UTC, datetime

import pytest

from recruitment.enums import SignalState
from recruitment.models import InterviewSignal
from recruitment.operations.signals import RawSignal, Receipt, store_signal, store_signals

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 10, tzinfo=UTC)


def test_stores_once_and_keeps_the_first_moment() -> None:
    raw = RawSignal("msg_a", b'{"a": 1}')
    assert store_signal(raw=raw, now=NOW) == Receipt(
        "msg_a", SignalState.RECEIVED, created=True, same_body=True
    )
    assert store_signal(raw=raw, now=LATER) == Receipt(
        "msg_a", SignalState.RECEIVED, created=False, same_body=True
    )
    stored = InterviewSignal.objects.get()
    assert stored.received_at == NOW
    assert stored.body.decrypt_bytes() == b'{"a": 1}'


def test_bytes_that_mean_the_same_are_another_body() -> None:
    store_signal(raw=RawSignal("msg_a", b'{"a": 1}'), now=NOW)
    assert not store_signal(raw=RawSignal("msg_a", b'{"a":1}'), now=NOW).same_body


def test_an_equal_body_under_another_id_is_another_signal() -> None:
    store_signal(raw=RawSignal("msg_a", b"{}"), now=NOW)
    assert store_signal(raw=RawSignal("msg_b", b"{}"), now=NOW).created


def test_many_are_answered_in_order() -> None:
    store_signal(raw=RawSignal("b", b"1"), now=NOW)
    store_signal(raw=RawSignal("c", b"2"), now=NOW)
    InterviewSignal.objects.filter(webhook_id="c").update(state=SignalState.INGESTED)
    raws = [RawSignal("a", b"0"), RawSignal("b", b"other"), RawSignal("c", b"2"), RawSignal("d", b"3")]
    receipts = store_signals(raws=raws, now=LATER)
    assert [(one.webhook_id, one.state, one.created, one.same_body) for one in receipts] == [
        ("a", SignalState.RECEIVED, True, True),
        ("b", SignalState.RECEIVED, False, False),
        ("c", SignalState.INGESTED, False, True),
        ("d", SignalState.RECEIVED, True, True),
    ]


def test_nothing_is_stored_of_nothing() -> None:
    assert store_signals(raws=[], now=NOW) == []
