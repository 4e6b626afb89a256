"""Messages outside notices: rows that a worker sends by a channel, once.

Killed between call and record, a message is "perhaps sent" and is not repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.clocks import business_span
from hrportal.kernel.hooks import deliver_message, has_channel
from hrportal.kernel.stopping import until_stopped
from hrportal.kernel.sweeps import Sweep

UNKNOWN_AFTER = timedelta(minutes=10)
FIRST_BACKOFF = timedelta(seconds=30)
# With pauses that double, about an hour.
MOST_ATTEMPTS = 8
BATCH = 20
CHANNEL_OFF, LOST, NOTHING_TO_SAY = "channel_off", "lost", "nothing_to_say"


class OutboxState(models.TextChoices):
    """The path of a message outside notices."""

    WAITING = "waiting", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Possibly sent")


DUE_STATES = (OutboxState.WAITING, OutboxState.SENDING)


class OutboxMessage(models.Model):
    """What every such row has; subclasses add to whom and what about."""

    channel = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=OutboxState, default=OutboxState.WAITING)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True


@dataclass(frozen=True, slots=True)
class PlainMessage:
    """One message as a channel sends it. Lives in memory only."""

    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send now."""

    pk: Any
    channel: str
    key: str
    message: PlainMessage


Row = TypeVar("Row", bound=OutboxMessage)


class Outbox(Generic[Row]):
    """The rows of one table of messages."""

    def __init__(
        self,
        name: str,
        *,
        rows: Callable[[], models.QuerySet[Row]],
        message: Callable[[Row, datetime], PlainMessage | datetime | None],
        note: Callable[[Row, str, datetime], None],
        label: str | Promise,
        recording: str | Promise,
        task: str,
        waits_until: Callable[[Row, datetime], datetime | None] = lambda _row, _now: None,
    ) -> None:
        """Register the sweeps.

        Args:
            name: of the sweep.
            rows: all rows, with what the others need.
            message: what to send, asked while the row is locked; None where nothing is to be sent any more,
                a moment where it is not to be sent before.
            note: writes the history of a change; gets the row, its state before, and business time.
            label: what IT operations read of sending.
            recording: what IT operations read of recording the answer.
            task: the Celery task.
            waits_until: when a message may leave that must not leave now; None where it may.
        """
        self.rows, self.message, self.note, self.name = rows, message, note, name
        self.waits_until = waits_until
        self.sending = Sweep(f"send_{name}", label=label, task=task)
        self.recording = Sweep(f"record_{name}", label=recording, task=task)

    def send_due(self, *, now: datetime) -> int:
        """Send every due message once; returns how many were taken."""
        taken, recording = self.claim_due(now=now), self.recording.round(now=now)
        for item in until_stopped(taken):
            with recording.row(item.pk, atomic=False):
                [(outcome, provider_id, code)] = deliver_message(
                    channel=item.channel,
                    address=item.message.address,
                    subject=item.message.subject,
                    text=item.message.text,
                    link=item.message.link,
                    key=item.key,
                )
                self.record(pk=item.pk, outcome=outcome, provider_id=provider_id, code=code, now=now)
        return len(taken)

    @transaction.atomic
    def claim_due(self, *, now: datetime) -> list[Claimed]:
        """Take due rows nobody else holds; what a dead process held is perhaps sent, and not sent again."""
        sending = self.sending.round(now=now)
        due = self.rows().filter(state__in=DUE_STATES, due_at__lte=now).order_by("due_at")
        rows = list(sending.due(due).select_for_update(skip_locked=True, of=("self",))[:BATCH])
        return sending.batch(rows, partial(self._claim, now=now))

    def _claim(self, rows: list[Row], *, now: datetime) -> list[Claimed]:
        claimed = []
        for row in rows:
            if row.state == OutboxState.SENDING:
                self._move(row, OutboxState.UNKNOWN, code=LOST, now=now)
            elif later := self.waits_until(row, now):
                row.due_at = later
                row.save(update_fields=["due_at"])
            elif not is_on(row.channel):
                self._move(row, OutboxState.FAILED, code=CHANNEL_OFF, now=now)
            elif (message := self.message(row, now)) is None:
                self._move(row, OutboxState.FAILED, code=NOTHING_TO_SAY, now=now)
            elif isinstance(message, datetime):
                row.due_at = message
                row.save(update_fields=["due_at"])
            else:
                row.attempts, row.claimed_at, row.due_at = (
                    row.attempts + 1,
                    now,
                    now + business_span(UNKNOWN_AFTER),
                )
                self._move(row, OutboxState.SENDING, code="", now=now)
                claimed.append(Claimed(row.pk, row.channel, f"{self.name}-{row.pk}", message))
        return claimed

    @transaction.atomic
    def record(self, *, pk: Any, outcome: str, provider_id: str, code: str, now: datetime) -> None:
        """Write down what the provider answered; ``outcome`` is a word of ``providers.base.Outcome``."""
        row = self.rows().select_for_update(of=("self",)).get(pk=pk)
        if row.state != OutboxState.SENDING:
            return
        row.provider_id = provider_id[:120]
        match outcome:
            case "accepted":
                self._move(row, OutboxState.SENT, code=code, now=now)
            case "throttled" | "transient" if row.attempts < MOST_ATTEMPTS:
                row.due_at = now + business_span(FIRST_BACKOFF * 2 ** (row.attempts - 1))
                self._move(row, OutboxState.WAITING, code=code, now=now)
            case "unknown":
                self._move(row, OutboxState.UNKNOWN, code=code, now=now)
            case _:
                self._move(row, OutboxState.FAILED, code=code, now=now)

    def _move(self, row: Row, to: OutboxState, *, code: str, now: datetime) -> None:
        was, row.state, row.code = row.state, to, code[:80]
        row.save()
        self.note(row, was, now)


def is_on(channel: str) -> bool:
    """Whether the bank has this channel."""
    return any(has_channel(channel))
