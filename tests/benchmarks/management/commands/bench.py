"""`manage.py bench`: what one process of each stage does in a second, on a database of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from rich.console import Console
from rich.table import Table

from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import bank_wide
from hrportal.processes import ProcessGroup
from recruitment.wire import SignalRefused, parse_signal
from tests.benchmarks import analysis, filling, intake, lists, stages
from tests.ports import LOOPBACK
from tests.rehearsal.environment import Environment, choose_environment
from tests.rehearsal.run import hiring_branches
from tests.rehearsal.sending import Sender
from tests.rehearsal.signals import Making

THREADS = 8
COMMITS = 4_000
Row = tuple[str, int, float]


class Command(BaseCommand):
    """Prints a table. Nothing here fails because a machine is slow."""

    help = (
        "Measure intake over HTTP (single and batch, beside one INSERT and commit), taking in, deciding, "
        "composing, approving, sending to the provider simulator, and applying receipts, the analysis; "
        "then the list of candidates with many rows behind it, with the walls up and down."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--signals", type=int, default=4_000, help="half go alone, half in batches")
        parser.add_argument("--notices", type=int, default=600)
        parser.add_argument("--applications", type=int, default=100_000, help="behind the list of candidates")
        parser.add_argument("--lists-only", action="store_true", help="measure the list of candidates alone")

    def handle(self, **options: Any) -> None:
        environment = choose_environment("bench")
        with environment.held(), bank_wide("the measurement"):
            self._prepare(environment)
            if not options["lists_only"]:
                self._stages(environment, signals=options["signals"], notices=options["notices"])
            self._lists(applications=options["applications"])

    def _stages(self, environment: Environment, *, signals: int, notices: int) -> None:
        """Everything from the signal to the receipt, over HTTP."""
        with ProcessGroup() as processes:
            environment.start_simulator(processes, "--no-candidates", "--callback-base", "http://127.0.0.1:9")
            environment.start(processes, "web", "serve", "--no-worker", "--port", str(environment.port))
            self._show(self._measure(environment, signals=signals, notices=notices))

    def _lists(self, *, applications: int) -> None:
        """The list of candidates with many rows behind it."""
        started = time.monotonic()
        filling.fill(applications)
        title = f"{applications:,} applications, made in {time.monotonic() - started:.0f} s"
        table = Table(title=title, title_justify="left")
        for heading in ("list of candidates as", "policies", "p95, ms", "queries", "index walked"):
            table.add_column(heading)
        for look in lists.looks("hq_hr", "province_hr", "city_hr"):
            table.add_row(
                look.viewer,
                "up" if look.has_rls else "down",
                f"{look.p95 * 1000:.1f}",
                str(look.queries),
                look.index or "none",
            )
        Console().print(table)

    def _prepare(self, environment: Environment) -> None:
        environment.prepare(password="bench")
        for name, value in environment.variables().items():
            if name == "LAB_URL" or name.endswith("_API_BASE_URL"):
                setattr(settings, name, value)
        settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, environment.smtp_port

    def _measure(self, environment: Environment, *, signals: int, notices: int) -> list[Row]:
        branches = hiring_branches()
        messages = Making(signals=signals, seed=1, branches=branches, begins=environment.begins).make()
        good = [message for message in messages if message.times == 1 and _is_signal(message.body)]
        alone, together = good[: len(good) // 2], good[len(good) // 2 :]
        sender = Sender(environment.web_url, secret=settings.SIGNAL_SECRETS[0], stop=threading.Event())
        sender.ready()
        sender.http.close()
        connection.close()
        rows: list[Row] = [
            ("one INSERT and commit, 8 connections", COMMITS, _commits()),
            (
                "intake, one signed request each",
                len(alone),
                intake.send_all(environment.web_url, intake.singles(alone)),
            ),
            (
                "intake, batches",
                len(together),
                intake.send_all(environment.web_url, intake.batches(together)),
            ),
        ]
        steps: list[tuple[str, Callable[[], tuple[int, float]]]] = [
            ("taken in", stages.take_in),
            ("decided", stages.decide),
            ("need confirmed, notice rendered", lambda: stages.confirm(notices)),
            ("approved", stages.review),
            ("sent, the simulator answers at once", stages.dispatch),
            ("receipts applied", stages.receipts),
        ]
        rows += [(name, *step()) for name, step in steps]
        analysis.fill()
        return [
            *rows,
            ("analyses of 100,000 interviews and 20,000 hires", *analysis.compute()),
            ("stored analysis read", *analysis.read()),
            ("analysis pages, head office", *analysis.pages("hq_hr")),
            ("analysis pages, a city", *analysis.pages("city_hr")),
        ]

    def _show(self, rows: list[Row]) -> None:
        table = Table(title="One process each; this machine, this run", title_justify="left")
        for heading in ("what", "rows", "seconds", "a second"):
            table.add_column(heading, justify="left" if heading == "what" else "right")
        for name, number, seconds in rows:
            rate = number / seconds if seconds else 0.0
            table.add_row(name, f"{number:,}", f"{seconds:.2f}", f"{rate:,.0f}")
        Console().print(table)


def _is_signal(body: bytes) -> bool:
    """The demonstration sends nonsense on purpose; only what is stored counts here."""
    try:
        parse_signal(body)
    except SignalRefused:
        return False
    return True


def _commits() -> float:
    """Seconds for ``COMMITS`` single-row transactions: what the engine itself allows."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_commit (id bigserial PRIMARY KEY, body bytea)")

    def write(number: int) -> None:
        with connection.cursor() as cursor:
            for _ in range(number):
                cursor.execute("INSERT INTO bench_commit (body) VALUES (%s)", [b"x" * 1_000])
        connection.close()

    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, [COMMITS // THREADS] * THREADS))
    return time.monotonic() - started
