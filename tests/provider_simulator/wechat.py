"""WeChat official account: stable token, template send, signed TEMPLATESENDJOBFINISH event."""

import itertools
import time
from typing import Any, ClassVar
from urllib.parse import urlencode

from aiohttp import web

from tests.provider_simulator.behaviour import Action, Fault
from tests.provider_simulator.callbacks import timetable
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

DEDUPE_SECONDS = 600.0
OFFICIAL_ACCOUNT = "gh_000000000000"


class WeChat(Provider):
    """Dedupes by openid and ``client_msg_id`` for ten minutes and then names the earlier message."""

    name: ClassVar[str] = "wechat"
    channel: ClassVar[str] = "wechat"
    reached_at: ClassVar[tuple[str, str]] = ("WECHAT_API_BASE_URL", "/wechat")

    def __init__(self, floor: Floor) -> None:
        """Start with a token and message numbers of today's size."""
        super().__init__(floor)
        self.tokens = Tokens()
        self._numbers = itertools.count(int(time.time()) * 1000)

    def routes(self) -> list[web.RouteDef]:
        """Return token and send."""
        return [
            web.post("/wechat/cgi-bin/stable_token", self.stable_token),
            web.post("/wechat/cgi-bin/message/template/send", self.send),
        ]

    def throttled(self) -> web.Response:
        """Answer the quota of the minute."""
        return errcode(45011, "api minute-quota reach limit")

    def refused(self, code: str, recipient: str) -> web.Response:
        """Answer an errcode; by default: does not follow the account."""
        return errcode(int(code or 43004), "refused")

    async def stable_token(self, request: web.Request) -> web.Response:
        """Give the living token."""
        config, body = self.floor.config, await json_body(request)
        if body is None or body.get("grant_type") != "client_credential":
            return errcode(40002, "invalid grant_type")
        if body.get("appid") != config.portal["WECHAT_APP_ID"]:
            return errcode(40013, "invalid appid")
        if body.get("secret") != config.portal["WECHAT_APP_SECRET"]:
            return errcode(40125, "invalid appsecret")
        if body.get("force_refresh") is True:
            self.tokens.turn()
        return web.json_response({"access_token": self.tokens.value, "expires_in": TOKEN_SECONDS})

    async def send(self, request: web.Request) -> web.Response:
        """Accept one template message."""
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
        if not recipient:
            return errcode(40003, "invalid openid")
        if body.get("template_id") != self.floor.config.portal["WECHAT_TEMPLATE_ID"]:
            return errcode(40037, "invalid template_id")
        number = int(self._accept(recipient, body).provider_id)
        return await self.answered(request, fault, errcode(0, "ok", msgid=number))

    def _accept(self, recipient: str, body: dict[str, Any]) -> Entry:
        client_id = str(body.get("client_msg_id") or "")
        key = f"{recipient}/{client_id}" if client_id else ""
        known = self.floor.ledger.duplicate_of(self.name, key, window_seconds=DEDUPE_SECONDS)
        if known is not None:
            return known
        data = body.get("data")
        values = [str(part.get("value")) for part in data.values()] if isinstance(data, dict) else []
        entry = self.take(
            provider_id=str(next(self._numbers)),
            recipient=recipient,
            idempotency_key=key,
            body="\n".join(values),
            link=str(body.get("url") or ""),
        )
        fate = self.fate_of(recipient)
        self._call_back(entry, fate)
        self.reached(entry, fate)
        return entry

    def _call_back(self, entry: Entry, fate: Fault | None) -> None:
        config, status = self.floor.config, "success"
        if fate is not None and fate.action is Action.FAIL:
            status = "failed: system failed" if fate.code == "system" else "failed:user block"
        url = f"{self.floor.callback_base}/webhooks/wechat"
        for posting in timetable([status], fate, step=config.callback_seconds, late=config.late_seconds):
            token = "forged" if posting.forged else config.portal["WECHAT_CALLBACK_TOKEN"]

            def build(token: str = token, status: str = posting.news) -> tuple[dict[str, str], bytes, str]:
                timestamp, nonce = stamp()
                query = {
                    "signature": sha1_signature(token, timestamp, nonce),
                    "timestamp": timestamp,
                    "nonce": nonce,
                    "openid": entry.recipient,
                }
                body = event_xml(
                    {
                        "ToUserName": OFFICIAL_ACCOUNT,
                        "FromUserName": entry.recipient,
                        "CreateTime": int(timestamp),
                        "MsgType": "event",
                        "Event": "TEMPLATESENDJOBFINISH",
                        "MsgID": int(entry.provider_id),
                        "Status": status,
                    }
                )
                return {"Content-Type": "text/xml"}, body, urlencode(query)

            self.floor.outbox.post(url, build, after=posting.after, tries=3)
