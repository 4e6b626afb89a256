"""``manage.py load_bank DIR``: the bank's tree and positions from CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from branches.operations import BankFileRefused, load_bank


class Command(BaseCommand):
    """Load branches.csv and positions.csv; may be repeated."""

    help = "Load the bank's tree and positions from branches.csv and positions.csv in DIR. Idempotent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load, or name every wrong row and change nothing."""
        try:
            loaded = load_bank(folder=options["folder"])
        except BankFileRefused as refused:
            for error in refused.errors:
                self.stderr.write(str(error))
            raise CommandError(str(refused)) from None
        except FileNotFoundError as missing:
            raise CommandError(f"{missing.filename} is missing.") from None
        for code, parent in loaded.kept.items():
            self.stderr.write(
                f"{code} stays under {parent}: a person moved it there. Move it on its page, or mend the file."
            )
        self.stdout.write(
            f"{loaded.branches} branches, {loaded.positions} positions, {loaded.departments} departments"
        )
