"""Twilio's Messages resource: Basic auth, create, list, fetch, signed status callbacks."""

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from tests.provider_simulator.behaviour import Action, Fault
from tests.provider_simulator.callbacks import Answer, timetable
from tests.provider_simulator.provider import Floor, Provider

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
UNDELIVERED = frozenset({"30003", "30005", "30006"})
MESSAGES = {
    "20003": (401, "Authenticate"),
    "20404": (404, "The requested resource was not found"),
    "20429": (429, "Too Many Requests"),
    "21211": (400, "Invalid 'To' Phone Number"),
    "21212": (400, "Invalid 'From' Phone Number"),
    "21602": (400, "Message body is required"),
    "21610": (400, "Attempt to send to unsubscribed recipient"),
    "21617": (400, "The concatenated message body exceeds the 1600 character limit"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One status of a message: after how many seconds, which, with which error."""

    after: float
    status: str
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its whole future; its present status is read off the clock."""

    sid: str
    to: str
    sender: str
    body: str
    created: datetime
    started: float
    steps: tuple[Step, ...]

    def present(self) -> Step:
        """Return the latest step that has come."""
        age = time.monotonic() - self.started
        return [step for step in self.steps if step.after <= age][-1]


class Twilio(Provider):
    """Never dedupes: two equal requests are two messages."""

    name: ClassVar[str] = "twilio"
    channel: ClassVar[str] = "sms"
    reached_at: ClassVar[tuple[str, str]] = ("TWILIO_API_BASE_URL", "/twilio")

    def __init__(self, floor: Floor) -> None:
        """Start with no messages."""
        super().__init__(floor)
        self._messages: dict[str, Message] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return create, list and fetch."""
        base = "/twilio/2010-04-01/Accounts/{account}/Messages"
        return [
            web.post(f"{base}.json", self.create),
            web.get(f"{base}.json", self.list_messages),
            web.get(f"{base}/{{sid}}.json", self.fetch),
        ]

    def forget(self) -> None:
        """Drop all messages."""
        self._messages.clear()

    def throttled(self) -> web.Response:
        """Answer 429 with Retry-After."""
        response = error("20429")
        response.headers["Retry-After"] = "1"
        return response

    def refused(self, code: str, recipient: str) -> web.Response:
        """Answer 400 with Twilio's code."""
        return error(code or "21211")

    async def create(self, request: web.Request) -> web.Response:
        """Accept one message."""
        if not self._known(request):
            return error("20003")
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        recipient = form.get("To", "")
        fault = self.fault_of(recipient)
        spoiled = await self.spoiled_before(request, fault, recipient)
        if spoiled is not None:
            return spoiled
        wrong = self._wrong(form)
        if wrong:
            return error(wrong)
        message, fate = self._accept(form)
        self._call_back(message, form.get("StatusCallback", ""), fate)
        return await self.answered(
            request, fault, web.json_response(self._row(message, "queued", ""), status=201)
        )

    async def list_messages(self, request: web.Request) -> web.Response:
        """List by To, newest first, in pages; ``DateSent>=`` leaves out what has not been sent yet."""
        if not self._known(request):
            return error("20003")
        query = request.query
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        entries = self.floor.ledger.to(self.name, query.get("To", "").strip())
        rows = [self._present_row(self._messages[e.provider_id]) for e in reversed(entries)]
        since = query.get("DateSent>") or query.get("DateSent>=")
        if since:
            rows = [row for row in rows if row["date_sent"] and row["_created"] >= since[:10]]
        for row in rows:
            del row["_created"]
        following = None
        if len(rows) > (page + 1) * size:
            more = urlencode({"To": query.get("To", ""), "PageSize": size, "Page": page + 1})
            following = f"{request.path.removeprefix('/twilio')}?{more}"
        shown = rows[page * size : (page + 1) * size]
        return web.json_response(
            {"messages": shown, "page": page, "page_size": size, "next_page_uri": following}
        )

    async def fetch(self, request: web.Request) -> web.Response:
        """Return one message's present state."""
        if not self._known(request):
            return error("20003")
        message = self._messages.get(request.match_info["sid"])
        if message is None:
            return error("20404")
        row = self._present_row(message)
        del row["_created"]
        return web.json_response(row)

    def _known(self, request: web.Request) -> bool:
        config = self.floor.config
        account = request.match_info["account"]
        expected = base64.b64encode(
            f"{config.portal['TWILIO_ACCOUNT_SID']}:{config.portal['TWILIO_AUTH_TOKEN']}".encode()
        )
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        return account == config.portal["TWILIO_ACCOUNT_SID"] and hmac.compare_digest(
            given.encode(), expected
        )

    def _wrong(self, form: dict[str, str]) -> str:
        if E164.fullmatch(form.get("To", "")) is None:
            return "21211"
        if form.get("From") != self.floor.config.portal["TWILIO_FROM"]:
            return "21212"
        if not form.get("Body"):
            return "21602"
        return "21617" if len(form["Body"]) > LONGEST_BODY else ""

    def _accept(self, form: dict[str, str]) -> tuple[Message, Fault | None]:
        recipient, sid = form["To"], f"SM{secrets.token_hex(16)}"
        entry = self.take(provider_id=sid, recipient=recipient, idempotency_key="", body=form["Body"])
        fate = self.fate_of(recipient)
        step = self.floor.config.callback_seconds
        last = Step(2 * step, "delivered")
        if fate is not None and fate.action is Action.FAIL:
            code = fate.code or "30003"
            last = Step(2 * step, "undelivered" if code in UNDELIVERED else "failed", code)
        message = Message(
            sid=sid,
            to=recipient,
            sender=form["From"],
            body=form["Body"],
            created=datetime.now(UTC),
            started=time.monotonic(),
            steps=(Step(0.0, "queued"), Step(step, "sent"), last),
        )
        self._messages[sid] = message
        self.reached(entry, fate)
        return message, fate

    def _call_back(self, message: Message, url: str, fate: Fault | None) -> None:
        if not url:
            return
        config = self.floor.config
        news = message.steps[1:]
        for posting in timetable(news, fate, step=config.callback_seconds, late=config.late_seconds):
            token = "forged" if posting.forged else config.portal["TWILIO_AUTH_TOKEN"]
            answer = signed_form(token, url, self._form(message, posting.news))
            self.floor.outbox.post(url, partial(_same, answer), after=posting.after, tries=1)

    def _form(self, message: Message, step: Step) -> dict[str, str]:
        form = {
            "AccountSid": self.floor.config.portal["TWILIO_ACCOUNT_SID"],
            "ApiVersion": "2010-04-01",
            "From": message.sender,
            "To": message.to,
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": step.status,
            "SmsStatus": step.status,
        }
        return form | ({"ErrorCode": step.error_code} if step.error_code else {})

    def _present_row(self, message: Message) -> dict[str, Any]:
        step = message.present()
        return self._row(message, step.status, step.error_code) | {
            "_created": message.created.date().isoformat()
        }

    def _row(self, message: Message, status: str, error_code: str) -> dict[str, Any]:
        account, created = self.floor.config.portal["TWILIO_ACCOUNT_SID"], format_datetime(message.created)
        return {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": message.body,
            "date_created": created,
            "date_sent": None if status == "queued" else created,
            "date_updated": created,
            "direction": "outbound-api",
            "error_code": int(error_code) if error_code else None,
            "error_message": None,
            "from": message.sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": message.sid,
            "status": status,
            "to": message.to,
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{message.sid}.json",
        }


def _same(answer: Answer) -> Answer:
    return answer


def signed_form(token: str, url: str, form: dict[str, str]) -> Answer:
    """Return headers, body and empty query of a status callback."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": sign(token, url, form),
        "User-Agent": "TwilioProxy/1.1",
    }
    return headers, urlencode(form).encode(), ""


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """Return ``X-Twilio-Signature``: HMAC-SHA1 over the URL and the sorted fields."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def error(code: str) -> web.Response:
    """Return Twilio's error object."""
    status, message = MESSAGES.get(code, (400, "The message was refused"))
    return web.json_response(
        {
            "code": int(code),
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
        status=status,
    )
