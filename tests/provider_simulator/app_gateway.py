"""The bank app's inbox gateway: bearer token, Idempotency-Key, events under Standard Webhooks signatures."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web

from tests.provider_simulator.behaviour import Action, Fault
from tests.provider_simulator.callbacks import timetable
from tests.provider_simulator.ledger import Entry
from tests.provider_simulator.provider import Floor, Provider
from tests.provider_simulator.tencent import json_body

DEDUPE_SECONDS = 86_400.0
STATUSES = {
    "unknown_user": 404,
    "account_closed": 410,
    "notifications_off": 403,
    "invalid_message": 422,
    "invalid_token": 401,
    "rate_limited": 429,
    "unavailable": 503,
}


class AppGateway(Provider):
    """Dedupes by Idempotency-Key for a day; tells delivery and reading."""

    name: ClassVar[str] = "app_gateway"
    channel: ClassVar[str] = "app"
    reached_at: ClassVar[tuple[str, str]] = ("APP_GATEWAY_API_BASE_URL", "/app")

    def __init__(self, floor: Floor) -> None:
        """Start with no messages."""
        super().__init__(floor)
        self._messages: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return post, list by key and fetch."""
        return [
            web.post("/app/v1/messages", self.post),
            web.get("/app/v1/messages", self.list_by_key),
            web.get("/app/v1/messages/{message_id}", self.fetch),
        ]

    def forget(self) -> None:
        """Drop all messages."""
        self._messages.clear()

    def throttled(self) -> web.Response:
        """Answer 429 with Retry-After."""
        response = error("rate_limited")
        response.headers["Retry-After"] = "1"
        return response

    def refused(self, code: str, recipient: str) -> web.Response:
        """Answer one of the gateway's codes."""
        return error(code or "unknown_user")

    async def post(self, request: web.Request) -> web.Response:
        """Accept one message into the inbox."""
        if not self._known(request):
            return error("invalid_token")
        body = await json_body(request)
        key = request.headers.get("Idempotency-Key", "")
        if body is None or not key or not body.get("to") or not body.get("text"):
            return error("invalid_message")
        recipient = str(body["to"])
        fault = self.fault_of(recipient)
        spoiled = await self.spoiled_before(request, fault, recipient)
        if spoiled is not None:
            return spoiled
        entry = self._accept(recipient, key, body)
        return await self.answered(
            request, fault, web.json_response({"message_id": entry.provider_id}, status=202)
        )

    async def list_by_key(self, request: web.Request) -> web.Response:
        """List the message under one Idempotency-Key, if there is one."""
        if not self._known(request):
            return error("invalid_token")
        key = request.query.get("idempotency_key", "")
        known = self.floor.ledger.duplicate_of(self.name, key, window_seconds=DEDUPE_SECONDS)
        rows = [] if known is None else [self._row(known.provider_id)]
        return web.json_response({"messages": rows})

    async def fetch(self, request: web.Request) -> web.Response:
        """Return one message's present status."""
        if not self._known(request):
            return error("invalid_token")
        message_id = request.match_info["message_id"]
        if message_id not in self._messages:
            return web.json_response({"code": "unknown_message"}, status=404)
        return web.json_response(self._row(message_id))

    def read(self, provider_id: str) -> None:
        """Tell that the customer opened the message."""
        message = self._messages.get(provider_id)
        if message is not None and not message["read"]:
            message["read"] = True
            self._post(message, "read", code="", forged=False, after=0.0)

    def _known(self, request: web.Request) -> bool:
        expected = f"Bearer {self.floor.config.portal['APP_GATEWAY_TOKEN']}"
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())

    def _row(self, message_id: str) -> dict[str, str]:
        message = self._messages[message_id]
        status, code = "accepted", ""
        if message["read"]:
            status = "read"
        elif time.monotonic() >= message["settles_at"]:
            status, code = message["end"], message["code"]
        return {"message_id": message_id, "status": status, "code": code}

    def _accept(self, recipient: str, key: str, body: dict[str, Any]) -> Entry:
        known = self.floor.ledger.duplicate_of(self.name, key, window_seconds=DEDUPE_SECONDS)
        if known is not None:
            return known
        entry = self.take(
            provider_id=f"msg_{secrets.token_hex(12)}",
            recipient=recipient,
            idempotency_key=key,
            body=str(body["text"]),
            link=str(body.get("link") or ""),
        )
        fate = self.fate_of(recipient)
        failed = fate is not None and fate.action is Action.FAIL
        message = {
            "id": entry.provider_id,
            "settles_at": time.monotonic() + self.floor.config.callback_seconds,
            "end": "failed" if failed else "delivered",
            "code": (fate.code or "account_closed") if fate is not None and failed else "",
            "read": False,
        }
        self._messages[entry.provider_id] = message
        self._call_back(message, fate)
        self.reached(entry, fate)
        return entry

    def _call_back(self, message: dict[str, Any], fate: Fault | None) -> None:
        config = self.floor.config
        news = [(message["end"], message["code"])]
        for posting in timetable(news, fate, step=config.callback_seconds, late=config.late_seconds):
            status, code = posting.news
            self._post(message, status, code=code, forged=posting.forged, after=posting.after)

    def _post(self, message: dict[str, Any], status: str, *, code: str, forged: bool, after: float) -> None:
        secret = "forged" if forged else self.floor.config.portal["APP_GATEWAY_CALLBACK_SECRET"].split(",")[0]
        data = {"message_id": message["id"]} | ({"code": code} if code else {})

        def build() -> tuple[dict[str, str], bytes, str]:
            event = {"type": f"message.{status}", "timestamp": datetime.now(UTC).isoformat(), "data": data}
            body = json.dumps(event).encode()
            return sign(secret, f"evt_{message['id']}_{status}", body), body, ""

        url = f"{self.floor.callback_base}/webhooks/app"
        self.floor.outbox.post(url, build, after=after, tries=3)


def sign(secret: str, event_id: str, body: bytes) -> dict[str, str]:
    """Return Standard Webhooks headers over id, time and body."""
    timestamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    digest = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def error(code: str) -> web.Response:
    """Return the gateway's error object."""
    return web.json_response(
        {"code": code, "message": code.replace("_", " ")}, status=STATUSES.get(code, 422)
    )
