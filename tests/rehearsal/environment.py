"""Where one run lives: database, ports, clock, folder, all its own."""

import fcntl
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock_time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from hrportal.kernel.rls import as_owner
from hrportal.listening import taken
from hrportal.processes import ProcessGroup
from tests.ports import LOOPBACK, free_ports
from tests.provider_simulator.provider import addresses
from tests.rehearsal.bank.seed import seed_bank

FIRST_PORT, PORTS_TO_TRY = 8000, 100
DAY_BEGINS = clock_time(9, 0)
# Each kind of run has a database of its own, so that one can go on beside another; the numbers are Redis's.
KINDS = {"demo": 14, "demo_once": 15, "bench": 13}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything the processes of one run share. ``public_url`` is the portal's own port unless one is given."""

    kind: str
    public_url: str
    port: int
    simulator_port: int
    smtp_port: int
    rate: float
    real_epoch: float

    @property
    def folder(self) -> Path:
        """Where the processes write their logs."""
        return Path(settings.BASE_DIR) / ".run" / self.kind

    @property
    def begins(self) -> datetime:
        """The first moment of the business day, in UTC."""
        zone = ZoneInfo(settings.TIME_ZONE)
        today = datetime.fromtimestamp(self.real_epoch, zone).date()
        return datetime.combine(today, DAY_BEGINS, zone).astimezone(UTC)

    @property
    def web_url(self) -> str:
        """Where the portal answers on this machine, whatever its public address is."""
        return f"http://{LOOPBACK}:{self.port}"

    def variables(self) -> dict[str, str]:
        """What every process of the run has in its environment.

        Every provider's address is set to the simulator, so that a rehearsal on a machine with real
        addresses in its environment writes to nobody.
        """
        simulator = f"http://{LOOPBACK}:{self.simulator_port}"
        return {
            "DATABASE_URL": urlsplit(settings.DATABASE_URL)._replace(path=f"/hrportal_{self.kind}").geturl(),
            "REDIS_URL": redis_database(settings.REDIS_URL, KINDS[self.kind]),
            "PORT": str(self.port),
            "PUBLIC_URL": self.public_url,
            "LAB_URL": simulator,
            **addresses(simulator),
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.smtp_port}",
            "CLOCK_RATE": repr(self.rate),
            "CLOCK_REAL_EPOCH": repr(self.real_epoch),
            "CLOCK_BUSINESS_EPOCH": repr(self.begins.timestamp()),
            "BEAT_SECONDS": "1.0",
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a second run of the same kind out of this checkout; the kernel frees the lock.

        Raises:
            CommandError: there is one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"A run of this kind goes on in this checkout already ({self.folder}); end it first."
                ) from None
            yield

    def start(self, processes: ProcessGroup, name: str, *arguments: str, is_watched: bool = False) -> None:
        """Start ``manage.py`` with the arguments; what it prints goes into its log."""
        processes.start(
            name, *arguments, environment=self.variables(), log=self.log(name), watched=is_watched
        )

    def start_simulator(self, processes: ProcessGroup, *options: str) -> None:
        """Start the providers; ``options`` are those of the command."""
        ports = ("--port", str(self.simulator_port), "--smtp-port", str(self.smtp_port))
        self.start(processes, "simulator", "providerlab", *ports, *options)

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.folder / f"{name.replace(' ', '-')}.log"

    def prepare(self, *, password: str) -> None:
        """A fresh database with the bank in it; this process works in it from here on.

        Raises:
            CommandError: the database cannot be made.
        """
        name = f"hrportal_{self.kind}"
        quoted = connection.ops.quote_name(name)
        # A second time this process works in the very database that is to go.
        _work_in(urlsplit(settings.DATABASE_URL).path.removeprefix("/"))
        try:
            with as_owner(), connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {quoted}")
        except DatabaseError as error:
            raise CommandError(f"The database {name} cannot be made: {error}") from None
        _work_in(name)
        with redis.Redis.from_url(self.variables()["REDIS_URL"]) as broker:
            broker.flushdb()
        call_command("migrate", interactive=False, verbosity=0)
        seed_bank(password=password, now=self.begins)
        connection.close()


def _work_in(database: str) -> None:
    """As Django's own test runner does it: the same server, another database."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database


def choose_environment(
    kind: str, *, port: int | None = None, rate: float = 1.0, public_url: str = ""
) -> Environment:
    """Choose the ports of a run; ``port`` None takes a free one for the portal, ``public_url`` its own port."""
    port = port or free_web_port()
    simulator_port, smtp_port = free_ports(2)
    return Environment(
        kind=kind,
        public_url=public_url or f"http://{LOOPBACK}:{port}",
        port=port,
        simulator_port=simulator_port,
        smtp_port=smtp_port,
        rate=rate,
        real_epoch=time.time(),
    )


def redis_database(url: str, number: int) -> str:
    """The same server, another of its databases."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"{url.partition('?')[0]}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


def free_web_port() -> int:
    """The first port from 8000 on that nobody listens on; the last one tried if a hundred are taken."""
    candidates = range(FIRST_PORT, FIRST_PORT + PORTS_TO_TRY)
    return next((port for port in candidates if not taken(socket.AF_INET, (LOOPBACK, port))), candidates[-1])
