import base64
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from hrportal.kernel.signatures import SignatureRefused, sign, verify

NOW = 1_790_000_000
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
BODY = b'{"a": 1}'


def headers(body: bytes = BODY, /, **changed: str) -> dict[str, str]:
    made = sign(body, message_id="msg_1", timestamp=NOW, secret=OLD)
    return made | {name.replace("_", "-"): value for name, value in changed.items()}


def code_of(body: bytes, sent: dict[str, str], *, now: float = NOW, secrets: tuple[str, ...] = (OLD,)) -> str:
    with pytest.raises(SignatureRefused) as refused:
        verify(body, sent, secrets=secrets, now=now)
    return refused.value.code


@given(body=st.binary(max_size=200))
def test_any_bytes_are_proven_by_their_own_signature(body: bytes) -> None:
    assert verify(body, headers(body), secrets=[OLD], now=NOW) == "msg_1"


@given(body=st.text(max_size=200))
def test_signs_like_the_published_library(body: str) -> None:
    try:
        raw = body.encode()
    except UnicodeEncodeError:
        return
    theirs = Webhook(OLD).sign("msg_1", datetime.fromtimestamp(NOW, UTC), body)
    assert sign(raw, message_id="msg_1", timestamp=NOW, secret=OLD)["webhook-signature"] == theirs


@given(at=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_one_changed_bit_is_refused(at: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[at] ^= 1 << bit
    assert code_of(bytes(changed), headers()) == "signature-wrong"


@pytest.mark.parametrize("changed", [{"webhook_id": "msg_2"}, {"webhook_timestamp": str(NOW + 1)}])
def test_id_and_time_are_signed_too(changed: dict[str, str]) -> None:
    assert code_of(BODY, headers(**changed)) == "signature-wrong"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_is_needed(missing: str) -> None:
    sent = headers()
    del sent[missing]
    assert code_of(BODY, sent) == "signature-missing"


@pytest.mark.parametrize("message_id", ["a b", "é", "x" * 129, "a\n"])
def test_ids_are_short_printable_ascii(message_id: str) -> None:
    assert code_of(BODY, headers(webhook_id=message_id)) == "signature-malformed"


@pytest.mark.parametrize("stamp", ["soon", "1.5", "-1", "1e9", "9" * 400, "٣", "1\n"])
def test_time_is_whole_seconds(stamp: str) -> None:
    assert code_of(BODY, headers(webhook_timestamp=stamp)) == "signature-malformed"


@pytest.mark.parametrize(
    "signature", ["v1", "v1,", "v1,***", "v2,x", ",", "v1a,x", "v1,é", " " * 5000, "v1, " * 5000]
)
def test_a_malformed_signature_is_only_wrong(signature: str) -> None:
    assert code_of(BODY, headers(webhook_signature=signature)) == "signature-wrong"


@pytest.mark.parametrize("seconds", [-360, -301, 301, 360])
def test_the_clock_may_be_off_by_five_minutes_at_most(seconds: int) -> None:
    assert code_of(BODY, headers(), now=NOW + seconds) == "signature-clock"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_within_five_minutes_it_is_proven(seconds: int) -> None:
    assert verify(BODY, headers(), secrets=[OLD], now=NOW + seconds) == "msg_1"


def test_rotation_takes_either_secret_and_either_signature() -> None:
    new = sign(BODY, message_id="msg_1", timestamp=NOW, secret=NEW)["webhook-signature"]
    both = headers(webhook_signature=f"v1,AAAA v2,else {headers()['webhook-signature']} {new}")
    assert verify(BODY, both, secrets=[NEW], now=NOW) == "msg_1"
    assert verify(BODY, headers(), secrets=[NEW, OLD], now=NOW) == "msg_1"
    assert code_of(BODY, headers(), secrets=(NEW,)) == "signature-wrong"


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_*"]])
def test_a_secret_that_proves_nothing_stops(secrets: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        verify(BODY, headers(), secrets=secrets, now=NOW)
