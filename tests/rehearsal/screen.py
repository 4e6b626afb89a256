"""What the terminal shows: a line now and then, and the tables at the end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.utils import timezone
from rich.console import Console
from rich.table import Table

from hrportal.kernel import clocks
from hrportal.pipeline.queries import stages
from notifications.enums import NoticeEvidence
from notifications.models import Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application, InterviewSignal
from tests.rehearsal.accounts import Finding

SHOWN_EVERY_SECONDS = 5.0
MOST_FINDINGS = 30


def progress() -> dict[str, int]:
    """How far the day has come, and what waits at each stage of the portal's own pipeline."""
    applications = Application.objects.all()
    done = {
        "signals stored": InterviewSignal.objects.count(),
        "notices sent": Notice.objects.exclude(evidence=NoticeEvidence.NONE).count(),
        "read": Notice.objects.filter(evidence__gte=NoticeEvidence.READ).count(),
        "first day prepared": applications.filter(state=ApplicationState.READY).count(),
    }
    return done | {stage.key.replace("_", " "): stage.waiting for stage in stages(now=clocks.now())}


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
