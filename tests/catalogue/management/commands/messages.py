"""``manage.py messages``: keep the Chinese catalogue complete, with nothing but Python."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tests.catalogue import catalogue

FOLDERS = ("hrportal", "performance", "recruitment", "notifications", "branches", "templates")


class Command(BaseCommand):
    help = "Collects the messages of code and templates into locale/. --check only looks; --compile makes the .mo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two other things to do with the catalogue."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--check", action="store_true", help="name what is missing, empty or fuzzy; change nothing"
        )
        what.add_argument("--compile", action="store_true", help="write the .mo file that Django loads")

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect, check or compile.

        Raises:
            CommandError: with --check, when the catalogue is not complete.
        """
        root: Path = settings.BASE_DIR
        path = root / "locale" / catalogue.LOCALE / "LC_MESSAGES" / "django.po"
        known = catalogue.read(path)
        if options["compile"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".mo").write_bytes(catalogue.as_mo(known))
            return
        found = catalogue.collect(root, catalogue.sources(root, FOLDERS))
        if options["check"]:
            self._check(known, found)
            return
        merged = catalogue.merge(known, found)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(catalogue.as_po(merged))
        faults = catalogue.inspect(merged, found)
        self.stdout.write(f"{len(merged)} messages, {len(faults.empty)} without a translation.")

    def _check(self, known: Catalog, found: Catalog) -> None:
        if faults := catalogue.inspect(known, found).lines():
            raise CommandError(
                "\n".join([*faults, f"{len(faults)} faults; run `manage.py messages` and translate."])
            )
        self.stdout.write(f"{len(known)} messages, all translated.")
