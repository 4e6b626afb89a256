"""SMS against the lab's Twilio."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from notifications.providers.base import CallbackRefused, Evidence, Outcome, ReceiptFact
from notifications.providers.twilio import Twilio, receipt_of
from tests.lab import Callback, LabClient, Receiver
from tests.notifications.providers.messages import message

NUMBER = "+8613800000001"


def parse(
    provider: Twilio, callback: Callback, *, body: bytes | None = None, url: str | None = None
) -> list[ReceiptFact]:
    return provider.parse_callback(
        url=url or callback.url,
        headers=callback.headers,
        query=callback.query,
        body=callback.body if body is None else body,
    )


def test_an_accepted_message_is_named_and_in_the_ledger(lab: LabClient) -> None:
    result = Twilio().send(message(NUMBER))
    assert result.outcome is Outcome.ACCEPTED
    [entry] = lab.ledger()
    assert (entry["provider"], entry["provider_id"], entry["recipient"]) == (
        "twilio",
        result.provider_id,
        NUMBER,
    )
    assert entry["link"] == "http://127.0.0.1:8000/n/abc-123"


def test_two_equal_requests_are_two_messages(lab: LabClient) -> None:
    provider = Twilio()
    assert provider.send(message(NUMBER)).provider_id != provider.send(message(NUMBER)).provider_id
    assert len(lab.ledger()) == 2


@pytest.mark.parametrize(
    ("number", "code", "bad"), [("+8613800990001", "21211", True), ("+8613800990002", "21610", False)]
)
def test_a_permanent_error_stops_and_may_blame_the_number(
    *, lab: LabClient, number: str, code: str, bad: bool
) -> None:
    result = Twilio().send(message(number))
    assert (result.outcome, result.code, result.address_is_bad) == (Outcome.PERMANENT, code, bad)
    assert lab.ledger() == []


def test_too_many_is_throttled_for_as_long_as_twilio_says(lab: LabClient) -> None:
    provider = Twilio()
    result = provider.send(message("+8613800990011"))
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, timedelta(seconds=1))
    provider.send(message("+8613800990011"))
    assert provider.send(message("+8613800990011")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("suffix", "accepted"),
    [("990012", 0), ("990013", 1), ("990014", 0), ("990015", 1), ("990016", 0), ("990017", 1)],
)
def test_without_an_answer_the_send_is_unknown_and_the_look_up_knows(
    lab: LabClient, suffix: str, accepted: int
) -> None:
    provider, started = Twilio(), datetime.now(UTC)
    text = message(f"+8613800{suffix}")
    assert provider.send(text).outcome is Outcome.UNKNOWN
    assert len(lab.ledger()) == accepted
    found = provider.look_up(text, since=started)
    assert found is not None
    assert found.found is bool(accepted)
    assert found.provider_id == (lab.ledger()[0]["provider_id"] if accepted else "")


def test_the_look_up_ignores_other_texts_and_older_messages(lab: LabClient) -> None:
    provider, started = Twilio(), datetime.now(UTC)
    provider.send(message(NUMBER, text="another text"))
    other = provider.look_up(message(NUMBER), since=started)
    provider.send(message(NUMBER))
    later = provider.look_up(message(NUMBER), since=started + timedelta(minutes=2))
    assert other is not None
    assert not other.found
    assert later is not None
    assert not later.found


def test_the_look_up_turns_pages(lab: LabClient) -> None:
    provider, started = Twilio(), datetime.now(UTC)
    first = provider.send(message(NUMBER))
    for number in range(55):
        provider.send(message(NUMBER, text=f"later text {number}"))
    found = provider.look_up(message(NUMBER), since=started)
    assert found is not None
    assert found.provider_id == first.provider_id


def test_a_look_up_without_an_answer_claims_nothing(lab: LabClient, settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = "wrong"
    assert Twilio().look_up(message(NUMBER), since=datetime.now(UTC)) is None


def test_a_refused_connection_is_certainly_not_taken(lab: LabClient, settings: Settings) -> None:
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    assert Twilio().send(message(NUMBER)).outcome is Outcome.TRANSIENT


def test_a_refused_key_holds_the_queue_instead_of_failing_people(lab: LabClient, settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = "wrong"
    result = Twilio().send(message(NUMBER))
    assert (result.outcome, result.code) == (Outcome.THROTTLED, "20003")
    assert result.retry_after is not None


def test_signed_callbacks_are_believed_in_turn(lab: LabClient, receiver: Receiver) -> None:
    provider = Twilio()
    sent = provider.send(message(NUMBER, callback_url=f"{receiver.url}/webhooks/twilio/status"))
    facts = [fact for callback in receiver.take(2) for fact in parse(provider, callback)]
    assert [fact.evidence for fact in facts] == [Evidence.ACCEPTED, Evidence.DELIVERED]
    assert {fact.provider_id for fact in facts} == {sent.provider_id}
    assert len({fact.dedupe_key for fact in facts}) == 2


@pytest.mark.parametrize(
    ("suffix", "code", "bad"),
    [("990003", "30003", False), ("990005", "30005", True), ("990006", "30006", True)],
)
def test_a_failure_after_acceptance_says_whether_the_number_is_to_blame(
    *, lab: LabClient, receiver: Receiver, suffix: str, code: str, bad: bool
) -> None:
    provider = Twilio()
    sent = provider.send(message(f"+8613800{suffix}", callback_url=f"{receiver.url}/webhooks/twilio/status"))
    [fact] = parse(provider, receiver.take(2)[1])
    assert (fact.evidence, fact.code, fact.address_is_bad) == (Evidence.FAILED, code, bad)
    polled = provider.fetch_status(sent.provider_id)
    assert polled is not None
    assert (polled.evidence, polled.dedupe_key) == (Evidence.FAILED, fact.dedupe_key)


def test_a_poll_replaces_callbacks_that_never_come(lab: LabClient, receiver: Receiver) -> None:
    provider = Twilio()
    sent = provider.send(message("+8613800990025", callback_url=f"{receiver.url}/webhooks/twilio/status"))
    assert receiver.is_quiet(0.2)
    fact = provider.fetch_status(sent.provider_id)
    assert fact is not None
    assert fact.evidence is Evidence.DELIVERED


def test_nothing_is_fetched_for_what_is_no_sid(lab: LabClient) -> None:
    assert Twilio().fetch_status("../../Accounts") is None
    assert Twilio().fetch_status("SM" + "0" * 32) is None


def test_a_forged_callback_is_refused_and_the_true_ones_still_come(
    lab: LabClient, receiver: Receiver
) -> None:
    provider = Twilio()
    provider.send(message("+8613800990024", callback_url=f"{receiver.url}/webhooks/twilio/status"))
    forged, *honest = receiver.take(3)
    with pytest.raises(CallbackRefused):
        parse(provider, forged)
    assert [parse(provider, callback)[0].evidence for callback in honest][-1] is Evidence.DELIVERED


def test_a_callback_tampered_with_in_body_or_address_is_refused(lab: LabClient, receiver: Receiver) -> None:
    provider = Twilio()
    provider.send(message(NUMBER, callback_url=f"{receiver.url}/webhooks/twilio/status"))
    [callback] = receiver.take(1)
    with pytest.raises(CallbackRefused):
        parse(provider, callback, body=callback.body.replace(b"sent", b"read"))
    with pytest.raises(CallbackRefused):
        parse(provider, callback, url="http://127.0.0.1:1/other")


def test_repeated_and_reordered_callbacks_carry_equal_keys(lab: LabClient, receiver: Receiver) -> None:
    provider = Twilio()
    provider.send(message("+8613800990022", callback_url=f"{receiver.url}/twice"))
    keys = [parse(provider, callback)[0].dedupe_key for callback in receiver.take(4)]
    assert len(set(keys)) == 2
    provider.send(message("+8613800990023", callback_url=f"{receiver.url}/reordered"))
    evidence = [parse(provider, callback)[0].evidence for callback in receiver.take(2)]
    assert evidence == [Evidence.DELIVERED, Evidence.ACCEPTED]


URL = "http://127.0.0.1:8000/webhooks/twilio/status"


def signed(token: str, form: dict[str, str]) -> str:
    text = URL + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5))
def test_any_signed_form_is_read_or_ignored_but_breaks_nothing(form: dict[str, str]) -> None:
    form = {
        key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for key, value in form.items()
    }
    form.pop("AccountSid", None)
    headers = {"X-Twilio-Signature": signed(settings.TWILIO_AUTH_TOKEN, form)}
    body = urlencode(form).encode()
    assert Twilio().parse_callback(url=URL, headers=headers, query={}, body=body) == []


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_unsigned_body_is_ever_believed(body: bytes, signature: str) -> None:
    with pytest.raises(CallbackRefused):
        Twilio().parse_callback(url=URL, headers={"x-twilio-signature": signature}, query={}, body=body)


@given(
    st.dictionaries(
        st.sampled_from(["sid", "status", "error_code"]), st.one_of(st.none(), st.text(), st.integers())
    )
)
def test_any_row_is_read_or_ignored(row: dict[str, object]) -> None:
    fact = receipt_of(row)
    assert fact is None or fact.provider_id == row["sid"]
