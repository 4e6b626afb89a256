"""``manage.py import_history DIR``: interviews, hires and performance of a season before this portal."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.tables import FileRefused
from performance.operations.history import HIRES, INTERVIEWS, RECORDS, import_history


class Command(BaseCommand):
    """Reads three files; may be repeated."""

    help = (
        f"Import {INTERVIEWS}, {HIRES} and {RECORDS} (each .csv or .xlsx) from DIR. Load the bank first (load_bank). "
        "Wrong rows are named on standard error and the rest goes in. Idempotent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", type=Path, metavar="DIR")

    @bank_wide("a season of the whole bank")
    def handle(self, *_args: Any, **options: Any) -> None:
        """Import and count."""
        try:
            found = import_history(folder=options["folder"], now=clocks.now())
        except FileNotFoundError as missing:
            raise CommandError(f"{missing.filename} is missing.") from None
        except FileRefused as refused:
            raise CommandError(f"{refused} Nothing was imported.") from None
        for note in found.notes:
            self.stdout.write(note)
        for error in found.errors:
            # Masked: the two sides of a contradiction.
            self.stderr.write(f"{error} ({error.value})" if error.can_stand else str(error))
        records = found.records
        self.stdout.write(f"{found.interviews} interviews, {found.interviews_known} known before")
        self.stdout.write(f"{found.hires} hires, {found.hires_known} known before")
        self.stdout.write(
            f"{records.created} records, {records.corrected} corrected, {records.unchanged} known before"
        )
        if records.kept:
            self.stdout.write(
                f"{records.kept} records stay as a person corrected them; HR decides on their pages"
            )
        self.stdout.write(f"{len(found.errors)} errors")
