"""`manage.py bench`: what the design promises, measured on a database of its own and held against its targets."""

from argparse import BooleanOptionalAction
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from hrportal.kernel.scopes import bank_wide
from hrportal.processes import ProcessGroup
from tests.benchmarks import filling, pages, seasons, stages
from tests.benchmarks.report import Row, limit, shown, write_json, write_report
from tests.ports import LOOPBACK
from tests.rehearsal.environment import Environment, choose_environment

REPORT = Path(settings.BASE_DIR) / "docs" / "performance.md"


class Command(BaseCommand):
    """Prints a table and writes a report. Nothing here fails because a machine is slow."""

    help = (
        "Measure intake over HTTP, every stage behind it under Celery as shipped with one and two processes, the "
        "whole path, latencies, what each stage costs, idle sweeps, the analysis, and the pages of every day with "
        "many rows behind them."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--parts", default="path,whole,pages", help="what to measure, separated by commas"
        )
        parser.add_argument("--signals", type=int, default=4_000, help="for each run of a stage")
        parser.add_argument("--runs", type=int, default=3)
        parser.add_argument(
            "--candidates", default="1000,10000,100000", help="sizes of the whole path, separated by commas"
        )
        parser.add_argument(
            "--applications", default="100000,1000000", help="rows behind the pages, separated by commas"
        )
        parser.add_argument("--analysis", action=BooleanOptionalAction, default=True)
        parser.add_argument("--json", type=Path, help="write the rows to this file")
        parser.add_argument("--report", default=str(REPORT), help='where the page goes; "" for nowhere')

    def handle(self, **options: Any) -> None:
        parts: dict[str, Callable[..., list[Row]]] = {
            "path": self._path,
            "whole": self._whole,
            "pages": self._pages,
        }
        if unknown := set(filter(None, options["parts"].split(","))) - set(parts):
            raise CommandError(f"--parts: {', '.join(sorted(unknown))} is none of {', '.join(parts)}.")
        environment = choose_environment("bench")
        rows: list[Row] = []
        with environment.held(), bank_wide("the measurement"):
            self._keep_time(environment)
            for part in filter(None, options["parts"].split(",")):
                rows += parts[part](environment, **options)
        Console().print(_table(rows))
        if options["json"]:
            write_json(rows, options["json"])
        if options["report"]:
            names = ("parts", "signals", "runs", "candidates", "applications")
            said = ", ".join(f"{name} {options[name]}" for name in names)
            write_report(rows, Path(options["report"]), options=said)

    def _keep_time(self, environment: Environment) -> None:
        """This process lives by the clock of the others: a working morning, whatever hour it is."""
        settings.CLOCK_RATE = environment.rate
        settings.CLOCK_REAL_EPOCH = environment.real_epoch
        settings.CLOCK_BUSINESS_EPOCH = environment.begins.timestamp()
        for name, value in environment.variables().items():
            if name == "LAB_URL" or name.endswith("_API_BASE_URL"):
                setattr(settings, name, value)
        # As the processes: in quiet hours nothing would leave.
        settings.CLOCK_REAL_EPOCH = environment.real_epoch
        settings.CLOCK_BUSINESS_EPOCH = environment.begins.timestamp()
        settings.EMAIL_HOST, settings.EMAIL_PORT = LOOPBACK, environment.smtp_port

    def _path(
        self, environment: Environment, *, signals: int, runs: int, analysis: bool, **_: Any
    ) -> list[Row]:
        """Every stage by itself."""
        environment.prepare(password="bench")
        with ProcessGroup() as processes:
            self._start(environment, processes)
            rows = stages.measure(environment, signals=signals, runs=runs)
        return rows + (seasons.measure(runs=runs) if analysis else [])

    def _whole(self, environment: Environment, *, candidates: str, **_: Any) -> list[Row]:
        """All processes together, and how long one candidate takes among ten a second."""
        rows: list[Row] = []
        for size in map(int, filter(None, candidates.split(","))):
            environment.prepare(password="bench")
            with ProcessGroup() as processes:
                self._start(environment, processes)
                rows += stages.whole(environment, candidates=size)
                if not any("10 a second" in row.name for row in rows):
                    rows += stages.latencies(environment)
        return rows

    def _pages(self, environment: Environment, *, applications: str, runs: int, **_: Any) -> list[Row]:
        rows: list[Row] = []
        before: dict[str, float] = {}
        for size in map(int, filter(None, applications.split(","))):
            environment.prepare(password="bench")
            filling.fill(size)
            rows += stages.idle(applications=size, runs=runs)
            rows += pages.rows(applications=size, runs=runs, before=before)
        return rows

    def _start(self, environment: Environment, processes: ProcessGroup) -> None:
        environment.start_simulator(processes, "--no-candidates", "--callback-base", "http://127.0.0.1:9")
        environment.start(processes, "web", "serve", "--no-worker", "--port", str(environment.port))


def _table(rows: list[Row]) -> Table:
    table = Table(title="This machine, this hour", title_justify="left")
    for heading in ("what", "measured", "unit", "target", "verdict"):
        table.add_column(heading, justify="right" if heading in ("measured", "target") else "left")
    for one in rows:
        table.add_row(one.name, shown(one), one.unit, "" if one.target is None else limit(one), one.verdict)
    return table
