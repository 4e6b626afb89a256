"""`manage.py demo`: a bank's hiring day from the first signal to the reconciled ledgers at its end."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from hrportal.kernel.scopes import bank_wide
from hrportal.listening import may_listen
from hrportal.processes import ProcessGroup, end_with_parent
from tests.rehearsal.environment import Environment, choose_environment
from tests.rehearsal.options import Options, read_options
from tests.rehearsal.run import play

FRONT_QUEUES, BACK_QUEUES = "intake,decide", "dispatch,receipts,escalation,exports,analysis"
WORKERS = {
    "front worker": ("--queues", FRONT_QUEUES, "--concurrency", "1"),
    "back worker": ("--queues", BACK_QUEUES, "--concurrency", "2"),
    "beat": ("--beat-only",),
}
LAST_LINES = 15


class Command(BaseCommand):
    """Starts everything, ends everything; with ONCE=1 the last line is the summary as JSON."""

    help = (
        "Play a bank's hiring day on a database of its own: providers, web, workers, clerks, candidates. "
        "Reads ONCE, PORT, DEMO_SIGNALS, DEMO_PASSWORD, DEMO_RATE, DEMO_SEED, DEMO_LIMIT and SIGNAL_SECRETS."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--play", type=Path, help="Play in what a parent has prepared; used by the command itself."
        )

    def handle(self, **options: Any) -> None:
        chosen = read_options()
        if options["play"]:
            end_with_parent()
            with bank_wide("the rehearsal's own ledgers"):
                sys.exit(play(chosen, result=options["play"]))
        kind = "demo_once" if chosen.once else "demo"
        public_url = os.environ.get("PUBLIC_URL", "")
        environment = choose_environment(kind, port=chosen.port, rate=chosen.rate, public_url=public_url)
        may_listen(settings.HOST, environment.port, choose="PORT=8080")
        with environment.held():
            sys.exit(self._supervise(chosen, environment))

    def _supervise(self, chosen: Options, environment: Environment) -> int:
        result = environment.folder / "summary.json"
        result.unlink(missing_ok=True)
        with ProcessGroup() as processes:
            # What needs no database: the providers, and a web server that nobody asks yet.
            minute = ("--minute", repr(60 / environment.rate))
            environment.start_simulator(processes, *minute, "--callback-base", environment.public_url)
            web = ("serve", "--no-worker", "--port", str(environment.port))
            environment.start(processes, "web", *web, is_watched=True)
            self.stdout.write("Preparing the bank")
            self.stdout.flush()
            environment.prepare(password=chosen.password)
            for name, arguments in WORKERS.items():
                environment.start(processes, name, "worker", *arguments, is_watched=True)
            variables = environment.variables() | {"DEMO_PASSWORD": chosen.password}
            processes.start("day", "demo", "--play", str(result), environment=variables)
            ended = processes.wait()
            status = processes.status(ended) if ended else 0
        if ended is None:
            return 130 if chosen.once else 0
        if ended != "day":
            log = environment.log(ended)
            self.stderr.write(f"The {ended} process ended by itself with status {status}. The end of {log}:")
            for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:]:
                self.stderr.write(f"  {line}")
            return 1
        if chosen.once and result.exists():
            self.stdout.write(result.read_text().strip())
        return status or 0
