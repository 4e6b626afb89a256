"""What the terminal shows: a live table for people, plain lines for logs, the table at the end."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Self

from django.db.models import Count
from rich.console import Console
from rich.live import Live
from rich.table import Table

from notifications.enums import DeliveryState, FollowUpState, NoticeEvidence, NoticeState
from notifications.models import Delivery, FollowUp, Notice
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, InterviewSignal
from tests.rehearsal.accounts import Finding, Summary

PLAIN_EVERY = 5
MOST_FINDINGS = 30


def stages() -> dict[str, int]:
    """The path of a signal with what stands at each of its stages now."""
    signals = _by(InterviewSignal.objects.values_list("state").annotate(Count("pk")))
    applications = _by(Application.objects.values_list("state").annotate(Count("pk")))
    notices = _by(Notice.objects.values_list("state").annotate(Count("pk")))
    deliveries = _by(Delivery.objects.values_list("state").annotate(Count("pk")))
    evidence = _by(Notice.objects.values_list("evidence").annotate(Count("pk")))
    follow_ups = _by(FollowUp.objects.values_list("state").annotate(Count("pk")))
    return {
        "signals stored": sum(signals.values()),
        "waiting": signals[SignalState.RECEIVED],
        "quarantine": signals[SignalState.QUARANTINED],
        "not passed": applications[ApplicationState.FAILED],
        "held elsewhere": applications[ApplicationState.HELD],
        "no rule": applications[ApplicationState.NO_RULE],
        "department confirms": applications[ApplicationState.CONFIRMING],
        "HR reviews": notices[NoticeState.IN_REVIEW] + notices[NoticeState.RETURNED],
        "messages planned": deliveries[DeliveryState.PLANNED] + deliveries[DeliveryState.SENDING],
        "notices sent": sum(number for rung, number in evidence.items() if rung != NoticeEvidence.NONE),
        "read": evidence[NoticeEvidence.READ] + evidence[NoticeEvidence.REPLIED],
        "accepted": applications[ApplicationState.ACCEPTED] + applications[ApplicationState.READY],
        "first day prepared": applications[ApplicationState.READY],
        "declined": applications[ApplicationState.DECLINED],
        "follow-ups open": follow_ups[FollowUpState.OPEN],
        "follow-ups done": follow_ups[FollowUpState.DONE],
        "sends unknown": deliveries[DeliveryState.UNKNOWN],
    }


def _by(rows: object) -> Counter[object]:
    return Counter(dict(rows))  # type: ignore[call-overload]  # pairs of (value, count) from values_list


class Screen:
    """Progress on a terminal as one table in place, elsewhere as a line now and then."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._live = Live(console=self.console, auto_refresh=False, transient=True)
        self._ticks = 0
        self._last: Mapping[str, int] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        """One line that stays."""
        with self._lock:
            self.console.print(text)

    def show(self, found: Mapping[str, int], *, business_time: str, seconds: float) -> None:
        """Progress as it is now."""
        if self.console.is_terminal:
            self._live.update(self._table(found, business_time, seconds), refresh=True)
            return
        self._ticks += 1
        if self._ticks % PLAIN_EVERY == 1 and found != self._last:
            self._last = dict(found)
            line = ", ".join(f"{name} {number}" for name, number in found.items() if number)
            self.console.print(f"{business_time} ({seconds:.0f} s) {line}", soft_wrap=True)

    def _table(self, found: Mapping[str, int], business_time: str, seconds: float) -> Table:
        table = Table(
            title=f"{business_time}   {seconds:.0f} s", title_justify="left", box=None, pad_edge=False
        )
        table.add_column("stage")
        table.add_column("now", justify="right")
        for name, number in found.items():
            table.add_row(name, str(number) if number else "·")
        return table


def final_tables(
    summary: Summary,
    findings: list[Finding],
    *,
    clerks: Mapping[str, int],
    lab: Mapping[str, Mapping[str, int]],
) -> list[Table]:
    """The result, what the clerks did, what the lab saw, and what is not accounted for."""
    result = Table(title="The day", title_justify="left")
    result.add_column("what")
    result.add_column("number", justify="right")
    for name, value in summary.as_dict().items():
        result.add_row(name.replace("_", " "), "–" if value is None else str(value))
    return [
        result,
        _counts("Clerks", clerks),
        *(_counts(f"Lab: {name}", numbers) for name, numbers in lab.items()),
        *([_unaccounted(findings)] if findings else []),
    ]


def _counts(title: str, numbers: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    table.add_column("number", justify="right")
    for name, number in sorted(numbers.items()):
        table.add_row(name, str(number))
    return table


def _unaccounted(findings: list[Finding]) -> Table:
    table = Table(title=f"Not accounted for: {len(findings)}", title_justify="left")
    table.add_column("what")
    table.add_column("which")
    for finding in findings[:MOST_FINDINGS]:
        table.add_row(finding.what, finding.which)
    return table
