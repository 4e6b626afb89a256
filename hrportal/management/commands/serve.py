"""`manage.py serve`: the portal in a browser, with a worker and beat beside it, each watched."""

import os
import resource
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from hrportal.listening import may_listen
from hrportal.processes import ProcessGroup, end_with_parent

# Of one process of the web server.
MOST_CONNECTIONS, SPARE_FILES = 4096, 256
# For the headers of a request, and for the pause between two requests of one connection.
HEADER_SECONDS = 30


class Command(BaseCommand):
    """Run until Ctrl-C or SIGTERM; then everything that was started here has ended too."""

    help = "Serve the portal with Granian, and unless --no-worker is given run a Celery worker with beat beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=settings.WEB_WORKERS)
        parser.add_argument("--threads", type=int, default=settings.WEB_THREADS)
        parser.add_argument(
            "--allow-remote", action="store_true", help="Other machines may come, outside production too."
        )
        parser.add_argument(
            "--no-worker", action="store_true", help="Web only; migrations and workers are run elsewhere."
        )

    def handle(self, **options: Any) -> None:
        may_listen(
            options["host"],
            options["port"],
            choose="PORT=8080 or --port 8080",
            is_remote_allowed=options["allow_remote"],
        )
        if settings.PRODUCTION:
            call_command("check_rls")
            # What is forked from here on opens its own.
            connection.close()
        if options["no_worker"]:
            end_with_parent()
            self._serve_web(options)
            return
        if not settings.PRODUCTION:
            call_command("migrate", interactive=False, verbosity=0)
        if not (settings.STATIC_ROOT / "staticfiles.json").exists():
            call_command("collectstatic", interactive=False, verbosity=0)
        self._serve_all(options)

    def _serve_all(self, options: dict[str, Any]) -> None:
        web = [f"--{name}={options[name]}" for name in ("host", "port", "workers", "threads")]
        web += ["--allow-remote"] if options["allow_remote"] else []
        with ProcessGroup() as group:
            group.start("web", "serve", "--no-worker", *web, watched=True)
            group.start("worker", "worker", watched=True)
            group.start("beat", "worker", "--beat-only", watched=True)
            self.stdout.write(f"{settings.PUBLIC_URL}  (Ctrl-C ends)")
            self.stdout.flush()
            ended = group.wait()
            status = group.status(ended) if ended else 0
        if ended:
            self.stderr.write(f"The {ended} process ended by itself with status {status}, again and again.")
            sys.exit(1)

    def _serve_web(self, options: dict[str, Any]) -> None:
        os.environ["WEB_THREADS"] = str(options["threads"])
        Granian(
            "hrportal.rsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.RSGI,
            workers=options["workers"],
            # Connections, not requests: one that is slow or idle costs a socket and no thread.
            backpressure=connections_at_once(),
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
            # One crashed worker must not take the portal down.
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            websockets=False,
            log_level=LogLevels.warning,
        ).serve()


def connections_at_once() -> int:
    """How many connections a process may hold, after the limit of open files was raised as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return (
        MOST_CONNECTIONS
        if soft == resource.RLIM_INFINITY
        else max(64, min(MOST_CONNECTIONS, soft - SPARE_FILES))
    )
