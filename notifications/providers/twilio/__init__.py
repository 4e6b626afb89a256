"""Twilio's Messages resource: create, list, fetch, and the signed status callback.

Twilio repeats nothing for us: two equal requests are two SMS. So a send without an answer is never
repeated; ``look_up`` asks Twilio's own list whether it was taken.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import httpx
from aiohttp import encode_basic_auth
from django.conf import settings
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

from notifications.enums import ChannelCode
from notifications.providers.base import (
    CallbackRefused,
    Evidence,
    LookUp,
    Outcome,
    OutgoingMessage,
    Provider,
    ReceiptFact,
    SendResult,
)
from notifications.providers.twilio.status import STATUS, address_is_bad, verdict_for
from notifications.providers.wire import Response, call, exchange, header, json_object, refused_by_status

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
MESSAGING_SERVICE_PREFIX = "MG"
LOOK_UP_PAGES = 10
# Twilio's dates have whole seconds; its clock and ours differ a little.
CLOCK_SLACK = timedelta(seconds=30)
MOST_CALLBACK_FIELDS = 100


class Twilio(Provider):
    """SMS through Twilio. Proves delivery to the handset where the carrier reports it."""

    name: ClassVar[str] = "twilio"
    channel: ClassVar[ChannelCode] = ChannelCode.SMS
    callback_path: ClassVar[str] = "twilio/status"

    def __init__(self) -> None:
        """Read account and address from settings."""
        self._origin = settings.TWILIO_API_BASE_URL.rstrip("/")
        self._account = settings.TWILIO_ACCOUNT_SID
        self._headers = {"Authorization": encode_basic_auth(self._account, settings.TWILIO_AUTH_TOKEN)}
        self._messages = f"{self._origin}/2010-04-01/Accounts/{self._account}/Messages"
        self._validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)

    async def deliver(self, message: OutgoingMessage) -> SendResult:
        """Create one message. A 5xx may come after Twilio took it, hence unknown."""
        sender = settings.TWILIO_FROM
        key = "MessagingServiceSid" if sender.startswith(MESSAGING_SERVICE_PREFIX) else "From"
        form = {
            "To": message.address,
            key: sender,
            "Body": message.text,
            "StatusCallback": message.callback_url,
        }
        response = await call("POST", f"{self._messages}.json", data=form, headers=self._headers)
        return response if isinstance(response, SendResult) else read_created(response)

    def look_up(self, message: OutgoingMessage, *, since: datetime) -> LookUp | None:
        """Search Twilio's list for this text to this number; None when the list cannot be read.

        The list is not narrowed by ``DateSent``: a queued message has none yet and would be missed.
        """
        for page in self._pages({"To": message.address, "PageSize": "50"}):
            if page is None:
                return None
            for row in page:
                if row.get("body") == message.text and created_at(row) >= since - CLOCK_SLACK:
                    fact = receipt_of(row)
                    if fact is not None:
                        return LookUp(
                            found=True, provider_id=fact.provider_id, evidence=fact.evidence, code=fact.code
                        )
        return LookUp(found=False)

    def fetch_status(self, provider_id: str) -> ReceiptFact | None:
        """Return the present status of one message; None if Twilio does not know or does not answer."""
        if MESSAGE_SID.fullmatch(provider_id) is None:
            return None
        response = exchange("GET", f"{self._messages}/{provider_id}.json", headers=self._headers)
        if isinstance(response, SendResult) or not response.is_success:
            return None
        return receipt_of(json_object(response))

    def parse_callback(
        self, *, url: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> list[ReceiptFact]:
        """Verify ``X-Twilio-Signature`` over the public ``url`` and the form, then read the status."""
        try:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_CALLBACK_FIELDS
            )
            form = dict(pairs)
            valid = len(form) == len(pairs) and self._validator.validate(
                url,
                form,
                header(headers, "x-twilio-signature"),
                get_signature_algorithm(header(headers, SIGNATURE_SETTINGS_HEADER.lower())),
            )
        except ValueError as error:
            raise CallbackRefused("not a form") from error
        if not valid:
            raise CallbackRefused("signature")
        if form.get("AccountSid", self._account) != self._account:
            raise CallbackRefused("account")
        fact = receipt_of(
            {
                "sid": form.get("MessageSid") or form.get("SmsSid"),
                "status": form.get("MessageStatus") or form.get("SmsStatus"),
                "error_code": form.get("ErrorCode"),
            }
        )
        return [] if fact is None else [fact]

    def _pages(self, query: dict[str, str]) -> Iterator[list[dict[str, Any]] | None]:
        """Yield the list page by page; None where a page could not be read or the list is too long."""
        url, params = f"{self._messages}.json", query
        for _ in range(LOOK_UP_PAGES):
            response = exchange("GET", url, params=params, headers=self._headers)
            if isinstance(response, SendResult) or not response.is_success:
                yield None
                return
            body = json_object(response)
            rows = body.get("messages")
            if not isinstance(rows, list):
                yield None
                return
            yield [row for row in rows if isinstance(row, dict)]
            following = body.get("next_page_uri")
            if not isinstance(following, str) or not following:
                return
            parts = urlsplit(following)
            # Path and query only: the key must never follow a link to another host.
            url, params = f"{self._origin}{parts.path}?{parts.query}", {}
        yield None


def read_created(response: Response) -> SendResult:
    """Translate the answer to a create request."""
    refused = refused_by_status(response)
    if refused is not None:
        return refused
    body = json_object(response)
    if response.is_success:
        sid = body.get("sid")
        if isinstance(sid, str) and MESSAGE_SID.fullmatch(sid):
            return SendResult(outcome=Outcome.ACCEPTED, provider_id=sid, code=str(body.get("status", "")))
        return SendResult(outcome=Outcome.UNKNOWN, code="unreadable")
    code = body.get("code")
    if not isinstance(code, int):
        code = 20003 if response.status_code == httpx.codes.UNAUTHORIZED else response.status_code
    return verdict_for(code).result(str(code))


def receipt_of(row: Mapping[str, Any]) -> ReceiptFact | None:
    """Read a message row or callback; None when it names no message or a status we do not know."""
    sid, status = row.get("sid"), row.get("status")
    if not isinstance(sid, str) or MESSAGE_SID.fullmatch(sid) is None or not isinstance(status, str):
        return None
    evidence = STATUS.get(status)
    if evidence is None:
        return None
    code = str(row.get("error_code") or "")[:16]
    return ReceiptFact(
        provider_id=sid,
        evidence=evidence,
        dedupe_key=f"{sid}:{status}",
        code=code,
        address_is_bad=evidence is Evidence.FAILED and address_is_bad(code),
    )


def created_at(row: Mapping[str, Any]) -> datetime:
    """Return when Twilio created the message; an unreadable date counts as now, so nothing is overlooked."""
    try:
        moment = parsedate_to_datetime(str(row.get("date_created")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
