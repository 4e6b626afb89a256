"""`manage.py bench`: what one process of each stage does in a second, on a database of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from rich.console import Console
from rich.table import Table

from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.walls import as_owner
from hrportal.processes import Family
from recruitment.wire import SignalRefused, parse_signal
from tests.benchmarks import analysis, filling, intake, lists, stages
from tests.rehearsal.bank import seed_bank
from tests.rehearsal.sending import Sender
from tests.rehearsal.signals import Making, make_signals
from tests.rehearsal.story import hiring_branches
from tests.rehearsal.surroundings import Surroundings
from tests.rehearsal.wishes import Wishes

THREADS = 8
COMMITS = 4_000
NAME = "hrportal_bench"
Row = tuple[str, int, float]


class Command(BaseCommand):
    """Prints a table. Nothing here fails because a machine is slow."""

    help = (
        "Measure intake over HTTP (single and batch, beside one INSERT and commit), taking in, deciding, "
        "composing, approving, sending to the provider lab, and applying receipts, the analysis; "
        "then the list of candidates with many rows behind it, with the walls up and down."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--signals", type=int, default=4_000, help="half go alone, half in batches")
        parser.add_argument("--notices", type=int, default=600)
        parser.add_argument("--applications", type=int, default=100_000, help="behind the list of candidates")
        parser.add_argument("--lists-only", action="store_true", help="measure the list of candidates alone")

    def handle(self, **options: Any) -> None:
        place = _place()
        with place.held(), bank_wide("the measurement"):
            self._prepare(place)
            if not options["lists_only"]:
                self._stages(place, signals=options["signals"], notices=options["notices"])
            self._lists(applications=options["applications"])

    def _stages(self, place: Surroundings, *, signals: int, notices: int) -> None:
        """Everything from the signal to the receipt, over HTTP."""
        with Family() as family:
            environment = place.environment()
            family.start(
                "lab",
                *("providerlab", "--port", str(place.lab_port), "--smtp-port", str(place.smtp_port)),
                *("--no-candidates", "--callback-base", "http://127.0.0.1:9"),
                environment=environment,
                log=place.folder / "bench-lab.log",
            )
            family.start(
                "web",
                *("serve", "--no-worker", "--port", str(place.port)),
                environment=environment,
                log=place.folder / "bench-web.log",
            )
            self._show(self._measure(place, signals=signals, notices=notices))

    def _lists(self, *, applications: int) -> None:
        """The list of candidates with many rows behind it."""
        started = time.monotonic()
        filling.fill(applications)
        title = f"{applications:,} applications, made in {time.monotonic() - started:.0f} s"
        table = Table(title=title, title_justify="left")
        for heading in ("list of candidates as", "walls", "p95, ms", "queries", "index walked"):
            table.add_column(heading)
        for look in lists.looks("hq_hr", "province_hr", "city_hr"):
            table.add_row(
                look.viewer,
                "up" if look.has_walls else "down",
                f"{look.p95 * 1000:.1f}",
                str(look.queries),
                look.index or "none",
            )
        Console().print(table)

    def _prepare(self, place: Surroundings) -> None:
        with as_owner(), connection.cursor() as cursor:
            name = connection.ops.quote_name(place.name)
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = place.name
        for name in ("LAB_URL", "TWILIO_API_BASE_URL", "WECHAT_API_BASE_URL", "WECOM_API_BASE_URL"):
            setattr(settings, name, place.environment()[name])
        settings.APP_GATEWAY_API_BASE_URL = place.environment()["APP_GATEWAY_API_BASE_URL"]
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", place.smtp_port
        with redis.Redis.from_url(place.redis_url) as broker:
            broker.flushdb()
        call_command("migrate", interactive=False, verbosity=0)
        seed_bank(password="bench", now=place.begins)

    def _measure(self, place: Surroundings, *, signals: int, notices: int) -> list[Row]:
        messages = make_signals(
            Making(signals=signals, seed=1, branches=hiring_branches(), begins=place.begins)
        )
        good = [message for message in messages if message.times == 1 and _is_signal(message.body)]
        alone, together = good[: len(good) // 2], good[len(good) // 2 :]
        sender = Sender(place.web_url, secret=settings.SIGNAL_SECRETS[0], stop=threading.Event())
        sender.ready()
        sender.close()
        connection.close()
        rows: list[Row] = [
            ("one INSERT and commit, 8 connections", COMMITS, _commits()),
            (
                "intake, one signed request each",
                len(alone),
                intake.send_all(place.web_url, intake.singles(alone)),
            ),
            ("intake, batches", len(together), intake.send_all(place.web_url, intake.batches(together))),
        ]
        steps: list[tuple[str, Callable[[], tuple[int, float]]]] = [
            ("taken in", stages.take_in),
            ("decided", stages.decide),
            ("need confirmed, notice rendered", lambda: stages.confirm(notices)),
            ("approved", stages.review),
            ("sent, lab answers at once", stages.dispatch),
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


def _place() -> Surroundings:
    """A database, a folder and ports of the measurement's own; the clock runs as it is."""
    demo = Surroundings.choose(
        Wishes.of({"ONCE": "1", "DEMO_RATE": "1"}),
        base=settings.BASE_DIR,
        database_url=settings.DATABASE_URL,
        redis_url=settings.REDIS_URL,
        public_url="",
        zone=settings.TIME_ZONE,
    )
    return replace(
        demo,
        name=NAME,
        folder=settings.BASE_DIR / ".run" / "bench",
        database_url=urlsplit(demo.database_url)._replace(path=f"/{NAME}").geturl(),
    )


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
