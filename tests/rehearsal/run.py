"""The day itself: send, let everybody work, see when it is over, reconcile the ledgers."""

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from branches.bank_files import read_branches
from branches.enums import BranchLevel
from hrportal.kernel import clocks
from hrportal.kernel.outbox import DUE_STATES
from hrportal.models import DigestMessage, Occasion
from hrportal.pipeline.queries import stages
from notifications.enums import (
    OPEN_DELIVERY_STATES,
    DeliveryState,
    FollowUpKind,
    FollowUpState,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Delivery, Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application, InterviewSignal, OnboardingTask
from tests.provider_simulator.client import Simulator
from tests.provider_simulator.ledger import Entry
from tests.rehearsal import facts
from tests.rehearsal.bank.seed import BANK_FILES
from tests.rehearsal.bank.staff import SIGN_INS
from tests.rehearsal.clerks import Clerks
from tests.rehearsal.desk import Office
from tests.rehearsal.findings import find_unaccounted
from tests.rehearsal.ledgers import Ledgers
from tests.rehearsal.options import Options
from tests.rehearsal.patience import Watch, patiently
from tests.rehearsal.seasons import load_seasons
from tests.rehearsal.sending import Sender
from tests.rehearsal.signals import Making, Outgoing, read_signals

LOOKS_EVERY_SECONDS, SHOWN_EVERY_SECONDS = 1.0, 5.0
# Two looks in a row must find nothing, because work wanders between the portal and the simulator.
QUIET_LOOKS = 2
TRICKLE_SECONDS, TRICKLE_SIGNALS, TRICKLE_FIRST = 60.0, 3, 500_000
MOST_FINDINGS = 30
# Follow-ups, quarantine and passes without a rule are not here: a person may have them tomorrow.
DESKS = frozenset({"confirmations_open", "notices_in_review"})


class Run:
    """One day in one process, with the processes that the parent has started."""

    def __init__(self, options: Options, *, result: Path, simulator: Simulator) -> None:
        self._options, self._result, self._simulator = options, result, simulator
        self._console = Console(highlight=False, soft_wrap=True)
        self._over = threading.Event()
        self._started = self._shown_at = time.monotonic()
        self._shown: dict[str, int] = {}
        url = f"http://127.0.0.1:{options.port}"
        self._sender = Sender(url, secret=settings.SIGNAL_SECRETS[0].strip(), stop=self._over)
        self._sending_failed: list[BaseException] = []

    def play(self) -> int:
        """Send, work, wait, count; returns the exit status."""
        signals = self._options.signals
        morning = datetime.fromtimestamp(settings.CLOCK_BUSINESS_EPOCH, UTC)
        messages = (
            read_signals(signals) if isinstance(signals, Path) else self._invented(signals, begins=morning)
        )
        self._sender.ready()
        if not self._options.once:
            self._welcome()
        self._simulator.introduce(facts.people(facts.understood_messages(messages)))
        sending = threading.Thread(target=self._send, args=(messages,), name="sender", daemon=True)
        office = Office(seed=self._options.seed, keeps_some=not self._options.once, simulator=self._simulator)
        try:
            with Clerks(office) as clerks:
                sending.start()
                open_work = self._until_settled(sending, clerks)
                status = patiently(partial(self._finish, clerks, open_work))
                if not self._options.once:
                    self._stay(clerks)
        finally:
            self._over.set()
            sending.join()
            self._sender.http.close()
        return status

    def _invented(self, signals: int, *, begins: datetime, **other: Any) -> list[Outgoing]:
        making = Making(
            signals=signals, seed=self._options.seed, branches=hiring_branches(), begins=begins, **other
        )
        return making.make()

    def _send(self, messages: Sequence[Outgoing]) -> None:
        """The sender's thread: those of the morning, then each later one at its time."""
        try:
            self._sender.send([message for message in messages if not message.after_minutes])
            begun = time.monotonic()
            later = [message for message in messages if message.after_minutes]
            for message in sorted(later, key=lambda message: message.after_minutes):
                due = begun + message.after_minutes * 60 / settings.CLOCK_RATE
                if self._over.wait(max(0.0, due - time.monotonic())):
                    return
                self._sender.send([message])
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self._sending_failed.append(error)

    def _until_settled(self, sending: threading.Thread, clerks: Clerks) -> dict[str, int]:
        """Wait until nothing moves any more; returns what still did when the time was over."""
        quiet, watch = 0, Watch(self._options.limit)
        while True:
            if self._sending_failed:
                raise self._sending_failed[0]
            work = patiently(partial(_open_work, desks=self._options.once, now=clocks.now())) | {
                "signals to send": int(sending.is_alive()),
                "items that clerks will do": clerks.waiting(),
                "callbacks and candidates in the simulator": self._simulator.pending(),
            }
            open_work = {name: number for name, number in work.items() if number}
            self._show()
            quiet = quiet + 1 if not open_work else 0
            is_over = watch.is_over(open_work, at=self._seconds)
            if quiet >= QUIET_LOOKS or (self._options.once and is_over):
                return open_work
            self._over.wait(LOOKS_EVERY_SECONDS)

    def _finish(self, clerks: Clerks, open_work: Mapping[str, int]) -> int:
        """Count, show, leave the line for the parent; returns the exit status: 0 only if all is accounted for."""
        taken = [Entry(**row) for row in self._simulator.ledger()]
        ledgers = Ledgers(sent=list(self._sender.sent.values()), taken=taken)
        findings = find_unaccounted(ledgers)
        figures = ledgers.figures(unaccounted=len(findings), seconds=self._seconds)
        simulated = self._simulator.summary()
        self._table(
            "The day", ((name.replace("_", " "), "–" if n is None else n) for name, n in figures.items())
        )
        self._table("Clerks", sorted(clerks.did().items()))
        self._table("Simulator: accepted", sorted(simulated["accepted"].items()))
        self._table("Simulator: callbacks", sorted(simulated["callbacks"]["answers"].items()))
        self._table("Simulator: candidates", sorted(simulated["candidates"]["did"].items()))
        if findings:
            self._table(f"Not accounted for: {len(findings)}", findings[:MOST_FINDINGS], second="which")
        if open_work:
            left = ", ".join(f"{name}: {number}" for name, number in open_work.items())
            self._console.print(f"Not settled after {self._seconds:.0f} s. {left}.")
        self._result.write_text(json.dumps(figures) + "\n")
        is_clean = not findings and not figures["duplicates_notified"]
        is_complete = all(one.accepted or one.rejected for one in self._sender.sent.values())
        return 0 if is_clean and is_complete and not open_work else 1

    def _stay(self, clerks: Clerks) -> None:
        """Stay up until the parent stops us; a few new signals every minute.

        The finished seasons are only for whoever looks around, so the day itself does not wait for them.
        """
        seasons = partial(load_seasons, branches=hiring_branches(), seed=self._options.seed)
        patiently(lambda: seasons(now=clocks.now()))
        self._console.print("The day is settled; what is not accounted for was left for you to try.")
        self._welcome()
        for number in count(1):
            due = time.monotonic() + TRICKLE_SECONDS
            while time.monotonic() < due:
                clerks.waiting()
                self._show()
                self._over.wait(LOOKS_EVERY_SECONDS)
            first = TRICKLE_FIRST + number * 2 * TRICKLE_SIGNALS
            fresh = self._invented(TRICKLE_SIGNALS, begins=clocks.now(), tag="t", first=first)
            self._simulator.introduce(facts.people(facts.understood_messages(fresh)))
            self._sender.send(fresh)

    def _welcome(self) -> None:
        names = "\n".join(f"  {sign_in.username:<15} {sign_in.name}" for sign_in in SIGN_INS)
        self._console.print(
            f"\n{settings.PUBLIC_URL}/   password: {self._options.password}\n{names}\nCtrl-C ends.\n"
        )

    def _show(self) -> None:
        """How far the day has come, where something has changed since the last line."""
        found = patiently(_progress)
        if time.monotonic() >= self._shown_at + SHOWN_EVERY_SECONDS and found != self._shown:
            self._shown, self._shown_at = found, time.monotonic()
            line = ", ".join(f"{name} {number}" for name, number in found.items() if number)
            business_time = timezone.localtime(clocks.now())
            self._console.print(f"{business_time:%Y-%m-%d %H:%M} ({self._seconds:.0f} s) {line}")

    def _table(self, title: str, rows: Iterable[tuple[str, object]], *, second: str = "number") -> None:
        table = Table("what", second, title=title, title_justify="left")
        for what, value in rows:
            table.add_row(what, str(value))
        self._console.print(table)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started


def _progress() -> dict[str, int]:
    """What is done, and what waits at each stage of the portal's own pipeline."""
    return {
        "signals stored": InterviewSignal.objects.count(),
        "notices sent": Notice.objects.exclude(evidence=NoticeEvidence.NONE).count(),
        "read": Notice.objects.filter(evidence__gte=NoticeEvidence.READ).count(),
        "first day prepared": Application.objects.filter(state=ApplicationState.READY).count(),
    } | {stage.key.replace("_", " "): stage.waiting for stage in stages(now=clocks.now())}


@transaction.atomic
def _open_work(*, desks: bool, now: datetime) -> dict[str, int]:
    """What the portal's workers have before them and, with ``desks``, what lies before people.

    Where all is zero, nothing will happen by itself any more.
    """
    unknown = Delivery.objects.filter(state=DeliveryState.UNKNOWN)
    # Sent in full and not read, and the moment to ask a person is still to come.
    silent = (
        Notice.objects.filter(state=NoticeState.SENT, evidence__lt=NoticeEvidence.READ)
        .exclude(deliveries__state__in=OPEN_DELIVERY_STATES)
        .exclude(follow_ups__kind=FollowUpKind.UNREAD)
        .exclude(follow_ups__state=FollowUpState.OPEN)
    )
    checklists = OnboardingTask.objects.filter(
        done_at__isnull=True, application__state=ApplicationState.ACCEPTED
    )
    return {
        stage.key.replace("_", " "): stage.waiting
        for stage in stages(now=now)
        if stage.is_machine or (desks and stage.key in DESKS)
    } | {
        "deliveries planned": Delivery.objects.filter(state=DeliveryState.PLANNED).count(),
        "sends to settle": unknown.exclude(follow_ups__kind=FollowUpKind.UNKNOWN_SEND).count(),
        "silent candidates to hand over": silent.count(),
        "staff to inform": Occasion.objects.filter(spread_at__isnull=True, settled_at__isnull=True).count()
        + DigestMessage.objects.filter(state__in=DUE_STATES).count(),
        "checklists open": checklists.count() if desks else 0,
    }


def play(options: Options, *, result: Path) -> int:
    """Play one day; ``result`` is where its summary is left as JSON. Returns the exit status."""
    with Simulator(settings.LAB_URL) as simulator:
        try:
            return Run(options, result=result, simulator=simulator).play()
        except httpx.HTTPError as error:
            Console().print(f"The portal or the simulator does not answer: {type(error).__name__}.")
            return 1
        finally:
            connection.close()


def hiring_branches() -> list[str]:
    """The branches that people apply to: cities and below."""
    table = read_branches(BANK_FILES / "branches.csv")
    return [row.code for _line, row in table.rows if row.level in (BranchLevel.CITY, BranchLevel.SUB_BRANCH)]
