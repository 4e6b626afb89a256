"""The day itself: send, let everybody work, see when it is over, draw up the accounts."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection
from django.utils import timezone

from branches.bank_files import read_branches
from branches.enums import BranchLevel
from hrportal.kernel import clocks
from tests.rehearsal import facts, settled
from tests.rehearsal.accounts import Books, Summary, draw_up, find_unaccounted
from tests.rehearsal.accounts.summary import BusinessClock
from tests.rehearsal.bank.seed import BANK_FILES
from tests.rehearsal.bank.staff import SIGN_INS
from tests.rehearsal.clerks import Clerks, Office
from tests.rehearsal.lab import Lab
from tests.rehearsal.patience import LONGEST_SECONDS, Watch, patiently
from tests.rehearsal.screen import Screen, final_tables, stages
from tests.rehearsal.seasons import load_seasons
from tests.rehearsal.sending import Sender
from tests.rehearsal.signals import Making, Outgoing, make_signals, read_signals
from tests.rehearsal.wishes import Wishes

LOOKS_EVERY_SECONDS = 1.0
# Two looks in a row must find nothing, because work wanders between the portal and the lab.
QUIET_LOOKS = 2
TRICKLE_SECONDS, TRICKLE_SIGNALS = 60.0, 3
TRICKLE_FIRST = 500_000
READY, NOT_SETTLED, NOT_ACCOUNTED = 0, 1, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the day is played, and where its result is left for the parent process."""

    wishes: Wishes
    result: Path

    def messages(self) -> list[Outgoing]:
        """The signals of the day."""
        if isinstance(self.wishes.signals, Path):
            return read_signals(self.wishes.signals)
        return make_signals(
            Making(
                signals=self.wishes.signals,
                seed=self.wishes.seed,
                branches=hiring_branches(),
                begins=begins(),
            )
        )


class Day:
    """One run in one process. ``play`` returns the exit status."""

    def __init__(self, stage: Stage, *, screen: Screen, lab: Lab) -> None:
        self._stage = stage
        self._screen = screen
        self._lab = lab
        self._over = threading.Event()
        self._started = time.monotonic()
        self._sender = Sender(
            f"http://127.0.0.1:{stage.wishes.port}",
            secret=settings.SIGNAL_SECRETS[0].strip(),
            stop=self._over,
        )
        self._sending_failed: list[BaseException] = []

    def play(self) -> int:
        """Send, work, wait, count."""
        messages = self._stage.messages()
        self._sender.ready()
        self._lab.introduce(facts.people(facts.understood_messages(messages)))
        sending = threading.Thread(target=self._send, args=(messages,), name="sender", daemon=True)
        office = Office(seed=self._stage.wishes.seed, keeps_some=not self._stage.wishes.once, lab=self._lab)
        try:
            with Clerks(office) as clerks:
                sending.start()
                open_work = self._until_settled(sending, clerks)
                status = self._finish(clerks, open_work)
                if not self._stage.wishes.once:
                    self._stay(clerks)
        finally:
            self._over.set()
            sending.join()
            self._sender.close()
        return status

    def _send(self, messages: Sequence[Outgoing]) -> None:
        """The sender's thread: those of the morning, then each later one at its time."""
        try:
            self._sender.send([message for message in messages if not message.after_minutes])
            later = sorted(
                (message for message in messages if message.after_minutes),
                key=lambda message: message.after_minutes,
            )
            begun = time.monotonic()
            for message in later:
                due = begun + message.after_minutes * 60 / settings.CLOCK_RATE
                if self._over.wait(max(0.0, due - time.monotonic())):
                    return
                self._sender.send([message])
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self._sending_failed.append(error)

    def _until_settled(self, sending: threading.Thread, clerks: Clerks) -> dict[str, int]:
        """Wait until nothing moves any more; returns what still did when the time was over."""
        quiet, once = 0, self._stage.wishes.once
        watch = Watch(self._stage.wishes.limit or LONGEST_SECONDS)
        while True:
            if self._sending_failed:
                raise self._sending_failed[0]
            open_work = patiently(partial(self._open_work, sending, clerks))
            self._show()
            quiet = quiet + 1 if not open_work else 0
            is_over = watch.is_over(open_work, at=self._seconds)
            if quiet >= QUIET_LOOKS or (once and is_over):
                return open_work
            self._over.wait(LOOKS_EVERY_SECONDS)

    def _open_work(self, sending: threading.Thread, clerks: Clerks) -> dict[str, int]:
        work = settled.machine_work()
        if self._stage.wishes.once:
            work |= settled.desk_work()
        others = {
            "signals to send": int(sending.is_alive()),
            "items that clerks will do": clerks.waiting(),
            "callbacks and candidates in the lab": self._lab.pending(),
        }
        return work | {name: number for name, number in others.items() if number}

    def _finish(self, clerks: Clerks, open_work: dict[str, int]) -> int:
        """Count, show, leave the line for the parent; returns the exit status."""
        return patiently(partial(self._accounts, clerks, open_work))

    def _accounts(self, clerks: Clerks, open_work: dict[str, int]) -> int:
        books = Books.open(sent=list(self._sender.sent.values()), ledger=self._lab.ledger())
        clock = BusinessClock(settings.CLOCK_REAL_EPOCH, settings.CLOCK_BUSINESS_EPOCH, settings.CLOCK_RATE)
        summary = draw_up(books, clock=clock, seconds=self._seconds)
        lab = self._lab.summary()
        tables = final_tables(
            summary,
            find_unaccounted(books),
            clerks=clerks.did(),
            lab={
                "accepted": lab["accepted"],
                "callbacks": lab["callbacks"]["answers"],
                "candidates": lab["candidates"]["did"],
            },
        )
        for table in tables:
            self._screen.console.print(table)
        if open_work:
            left = ", ".join(f"{name}: {number}" for name, number in open_work.items())
            self._screen.say(f"Not settled after {self._seconds:.0f} s. {left}.")
        self._stage.result.write_text(json.dumps(summary.as_dict()) + "\n")
        return status_of(summary, settled_in_time=not open_work)

    def _stay(self, clerks: Clerks) -> None:
        """Stay up until the parent stops us; a few new signals every minute.

        The finished seasons are only for whoever looks around, so the day itself does not wait for them.
        """
        seasons = partial(load_seasons, branches=hiring_branches(), seed=self._stage.wishes.seed)
        patiently(lambda: seasons(now=clocks.now()))
        self._screen.say(welcome(self._stage.wishes.password))
        for number in count(1):
            due = time.monotonic() + TRICKLE_SECONDS
            while time.monotonic() < due:
                clerks.waiting()
                self._show()
                self._over.wait(LOOKS_EVERY_SECONDS)
            fresh = make_signals(
                Making(
                    signals=TRICKLE_SIGNALS,
                    seed=self._stage.wishes.seed,
                    branches=hiring_branches(),
                    begins=clocks.now(),
                    tag="t",
                    first=TRICKLE_FIRST + number * 2 * TRICKLE_SIGNALS,
                )
            )
            self._lab.introduce(facts.people(facts.understood_messages(fresh)))
            self._sender.send(fresh)

    def _show(self) -> None:
        local = timezone.localtime(clocks.now())
        self._screen.show(patiently(stages), business_time=f"{local:%Y-%m-%d %H:%M}", seconds=self._seconds)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started


def play(stage: Stage) -> int:
    """Play one day with the processes that the parent has started; returns the exit status."""
    with Lab(settings.LAB_URL) as lab, Screen() as screen:
        try:
            return Day(stage, screen=screen, lab=lab).play()
        except httpx.HTTPError as error:
            screen.say(f"The portal or the lab does not answer: {type(error).__name__}.")
            return NOT_SETTLED
        finally:
            connection.close()


def status_of(summary: Summary, *, settled_in_time: bool) -> int:
    """0 only if the day settled and everything is accounted for."""
    clean = not summary.unaccounted and not summary.duplicates_notified
    complete = summary.accepted + summary.rejected == summary.signals
    return READY if settled_in_time and clean and complete else NOT_ACCOUNTED


def welcome(password: str) -> str:
    """Where to go and who one can be."""
    names = "\n".join(f"  {sign_in.username:<15} {sign_in.name}" for sign_in in SIGN_INS)
    return f"\n{settings.PUBLIC_URL}/   password: {password}\n{names}\nCtrl-C ends.\n"


def hiring_branches() -> list[str]:
    """The branches that people apply to: cities and below."""
    table = read_branches(BANK_FILES / "branches.csv")
    return [row.code for _line, row in table.rows if row.level in (BranchLevel.CITY, BranchLevel.SUB_BRANCH)]


def begins() -> datetime:
    """The first moment of the business day."""
    return datetime.fromtimestamp(settings.CLOCK_BUSINESS_EPOCH, UTC)
