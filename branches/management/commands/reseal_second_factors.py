"""``manage.py reseal_second_factors``: before an old key is taken off ``DATA_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand

from branches.operations.second_factors import reseal_second_factors


class Command(BaseCommand):
    help = "Seals the secrets of authenticator apps and recovery codes with the first key of DATA_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Reseal them and say how many."""
        self.stdout.write(f"{reseal_second_factors()} secrets were under an older key and are resealed.")
