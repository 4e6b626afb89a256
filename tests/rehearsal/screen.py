"""What the terminal shows: a line now and then, and the tables at the end."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Count, Model
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from hrportal.kernel import clocks
from notifications.enums import DeliveryState, FollowUpState, NoticeEvidence, NoticeState
from notifications.models import Delivery, FollowUp, Notice
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, InterviewSignal
from tests.rehearsal.accounts import Finding

SHOWN_EVERY_SECONDS = 5.0
MOST_FINDINGS = 30


def stages() -> dict[str, int]:
    """The path of a signal with what stands at each of its stages now."""
    signals, applications = _counted(InterviewSignal), _counted(Application)
    notices, evidence = _counted(Notice), _counted(Notice, "evidence")
    deliveries, follow_ups = _counted(Delivery), _counted(FollowUp)
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
        "notices sent": sum(evidence.values()) - evidence[NoticeEvidence.NONE],
        "read": evidence[NoticeEvidence.READ] + evidence[NoticeEvidence.REPLIED],
        "accepted": applications[ApplicationState.ACCEPTED] + applications[ApplicationState.READY],
        "first day prepared": applications[ApplicationState.READY],
        "declined": applications[ApplicationState.DECLINED],
        "follow-ups open": follow_ups[FollowUpState.OPEN],
        "follow-ups done": follow_ups[FollowUpState.DONE],
        "sends unknown": deliveries[DeliveryState.UNKNOWN],
    }


def _counted(model: type[Model], field: str = "state") -> Counter[Any]:
    return Counter(dict(model._default_manager.values_list(field).annotate(Count("pk"))))


class Screen:
    """Progress, where something has changed since the last line."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._shown: Mapping[str, int] = {}
        self._shown_at = -SHOWN_EVERY_SECONDS

    def show(self, found: Mapping[str, int], *, seconds: float) -> None:
        """Progress as it is now, ``seconds`` after the start."""
        if seconds < self._shown_at + SHOWN_EVERY_SECONDS or found == self._shown:
            return
        self._shown, self._shown_at = found, seconds
        line = ", ".join(f"{name} {number}" for name, number in found.items() if number)
        business_time = timezone.localtime(clocks.now())
        self.console.print(f"{business_time:%Y-%m-%d %H:%M} ({seconds:.0f} s) {line}")


def final_tables(
    summary: Mapping[str, float | None],
    findings: Sequence[Finding],
    *,
    counts: Mapping[str, Mapping[str, int]],
) -> Iterator[Table]:
    """The result, what clerks and the simulator did, and what is not accounted for."""
    yield _table(
        "The day", ((name.replace("_", " "), "–" if n is None else n) for name, n in summary.items())
    )
    for title, numbers in counts.items():
        yield _table(title, sorted(numbers.items()))
    if findings:
        rows = [(finding.what, finding.which) for finding in findings[:MOST_FINDINGS]]
        yield _table(f"Not accounted for: {len(findings)}", rows, second="which")


def _table(title: str, rows: Iterable[tuple[str, object]], *, second: str = "number") -> Table:
    table = Table("what", second, title=title, title_justify="left")
    for what, value in rows:
        table.add_row(what, str(value))
    return table
