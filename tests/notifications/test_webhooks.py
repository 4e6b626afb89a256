"""Providers' callbacks over HTTP: who is believed, what is kept, and that nothing ever moves back."""

import hashlib
import json
import logging
import time
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twilio.request_validator import RequestValidator

from hrportal.kernel import history
from notifications.enums import ChannelCode, DeliveryState, NoticeEvidence, ReceiptOutcome
from notifications.models import Delivery, DeliveryTransition, Notice, Receipt
from notifications.operations.receipts import apply_receipts, store_receipts
from notifications.operations.recording import record_send_result
from notifications.providers.base import Evidence, Outcome, ReceiptFact, SendResult
from notifications.providers.registry import providers_of
from notifications.providers.wecom.crypto import decrypt
from notifications.queries.recipients import address_for
from notifications.rules.receipts import ORPHAN_AFTER_SECONDS
from notifications.webhooks import MAX_BYTES
from tests.factories import NOW, make_world
from tests.provider_simulator.app_gateway import sign
from tests.provider_simulator.tencent import event_xml, sha1_signature
from tests.provider_simulator.wecom import encrypt
from tests.recruitment.candidates import stop_clock
from tests.recruitment.steps import approved_notice

pytestmark = pytest.mark.django_db
SID = "SM" + "a" * 32
PHONE = "+8613800001234"
SMS, APP, WECHAT = ChannelCode.SMS, ChannelCode.APP, ChannelCode.WECHAT


@pytest.fixture
def notice(db: None, settings: Any) -> Notice:
    stop_clock(settings)
    make_world()
    return approved_notice(phone=PHONE)


def delivery_of(notice: Notice, channel: str) -> Delivery:
    return Delivery.objects.select_related("notice").get(notice=notice, channel=channel)


@transaction.atomic
def sending(notice: Notice, channel: str) -> Delivery:
    """A delivery between the call of its provider and the answer."""
    delivery = delivery_of(notice, channel)
    delivery.claimed_at, delivery.address = NOW, address_for(notice.recipient_id, channel)
    delivery.provider = providers_of(channel)[0].name
    history.move(delivery, to=DeliveryState.SENDING, action="claim", now=NOW)
    return delivery


def accepted(notice: Notice, channel: str, provider_id: str) -> Delivery:
    delivery = sending(notice, channel)
    result = SendResult(outcome=Outcome.ACCEPTED, provider_id=provider_id)
    record_send_result(delivery_id=delivery.pk, result=result, now=NOW)
    return delivery_of(notice, channel)


def state_after(notice: Notice, channel: str) -> str:
    # Callbacks were received a moment after the factories' one.
    apply_receipts(now=NOW + timedelta(minutes=1))
    return delivery_of(notice, channel).state


# --- One caller for each provider -------------------------------------------------------------------


def twilio(
    status: str, *, delivery: Delivery | None = None, sid: str = SID, token: str = "", **form: str
) -> Any:
    query = f"?{urlencode({'delivery': delivery.pk.hex})}" if delivery else ""
    path = f"/webhooks/twilio/status{query}"
    fields = {"MessageSid": sid, "MessageStatus": status, "AccountSid": settings.TWILIO_ACCOUNT_SID} | form
    signer = RequestValidator(token or settings.TWILIO_AUTH_TOKEN)
    signature = signer.compute_signature(settings.PUBLIC_URL + path, fields)
    return posted(
        path,
        urlencode(fields).encode(),
        "application/x-www-form-urlencoded",
        {"X-Twilio-Signature": signature},
    )


def gateway(status: str, *, message_id: str = "msg_1", secret: str = "", event_id: str = "") -> Any:
    body = json.dumps({"type": f"message.{status}", "data": {"message_id": message_id}}).encode()
    headers = sign(secret or settings.APP_GATEWAY_CALLBACK_SECRET, event_id or f"evt_{status}", body)
    content_type = headers.pop("Content-Type")
    return posted("/webhooks/app", body, content_type, headers)


def wechat(status: str = "success", *, number: int = 7, age: int = 0, token: str = "") -> Any:
    timestamp, nonce = str(int(time.time()) - age), "n0nce"
    query = {
        "signature": sha1_signature(token or settings.WECHAT_CALLBACK_TOKEN, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    event: dict[str, str | int] = {
        "FromUserName": "o1",
        "CreateTime": 1793757600,
        "MsgType": "event",
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": number,
        "Status": status,
    }
    return posted(f"/webhooks/wechat?{urlencode(query)}", event_xml(event), "text/xml")


def wecom(*, token: str = "") -> Any:
    xml = b"<xml><Event><![CDATA[enter_agent]]></Event></xml>"
    encrypted = encrypt(xml, encoding_aes_key=settings.WECOM_ENCODING_AES_KEY, corp_id=settings.WECOM_CORP_ID)
    stamp = str(int(time.time()))
    query = {"timestamp": stamp, "nonce": "2"}
    query["msg_signature"] = sha1_signature(token or settings.WECOM_CALLBACK_TOKEN, stamp, "2", encrypted)
    return posted(f"/webhooks/wecom?{urlencode(query)}", event_xml({"Encrypt": encrypted}), "text/xml")


def posted(path: str, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> Any:
    # Another host than PUBLIC_URL, as behind a proxy; forms must be believed without a cookie.
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    return client.post(path, body, content_type=content_type, headers=headers or {})


# --- Believed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "channel", "provider_id", "body", "state"),
    [
        (lambda: twilio("delivered"), SMS, SID, b"", DeliveryState.DELIVERED),
        (lambda: gateway("read"), APP, "msg_1", b"", DeliveryState.READ),
        (wechat, WECHAT, "7", b"success", DeliveryState.DELIVERED),
    ],
)
def test_a_signed_callback_moves_its_delivery(
    notice: Notice, call: Any, channel: str, provider_id: str, body: bytes, state: str
) -> None:
    accepted(notice, channel, provider_id)
    answer = call()
    assert answer.status_code in (200, 204)
    assert answer.content == body
    assert not answer.cookies
    assert state_after(notice, channel) == state
    notice.refresh_from_db()
    assert notice.evidence == NoticeEvidence[state.upper()]


def test_wecom_is_answered_and_proves_nothing(notice: Notice) -> None:
    answer = wecom()
    assert (answer.status_code, answer.content) == (200, b"success")
    assert not Receipt.objects.exists()


def test_the_probes_are_answered() -> None:
    timestamp = str(int(time.time()))
    query = {"timestamp": timestamp, "nonce": "n", "echostr": "12345"}
    query["signature"] = sha1_signature(settings.WECHAT_CALLBACK_TOKEN, timestamp, "n")
    answer = Client().get("/webhooks/wechat", query)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (
        200,
        b"12345",
        "text/plain; charset=utf-8",
    )
    assert Client().get("/webhooks/wechat", query | {"nonce": "other"}).status_code == 403
    encrypted = encrypt(
        b"6789", encoding_aes_key=settings.WECOM_ENCODING_AES_KEY, corp_id=settings.WECOM_CORP_ID
    )
    assert (
        decrypt(encrypted, encoding_aes_key=settings.WECOM_ENCODING_AES_KEY, corp_id=settings.WECOM_CORP_ID)
        == b"6789"
    )
    query = {"timestamp": timestamp, "nonce": "2", "echostr": encrypted}
    query["msg_signature"] = sha1_signature(settings.WECOM_CALLBACK_TOKEN, timestamp, "2", encrypted)
    assert Client().get("/webhooks/wecom", query).content == b"6789"


def test_a_callback_names_the_delivery_whose_answer_was_lost(notice: Notice) -> None:
    delivery = sending(notice, SMS)
    record_send_result(delivery_id=delivery.pk, result=SendResult(outcome=Outcome.UNKNOWN), now=NOW)
    assert twilio("sent", delivery=delivery).status_code == 204
    assert state_after(notice, SMS) == DeliveryState.ACCEPTED
    assert delivery_of(notice, SMS).provider_id == SID


def test_a_delivery_of_another_provider_cannot_be_named(notice: Notice) -> None:
    app = sending(notice, APP)
    twilio("delivered", delivery=app)
    assert state_after(notice, APP) == DeliveryState.SENDING
    assert Receipt.objects.get().delivery is None


# --- Refused ----------------------------------------------------------------------------------------


def spoiled_twilio(*, url: str = "", body: bytes = b"") -> Any:
    fields = {"MessageSid": SID, "MessageStatus": "delivered"}
    address = settings.PUBLIC_URL + "/webhooks/twilio/status"
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(address, fields)
    return posted(
        url or "/webhooks/twilio/status",
        body or urlencode(fields).encode(),
        "application/x-www-form-urlencoded",
        {"X-Twilio-Signature": signature},
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: twilio("delivered", token="forged"),
        lambda: spoiled_twilio(url=f"/webhooks/twilio/status?delivery={'0' * 32}"),
        lambda: spoiled_twilio(body=f"MessageSid={SID}&MessageStatus=read".encode()),
        lambda: posted("/webhooks/twilio/status", b"MessageStatus=read", "application/x-www-form-urlencoded"),
        lambda: gateway("read", secret="whsec_" + "A" * 43 + "="),
        lambda: posted("/webhooks/app", b"{}", "application/json"),
        lambda: wechat(token="forged"),
        lambda: wechat(age=600),
        lambda: posted("/webhooks/wechat", b"<xml/>", "text/xml"),
        lambda: wecom(token="forged"),
        lambda: posted("/webhooks/wecom", b"<xml/>", "text/xml"),
    ],
)
def test_what_is_not_signed_is_not_believed(
    notice: Notice, call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = call()
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert not Receipt.objects.exists()
    assert SID not in caplog.text


def test_the_address_that_counts_is_ours_not_the_host_headers(notice: Notice) -> None:
    path, fields = "/webhooks/twilio/status", {"MessageSid": SID, "MessageStatus": "delivered"}
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(
        f"http://localhost{path}", fields
    )
    headers = {"X-Twilio-Signature": signature}
    assert (
        posted(path, urlencode(fields).encode(), "application/x-www-form-urlencoded", headers).status_code
        == 403
    )


@pytest.mark.parametrize("path", ["twilio/status", "wechat", "wecom", "app"])
def test_size_and_method_are_looked_at_first(path: str) -> None:
    too_long = posted(f"/webhooks/{path}", b"x" * (MAX_BYTES + 1), "text/plain")
    assert too_long.status_code == 413
    assert too_long["Content-Type"] == "application/problem+json"
    assert posted(f"/webhooks/{path}", b"x" * MAX_BYTES, "text/plain").status_code == 403
    assert Client().put(f"/webhooks/{path}").status_code == 405
    if path in ("app", "twilio/status"):
        assert Client().get(f"/webhooks/{path}").status_code == 405


# --- Once, in any order, at any time ----------------------------------------------------------------


def test_a_repeated_callback_is_kept_once(notice: Notice) -> None:
    accepted(notice, SMS, SID)
    assert {twilio("delivered").status_code for _ in range(5)} == {204}
    assert Receipt.objects.count() == 1
    state_after(notice, SMS)
    transitions = DeliveryTransition.objects.filter(subject__notice=notice, action="receipt").count()
    twilio("delivered")
    assert state_after(notice, SMS) == DeliveryState.DELIVERED
    assert (
        DeliveryTransition.objects.filter(subject__notice=notice, action="receipt").count()
        == transitions
        == 1
    )


def test_a_replayed_event_under_another_id_is_the_same_news(notice: Notice) -> None:
    accepted(notice, APP, "msg_1")
    gateway("read", event_id="evt_1")
    gateway("read", event_id="evt_2")
    assert Receipt.objects.count() == 1


def test_an_early_callback_waits_for_its_accept(notice: Notice) -> None:
    sending(notice, APP)
    gateway("delivered")
    assert state_after(notice, APP) == DeliveryState.SENDING
    assert Receipt.objects.get().outcome == ""
    result = SendResult(outcome=Outcome.ACCEPTED, provider_id="msg_1")
    record_send_result(delivery_id=delivery_of(notice, APP).pk, result=result, now=NOW)
    assert state_after(notice, APP) == DeliveryState.DELIVERED


def test_an_early_callback_that_nobody_claims_is_set_aside(notice: Notice) -> None:
    gateway("delivered", message_id="msg_of_somebody_else")
    apply_receipts(now=NOW + timedelta(seconds=ORPHAN_AFTER_SECONDS + 5))
    assert Receipt.objects.get().outcome == ReceiptOutcome.ORPHAN


def test_reordered_callbacks_end_at_the_highest(notice: Notice) -> None:
    accepted(notice, APP, "msg_1")
    gateway("read")
    assert state_after(notice, APP) == DeliveryState.READ
    gateway("delivered")
    assert state_after(notice, APP) == DeliveryState.READ
    assert Receipt.objects.get(evidence="delivered").outcome == ReceiptOutcome.STALE
    assert delivery_of(notice, APP).delivered_at is not None


def test_nothing_follows_a_failure(notice: Notice) -> None:
    accepted(notice, SMS, SID)
    twilio("undelivered", ErrorCode="30005")
    assert state_after(notice, SMS) == DeliveryState.FAILED
    twilio("delivered")
    assert state_after(notice, SMS) == DeliveryState.FAILED
    delivery = delivery_of(notice, SMS)
    assert delivery.address is not None
    assert (delivery.code, delivery.address.state) == ("30005", "bad")


def test_a_late_failure_does_not_undo_a_delivery(notice: Notice) -> None:
    accepted(notice, SMS, SID)
    twilio("delivered")
    assert state_after(notice, SMS) == DeliveryState.DELIVERED
    twilio("failed")
    assert state_after(notice, SMS) == DeliveryState.DELIVERED


def test_no_personal_data_is_kept(notice: Notice) -> None:
    accepted(notice, SMS, SID)
    twilio("delivered", To=PHONE, From=settings.TWILIO_FROM, Body="恭喜")
    kept = json.dumps(list(Receipt.objects.values()), default=str)
    assert PHONE not in kept
    assert hashlib.sha256(PHONE.encode()).hexdigest() not in kept


# --- The ladder under any sequence ------------------------------------------------------------------

RANK = {
    state: rank
    for rank, state in enumerate(
        [
            DeliveryState.PLANNED,
            DeliveryState.SENDING,
            DeliveryState.UNKNOWN,
            DeliveryState.ACCEPTED,
            DeliveryState.DELIVERED,
            DeliveryState.READ,
        ]
    )
}
news = st.sampled_from(list(Evidence))


class ValidityEstimates(RuleBasedStateMachine):
    """A send and its receipts in any order, early, late, twice, named or not."""

    notice: Notice

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.state: str = DeliveryState.PLANNED
        self.evidence = 0

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @precondition(lambda self: self.state == DeliveryState.PLANNED)
    @rule()
    def claim(self) -> None:
        self.state = sending(self.notice, SMS).state

    @precondition(lambda self: self.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN))
    @rule(outcome=st.sampled_from([Outcome.ACCEPTED, Outcome.UNKNOWN]))
    def answer(self, outcome: Outcome) -> None:
        result = SendResult(outcome=outcome, provider_id=SID if outcome is Outcome.ACCEPTED else "")
        record_send_result(delivery_id=delivery_of(self.notice, SMS).pk, result=result, now=NOW)

    @rule(evidence=news, named=st.booleans(), twice=st.booleans())
    def hear(self, evidence: Evidence, named: bool, twice: bool) -> None:
        fact = ReceiptFact(provider_id=SID, evidence=evidence, dedupe_key=f"{SID}:{evidence}")
        delivery_id = delivery_of(self.notice, SMS).pk if named else None
        store_receipts(provider="twilio", facts=[fact] * (1 + twice), now=NOW, delivery_id=delivery_id)

    @rule()
    def apply(self) -> None:
        apply_receipts(now=NOW)
        delivery = delivery_of(self.notice, SMS)
        claimed = self.state != DeliveryState.PLANNED
        settled = Receipt.objects.exclude(outcome="").filter(provider="twilio")
        if (
            claimed
            and delivery.state in RANK
            and settled.filter(evidence=Evidence.READ, outcome="applied").exists()
        ):
            assert delivery.state == DeliveryState.READ

    @invariant()
    def nothing_moves_back(self) -> None:
        delivery = delivery_of(self.notice, SMS)
        if self.state == DeliveryState.FAILED:
            assert delivery.state == DeliveryState.FAILED
        elif delivery.state == DeliveryState.FAILED:
            assert RANK[DeliveryState(self.state)] <= RANK[DeliveryState.ACCEPTED]
        elif DeliveryState.CANCELLED not in (delivery.state, self.state):
            assert RANK[DeliveryState(delivery.state)] >= RANK[DeliveryState(self.state)]
        assert delivery.notice.evidence >= self.evidence
        self.state, self.evidence = delivery.state, delivery.notice.evidence

    @invariant()
    def history_has_no_gap(self) -> None:
        transitions = list(
            DeliveryTransition.objects.filter(subject__notice=self.notice, subject__channel=SMS).order_by(
                "id"
            )
        )
        for earlier, later in pairwise(transitions):
            assert later.from_state == earlier.to_state
        if transitions:
            assert transitions[-1].to_state == delivery_of(self.notice, SMS).state

    @invariant()
    def each_news_is_kept_once(self) -> None:
        keys = list(Receipt.objects.values_list("dedupe_key", flat=True))
        assert len(keys) == len(set(keys)) <= len(Evidence)


def test_whatever_comes_in_whatever_order_nothing_moves_back(notice: Notice) -> None:
    class OfThisNotice(ValidityEstimates):
        pass

    OfThisNotice.notice = notice
    run_state_machine_as_test(
        OfThisNotice,
        settings=hypothesis_settings(
            max_examples=40,
            stateful_step_count=12,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
