"""What every provider speaks to the dispatcher, whatever it speaks on the wire.

A provider is a client and its status map. It knows nothing of notices, rows or retries: it takes one
outgoing message, makes one call and says what is certain.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from django.conf import settings

from notifications.enums import ChannelCode
from notifications.providers.loop import waited


class Outcome(StrEnum):
    """What is certain after one call of a provider."""

    ACCEPTED = "accepted"
    """The provider took the message and named it."""
    THROTTLED = "throttled"
    """Not taken, try later; does not spend a retry."""
    TRANSIENT = "transient"
    """Certainly not taken (refused connection, 503 before reading); may be retried."""
    PERMANENT = "permanent"
    """Not taken and never will be with this address or account."""
    UNKNOWN = "unknown"
    """May have been taken: reset after the request was written, time-out, 5xx without a body."""


class Evidence(StrEnum):
    """The order of proof that a message came nearer to its reader; also a failure."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One message, ready for the wire. Address and texts stay out of every repr and log."""

    address: str = field(repr=False)
    subject: str = field(repr=False, default="")
    text: str = field(repr=False, default="")
    html: str = field(repr=False, default="")
    fields: Mapping[str, str] = field(repr=False, default_factory=dict)
    link: str = field(repr=False, default="")
    # Stable over repeats of one attempt, new for every new attempt: what providers dedupe by.
    idempotency_key: str
    # For providers that are told with each message where to report; others have it from their console.
    callback_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The provider's answer in the portal's words; ``code`` is the provider's own, for people."""

    outcome: Outcome
    provider_id: str = ""
    code: str = ""
    retry_after: timedelta | None = None
    address_is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """What the provider's own records say about a message whose answer never came."""

    found: bool
    provider_id: str = ""
    evidence: Evidence = Evidence.ACCEPTED
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFact:
    """One verified callback line. ``dedupe_key`` is equal for repeats of the same news."""

    provider_id: str
    evidence: Evidence
    dedupe_key: str
    code: str = ""
    address_is_bad: bool = False
    occurred_at: datetime | None = None


class CallbackRefused(Exception):
    """The callback's signature, token or shape is wrong; nothing of it may be believed."""


class Provider(ABC):
    """One wire. Its one instance in a process holds connections only."""

    # Kept with every delivery that it was given: a name never changes.
    name: ClassVar[str]
    channel: ClassVar[ChannelCode]
    # Inside it a repeat with the same idempotency key is harmless; zero means never repeat blindly.
    dedupe_window: ClassVar[timedelta] = timedelta()
    # Where it reports, below /webhooks/; empty where it calls nobody back.
    callback_path: ClassVar[str] = ""
    # What it reads as "taken" in the answer to a callback; an empty one is answered with 204.
    callback_answer: ClassVar[str] = ""
    # Whether it checks the callback address by a GET before it uses it.
    is_probing: ClassVar[bool] = False

    @property
    def most_at_once(self) -> int:
        """How many calls of it one process makes at the same time."""
        return settings.PROVIDER_CALLS

    @abstractmethod
    async def deliver(self, message: OutgoingMessage) -> SendResult:
        """Call the provider once, on the loop. Never raises for anything the wire can do."""

    def send(self, message: OutgoingMessage) -> SendResult:
        """``deliver`` for whoever waits in a thread."""
        return waited(self.deliver(message))

    def look_up(self, message: OutgoingMessage, *, since: datetime) -> LookUp | None:
        """Ask the provider whether it took the message; None where it has no such question or no answer.

        ``since`` is wall-clock time, as the provider's records are: the moment before the first try.
        """
        return None

    def fetch_status(self, provider_id: str) -> ReceiptFact | None:
        """Ask for the present status of an accepted message; None where the provider has none."""
        return None

    def parse_callback(
        self, *, url: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> list[ReceiptFact]:
        """Verify a callback, then translate it.

        Raises:
            CallbackRefused: the signature is wrong, the body is not the provider's, or it calls nobody back.
        """
        raise CallbackRefused("no callbacks")

    def answer_probe(self, *, query: Mapping[str, str]) -> str:
        """Answer the GET by which a provider that ``is_probing`` checks the callback address.

        Raises:
            CallbackRefused: the signature is wrong, or this provider makes no such check.
        """
        raise CallbackRefused("no probe")
