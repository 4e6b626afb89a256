"""The AI interview's end: takes signed recommendations, once each, and acknowledges their version."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any, ClassVar

from aiohttp import web

from tests.provider_simulator.app_gateway import sign
from tests.provider_simulator.behaviour import Action, Fault
from tests.provider_simulator.callbacks import timetable
from tests.provider_simulator.ledger import Entry
from tests.provider_simulator.provider import Provider

TOLERANCE_SECONDS = 300
# For as long as the lab lives, as a receiver keeps the ids of what it has.
DEDUPE_SECONDS = float("inf")
# With one of these the answer says nothing, and the acknowledgement comes by a message of its own or never.
SILENT = frozenset(
    {
        Action.CALLBACK_LATE,
        Action.CALLBACK_TWICE,
        Action.CALLBACK_REORDERED,
        Action.CALLBACK_FORGED,
        Action.CALLBACK_MISSING,
        Action.FAIL,
    }
)


class Interview(Provider):
    """Verifies signature and clock, dedupes by webhook-id, keeps one ledger row for each message."""

    name: ClassVar[str] = "interview"
    channel: ClassVar[str] = "interview"
    reached_at: ClassVar[tuple[str, str]] = ("INTERVIEW_WEBHOOK_URL", "/interview/recommendations")

    def routes(self) -> list[web.RouteDef]:
        """Return the one address."""
        return [web.post("/interview/recommendations", self.post)]

    def throttled(self) -> web.Response:
        """Answer 429 with Retry-After."""
        response = problem(429, "rate-limited")
        response.headers["Retry-After"] = "1"
        return response

    def refused(self, code: str, recipient: str) -> web.Response:
        """Refuse the version, or whatever the code names."""
        return problem(409, code or "version-not-accepted")

    async def post(self, request: web.Request) -> web.Response:
        """Take one recommendation."""
        body = await request.read()
        if not self._is_signed(request, body):
            return problem(401, "signature-wrong")
        data = data_in(body)
        if data is None:
            return problem(422, "breaks-contract")
        recipient = str(data["id"])
        fault = self.fault_of(recipient)
        spoiled = await self.spoiled_before(request, fault, recipient)
        if spoiled is not None:
            return spoiled
        message_id = request.headers["webhook-id"]
        fate = self.fate_of(recipient)
        if self.floor.ledger.duplicate_of(self.name, message_id, window_seconds=DEDUPE_SECONDS) is None:
            self._accept(recipient, message_id, body)
        return await self.answered(request, fault, self._acknowledged(data, fate))

    def _accept(self, recipient: str, message_id: str, body: bytes) -> Entry:
        return self.take(
            provider_id=message_id,
            recipient=recipient,
            idempotency_key=message_id,
            body=body.decode(),
        )

    def _acknowledged(self, data: dict[str, Any], fate: Fault | None) -> web.Response:
        if fate is None or fate.action not in SILENT:
            return web.json_response({"acknowledged": True, "version": data["version"]})
        if fate.action is not Action.FAIL:
            self._call_back(data, fate)
        return web.json_response({}, status=202)

    def _call_back(self, data: dict[str, Any], fate: Fault) -> None:
        config = self.floor.config
        url = f"{self.floor.callback_base}/api/v1/recommendations/{data['id']}/acknowledgements"
        body = json.dumps({"acknowledged": True, "version": data["version"]}).encode()
        for posting in timetable([body], fate, step=config.callback_seconds, late=config.late_seconds):
            secret = "forged" if posting.forged else config.signal_secret

            def build(secret: str = secret) -> tuple[dict[str, str], bytes, str]:
                return sign(secret, f"ack_{data['id']}", body), body, ""

            self.floor.outbox.post(url, build, after=posting.after, tries=3)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        message_id, stamp = (
            request.headers.get("webhook-id", ""),
            request.headers.get("webhook-timestamp", ""),
        )
        if not message_id or not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
            return False
        offered = request.headers.get("webhook-signature", "").split(" ")
        secrets = self.floor.config.portal["INTERVIEW_WEBHOOK_SECRET"].split(",")
        expected = [signature(secret, f"{message_id}.{stamp}.".encode() + body) for secret in secrets]
        return any(hmac.compare_digest(one.encode(), other.encode()) for one in offered for other in expected)


def signature(secret: str, message: bytes) -> str:
    """Return the Standard Webhooks signature of ``id.timestamp.body``."""
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    return f"v1,{base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()}"


def data_in(body: bytes) -> dict[str, Any] | None:
    """Return what is recommended, None where the body is nothing of the kind."""
    try:
        event = json.loads(body)
    except ValueError:
        return None
    data = event.get("data") if isinstance(event, dict) else None
    is_whole = isinstance(data, dict) and data.get("id") and isinstance(data.get("version"), int)
    return data if is_whole else None


def problem(status: int, code: str) -> web.Response:
    """Return a problem document."""
    return web.json_response(
        {"type": f"urn:interview:problem:{code}", "status": status, "title": code.replace("-", " ")},
        status=status,
        content_type="application/problem+json",
    )
