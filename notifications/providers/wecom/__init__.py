"""WeCom: token, text-card message to one member, and the encrypted callback.

WeCom tells when a member enters the application or presses a button of a template card; for a text
card it tells nothing. So acceptance is all this wire can prove, and its events carry no receipt.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings

from hrportal.kernel import texts
from notifications.enums import ChannelCode
from notifications.providers.base import Outcome, OutgoingMessage, Provider, ReceiptFact, SendResult
from notifications.providers.tencent import (
    check_age,
    check_signature,
    fetched_token,
    flat_xml,
    post_with_token,
)
from notifications.providers.wecom.crypto import decrypt
from notifications.providers.wecom.status import ERRORS, verdict_for
from notifications.providers.wire import BAD_ADDRESS, HELD, REFUSED, AccessToken, call
from notifications.rendering.content_fields import WECOM_TITLE_BYTES

DESCRIPTION_BYTES = 512
# The longest WeCom offers. It compares the whole request, so an unchanged repeat is shown once.
DUPLICATE_CHECK_SECONDS = 4 * 60 * 60


class WeCom(Provider):
    """Text cards to members of the bank's WeCom. Proves acceptance only."""

    name: ClassVar[str] = "wecom"
    channel: ClassVar[ChannelCode] = ChannelCode.WECOM
    dedupe_window: ClassVar[timedelta] = timedelta(minutes=30)
    callback_path: ClassVar[str] = "wecom"
    callback_answer: ClassVar[str] = "success"
    is_probing: ClassVar[bool] = True

    def __init__(self) -> None:
        """Read corp, application and address from settings."""
        self._base = settings.WECOM_API_BASE_URL.rstrip("/")
        self._token = AccessToken(self._fetch_token)

    async def deliver(self, message: OutgoingMessage) -> SendResult:
        """Send one text card; equal requests within the check interval reach the member once."""
        payload = {
            "touser": message.address,
            "msgtype": "textcard",
            "agentid": int(settings.WECOM_AGENT_ID),
            "textcard": {
                "title": cut(message.subject, WECOM_TITLE_BYTES),
                "description": cut(message.text, DESCRIPTION_BYTES),
                "url": message.link,
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK_SECONDS,
        }
        return await post_with_token(self._token, f"{self._base}/cgi-bin/message/send", payload, read_sent)

    def parse_callback(
        self, *, url: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> list[ReceiptFact]:
        """Verify and open the envelope. No event of a text card exists, so the list is always empty."""
        self._open(query, flat_xml(body).get("Encrypt", ""))
        return []

    def answer_probe(self, *, query: Mapping[str, str]) -> str:
        """Return the opened ``echostr`` of the GET by which WeCom checks the callback address."""
        return self._open(query, query.get("echostr", "")).decode("utf-8", "replace")

    def _open(self, query: Mapping[str, str], encrypted: str) -> bytes:
        check_signature(
            query.get("msg_signature", ""),
            settings.WECOM_CALLBACK_TOKEN,
            query.get("timestamp", ""),
            query.get("nonce", ""),
            encrypted,
        )
        check_age(query.get("timestamp", ""))
        return decrypt(
            encrypted, encoding_aes_key=settings.WECOM_ENCODING_AES_KEY, corp_id=settings.WECOM_CORP_ID
        )

    async def _fetch_token(self) -> tuple[str, int] | SendResult:
        params = {"corpid": settings.WECOM_CORP_ID, "corpsecret": settings.WECOM_CORP_SECRET}
        response = await call("GET", f"{self._base}/cgi-bin/gettoken", params=params)
        return fetched_token(response, ERRORS, otherwise=HELD)


def read_sent(code: int, body: Mapping[str, Any]) -> SendResult:
    """Translate a send's answer; errcode 0 with our one receiver among the invalid is no success."""
    if code != 0:
        return verdict_for(code).result(str(code))
    if body.get("invaliduser"):
        return BAD_ADDRESS.result("invaliduser")
    if body.get("unlicenseduser"):
        return REFUSED.result("unlicenseduser")
    return SendResult(outcome=Outcome.ACCEPTED, provider_id=str(body.get("msgid") or ""), code="0")


def cut(text: str, most_bytes: int) -> str:
    """Shorten to the provider's byte limit at a whole character, as its own cut would split one."""
    data = text.encode()
    if len(data) <= most_bytes:
        return text
    whole = data[: most_bytes - len("…".encode())].decode("utf-8", "ignore")
    return texts.cut(text, len(whole)) + "…"
