"""Where one run of the demonstration lives: database, ports, clock, folder, all its own."""

import fcntl
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hrportal.listening import taken
from tests.ports import LOOPBACK, free_ports
from tests.rehearsal.wishes import Wishes

FIRST_PORT = 8000
PORTS_TO_TRY = 100
DAY_BEGINS = clock_time(9, 0)
BEAT_SECONDS = 1.0
# Numbers of Redis databases, apart from the portal's own 0.
REDIS_STAYING, REDIS_ONCE = 14, 15


class AnotherDemoRuns(Exception):
    """This checkout already runs a demonstration of this kind, and would lose its database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything the processes of one run share."""

    name: str
    folder: Path
    database_url: str
    redis_url: str
    public_url: str
    port: int
    lab_port: int
    smtp_port: int
    rate: float
    real_epoch: float
    business_epoch: float

    @classmethod
    def choose(
        cls, wishes: Wishes, *, base: Path, database_url: str, redis_url: str, public_url: str, zone: str
    ) -> Self:
        """Choose free ports and names of this run's own.

        A run that ends by itself and one that stays have different databases, so that one can run
        beside the other. ``public_url`` is empty where the portal is reached on its own port.
        """
        name = "hrportal_demo_once" if wishes.once else "hrportal_demo"
        port = free_web_port() if wishes.port is None else wishes.port
        real = time.time()
        today = datetime.fromtimestamp(real, ZoneInfo(zone)).date()
        begins = datetime.combine(today, DAY_BEGINS, ZoneInfo(zone))
        lab_port, smtp_port = free_ports(2)
        return cls(
            name=name,
            folder=base / ".run" / "demo" / ("once" if wishes.once else "staying"),
            database_url=urlsplit(database_url)._replace(path=f"/{name}").geturl(),
            redis_url=redis_database(redis_url, REDIS_ONCE if wishes.once else REDIS_STAYING),
            public_url=public_url or f"http://{LOOPBACK}:{port}",
            port=port,
            lab_port=lab_port,
            smtp_port=smtp_port,
            rate=wishes.rate,
            real_epoch=real,
            business_epoch=begins.timestamp(),
        )

    @property
    def begins(self) -> datetime:
        """The first moment of the business day, in UTC."""
        return datetime.fromtimestamp(self.business_epoch, UTC)

    @property
    def lab_url(self) -> str:
        """Where the provider lab answers."""
        return f"http://{LOOPBACK}:{self.lab_port}"

    @property
    def web_url(self) -> str:
        """Where the portal answers on this machine, whatever its public address is."""
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What every process of the run has in its environment.

        Every provider's address is set to the lab, so that a demonstration on a machine with real
        addresses in its environment writes to nobody.
        """
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PORT": str(self.port),
            "PUBLIC_URL": self.public_url,
            "LAB_URL": self.lab_url,
            "TWILIO_API_BASE_URL": f"{self.lab_url}/twilio",
            "WECHAT_API_BASE_URL": f"{self.lab_url}/wechat",
            "WECOM_API_BASE_URL": f"{self.lab_url}/wecom",
            "INTERVIEW_WEBHOOK_URL": f"{self.lab_url}/interview/recommendations",
            "APP_GATEWAY_API_BASE_URL": f"{self.lab_url}/app",
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.smtp_port}",
            "CLOCK_RATE": repr(self.rate),
            "CLOCK_REAL_EPOCH": repr(self.real_epoch),
            "CLOCK_BUSINESS_EPOCH": repr(self.business_epoch),
            "BEAT_SECONDS": repr(BEAT_SECONDS),
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a second run of the same kind out of this checkout; the kernel frees the lock.

        Raises:
            AnotherDemoRuns: there is one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AnotherDemoRuns(str(self.folder)) from None
            yield


def redis_database(url: str, number: int) -> str:
    """The same server, another of its databases."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"{url.split('?', 1)[0]}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


def free_web_port() -> int:
    """The first port from 8000 on that nobody listens on; the last one tried if a hundred are taken."""
    candidates = range(FIRST_PORT, FIRST_PORT + PORTS_TO_TRY)
    return next((port for port in candidates if not taken(socket.AF_INET, (LOOPBACK, port))), candidates[-1])
