"""`manage.py flush` as the owner of the tables: emptying one is not among the portal's rights."""

from typing import Any

from django.core.management.commands import flush

from hrportal.kernel.walls import as_owner


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        """Django's own."""
        with as_owner():
            super().handle(**options)
