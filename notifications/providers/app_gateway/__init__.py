"""The app gateway: post a message into a customer's inbox, ask for it by our key, read its signed events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from notifications.enums import ChannelCode
from notifications.providers.app_gateway.status import BAD_ADDRESS_CODES, ERRORS, EVENT_PREFIX, STATUS
from notifications.providers.base import (
    CallbackRefused,
    LookUp,
    Outcome,
    OutgoingMessage,
    Provider,
    ReceiptFact,
    SendResult,
)
from notifications.providers.wire import (
    HELD,
    REFUSED,
    Response,
    call,
    exchange,
    json_object,
    refused_by_status,
)


class AppGateway(Provider):
    """The inbox of the bank's app. The gateway is the bank's own, so it proves reading and dedupes for a day."""

    name: ClassVar[str] = "app_gateway"
    channel: ClassVar[ChannelCode] = ChannelCode.APP
    dedupe_window: ClassVar[timedelta] = timedelta(hours=24)
    callback_path: ClassVar[str] = "app"

    def __init__(self) -> None:
        """Read token, callback secrets and address from settings."""
        self._messages = f"{settings.APP_GATEWAY_API_BASE_URL.rstrip('/')}/v1/messages"
        self._headers = {"Authorization": f"Bearer {settings.APP_GATEWAY_TOKEN}"}
        self._secrets = [Webhook(secret) for secret in settings.APP_GATEWAY_CALLBACK_SECRET.split(",")]

    async def deliver(self, message: OutgoingMessage) -> SendResult:
        """Post one message under its ``Idempotency-Key``."""
        payload = {
            "to": message.address,
            "title": message.subject,
            "text": message.text,
            "html": message.html,
            "link": message.link,
            "fields": dict(message.fields),
        }
        headers = {**self._headers, "Idempotency-Key": message.idempotency_key}
        response = await call("POST", self._messages, json=payload, headers=headers)
        return response if isinstance(response, SendResult) else read_posted(response)

    def look_up(self, message: OutgoingMessage, *, since: datetime) -> LookUp | None:
        """Ask for the message under our key; None when the gateway does not answer."""
        response = exchange(
            "GET", self._messages, params={"idempotency_key": message.idempotency_key}, headers=self._headers
        )
        if isinstance(response, SendResult) or not response.is_success:
            return None
        rows = json_object(response).get("messages")
        if not isinstance(rows, list):
            return None
        for row in rows:
            fact = receipt_of(row) if isinstance(row, dict) else None
            if fact is not None:
                return LookUp(
                    found=True, provider_id=fact.provider_id, evidence=fact.evidence, code=fact.code
                )
        return LookUp(found=False)

    def fetch_status(self, provider_id: str) -> ReceiptFact | None:
        """Return the present status of one message; None if the gateway does not know or answer."""
        response = exchange("GET", f"{self._messages}/{quote(provider_id, safe='')}", headers=self._headers)
        if isinstance(response, SendResult) or not response.is_success:
            return None
        return receipt_of(json_object(response))

    def parse_callback(
        self, *, url: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> list[ReceiptFact]:
        """Verify the Standard Webhooks signature under any active secret, then read the event."""
        event = verified(self._secrets, headers, body)
        kind, data = event.get("type"), event.get("data")
        if not isinstance(kind, str) or not isinstance(data, dict):
            raise CallbackRefused("shape")
        fact = receipt_of(
            {**data, "status": kind.removeprefix(EVENT_PREFIX)}, occurred_at=moment(event.get("timestamp"))
        )
        return [] if fact is None else [fact]


def verified(secrets: list[Webhook], headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the signed object.

    Raises:
        CallbackRefused: no active secret made this signature, or the body is no object.
    """
    plain_headers = dict(headers.items())
    for secret in secrets:
        try:
            event = secret.verify(body, plain_headers)
        except (WebhookVerificationError, ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            return event
    raise CallbackRefused("signature")


def read_posted(response: Response) -> SendResult:
    """Translate the gateway's answer; its own code says more than the HTTP status."""
    body = json_object(response)
    code = body.get("code")
    verdict = ERRORS.get(code) if isinstance(code, str) else None
    refused = refused_by_status(response)
    if refused is not None:
        return verdict.result(str(code)) if verdict is not None and refused.retry_after is None else refused
    if response.is_success:
        message_id = body.get("message_id")
        if isinstance(message_id, str) and message_id:
            return SendResult(outcome=Outcome.ACCEPTED, provider_id=message_id)
        return SendResult(outcome=Outcome.UNKNOWN, code="unreadable")
    if verdict is None:
        verdict = (
            HELD if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) else REFUSED
        )
    return verdict.result(str(code or response.status_code)[:64])


def receipt_of(row: Mapping[str, Any], *, occurred_at: datetime | None = None) -> ReceiptFact | None:
    """Read a message's status; None when it names no message or a status we do not know."""
    message_id, status = row.get("message_id"), row.get("status")
    if (
        not isinstance(message_id, str)
        or not message_id
        or not isinstance(status, str)
        or status not in STATUS
    ):
        return None
    code = str(row.get("code") or "")[:64]
    return ReceiptFact(
        provider_id=message_id[:64],
        evidence=STATUS[status],
        dedupe_key=f"{message_id[:64]}:{status}",
        code=code,
        address_is_bad=code in BAD_ADDRESS_CODES,
        occurred_at=occurred_at,
    )


def moment(text: object) -> datetime | None:
    """Read an ISO time with its offset; None for anything else."""
    try:
        value = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return value if value is not None and value.tzinfo is not None else None
