"""The bank app's gateway against the lab."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from standardwebhooks import Webhook

from notifications.providers.app_gateway import AppGateway, receipt_of
from notifications.providers.base import CallbackRefused, Evidence, Outcome, ReceiptFact
from tests.lab import Callback, LabClient, Receiver
from tests.notifications.providers.messages import LINK, message
from tests.provider_simulator.app_gateway import sign

USER = "app-7-1"


def parse(callback: Callback, *, body: bytes | None = None) -> list[ReceiptFact]:
    return AppGateway().parse_callback(
        url=callback.url, headers=callback.headers, query={}, body=callback.body if body is None else body
    )


def test_an_accepted_message_is_named_and_in_the_ledger(lab: LabClient) -> None:
    result = AppGateway().send(message(USER))
    [entry] = lab.ledger()
    assert result.outcome is Outcome.ACCEPTED
    assert (entry["provider_id"], entry["recipient"], entry["link"]) == (result.provider_id, USER, LINK)
    assert entry["idempotency_key"] == "notice-7-1"


def test_a_repeat_under_the_same_key_is_the_same_message(lab: LabClient) -> None:
    provider = AppGateway()
    assert provider.send(message(USER)).provider_id == provider.send(message(USER)).provider_id
    assert len(lab.ledger()) == 1


@pytest.mark.parametrize(
    ("code", "outcome", "bad"),
    [
        ("unknown_user", Outcome.PERMANENT, True),
        ("account_closed", Outcome.PERMANENT, True),
        ("notifications_off", Outcome.PERMANENT, False),
        ("unavailable", Outcome.TRANSIENT, False),
        ("invalid_token", Outcome.THROTTLED, False),
    ],
)
def test_each_code_means_what_the_table_says(
    *, lab: LabClient, code: str, outcome: Outcome, bad: bool
) -> None:
    lab.behave("app", f"refuse:{code}", 1)
    result = AppGateway().send(message(USER))
    assert (result.outcome, result.code, result.address_is_bad) == (outcome, code, bad)
    assert lab.ledger() == []


def test_too_many_is_throttled_for_as_long_as_the_gateway_says(lab: LabClient) -> None:
    lab.behave("app", "throttle", 1)
    result = AppGateway().send(message(USER))
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, timedelta(seconds=1))


def test_a_wrong_token_holds_the_queue(lab: LabClient, settings: Settings) -> None:
    settings.APP_GATEWAY_TOKEN = "wrong"
    assert AppGateway().send(message(USER)).outcome is Outcome.THROTTLED


@pytest.mark.parametrize(("fault", "accepted"), [("reset_after", 1), ("error_after", 1), ("reset_before", 0)])
def test_without_an_answer_the_look_up_knows(lab: LabClient, fault: str, accepted: int) -> None:
    provider, text = AppGateway(), message(f"app-lab-{fault}-1")
    assert provider.send(text).outcome is Outcome.UNKNOWN
    found = provider.look_up(text, since=datetime.now(UTC))
    assert found is not None
    assert found.found is bool(accepted)
    assert found.provider_id == (lab.ledger()[0]["provider_id"] if accepted else "")


def test_delivered_then_read(lab: LabClient, receiver: Receiver) -> None:
    provider = AppGateway()
    sent = provider.send(message(USER))
    [delivered] = parse(receiver.take()[0])
    lab.read("app_gateway", sent.provider_id)
    [read] = parse(receiver.take()[0])
    polled = provider.fetch_status(sent.provider_id)
    assert [delivered.evidence, read.evidence] == [Evidence.DELIVERED, Evidence.READ]
    assert delivered.provider_id == read.provider_id == sent.provider_id
    assert read.occurred_at is not None
    assert polled is not None
    assert polled.dedupe_key == read.dedupe_key
    assert provider.fetch_status("msg_unknown") is None


def test_a_failure_is_told(lab: LabClient, receiver: Receiver) -> None:
    AppGateway().send(message("app-lab-fail.account_closed"))
    [fact] = parse(receiver.take()[0])
    assert (fact.evidence, fact.code, fact.address_is_bad) == (Evidence.FAILED, "account_closed", True)


def is_believed(callback: Callback) -> bool:
    try:
        return bool(parse(callback))
    except CallbackRefused:
        return False


def test_forged_and_tampered_events_are_refused(lab: LabClient, receiver: Receiver) -> None:
    AppGateway().send(message("app-lab-callback_forged"))
    # They come over two connections, and either may be first.
    [honest] = [callback for callback in receiver.take(2) if is_believed(callback)]
    with pytest.raises(CallbackRefused):
        parse(honest, body=honest.body.replace(b"delivered", b"read"))


def test_any_active_secret_signs(settings: Settings) -> None:
    old, new = "whsec_b2xkb2xkb2xkb2xkb2xkb2xk", "whsec_bmV3bmV3bmV3bmV3bmV3bmV3"
    body = json.dumps({"type": "message.read", "data": {"message_id": "msg_1"}}).encode()
    settings.APP_GATEWAY_CALLBACK_SECRET = f"{new},{old}"
    assert AppGateway().parse_callback(url="", headers=sign(old, "evt_1", body), query={}, body=body)
    settings.APP_GATEWAY_CALLBACK_SECRET = new
    with pytest.raises(CallbackRefused):
        AppGateway().parse_callback(url="", headers=sign(old, "evt_1", body), query={}, body=body)


SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "timestamp", "data", "message_id", "status", "code"]), inner
        )
    ),
)


@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_no_signed_body_breaks_the_parser(body: bytes) -> None:
    provider = AppGateway()
    provider._secrets = [Webhook(SECRET)]
    try:
        facts = provider.parse_callback(url="", headers=sign(SECRET, "evt", body), query={}, body=body)
    except CallbackRefused:
        return
    assert all(fact.provider_id for fact in facts)


@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=60)
    )
)
def test_no_unsigned_header_is_ever_believed(headers: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        AppGateway().parse_callback(url="", headers=headers, query={}, body=b"{}")


@given(st.dictionaries(st.sampled_from(["message_id", "status", "code"]), JSON))
def test_any_row_is_read_or_ignored(row: dict[str, object]) -> None:
    fact = receipt_of(row)
    assert fact is None or fact.provider_id
