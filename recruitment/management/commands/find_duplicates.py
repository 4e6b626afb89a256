"""`manage.py find_duplicates`: find persons by the lifelong part of their document, and name who stands twice."""

from typing import Any

from django.core.management.base import BaseCommand

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from recruitment.operations.reindexing import reindex_persons


class Command(BaseCommand):
    """Run it once after an update; it may be repeated at any time, while the portal runs."""

    help = (
        "Index every person by the part of the document that a renewal leaves, and put pairs of records that "
        "may be one person on the page Duplicates. Prints keys only, no personal data."
    )

    @bank_wide("whoever stands twice may be at any branch")
    def handle(self, **_options: Any) -> None:
        done = reindex_persons(now=clocks.now())
        for one, other in done.pairs:
            self.stdout.write(f"{one} {other}")
        self.stdout.write(f"{done.read} persons, {done.changed} indexed anew, {len(done.pairs)} new pairs.")
        if done.broken:
            self.stderr.write(
                f"{done.broken} ID numbers do not open. Look after DATA_KEYS (rotate_keys --check), then run again."
            )
