"""WeCom against the lab's corp."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from notifications.providers.base import CallbackRefused, Outcome, ReceiptFact
from notifications.providers.wecom import WeCom, cut
from notifications.providers.wecom.crypto import decrypt, unpack
from tests.lab import LabClient, Receiver
from tests.notifications.providers.messages import LINK, message
from tests.provider_simulator.tencent import sha1_signature
from tests.provider_simulator.wecom import encrypt

MEMBER = "ZhangSan"
AES_KEY = "A" * 42 + "E"
CORP = "ww0000000000000000"


def test_an_accepted_message_is_named_and_in_the_ledger(lab: LabClient) -> None:
    result = WeCom().send(message(MEMBER))
    [entry] = lab.ledger()
    assert result.outcome is Outcome.ACCEPTED
    assert (entry["provider_id"], entry["recipient"], entry["link"]) == (result.provider_id, MEMBER, LINK)


def test_an_equal_request_is_shown_once(lab: LabClient) -> None:
    provider = WeCom()
    first, again = provider.send(message(MEMBER)), provider.send(message(MEMBER))
    provider.send(message(MEMBER, text="another text"))
    assert first.provider_id == again.provider_id
    assert len(lab.ledger()) == 2


def test_success_with_the_receiver_among_the_invalid_is_no_success(lab: LabClient) -> None:
    result = WeCom().send(message("lab-refuse"))
    assert (result.outcome, result.code, result.address_is_bad) == (Outcome.PERMANENT, "invaliduser", True)
    assert lab.ledger() == []


@pytest.mark.parametrize(
    ("code", "outcome", "bad"),
    [
        (81013, Outcome.PERMANENT, True),
        (60111, Outcome.PERMANENT, True),
        (48002, Outcome.PERMANENT, False),
        (45009, Outcome.THROTTLED, False),
        (60020, Outcome.THROTTLED, False),
        (-1, Outcome.TRANSIENT, False),
    ],
)
def test_each_errcode_means_what_the_table_says(
    *, lab: LabClient, code: int, outcome: Outcome, bad: bool
) -> None:
    lab.behave("wecom", f"refuse:{code}", 1)
    result = WeCom().send(message(MEMBER))
    assert (result.outcome, result.code, result.address_is_bad) == (outcome, str(code), bad)


@pytest.mark.parametrize(("fault", "accepted"), [("error_after", 1), ("reset_after", 1), ("reset_before", 0)])
def test_an_unknown_send_may_be_repeated_inside_the_window(lab: LabClient, fault: str, accepted: int) -> None:
    provider = WeCom()
    assert provider.send(message(f"lab-{fault}-1")).outcome is Outcome.UNKNOWN
    assert len(lab.ledger()) == accepted
    assert provider.send(message(f"lab-{fault}-1")).outcome is Outcome.ACCEPTED
    assert len(lab.ledger()) == 1


def test_a_token_that_ended_early_is_fetched_once_more(lab: LabClient) -> None:
    lab.behave("wecom", "expire_token", 1)
    assert WeCom().send(message(MEMBER)).outcome is Outcome.ACCEPTED


def test_a_wrong_secret_holds_the_queue(lab: LabClient, settings: Settings) -> None:
    settings.WECOM_CORP_SECRET = "wrong"
    assert WeCom().send(message(MEMBER)).outcome is Outcome.THROTTLED


def test_the_encrypted_event_opens_and_proves_nothing(lab: LabClient, receiver: Receiver) -> None:
    provider = WeCom()
    sent = provider.send(message(MEMBER))
    lab.read("wecom", sent.provider_id)
    [event] = receiver.take()

    def parse(query: dict[str, str], body: bytes) -> list[ReceiptFact]:
        return provider.parse_callback(url=event.url, headers=event.headers, query=query, body=body)

    assert parse(event.query, event.body) == []
    assert b"enter_agent" not in event.body
    with pytest.raises(CallbackRefused):
        parse(event.query, event.body.replace(b"[CDATA[", b"[CDATA[A", 3))
    with pytest.raises(CallbackRefused):
        parse({**event.query, "timestamp": "1"}, event.body)


def test_an_event_that_was_signed_long_ago_is_refused(settings: Settings) -> None:
    encrypted = encrypt(
        b"<xml/>", encoding_aes_key=settings.WECOM_ENCODING_AES_KEY, corp_id=settings.WECOM_CORP_ID
    )
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()

    def signed(at: float) -> dict[str, str]:
        stamp = str(int(at))
        signature = sha1_signature(settings.WECOM_CALLBACK_TOKEN, stamp, "2", encrypted)
        return {"timestamp": stamp, "nonce": "2", "msg_signature": signature}

    parse = WeCom().parse_callback
    assert parse(url="", headers={}, query=signed(time.time()), body=body) == []
    for age in (301, -301, 30 * 86_400):
        with pytest.raises(CallbackRefused, match="timestamp"):
            parse(url="", headers={}, query=signed(time.time() - age), body=body)


def test_the_probe_is_answered_with_the_opened_text(settings: Settings) -> None:
    encrypted = encrypt(
        b"12345", encoding_aes_key=settings.WECOM_ENCODING_AES_KEY, corp_id=settings.WECOM_CORP_ID
    )
    stamp = str(int(time.time()))
    query = {"timestamp": stamp, "nonce": "2", "echostr": encrypted}
    query["msg_signature"] = sha1_signature(settings.WECOM_CALLBACK_TOKEN, stamp, "2", encrypted)
    assert WeCom().answer_probe(query=query) == "12345"
    with pytest.raises(CallbackRefused):
        WeCom().answer_probe(query={**query, "nonce": "3"})


@given(st.binary(max_size=300))
def test_what_wecom_seals_we_open(text: bytes) -> None:
    encrypted = encrypt(text, encoding_aes_key=AES_KEY, corp_id=CORP)
    assert decrypt(encrypted, encoding_aes_key=AES_KEY, corp_id=CORP) == text
    with pytest.raises(CallbackRefused):
        decrypt(encrypted, encoding_aes_key=AES_KEY, corp_id="another corp")


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda data: data.hex())))
def test_no_envelope_breaks_the_opener(text: str) -> None:
    with pytest.raises(CallbackRefused):
        decrypt(text, encoding_aes_key=AES_KEY, corp_id=CORP)


@given(st.binary(min_size=1, max_size=100))
def test_no_plain_text_breaks_the_unpacker(plain: bytes) -> None:
    with pytest.raises(CallbackRefused):
        unpack(plain, corp_id=CORP)


@given(st.text(max_size=300), st.integers(min_value=3, max_value=128))
def test_a_cut_text_fits_and_ends_at_a_whole_character(text: str, limit: int) -> None:
    shortened = cut(text, limit)
    assert len(shortened.encode()) <= limit
    assert shortened == text or text.startswith(shortened.removesuffix("…"))
