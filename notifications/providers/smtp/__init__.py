"""Email over SMTP, in threads beside the loop; connections are kept and lent to one thread at a time.

Django opens the connection and writes the message; the three steps of the transaction are taken here
one by one, because only so is it known whether the text had left when the line broke.
"""

import asyncio
import hashlib
import queue
import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from notifications.enums import ChannelCode
from notifications.providers.base import Outcome, OutgoingMessage, Provider, SendResult
from notifications.providers.deadlines import Watch, WatchedSMTP, WatchedSMTPS, within
from notifications.providers.smtp.status import SIGN_IN_REFUSED, result_for
from notifications.providers.wire import BAD_ADDRESS, HELD

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who, to whom and the bytes on the wire. Addresses and text stay out of every repr."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    message_id: str
    data: bytes = field(repr=False)


class WatchedBackend(EmailBackend):
    """Django's own, over sessions that end with the call."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return WatchedSMTPS if self.use_ssl else WatchedSMTP


class Smtp(Provider):
    """Email. The relay's 250 is all SMTP can prove; a bounce comes later as a mail of its own."""

    name: ClassVar[str] = "smtp"
    channel: ClassVar[ChannelCode] = ChannelCode.EMAIL

    @property
    def most_at_once(self) -> int:
        """As many as the relay is sent connections by one process."""
        return settings.EMAIL_CONNECTIONS

    def __init__(self) -> None:
        """Hold no connection yet; each is opened when no kept one is idle."""
        self._idle: queue.SimpleQueue[smtplib.SMTP] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(settings.EMAIL_CONNECTIONS, thread_name_prefix="smtp")

    async def deliver(self, message: OutgoingMessage) -> SendResult:
        """Hand one mail to the relay, over a fresh connection if the kept one has gone stale."""
        try:
            envelope = compose(message)
        except ValueError:
            return BAD_ADDRESS.result("invalid_address")
        with within(settings.PROVIDER_TIMEOUT_SECONDS), Watch().running() as watch:
            in_context = partial(copy_context().run, self._send, envelope, watch)
            result = await asyncio.get_running_loop().run_in_executor(self._threads, in_context)
        # The line was cut in the middle of an answer: the part that came proves nothing.
        if watch.has_rung and result.outcome is Outcome.ACCEPTED:
            return SendResult(outcome=Outcome.UNKNOWN, code="timeout")
        return result

    def _send(self, envelope: Envelope, watch: Watch) -> SendResult:
        kept = self._borrow()
        if kept is not None:
            watch.on(kept)
        result = None if kept is None else self._transact(kept, envelope)
        if result is not None:
            return result
        opened = self._open()
        if isinstance(opened, SendResult):
            return opened
        result = self._transact(opened, envelope)
        return result or SendResult(outcome=Outcome.TRANSIENT, code="disconnected")

    def close(self) -> None:
        """Close every idle connection; the next mail opens another."""
        while (session := self._borrow()) is not None:
            session.close()

    def _borrow(self) -> smtplib.SMTP | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _open(self) -> smtplib.SMTP | SendResult:
        backend = WatchedBackend()
        try:
            backend.open()
            if backend.connection is not None:
                backend.connection.ehlo_or_helo_if_needed()
        except OSError as error:
            if backend.connection is not None:
                # Greeted and then refused: nobody else would close it.
                backend.connection.close()
            return not_opened(error)
        session = backend.connection
        if session is None:
            return SendResult(outcome=Outcome.TRANSIENT, code="not_connected")
        return session

    def _transact(self, session: smtplib.SMTP, envelope: Envelope) -> SendResult | None:
        """Run MAIL, RCPT, DATA; None if the line broke before the text could leave."""
        reading = False
        try:
            options = ["BODY=8BITMIME"] if session.has_extn("8bitmime") else []
            for command in (
                partial(session.mail, envelope.sender, options),
                partial(session.rcpt, envelope.recipient),
            ):
                code, text = command()
                if code // 100 != 2:
                    return self._refused(session, result_for(code, text.decode("utf-8", "replace")))
            reading = True
            code, text = session.data(envelope.data)
        except smtplib.SMTPDataError as error:
            return self._refused(session, result_for(error.smtp_code, str(error.smtp_error)))
        except (smtplib.SMTPException, OSError) as error:
            session.close()
            return SendResult(outcome=Outcome.UNKNOWN, code=type(error).__name__) if reading else None
        result = result_for(code, text.decode("utf-8", "replace"))
        if result.outcome is Outcome.ACCEPTED:
            self._idle.put(session)
            return SendResult(outcome=Outcome.ACCEPTED, provider_id=envelope.message_id, code=result.code)
        return self._refused(session, result)

    def _refused(self, session: smtplib.SMTP, result: SendResult) -> SendResult:
        """Clear the transaction so that the next mail finds a clean session."""
        try:
            session.rset()
        except (smtplib.SMTPException, OSError):
            session.close()
        else:
            self._idle.put(session)
        return result


def not_opened(error: OSError) -> SendResult:
    """Translate why there is no session; nothing was sent. Every exception of smtplib is an ``OSError``."""
    if not isinstance(error, smtplib.SMTPResponseException):
        return SendResult(outcome=Outcome.TRANSIENT, code=type(error).__name__)
    code = str(error.smtp_code)
    if isinstance(error, smtplib.SMTPAuthenticationError) or error.smtp_code in SIGN_IN_REFUSED:
        return HELD.result(code)
    return SendResult(outcome=Outcome.TRANSIENT, code=code)


def compose(message: OutgoingMessage) -> Envelope:
    """Write the mail: text and HTML parts, and a Message-ID that is equal for every repeat of an attempt.

    Raises:
        ValueError: the address cannot stand in a mail header.
    """
    _, bare = parseaddr(settings.DEFAULT_FROM_EMAIL)
    recipient = sanitize_address(message.address, "utf-8")
    if "@" not in recipient or not message.address.rpartition("@")[0].isascii():
        raise ValueError("address")
    key = message.idempotency_key
    local = key if SAFE_ID.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:32]
    message_id = f"<{local}@{bare.rpartition('@')[2]}>"
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=message.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.address],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    # SMTP knows no bare line feed, and smtplib leaves bytes as they are.
    data = b"\r\n".join(mail.message().as_bytes().splitlines()) + b"\r\n"
    return Envelope(sender=bare, recipient=recipient, message_id=message_id, data=data)
