"""What a command of Django's needs that asks which migrations ran, or empties tables."""

from typing import Any

from django.core.management.base import BaseCommand

from hrportal.kernel.rls import as_owner


class OwnersCommand(BaseCommand):
    """Works as the owner of the tables: the portal's own roles may not be made yet, or not be allowed to."""

    def execute(self, *arguments: Any, **options: Any) -> str | None:
        """Django's own."""
        with as_owner():
            return super().execute(*arguments, **options)
