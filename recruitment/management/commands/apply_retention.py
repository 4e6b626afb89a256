"""`manage.py apply_retention`: forget who the persons were whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from recruitment.operations.retention import apply_retention


class Command(BaseCommand):
    """The same that the nightly task does; may be stopped and run again."""

    help = "Make persons anonymous as the retention rules say."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count who is due.")
        parser.add_argument("--limit", type=int, default=500, help="Persons of each kind in one run.")

    @bank_wide("forget who persons were whose time is over")
    def handle(self, **options: Any) -> None:
        dry_run: bool = options["dry_run"]
        counts = apply_retention(now=clocks.now(), limit=options["limit"], dry_run=dry_run)
        word = "due" if dry_run else "made anonymous"
        for kind, count in counts.items():
            self.stdout.write(f"{kind}: {count} {word}")
