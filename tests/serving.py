"""`manage.py serve` as a process of its own, on a database and a port of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg2
from django.conf import settings

from tests.template import address_of, template_name

MANAGE = Path(settings.BASE_DIR) / "manage.py"
# A machine that does much else starts four processes slowly.
PATIENCE_SECONDS = 180


@contextmanager
def own_database(kind: str) -> Iterator[dict[str, str]]:
    """The environment of a portal on a fresh database, which is dropped in the end."""
    name = f"{kind}_{os.getpid()}"
    administration = psycopg2.connect(os.environ["DATABASE_URL"])
    administration.autocommit = True
    with administration.cursor() as cursor:
        # `serve` would migrate an empty one as well, but that is no part of what these tests wait for.
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template_name()}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hrportal.settings",
            "DATABASE_URL": address_of(name),
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "LOG_LEVEL": "INFO",
        }
    finally:
        with administration.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        administration.close()


@contextmanager
def serving(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running portal that answers."""
    with subprocess.Popen(
        [sys.executable, str(MANAGE), "serve", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            wait_for_answer(server, environment["PUBLIC_URL"])
            yield server
        finally:
            if server.poll() is None:
                server.kill()


def wait_for_answer(server: subprocess.Popen[str], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, server.stdout.read() if server.stdout else ""
        try:
            if httpx.get(f"{address}/healthz", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            continue
    raise AssertionError(f"{address} did not answer within {PATIENCE_SECONDS} s")
