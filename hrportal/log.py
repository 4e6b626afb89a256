"""How the portal logs: structlog in front, the standard library behind, one line per event.

Production writes JSON for a collector, every other environment a readable line. Fields that could
carry personal data are dropped here as the last line of defence, whoever wrote them; nobody should rely on it.
"""

import logging
import re
from collections.abc import Sequence

import structlog
from django.conf import settings
from structlog.typing import EventDict, Processor, WrappedLogger

WITHHELD = frozenset(
    {
        "account_id",
        "address",
        "authorization",
        "body",
        "email",
        "id_number",
        "name",
        "openid",
        "password",
        "phone",
        "recipient",
        "secret",
        "token",
    }
)


def withhold_personal_data(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace the value of every field whose name promises personal data or a secret."""
    return {key: "(withheld)" if key.lower() in WITHHELD else value for key, value in event.items()}


# The address of a candidate's page is a secret, and Django logs the path of whatever it refuses.
_CANDIDATE_LINK = re.compile(r"(/n/)[^/\s?'\"]+")
# So is the address by which an invited colleague sets a password.
_JOIN_LINK = re.compile(r"(/invitation/)[^\s?'\"]+")


def withhold_links(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Cut the token out of every candidate link and invitation in the message."""
    said = _CANDIDATE_LINK.sub(r"\1(withheld)", str(event.get("event", "")))
    return {**event, "event": _JOIN_LINK.sub(r"\1(withheld)", said)}


# Run for events of structlog and of the standard library alike.
shared: Sequence[Processor] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    withhold_personal_data,
    withhold_links,
)


# Plain tracebacks: a frame's local variables hold names, numbers and passwords.
console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def render(logger: WrappedLogger, method: str, event: EventDict) -> str | bytes:
    """Turn a finished event into the line that is written: JSON in production, else for people."""
    if settings.PRODUCTION:
        event = structlog.processors.format_exc_info(logger, method, event)
        return structlog.processors.JSONRenderer(ensure_ascii=False)(logger, method, event)
    return console(logger, method, event)


def configure() -> None:
    """Send structlog through the standard library's handlers; called once, when the apps are ready."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(capture=True)
