"""May a due delivery leave now? Asked once more before its provider is called. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from branches.calendar import WorkCalendar
from hrportal.kernel.clocks import real_seconds
from notifications.enums import NoticeEvidence, NoticeState

# Why a step was skipped; the next one follows.
NO_ADDRESS, CHANNEL_OFF, WINDOW_OVER = "no_address", "channel_off", "dedupe_window_over"
NO_WAY = (NO_ADDRESS, CHANNEL_OFF, WINDOW_OVER)
OUTDATED, DIFFERS = "outdated", "content_differs_from_approval"
DEDUPE_MARGIN = timedelta(minutes=1)


class Fate(StrEnum):
    """What becomes of a delivery that is due."""

    GO = "go"
    DEFER = "defer"
    CANCEL = "cancel"
    END = "end"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Its fate, why, and until when it waits."""

    fate: Fate
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is known of a due delivery.

    Attributes:
        channel: as its plan says.
        attempt: 1, or a further one that a person decided.
        urgent: quiet hours do not count.
        notice_state: of its notice.
        evidence: how far the notice is known to have come.
        is_as_approved: its content is that of an approval in force, computed anew.
        objection: of an app above.
        is_outdated: it says what is true no longer.
        has_provider: the bank has the channel, or still the provider that may have the message.
        is_window_over: it is a repeat that its provider would take for a second message.
        has_address: one that the notice was approved for.
    """

    channel: str
    attempt: int
    urgent: bool
    notice_state: str
    evidence: int
    is_as_approved: bool
    objection: str
    is_outdated: bool
    has_provider: bool
    is_window_over: bool
    has_address: bool


def decide(due: Due, *, calendar: WorkCalendar, now: datetime) -> Verdict:
    """Whether it goes out, waits, or ends."""
    if not is_wanted(state=due.notice_state, evidence=due.evidence, attempt=due.attempt):
        return Verdict(Fate.CANCEL, due.notice_state)
    if reason := _reason_to_end(due):
        return Verdict(Fate.END, reason)
    if not due.urgent and (until := calendar.end_of_quiet_hours(now)):
        return Verdict(Fate.DEFER, "quiet_hours", until)
    return Verdict(Fate.GO)


def _reason_to_end(due: Due) -> str:
    if not due.is_as_approved:
        return DIFFERS
    if due.objection:
        return due.objection
    if due.is_outdated:
        return OUTDATED
    if not due.has_provider:
        return CHANNEL_OFF
    if due.is_window_over:
        return WINDOW_OVER
    return "" if due.has_address else NO_ADDRESS


def is_wanted(*, state: str, evidence: int, attempt: int) -> bool:
    """Whether the recipient still waits for it: the notice goes on and nobody has read it yet."""
    if state not in (NoticeState.APPROVED, NoticeState.SENT):
        return False
    # A further attempt was decided by a person, who may know of the read.
    return evidence < NoticeEvidence.READ or attempt > 1


def is_deduped(window: timedelta, *, since: datetime, now: datetime) -> bool:
    """Whether a provider still knows a message that it may have taken then, so that a repeat is harmless."""
    age = timedelta(seconds=real_seconds(now - since))
    return age < window - DEDUPE_MARGIN
