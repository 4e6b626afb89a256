"""The AI interview's end: one signed POST, and what its answer proves.

The receiver dedupes by webhook-id, so a call whose outcome is unknown is repeated under the same id.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import httpx
from django.conf import settings

from hrportal.kernel.signatures import sign
from notifications.providers.base import Outcome, SendResult
from notifications.providers.wire import Response, exchange, json_object, refused_by_status

# Later is what the receiver means, though the numbers stand among the refusals.
LATER = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY)
LONGEST_CODE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        outcome: accepted, permanent, throttled, transient or unknown.
        code: the receiver's word for a refusal, or the status or fault.
        acknowledged_version: as the body says, None without an acknowledgement.
        retry_after: real time to wait, where the receiver named one.
    """

    outcome: Outcome
    code: str = ""
    acknowledged_version: int | None = None
    retry_after: timedelta | None = None


def is_on() -> bool:
    """Whether there is an address to post to; without one the AI interview may still fetch what is signed."""
    return bool(settings.INTERVIEW_WEBHOOK_URL)


def deliver(body: bytes, *, message_id: str) -> Answer:
    """Post once, signed at this moment of real time with the first secret."""
    secret = settings.INTERVIEW_WEBHOOK_SECRET.split(",")[0]
    headers = sign(body, message_id=message_id, timestamp=int(time.time()), secret=secret)
    response = exchange(
        "POST",
        settings.INTERVIEW_WEBHOOK_URL,
        data=body,
        headers=headers | {"Content-Type": "application/json"},
    )
    if isinstance(response, SendResult):
        return Answer(outcome=response.outcome, code=response.code)
    return _answer_in(response)


def _answer_in(response: Response) -> Answer:
    if response.is_success:
        return Answer(outcome=Outcome.ACCEPTED, acknowledged_version=_acknowledged(response))
    if later := refused_by_status(response):
        return Answer(outcome=later.outcome, code=later.code, retry_after=later.retry_after)
    if response.status_code in LATER:
        return Answer(outcome=Outcome.TRANSIENT, code=str(response.status_code))
    return Answer(outcome=Outcome.PERMANENT, code=_refusal(response))


def _acknowledged(response: Response) -> int | None:
    body = json_object(response)
    version = body.get("version")
    is_number = isinstance(version, int) and not isinstance(version, bool)
    return version if body.get("acknowledged") is True and is_number else None


def _refusal(response: Response) -> str:
    """The status, and the last part of the problem's type if the receiver sent a problem document."""
    kind = json_object(response).get("type")
    word = kind.rstrip("/").replace("/", ":").rpartition(":")[2] if isinstance(kind, str) else ""
    return f"{response.status_code} {word}".strip()[:LONGEST_CODE]
