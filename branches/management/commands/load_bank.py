"""``manage.py load_bank DIR``: the bank's tree and positions from files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from branches.operations import BankFileRefused, load_bank
from hrportal.kernel.tables import FileRefused


class Command(BaseCommand):
    """Load branches and positions; may be repeated."""

    help = "Load the bank's tree and positions from branches.csv and positions.csv (or .xlsx) in DIR. Idempotent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, and what has a new name."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--renamed",
            nargs="+",
            action="extend",
            default=[],
            metavar="CODE",
            help="Branches and positions that have a new name since they were loaded.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load, or name every wrong row and change nothing."""
        try:
            # As all that commands say.
            with override("en"):
                loaded = load_bank(folder=options["folder"], renamed=options["renamed"])
        except BankFileRefused as refused:
            for error in refused.errors:
                self.stderr.write(str(error))
            raise CommandError(str(refused)) from None
        except FileRefused as refused:
            raise CommandError(f"{refused} Nothing was loaded.") from None
        except FileNotFoundError as missing:
            raise CommandError(f"{missing.filename} is missing.") from None
        for code, parent in loaded.kept.items():
            self.stderr.write(
                f"{code} stays under {parent}: a person moved it there. Move it on its page, or mend the file."
            )
        for note in loaded.notes:
            self.stdout.write(note)
        self.stdout.write(
            f"{loaded.branches} branches, {loaded.positions} positions, {loaded.departments} departments"
        )
