"""`manage.py worker`: a Celery worker, or beat alone, against the same services as every command."""

import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from hrportal.celery import app
from hrportal.processes import end_with_parent

# The schedule is a handful of short intervals; keeping it on disk would only add a file to lose.
BEAT_SCHEDULER = "celery.beat:Scheduler"


class Command(BaseCommand):
    """Stops on SIGTERM: nothing new is taken, calls under way end by their time-out."""

    help = "Run a Celery worker for some queues, or beat alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queues", default=",".join(every_queue()), help="Separated by commas; default: all."
        )
        parser.add_argument("--concurrency", type=int, default=settings.WORKER_CONCURRENCY, help="Processes.")
        parser.add_argument("--beat-only", action="store_true", help="Only send the periodic wake-ups.")

    def handle(self, **options: Any) -> None:
        end_with_parent()
        if settings.PRODUCTION:
            call_command("check_rls")
            # What is forked from here on opens its own.
            connection.close()
        # A container and a bare test machine run as root; pickle, the reason for the warning, is off.
        warnings.filterwarnings("ignore", category=SecurityWarning)
        if options["beat_only"]:
            app.start(["--quiet", "beat", "--scheduler", BEAT_SCHEDULER, "--pidfile", ""])
            return
        arguments = ["--quiet", "worker", "--queues", options["queues"]]
        arguments += ["--concurrency", str(options["concurrency"])]
        # Workers need not know of each other: every one takes rows, and the database keeps them apart.
        arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        app.start(arguments)


def every_queue() -> list[str]:
    """The queues that settings route tasks to, each once."""
    return list(dict.fromkeys(route["queue"] for route in settings.CELERY_TASK_ROUTES.values()))
