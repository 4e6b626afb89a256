"""WeChat against the lab's official account."""

import hashlib
import secrets
import time
from datetime import timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from notifications.providers.base import CallbackRefused, Evidence, Outcome, ReceiptFact
from notifications.providers.wechat import WeChat
from tests.lab import Callback, LabClient, Receiver
from tests.notifications.providers.messages import LINK, message

# What came with a signature is remembered.
pytestmark = pytest.mark.django_db
OPENID = "o000700000001"


def parse(callback: Callback, *, query: dict[str, str] | None = None) -> list[ReceiptFact]:
    return WeChat().parse_callback(
        url=callback.url, headers=callback.headers, query=query or callback.query, body=callback.body
    )


def query_signed(*, age: int = 0, forged: bool = False) -> dict[str, str]:
    timestamp, nonce = str(int(time.time()) - age), secrets.token_hex(5)
    token = "forged" if forged else settings.WECHAT_CALLBACK_TOKEN
    digest = hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode(), usedforsecurity=False)
    return {"signature": digest.hexdigest(), "timestamp": timestamp, "nonce": nonce}


def test_an_accepted_message_is_named_and_in_the_ledger(lab: LabClient) -> None:
    result = WeChat().send(message(OPENID))
    [entry] = lab.ledger()
    assert result.outcome is Outcome.ACCEPTED
    assert (entry["provider_id"], entry["recipient"], entry["link"]) == (result.provider_id, OPENID, LINK)
    assert entry["body"] == "孟磊\n柜员"


def test_a_repeat_under_the_same_key_is_the_same_message(lab: LabClient) -> None:
    provider = WeChat()
    first, again = provider.send(message(OPENID)), provider.send(message(OPENID))
    other = provider.send(message(OPENID, idempotency_key="notice-7-2"))
    assert first.provider_id == again.provider_id != other.provider_id
    assert len(lab.ledger()) == 2


def test_an_unknown_send_is_settled_by_the_repeat(lab: LabClient) -> None:
    provider = WeChat()
    assert provider.send(message("o-lab-reset_after-1")).outcome is Outcome.UNKNOWN
    again = provider.send(message("o-lab-reset_after-1"))
    [entry] = lab.ledger()
    assert again.outcome is Outcome.ACCEPTED
    assert again.provider_id == entry["provider_id"]


@pytest.mark.parametrize(
    "fault", ["error_before", "error_after", "reset_before", "hang_before", "hang_after"]
)
def test_without_an_answer_the_send_is_unknown(lab: LabClient, fault: str) -> None:
    assert WeChat().send(message(f"o-lab-{fault}-1")).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("code", "outcome", "bad"),
    [
        (40003, Outcome.PERMANENT, True),
        (43004, Outcome.PERMANENT, True),
        (43019, Outcome.PERMANENT, True),
        (43116, Outcome.PERMANENT, False),
        (47003, Outcome.PERMANENT, False),
        (45009, Outcome.THROTTLED, False),
        (43117, Outcome.THROTTLED, False),
        (-1, Outcome.TRANSIENT, False),
    ],
)
def test_each_errcode_means_what_the_table_says(
    *, lab: LabClient, code: int, outcome: Outcome, bad: bool
) -> None:
    lab.behave("wechat", f"refuse:{code}", 1)
    result = WeChat().send(message(OPENID))
    assert (result.outcome, result.code, result.address_is_bad) == (outcome, str(code), bad)
    assert lab.ledger() == []


def test_a_message_taken_before_counts_as_accepted(lab: LabClient) -> None:
    lab.behave("wechat", "refuse:45065", 1)
    assert WeChat().send(message(OPENID)).outcome is Outcome.ACCEPTED


def test_too_many_is_throttled(lab: LabClient) -> None:
    lab.behave("wechat", "throttle", 1)
    result = WeChat().send(message(OPENID))
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, timedelta(minutes=1))


def test_a_token_that_ended_early_is_fetched_once_more(lab: LabClient) -> None:
    provider = WeChat()
    provider.send(message(OPENID))
    lab.behave("wechat", "expire_token", 1)
    assert provider.send(message(OPENID, idempotency_key="second")).outcome is Outcome.ACCEPTED
    assert len(lab.ledger()) == 2


def test_a_token_that_keeps_ending_is_given_up_as_not_taken(lab: LabClient) -> None:
    lab.behave("wechat", "expire_token")
    result = WeChat().send(message(OPENID))
    assert (result.outcome, result.code) == (Outcome.TRANSIENT, "42001")


def test_a_wrong_secret_holds_the_queue(lab: LabClient, settings: Settings) -> None:
    settings.WECHAT_APP_SECRET = "wrong"
    result = WeChat().send(message(OPENID))
    assert (result.outcome, result.code) == (Outcome.THROTTLED, "40125")


def test_an_unreachable_token_address_is_certainly_not_a_send(lab: LabClient, settings: Settings) -> None:
    settings.WECHAT_API_BASE_URL = "http://127.0.0.1:9"
    assert WeChat().send(message(OPENID)).outcome is Outcome.TRANSIENT


def test_the_signed_event_proves_delivery(lab: LabClient, receiver: Receiver) -> None:
    sent = WeChat().send(message(OPENID))
    [fact] = parse(receiver.take()[0])
    assert (fact.provider_id, fact.evidence) == (sent.provider_id, Evidence.DELIVERED)
    assert fact.occurred_at is not None


@pytest.mark.parametrize(("code", "words"), [("", "failed:user block"), (".system", "failed: system failed")])
def test_both_failures_of_the_event_are_failures(
    lab: LabClient, receiver: Receiver, code: str, words: str
) -> None:
    WeChat().send(message(f"o-lab-fail{code}"))
    [fact] = parse(receiver.take()[0])
    assert (fact.evidence, fact.code) == (Evidence.FAILED, words)


def test_a_forged_event_is_refused(lab: LabClient, receiver: Receiver) -> None:
    WeChat().send(message("o-lab-callback_forged"))
    forged, honest = receiver.take(2)
    with pytest.raises(CallbackRefused):
        parse(forged)
    assert parse(honest)
    with pytest.raises(CallbackRefused):
        parse(honest, query={**honest.query, "nonce": "other"})


def test_an_overheard_signature_soon_dies() -> None:
    body = b"<xml><Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID><Status>success</Status></xml>"
    fresh, stale = query_signed(), query_signed(age=301)
    assert WeChat().parse_callback(url="", headers={}, query=fresh, body=body)
    with pytest.raises(CallbackRefused):
        WeChat().parse_callback(url="", headers={}, query=stale, body=body)


def test_an_overheard_signature_takes_no_other_body() -> None:
    body = b"<xml><Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID><Status>success</Status></xml>"
    query = query_signed()
    for _repeat in range(2):
        assert WeChat().parse_callback(url="", headers={}, query=query, body=body)
    with pytest.raises(CallbackRefused, match="another body"):
        WeChat().parse_callback(url="", headers={}, query=query, body=body.replace(b"7", b"8"))


def test_an_event_that_names_no_message_proves_nothing() -> None:
    body = b"<xml><Event>TEMPLATESENDJOBFINISH</Event><MsgID>0</MsgID><Status>success</Status></xml>"
    assert WeChat().parse_callback(url="", headers={}, query=query_signed(), body=body) == []


def test_the_probe_is_answered_only_if_signed() -> None:
    provider = WeChat()
    assert provider.answer_probe(query={**query_signed(), "echostr": "echo"}) == "echo"
    with pytest.raises(CallbackRefused):
        provider.answer_probe(query={**query_signed(forged=True), "echostr": "echo"})


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><MsgID>&b;</MsgID></xml>'
EVENT = b"<xml><Event>TEMPLATESENDJOBFINISH</Event><MsgID>%s</MsgID><Status>%s</Status><CreateTime>%s</CreateTime></xml>"


@pytest.mark.parametrize("body", [BOMB, b"", b"<xml>", b"{}", b'<?xml version="1.0" encoding="none"?><xml/>'])
def test_what_is_no_plain_xml_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        WeChat().parse_callback(url="", headers={}, query=query_signed(), body=body)


@given(
    st.one_of(
        st.binary(max_size=200), st.tuples(*[st.binary(max_size=30)] * 3).map(lambda parts: EVENT % parts)
    )
)
def test_no_signed_body_breaks_the_parser(body: bytes) -> None:
    try:
        facts = WeChat().parse_callback(url="", headers={}, query=query_signed(), body=body)
    except CallbackRefused:
        return
    assert all(fact.provider_id for fact in facts)


@given(st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce"]), st.text(max_size=50)))
def test_no_unsigned_query_is_ever_believed(query: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        WeChat().parse_callback(url="", headers={}, query=query, body=EVENT % (b"1", b"success", b"1"))
