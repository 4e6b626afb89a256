"""WeChat official account: stable token, template send, and the signed event after delivery."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings

from notifications.enums import ChannelCode
from notifications.providers.base import Outcome, OutgoingMessage, Provider, ReceiptFact, SendResult
from notifications.providers.tencent import (
    check_age,
    check_is_own_body,
    check_signature,
    fetched_token,
    flat_xml,
    moment,
    post_with_token,
)
from notifications.providers.wechat.status import DUPLICATE, ERRORS, evidence_for, verdict_for
from notifications.providers.wire import HELD, AccessToken, call

DELIVERY_EVENT = "TEMPLATESENDJOBFINISH"


class WeChat(Provider):
    """Template messages to followers. Proves delivery into WeChat, never reading."""

    name: ClassVar[str] = "wechat"
    channel: ClassVar[ChannelCode] = ChannelCode.WECHAT
    dedupe_window: ClassVar[timedelta] = timedelta(minutes=10)
    callback_path: ClassVar[str] = "wechat"
    callback_answer: ClassVar[str] = "success"
    is_probing: ClassVar[bool] = True

    def __init__(self) -> None:
        """Read account and address from settings."""
        self._base = settings.WECHAT_API_BASE_URL.rstrip("/")
        self._token = AccessToken(self._fetch_token)

    async def deliver(self, message: OutgoingMessage) -> SendResult:
        """Send one template message; ``client_msg_id`` makes a repeat within ten minutes harmless."""
        payload = {
            "touser": message.address,
            "template_id": settings.WECHAT_TEMPLATE_ID,
            "url": message.link,
            "client_msg_id": message.idempotency_key,
            "data": {key: {"value": value} for key, value in message.fields.items()},
        }
        return await post_with_token(
            self._token, f"{self._base}/cgi-bin/message/template/send", payload, read_sent
        )

    def parse_callback(
        self, *, url: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> list[ReceiptFact]:
        """Verify the query's signature, then read TEMPLATESENDJOBFINISH; other events prove nothing.

        The signature covers no body, so it is taken with one body only.
        """
        verify(query)
        check_is_own_body(query["signature"], body)
        fact = finished(flat_xml(body))
        return [] if fact is None else [fact]

    def answer_probe(self, *, query: Mapping[str, str]) -> str:
        """Return ``echostr`` of the GET by which WeChat checks the callback address once."""
        verify(query)
        return query.get("echostr", "")

    async def _fetch_token(self) -> tuple[str, int] | SendResult:
        payload = {
            "grant_type": "client_credential",
            "appid": settings.WECHAT_APP_ID,
            "secret": settings.WECHAT_APP_SECRET,
        }
        response = await call("POST", f"{self._base}/cgi-bin/stable_token", json=payload)
        return fetched_token(response, ERRORS, otherwise=HELD)


def verify(query: Mapping[str, str]) -> None:
    """Check the signature over token, timestamp and nonce, and its age.

    Raises:
        CallbackRefused: forged, or older than five minutes.
    """
    timestamp = query.get("timestamp", "")
    check_signature(
        query.get("signature", ""), settings.WECHAT_CALLBACK_TOKEN, timestamp, query.get("nonce", "")
    )
    check_age(timestamp)


def read_sent(code: int, body: Mapping[str, Any]) -> SendResult:
    """Translate errcode and msgid of a send."""
    if code in (0, DUPLICATE):
        number = body.get("msgid") or body.get("msg_id") or ""
        return SendResult(outcome=Outcome.ACCEPTED, provider_id=str(number), code=str(code))
    return verdict_for(code).result(str(code))


def finished(event: Mapping[str, str]) -> ReceiptFact | None:
    """Read a delivery event; None for all others, and for MsgID 0, which names no message."""
    number = event.get("MsgID") or event.get("MsgId") or ""
    evidence = evidence_for(event.get("Status", ""))
    if event.get("Event") != DELIVERY_EVENT or evidence is None or number in ("", "0"):
        return None
    return ReceiptFact(
        provider_id=number[:64],
        evidence=evidence,
        dedupe_key=f"{number[:64]}:{evidence}",
        code=event.get("Status", "")[:64],
        occurred_at=moment(event.get("CreateTime", "")),
    )
