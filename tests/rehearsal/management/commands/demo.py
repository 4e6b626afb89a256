"""`manage.py demo`: a bank's hiring day from the first signal to the accounts at its end."""

import os
import sys
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.walls import as_owner
from hrportal.listening import may_listen
from hrportal.processes import Family, end_with_parent
from tests.rehearsal.bank import seed_bank
from tests.rehearsal.story import Stage, play
from tests.rehearsal.surroundings import AnotherDemoRuns, Surroundings
from tests.rehearsal.wishes import Wishes, WishImpossible

FRONT_QUEUES, BACK_QUEUES = "intake,decide", "dispatch,receipts,escalation,exports,analysis"
RESULT = "summary.json"
LAST_LINES = 15


class Command(BaseCommand):
    """Starts everything, ends everything; with ONCE=1 the last line is the summary as JSON."""

    help = (
        "Play a bank's hiring day on a database of its own: provider lab, web, workers, clerks, candidates. "
        "Reads ONCE, PORT, DEMO_SIGNALS, DEMO_PASSWORD, DEMO_RATE, DEMO_SEED, DEMO_LIMIT and SIGNAL_SECRETS."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--play", type=Path, help="Play in what a parent has prepared; used by the command itself."
        )

    def handle(self, **options: Any) -> None:
        """Play, or prepare and supervise those who play."""
        try:
            wishes = Wishes.of()
        except WishImpossible as error:
            raise CommandError(str(error)) from None
        if options["play"]:
            end_with_parent()
            with bank_wide("the demonstration's own accounts"):
                sys.exit(play(Stage(wishes=wishes, result=options["play"])))
        sys.exit(self._run(wishes))

    def _run(self, wishes: Wishes) -> int:
        try:
            place = Surroundings.choose(
                wishes,
                base=settings.BASE_DIR,
                database_url=settings.DATABASE_URL,
                redis_url=settings.REDIS_URL,
                public_url=os.environ.get("PUBLIC_URL", ""),
                zone=settings.TIME_ZONE,
            )
            may_listen(settings.HOST, place.port, choose="PORT=8080")
            with place.held():
                return self._supervise(wishes, place)
        except AnotherDemoRuns as error:
            raise CommandError(
                f"A demonstration of this kind runs in this checkout already ({error})."
            ) from None

    def _supervise(self, wishes: Wishes, place: Surroundings) -> int:
        result = place.folder / RESULT
        result.unlink(missing_ok=True)
        family = Family()
        with family:
            self._start_outside(family, place)
            self._prepare(wishes, place)
            self._start_inside(family, place, wishes, result)
            ended = family.wait()
            status = family.status(ended) if ended else 0
        if ended is None:
            return 0 if not wishes.once else 130
        if ended != "day":
            self._explain(ended, status, place)
            return 1
        if wishes.once and result.exists():
            self.stdout.write(result.read_text().strip())
        return status or 0

    def _start_outside(self, family: Family, place: Surroundings) -> None:
        """What needs no database: the providers, and a web server that nobody asks yet."""
        environment = place.environment()
        family.start(
            "lab",
            *("providerlab", "--port", str(place.lab_port), "--smtp-port", str(place.smtp_port)),
            *("--minute", repr(60 / place.rate), "--callback-base", place.public_url),
            environment=environment,
            log=place.folder / "lab.log",
        )
        family.start(
            "web",
            *("serve", "--no-worker", "--port", str(place.port)),
            environment=environment,
            log=place.folder / "web.log",
            watched=True,
        )

    def _prepare(self, wishes: Wishes, place: Surroundings) -> None:
        """A fresh database with the bank in it. This process works in it from here on."""
        self.stdout.write("Preparing the bank")
        self.stdout.flush()
        try:
            with as_owner(), connection.cursor() as cursor:
                name = connection.ops.quote_name(place.name)
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {name}")
        except DatabaseError as error:
            raise CommandError(f"The database {place.name} cannot be made: {error}") from None
        connection.close()
        # As Django's own test runner does it: the same server, another database.
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = place.name
        with redis.Redis.from_url(place.redis_url) as broker:
            broker.flushdb()
        call_command("migrate", interactive=False, verbosity=0)
        seed_bank(password=wishes.password, now=place.begins)
        connection.close()

    def _start_inside(self, family: Family, place: Surroundings, wishes: Wishes, result: Path) -> None:
        environment = place.environment()
        for name, arguments in {
            "front worker": ("worker", "--queues", FRONT_QUEUES, "--concurrency", "1"),
            "back worker": ("worker", "--queues", BACK_QUEUES, "--concurrency", "2"),
            "beat": ("worker", "--beat-only"),
        }.items():
            log = place.folder / f"{name.replace(' ', '-')}.log"
            family.start(name, *arguments, environment=environment, log=log, watched=True)
        family.start(
            "day",
            *("demo", "--play", str(result)),
            environment={**environment, "DEMO_PASSWORD": wishes.password},
        )

    def _explain(self, ended: str, status: int | None, place: Surroundings) -> None:
        log = place.folder / f"{ended.replace(' ', '-')}.log"
        self.stderr.write(f"The {ended} process ended by itself with status {status}. The end of {log}:")
        for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:]:
            self.stderr.write(f"  {line}")
