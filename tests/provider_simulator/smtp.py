"""The mail relay: SMTP through aiosmtpd, on the lab's own event loop."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern_policy

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.provider_simulator.behaviour import Action, Fault
from tests.provider_simulator.provider import Floor

NAME, CHANNEL = "smtp", "email"
REPLIES = {
    "421": "421 4.3.2 Service shutting down",
    "450": "450 4.2.1 Mailbox busy",
    "550": "550 5.1.1 No such user",
    "552": "552 5.2.2 Mailbox full",
    "554": "554 5.7.1 Rejected by policy",
}


class Relay:
    """The three moments of a transaction at which a relay can refuse, accept or fall silent."""

    def __init__(self, floor: Floor) -> None:
        """Stand on the floor."""
        self._floor = floor

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient or refuse it; what strikes after DATA is only noted."""
        fault = self._floor.behaviour.on_request(NAME, CHANNEL, address)
        session.fault = fault  # type: ignore[attr-defined]  # one transaction's memory, aiosmtpd has no other place
        if fault is not None and fault.action is Action.REFUSE:
            return REPLIES.get(fault.code or "550", f"{fault.code} 5.0.0 Refused")
        if fault is not None and fault.action is Action.THROTTLE:
            return "451 4.7.1 Greylisted, try again"
        if fault is not None and fault.action is Action.RESET_BEFORE:
            return drop(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept the mail, or spoil the end of it."""
        fault: Fault | None = getattr(session, "fault", None)
        action = fault.action if fault is not None else None
        hang_seconds = self._floor.config.hang_seconds
        if action is Action.ERROR_BEFORE:
            return "451 4.3.0 Local error in processing"
        if action is Action.HANG_BEFORE:
            await asyncio.sleep(hang_seconds)
            return drop(server)
        self._accept(envelope)
        # SMTP has no error after acceptance: the nearest thing is a reply that never arrives.
        if action in (Action.RESET_AFTER, Action.ERROR_AFTER):
            return drop(server)
        if action is Action.HANG_AFTER:
            await asyncio.sleep(hang_seconds)
            return drop(server)
        return "250 2.0.0 Queued"

    def _accept(self, envelope: Envelope) -> None:
        content = envelope.content or b""
        mail = message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), policy=modern_policy
        )
        message_id = str(mail.get("Message-ID", "")).strip()
        for recipient in envelope.rcpt_tos:
            entry = self._floor.ledger.accept(
                provider=NAME,
                channel=CHANNEL,
                provider_id=message_id,
                recipient=recipient,
                idempotency_key=message_id,
                body=text_of(mail),
            )
            fate = self._floor.behaviour.on_callbacks(NAME, CHANNEL, recipient)
            if fate is None or fate.action is not Action.FAIL:
                self._floor.candidates.reached(entry)


def drop(server: SMTP) -> str:
    """Close the line without a reply; the string only pleases the framework."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    return "421 4.3.2 Closing"


def text_of(mail: EmailMessage) -> str:
    """Return the plain part."""
    part = mail.get_body(("plain", "html"))
    return str(part.get_content()) if part is not None else ""


async def listen(floor: Floor, *, host: str, port: int) -> asyncio.Server:
    """Open the relay's port."""
    relay = Relay(floor)
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(relay, hostname="lab.invalid", enable_SMTPUTF8=True, loop=loop), host, port
    )
