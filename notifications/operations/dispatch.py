"""Sending: claim rows and commit, call the providers outside any transaction, record the answers.

While one batch is in the air the next is claimed, and answers are recorded as they come.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.stopping import asked_to_stop
from hrportal.kernel.sweeps import Sweep, drop_lost_connection, place_of
from notifications.operations.claiming import Claimed, claim_due
from notifications.operations.recording import record_answers
from notifications.providers.base import Outcome, SendResult
from notifications.providers.deadlines import within
from notifications.providers.loop import provider_loop
from notifications.providers.registry import providers

BATCH = 256
# Answers are recorded when there are so many of them, or after so long.
RECORD, RECORD_SECONDS = 100, 0.25
# A channel that has so many messages in the air is given no more, and does not hold up the others.
MOST_IN_AIR = 512
# What cannot be recorded now is "sending" until this sweep takes it up as lost.
MARK_UNKNOWN = Sweep(
    "mark_lost", label=_("Recording delivery results"), task="notifications.tasks.settle_unknown_sends"
)
Answered = tuple[Claimed, SendResult | None]

log = structlog.get_logger(__name__)


def dispatch_due(*, now: datetime, limit: int = BATCH) -> int:
    """Send up to ``limit`` due deliveries and record their answers; returns how many rows were looked at.

    Between claim and record no transaction is open. A process killed there leaves rows in
    "sending", which ``settle_unknown_sends`` takes up. Rows whose call was not begun are given back.
    """
    with dispatching(clock=lambda: now) as flight:
        return flight.take_off(now=now, limit=limit)


@contextmanager
def dispatching(*, clock: Callable[[], datetime]) -> Iterator["Flight"]:
    """Messages take off in the block; whatever happens there, none is left in the air behind it."""
    flight = Flight()
    try:
        yield flight
    finally:
        flight.land(clock=clock)


class Flight:
    """The messages of this process between claim and record."""

    def __init__(self) -> None:
        self._in_air: Counter[str] = Counter()
        self._landed: list[Answered] = []
        # Both of the above change on the loop and are read here.
        self._news = threading.Condition()
        self._free: dict[str, asyncio.Semaphore] = {}
        self._calls: set[asyncio.Task[None]] = set()
        # Answers that could not be written down yet: somebody held the notice, or something failed.
        self._held: list[Answered] = []
        self._failed: list[Answered] = []

    def step(self, *, now: datetime) -> bool:
        """Take off what is due, record what has landed; False once there is neither."""
        looked_at = self.take_off(now=now, limit=BATCH)
        self._record(self._take_landed(0 if looked_at else RECORD_SECONDS), now=now)
        # No more is claimed than is recorded.
        while len(self._landed) >= RECORD:
            self._record(self._take_landed(0), now=now)
        return bool(looked_at or self._in_air.total() or self._landed)

    def take_off(self, *, now: datetime, limit: int) -> int:
        """Claim a batch and begin its calls; returns how many rows were looked at."""
        full = [channel for channel, number in self._in_air.items() if number >= MOST_IN_AIR]
        looked_at, claimed = claim_due(now=now, limit=limit, but=full)
        if claimed:
            begin_until = time.monotonic() + settings.PROVIDER_TIMEOUT_SECONDS
            with self._news:
                self._in_air.update(item.channel for item in claimed)
            provider_loop().call_soon_threadsafe(self._begin, claimed, begin_until)
        return looked_at

    def land(self, *, clock: Callable[[], datetime]) -> None:
        """Wait for every call and write every answer down.

        What cannot be written has a second turn when all others had theirs.

        Raises:
            OperationalError, InterfaceError: the connection or the server failed at both turns of an answer.
        """
        while self._in_air.total() or self._landed:
            self._record(self._take_landed(RECORD_SECONDS), now=clock())
        now, failure = clock(), None
        recording = MARK_UNKNOWN.round(now=now)
        for item, result in [*self._held, *self._failed]:
            try:
                with recording.row(item.delivery_id):
                    record_answers({item.delivery_id: result}, now=now)
            except (OperationalError, InterfaceError) as error:
                failure = failure or error
                drop_lost_connection()
        if failure:
            raise failure

    def _record(self, answers: list[Answered], *, now: datetime) -> None:
        """Write answers down in one go; if that fails, each alone. Nobody's lock is waited for."""
        answers, self._held = self._held + answers, []
        if not answers:
            return
        try:
            self._write_down(answers, now=now)
        except Exception:  # noqa: BLE001 - whose fault it is, each alone will tell
            # A connection that was lost must not cost the others their answers as well.
            drop_lost_connection()
            for answer in answers:
                try:
                    self._write_down([answer], now=now)
                except Exception:  # noqa: BLE001 - it has its second turn, where it tells
                    self._failed.append(answer)
                    drop_lost_connection()

    def _write_down(self, answers: list[Answered], *, now: datetime) -> None:
        held = record_answers({item.delivery_id: result for item, result in answers}, now=now, waits=False)
        self._held += [answer for answer in answers if answer[0].delivery_id in held]

    def _take_landed(self, seconds: float) -> list[Answered]:
        """Some answers, after waiting for enough of them at most so long."""
        with self._news:
            self._news.wait_for(lambda: self._is_enough, timeout=seconds)
            taken, self._landed = self._landed[:RECORD], self._landed[RECORD:]
        return taken

    @property
    def _is_enough(self) -> bool:
        return len(self._landed) >= RECORD or not self._in_air.total()

    # --- On the loop ---------------------------------------------------------------------------------

    def _begin(self, claimed: list[Claimed], begin_until: float) -> None:
        for item in claimed:
            call = asyncio.ensure_future(self._fly(item, begin_until))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _fly(self, item: Claimed, begin_until: float) -> None:
        provider = providers()[item.provider]
        free = self._free.setdefault(item.provider, asyncio.Semaphore(provider.most_at_once))
        async with free:
            result = await _call(item, begin_until)
        with self._news:
            self._landed.append((item, result))
            self._in_air[item.channel] -= 1
            if self._is_enough:
                self._news.notify()


async def _call(item: Claimed, begin_until: float) -> SendResult | None:
    """What the provider answered. A fault of its client may have struck after the accept.

    None where it was not called: the process was asked to stop, or slow providers held all callers for so
    long that the row would soon look as if its process were gone.
    """
    if asked_to_stop() or time.monotonic() > begin_until:
        return None
    try:
        # A send may be several calls: a token, the message, both again. Together they have the time of one.
        with within(settings.PROVIDER_TIMEOUT_SECONDS):
            return await providers()[item.provider].deliver(item.message)
    except Exception as fault:  # noqa: BLE001 - its neighbours' answers are on their way
        log.error(  # noqa: TRY400 - the text of an exception may hold an address
            "A provider's client failed",
            provider=item.provider,
            delivery=str(item.delivery_id),
            error=type(fault).__name__,
            raised_at=place_of(fault),
        )
        return SendResult(outcome=Outcome.UNKNOWN, code=f"internal_error: {type(fault).__name__}")
