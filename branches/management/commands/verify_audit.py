"""`manage.py verify_audit`: is every entry of the access log still what was written?"""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from branches.operations.chain import keep_check, link_all
from branches.queries.chain import verify_chain
from hrportal.kernel import clocks

HASH = re.compile(r"[0-9a-f]{64}")


class Command(BaseCommand):
    """Prints the last hash, to be kept where nobody with the database can reach; 1 if anything is wrong."""

    help = "Verify the chain of the access log. Keep the hash it prints elsewhere, and give it back with --expect."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect",
            default="",
            metavar="HASH",
            help="A hash printed earlier; it must still be in the chain.",
        )

    def handle(self, **options: Any) -> None:
        expect = options["expect"].strip().lower()
        if expect and not HASH.fullmatch(expect):
            raise CommandError("--expect takes the 64 hexadecimal digits that an earlier run printed.")
        link_all(now=clocks.now())
        chain = verify_chain(expect=expect)
        keep_check(chain=chain, now=clocks.now())
        for found in chain.findings:
            place = f"link {found.position}" if found.position else "no link"
            entry = f", entry {found.entry_id}" if found.entry_id else ""
            more = f" to {found.position + found.count - 1}" if found.count > 1 else ""
            self.stdout.write(f"{found.fault.value}: {place}{more}{entry}")
        self.stdout.write(f"links {chain.links}")
        self.stdout.write(f"last  {chain.last_hash or '-'}")
        if chain.findings:
            raise CommandError(f"The access log does not hold: {len(chain.findings)} findings.", returncode=1)
