"""`manage.py rotate_keys`: encrypt all personal data with the first key of the ring, while the portal runs."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from branches.access import log_disclosure
from branches.operations.second_factors import reencrypt_second_factors
from hrportal.kernel import clocks, encryption
from hrportal.kernel.rotation import KeyMissing, encrypted_columns, rotate, stale_values, values_by_key
from hrportal.kernel.scopes import bank_wide


class Command(BaseCommand):
    """Put the new key first in DATA_KEYS, restart the portal, run this, then take the old key away."""

    help = "Seal every sealed value with the first key of DATA_KEYS; may be stopped and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="Values in one transaction.")
        parser.add_argument("--check", action="store_true", help="Only count values by key.")

    @bank_wide("seal all personal data with a new key")
    def handle(self, **options: Any) -> None:
        first = encryption.key_ring().first
        if options["check"]:
            self._count()
            return
        try:
            done = self._rotate(batch=max(options["batch"], 1)) + reencrypt_second_factors()
        except (KeyMissing, encryption.DecryptionFailed) as refused:
            raise CommandError(str(refused)) from None
        log_disclosure(
            user=None, action="rotate_keys", subject=f"key:{first}", purpose=str(done), now=clocks.now()
        )
        if left := stale_values():
            raise CommandError(
                f"{left} values are still sealed with another key than {first!r}: the portal holds their"
                " rows, or a process runs with an old DATA_KEYS. Restart what is old and run this again."
            )
        self.stdout.write(f"All values are sealed with {first!r}; {done} were sealed again.")

    def _rotate(self, *, batch: int) -> int:
        done: dict[str, int] = {}
        for progress in rotate(batch=batch):
            done[progress.column] = progress.done
            self.stdout.write(f"{progress.column}: {progress.done} of {progress.total}")
        return sum(done.values())

    def _count(self) -> None:
        known = encryption.key_ring().ciphers
        for model, name in encrypted_columns():
            for key_id, count in sorted(values_by_key(model, name).items()):
                mark = "" if key_id in known else "  NOT ON THE RING"
                self.stdout.write(f"{model._meta.db_table}.{name}\t{key_id}\t{count}{mark}")
        self.stdout.write(f"{len(settings.DATA_KEYS.split(','))} keys on the ring.")
