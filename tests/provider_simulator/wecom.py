"""WeCom: token, application messages with invaliduser, and encrypted events."""

import base64
import hashlib
import json
import secrets
from typing import Any, ClassVar
from urllib.parse import urlencode

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.provider_simulator.behaviour import Action
from tests.provider_simulator.ledger import Entry
from tests.provider_simulator.provider import Floor, Provider
from tests.provider_simulator.tencent import (
    TOKEN_SECONDS,
    Tokens,
    errcode,
    event_xml,
    json_body,
    sha1_signature,
    stamp,
)

DEFAULT_CHECK_SECONDS = 1800
LONGEST_CHECK_SECONDS = 14_400
BLOCK = 32


class WeCom(Provider):
    """Dedupes equal requests while the sender asks for it. Reports no delivery; tells who enters the app."""

    name: ClassVar[str] = "wecom"
    channel: ClassVar[str] = "wecom"
    reached_at: ClassVar[tuple[str, str]] = ("WECOM_API_BASE_URL", "/wecom")

    def __init__(self, floor: Floor) -> None:
        """Start with a token."""
        super().__init__(floor)
        self.tokens = Tokens()
        self._recipients: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return token and send."""
        return [
            web.get("/wecom/cgi-bin/gettoken", self.get_token),
            web.post("/wecom/cgi-bin/message/send", self.send),
        ]

    def throttled(self) -> web.Response:
        """Answer the frequency limit."""
        return errcode(45009, "api freq out of limit")

    def refused(self, code: str, recipient: str) -> web.Response:
        """Answer an errcode; by default success with the only receiver among the invalid."""
        if code:
            return errcode(int(code), "refused")
        return errcode(0, "ok", invaliduser=recipient.lower(), msgid="")

    async def get_token(self, request: web.Request) -> web.Response:
        """Give the living token."""
        config = self.floor.config
        if request.query.get("corpid") != config.portal["WECOM_CORP_ID"]:
            return errcode(40013, "invalid corpid")
        if request.query.get("corpsecret") != config.portal["WECOM_CORP_SECRET"]:
            return errcode(40001, "invalid credential")
        return errcode(0, "ok", access_token=self.tokens.value, expires_in=TOKEN_SECONDS)

    async def send(self, request: web.Request) -> web.Response:
        """Accept one message for one member."""
        body = await json_body(request)
        if body is None:
            return errcode(47001, "data format error")
        recipient = str(body.get("touser") or "")
        fault = self.fault_of(recipient)
        if fault is not None and fault.action is Action.EXPIRE_TOKEN:
            self.tokens.turn()
        if request.query.get("access_token") != self.tokens.value:
            return errcode(42001, "access_token expired")
        spoiled = await self.spoiled_before(request, fault, recipient)
        if spoiled is not None:
            return spoiled
        if str(body.get("agentid")) != self.floor.config.portal["WECOM_AGENT_ID"]:
            return errcode(40056, "invalid agentid")
        if not recipient:
            return errcode(81013, "user & party & tag all invalid")
        entry = self._accept(recipient, body)
        return await self.answered(request, fault, errcode(0, "ok", msgid=entry.provider_id))

    def _accept(self, recipient: str, body: dict[str, Any]) -> Entry:
        key, window = "", 0
        if body.get("enable_duplicate_check") == 1:
            key = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
            window = min(
                int(body.get("duplicate_check_interval", DEFAULT_CHECK_SECONDS)), LONGEST_CHECK_SECONDS
            )
        known = self.floor.ledger.duplicate_of(self.name, key, window_seconds=window)
        if known is not None:
            return known
        card = body.get(str(body.get("msgtype")))
        card = card if isinstance(card, dict) else {}
        entry = self.take(
            provider_id=secrets.token_urlsafe(32),
            recipient=recipient,
            idempotency_key=key,
            body="\n".join(str(card[part]) for part in ("title", "description", "content") if part in card),
            link=str(card.get("url") or ""),
        )
        self._recipients[entry.provider_id] = recipient
        self.reached(entry, self.fate_of(recipient))
        return entry

    def read(self, provider_id: str) -> None:
        """Tell that the member entered the application: all that WeCom tells of a text card."""
        config, recipient = self.floor.config, self._recipients.get(provider_id, "")

        def build() -> tuple[dict[str, str], bytes, str]:
            timestamp, nonce = stamp()
            event = event_xml(
                {
                    "ToUserName": config.portal["WECOM_CORP_ID"],
                    "FromUserName": recipient,
                    "CreateTime": int(timestamp),
                    "MsgType": "event",
                    "Event": "enter_agent",
                    "EventKey": "",
                    "AgentID": int(config.portal["WECOM_AGENT_ID"]),
                }
            )
            encrypted = encrypt(
                event,
                encoding_aes_key=config.portal["WECOM_ENCODING_AES_KEY"],
                corp_id=config.portal["WECOM_CORP_ID"],
            )
            query = {
                "msg_signature": sha1_signature(
                    config.portal["WECOM_CALLBACK_TOKEN"], timestamp, nonce, encrypted
                ),
                "timestamp": timestamp,
                "nonce": nonce,
            }
            body = event_xml(
                {
                    "ToUserName": config.portal["WECOM_CORP_ID"],
                    "AgentID": config.portal["WECOM_AGENT_ID"],
                    "Encrypt": encrypted,
                }
            )
            return {"Content-Type": "text/xml"}, body, urlencode(query)

        url = f"{self.floor.callback_base}/webhooks/wecom"
        self.floor.outbox.post(url, build, after=self.floor.config.callback_seconds, tries=3)


def encrypt(message: bytes, *, encoding_aes_key: str, corp_id: str) -> str:
    """Encrypt an event as WeCom does: random head, length, message, corp id; AES-256-CBC padded to 32 bytes."""
    key = base64.b64decode(encoding_aes_key + "=")
    plain = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message + corp_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(
        encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    ).decode()
