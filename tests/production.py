"""A production of its own: another PostgreSQL with the portal's two accounts, and PgBouncer in front of it."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from django.conf import settings

from tests import embedded
from tests.embedded import Instance, leases, postgres, users
from tests.ports import free_ports
from tests.workers import wait_until

ROOT = Path(__file__).resolve().parent.parent
ROLES = ROOT / ".docker" / "postgres" / "roles.sql"
OWNER, PORTAL = "hrportal_owner", "hrportal_portal"
PASSWORDS = {OWNER: "owner' secret", PORTAL: "portal secret"}
# One more client than this, and a transaction gets another connection than the one before.
POOL = 2
# Debian puts servers where only root looks.
PROGRAMS = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"


def admin(
    instance: Instance, program: str, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a client program of PostgreSQL as the administrator of one of our servers."""
    return subprocess.run(
        [str(postgres.programs() / program), "-U", "postgres", "-h", str(instance.sockets), *arguments],
        check=check,
        capture_output=True,
        text=True,
    )


@dataclass(frozen=True)
class Production:
    """The servers of one production, empty at first."""

    instance: Instance
    pooler_port: int

    def admin(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a client program of PostgreSQL as the server's administrator."""
        return admin(self.instance, program, *arguments, check=check)

    def sql(self, statement: str, *, database: str = "hrportal") -> str:
        """One statement as the administrator; what it returned, unaligned."""
        return self.admin("psql", "-d", database, "-Atqc", statement).stdout.strip()

    def make_accounts(self) -> None:
        """Run what the operator runs."""
        passwords = [
            f"--set={name}_password={PASSWORDS[account]}"
            for name, account in (("owner", OWNER), ("portal", PORTAL))
        ]
        self.admin("psql", "-d", "postgres", *passwords, "-f", str(ROLES))

    def environment(self, account: str, *, pooled: bool = False) -> dict[str, str]:
        """What a process of this production is given; no address of the test run gets in."""
        host = f"host=127.0.0.1&port={self.pooler_port}" if pooled else f"host={self.instance.sockets}"
        password = PASSWORDS[account].replace("'", "%27").replace(" ", "%20")
        return {
            "PATH": os.environ["PATH"],
            "HRPORTAL_ENV": "production",
            "DATABASE_URL": f"postgresql://{account}:{password}@/hrportal?{host}",
            "REDIS_URL": settings.REDIS_URL,
            "PUBLIC_URL": "https://offers.bank.example",
            "ALLOWED_HOSTS": "offers.bank.example",
            "TRUSTED_PROXIES": "1",
            "SECRET_KEY": "production's own secret key of more than fifty characters, 0123456789",
            "METRICS_TOKEN": "x",
            "DATA_KEYS": settings.DATA_KEYS,
            "BLIND_INDEX_KEY": settings.BLIND_INDEX_KEY,
            "SIGNAL_SECRETS": ",".join(settings.SIGNAL_SECRETS),
            "PERFORMANCE_SECRETS": ",".join(settings.PERFORMANCE_SECRETS),
            **CHANNELS,
        }

    def manage(
        self, *arguments: str, account: str, pooled: bool = False, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """`manage.py` with these arguments, to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(account, pooled=pooled) | extra,
            stdin=subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )


# A bank that has SMS and nothing else.
CHANNELS = {
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "x",
    "TWILIO_FROM": "+8610690000",
    "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
}


@contextmanager
def running_production() -> Iterator[Production]:
    """A new cluster that asks for passwords, and PgBouncer in transaction mode in front of it."""
    instance = Instance(f"production-{os.getpid()}")
    embedded._start_engines(instance, ["DATABASE_URL"])
    try:
        _ask_for_passwords(instance)
        (port,) = free_ports(1)
        production = Production(instance, port)
        with _running_pooler(production):
            yield production
    finally:
        leases.release_lease(instance)
        for folder in {instance.place.resolve(), instance.sockets, instance.folder}:
            shutil.rmtree(folder, ignore_errors=True)


def _ask_for_passwords(instance: Instance) -> None:
    """Of everybody but the administrator, who is known by the socket's folder."""
    (instance.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    postgres._run(instance, "pg_ctl", "reload", "-D", ".", "-s", cwd=instance.data)


@contextmanager
def _running_pooler(production: Production) -> Iterator[None]:
    program = shutil.which("pgbouncer", path=PROGRAMS)
    assert program, "The tests need pgbouncer on PATH (Debian: apt-get install pgbouncer)."
    user = users.server_user()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        accounts = "".join(f'"{account}" "{password}"\n' for account, password in PASSWORDS.items())
        (folder / "users.txt").write_text(accounts)
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\nhrportal = host={production.instance.sockets}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {production.pooler_port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {folder / 'users.txt'}\nlogfile = {folder / 'log'}\n"
            f"pool_mode = transaction\ndefault_pool_size = {POOL}\nmax_client_conn = 100\n"
        )
        if user:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user)
        process = subprocess.Popen(
            [program, str(folder / "pgbouncer.ini")],
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=() if user else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: _answers(production.pooler_port) or process.poll() is not None)
            assert process.poll() is None, (folder / "log").read_text()
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(port: int) -> bool:
    """Whether the pooler speaks; without an account it refuses in words."""
    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="nobody", dbname="hrportal", connect_timeout=2)
    except psycopg2.OperationalError as error:
        return "refused" not in str(error)
    return True
